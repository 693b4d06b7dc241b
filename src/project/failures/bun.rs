//! bun: what was wrong, and below it `(fail) test`.

use crate::project::failures::javascript::frame;
use crate::project::failures::{Failure, message, path, section};

/// How lines begin that say what came of a test.
const RESULTS: &[&str] = &["(fail) ", "(pass) ", "(skip) ", "(todo) ", "✗ ", "✓ ", "bun test "];

pub(super) fn read(lines: &[&str]) -> Vec<Failure> {
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let Some(name) = name(line) else { continue };
        let above = &lines[..at];
        let file = above.iter().rfind(|line| is_file(line));
        let origin = file.map(|line| line.trim_end_matches(':').to_owned());
        let start = above.iter().rposition(|line| ends(line)).map_or(0, |at| at + 1);
        found.push(Failure { origin, ..failure(name, &above[start..]) });
    }
    found
}

/// `adds` of `(fail) adds [0.20ms]`; where the mark alone stands, only with the time behind it.
fn name(line: &str) -> Option<&str> {
    match line.strip_prefix("(fail) ") {
        Some(rest) => Some(timed(rest).unwrap_or(rest)),
        None => timed(line.strip_prefix("✗ ")?),
    }
}

/// What stands before the time that a test took.
fn timed(text: &str) -> Option<&str> {
    let (name, time) = text.rsplit_once(" [")?;
    time.ends_with("ms]").then_some(name)
}

/// Whether a line stands above what is said of the next test: a result, or the name of a file.
fn ends(line: &str) -> bool {
    is_file(line) || RESULTS.iter().any(|start| line.starts_with(start))
}

/// `sum.test.ts:`
fn is_file(line: &str) -> bool {
    line.ends_with(':') && line.contains('.') && !line.contains(' ')
}

fn failure(name: &str, body: &[&str]) -> Failure {
    let place = body.iter().find_map(|line| frame(line));
    let start = body.iter().position(|line| line.split(' ').next().is_some_and(is_error));
    let said = section(&body[start.unwrap_or(0)..], |line| frame(line).is_some());
    let numbered = |number: u32| {
        let start = format!("{number} | ");
        body.iter().rev().find_map(move |line| line.trim_start().strip_prefix(&start))
    };
    let source = place.and_then(|(_, number)| numbered(number));
    let text = message(said);
    Failure {
        test: Some(name.to_owned()),
        path: place.and_then(|(file, _)| path(file)),
        line: place.map(|(_, number)| number),
        source: source.map(|line| line.trim().to_owned()),
        message: text.trim_start_matches("error: ").to_owned(),
        ..Failure::default()
    }
}

/// `error:`, `TypeError:`
fn is_error(word: &str) -> bool {
    word.ends_with("rror:")
}
