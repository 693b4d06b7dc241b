//! jest: `● suite › test`. vitest: `FAIL  file > test`. node: `not ok 1 - test`. And the files of tests that
//! the first two could not even import.

use crate::project::failures::{Failure, indent, is_own, message, path, place, section};

/// What jest says in the place of a test.
const NO_SUITE: &str = "Test suite failed to run";
/// What it tells of in the same way, and is no test; and what stands above all that was logged.
const NOTES: &[&str] = &[
    "Validation Warning:",
    "Validation Error:",
    "Deprecation Warning:",
    "Multiple configurations found:",
];
const CONSOLE: &str = "Console";

pub(super) fn read(lines: &[&str]) -> Vec<Failure> {
    let mut found = Vec::new();
    // The file whose tests jest tells of.
    let mut file = "";
    for (at, line) in lines.iter().enumerate() {
        let body = &lines[at + 1..];
        let trimmed = line.trim_start();
        if let Some(name) = trimmed.strip_prefix("● ") {
            if is_note(name, body) {
                continue;
            }
            let unready = name == NO_SUITE && !file.is_empty();
            let name = if unready { file } else { name };
            let origin = Some(file.to_owned()).filter(|file| !file.is_empty());
            found.push(Failure { unready, origin, ..failure(name, section(body, ends)) });
        } else if let Some(name) = trimmed.strip_prefix("FAIL  ") {
            let suite = suite(name);
            if suite.is_some() || name.contains(" > ") {
                let failure = failure(suite.unwrap_or(name), section(body, ends));
                found.push(Failure { unready: suite.is_some(), ..failure });
            } else {
                // What jest says to a terminal has a space more.
                file = named_file(name);
            }
        } else if let Some(rest) = trimmed.strip_prefix("FAIL ") {
            file = named_file(rest);
        } else if let Some((_, name)) =
            trimmed.strip_prefix("not ok ").and_then(|rest| rest.split_once(" - "))
        {
            // A line of dots may also stand in what was compared.
            let depth = indent(line) + 2;
            found.extend(tap(name, section(body, |it| it.trim() == "..." && indent(it) <= depth)));
        }
    }
    found
}

/// Whether jest tells of something else than a test: behind two spaces, under a title of its own,
/// or what was logged.
fn is_note(name: &str, body: &[&str]) -> bool {
    let first = body.iter().find(|line| !line.is_empty());
    let is_logged = first.is_some_and(|line| line.trim_start().starts_with("console."));
    name.starts_with(' ') || NOTES.contains(&name) || name == CONSOLE && is_logged
}

/// The file of `[PROJECT] FILE [(TIME)]`.
fn named_file(text: &str) -> &str {
    let file = text.split(' ').find(|word| word.contains('.'));
    file.map_or("", |file| file.trim_start_matches("./"))
}

/// `FILE` of `FILE [ FILE ]`, which vitest says of what it could not import.
fn suite(name: &str) -> Option<&str> {
    let (file, rest) = name.split_once(" [ ")?;
    rest.strip_suffix(" ]").is_some_and(|again| again == file).then_some(file)
}

/// Whether another failure, or the summary, begins.
fn ends(line: &str) -> bool {
    let line = line.trim_start();
    ["● ", "FAIL ", "PASS ", "Test Suites:", "⎯⎯"].iter().any(|start| line.starts_with(start))
}

fn failure(name: &str, body: &[&str]) -> Failure {
    let place = body.iter().find_map(|line| frame(line));
    let is_code = |line: &str| {
        let line = line.trim_start().trim_start_matches("> ");
        let digits = line.trim_start_matches(|c: char| c.is_ascii_digit());
        line.len() > digits.len() && digits.trim_start().starts_with('|')
    };
    let said = section(body, |line| is_code(line) || frame(line).is_some());
    let said: Vec<&str> = said.iter().filter(|line| !line.trim().is_empty()).copied().collect();
    let marked = body.iter().find_map(|line| line.trim_start().strip_prefix("> "));
    let numbered = |number: u32| {
        let start = format!("{number}|");
        body.iter().find_map(move |line| line.trim_start().strip_prefix(&start))
    };
    let source = match marked.and_then(|line| Some(line.split_once('|')?.1)) {
        Some(source) => Some(source),
        None => place.and_then(|(_, number)| numbered(number)),
    };
    Failure {
        test: Some(name.to_owned()),
        path: place.and_then(|(file, _)| path(file)),
        line: place.map(|(_, number)| number),
        source: source.map(|line| line.trim().to_owned()),
        message: message(&said),
        ..Failure::default()
    }
}

/// A place of the project in a line of a trace: `at f (file:1:2)`, `at file:1:2`, `❯ file:1:2`.
pub(super) fn frame(line: &str) -> Option<(&str, u32)> {
    let line = line.trim_start();
    let rest = line.strip_prefix("at ").or_else(|| line.strip_prefix("❯ "))?;
    let inner = rest.rsplit_once('(').map_or(rest, |(_, inner)| inner);
    let last = inner.rsplit(' ').next().unwrap_or(inner);
    let (file, number, _) = place(last.trim_start_matches("file://"))?;
    is_own(file).then_some((file, number))
}

/// A test of node's own runner, unless it failed for those inside of it.
fn tap(name: &str, body: &[&str]) -> Option<Failure> {
    let field = |label: &str| {
        let value = body.iter().find_map(|line| line.trim_start().strip_prefix(label))?;
        Some(value.trim().trim_matches('\''))
    };
    if field("failureType:").is_some_and(|kind| kind == "subtestsFailed") {
        return None;
    }
    let found = field("location:").and_then(place);
    let error = field("error:").unwrap_or_default();
    let long = body.iter().position(|line| line.trim_start().starts_with("error: |-"));
    let long = long.map_or(&[][..], |at| {
        let depth = indent(body[at]);
        section(&body[at + 1..], |line| !line.is_empty() && indent(line) <= depth)
    });
    Some(Failure {
        test: Some(name.to_owned()),
        origin: found.map(|(file, ..)| file.to_owned()),
        path: found.and_then(|(file, ..)| path(file)),
        line: found.map(|(_, number, _)| number),
        message: if error == "|-" { message(long) } else { error.to_owned() },
        ..Failure::default()
    })
}
