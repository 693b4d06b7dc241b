//! pytest: a section for each failing test, its last place, and the lines that begin with `E`.

use std::collections::BTreeMap;

use crate::project::failures::{Failure, is_own, message, path, place};

/// How the sections of what could not be set up begin.
const UNREADY: &[&str] = &["ERROR collecting ", "ERROR at setup of ", "ERROR at teardown of "];
/// What stands between a test and what was wrong in the summary.
const DASH: &str = " - ";

/// By the full name of a test, what the summary says of it, and whether it could not be set up.
type Ids = BTreeMap<String, (String, bool)>;

pub(super) fn read(lines: &[&str]) -> Vec<Failure> {
    let ids = ids(lines);
    let mut found = Vec::new();
    let mut left = ids.clone();
    for (at, line) in lines.iter().enumerate() {
        let Some(name) = title(line) else { continue };
        let end = |line: &&str| title(line).is_some() || is_heading(line);
        let body = &lines[at + 1..];
        let body = &body[..body.iter().position(end).unwrap_or(body.len())];
        if !body.iter().any(|line| line.starts_with("E  ")) {
            continue;
        }
        let id = full_name(&ids, &left, name, body);
        if let Some(id) = id {
            left.remove(id);
        }
        let unready = UNREADY.iter().any(|start| name.starts_with(start));
        found.push(Failure { unready, ..failure(id.unwrap_or(name), body) });
    }
    // Without tracebacks there is only the summary.
    found.extend(left.into_iter().map(|(id, (message, unready))| {
        let file = id.split("::").next().and_then(path);
        Failure { path: file, test: Some(id), message, unready, ..Failure::default() }
    }));
    found
}

/// `____ NAME ____`, with one mark at each end where the name is long; no rule of marks alone.
fn title(line: &str) -> Option<&str> {
    let name = line.strip_prefix('_')?.strip_suffix('_')?.trim_matches('_');
    let name = name.strip_prefix(' ')?.strip_suffix(' ')?;
    (!name.trim_matches(['_', ' ']).is_empty()).then_some(name)
}

/// `==== short test summary info ====`
fn is_heading(line: &str) -> bool {
    line.starts_with("===") && line.ends_with("===")
}

/// What the summary says of the tests.
fn ids(lines: &[&str]) -> Ids {
    let start =
        lines.iter().position(|line| is_heading(line) && line.contains("short test summary"));
    let lines = start.map_or(&[][..], |start| &lines[start..]);
    let said = lines.iter().filter_map(|line| {
        let failed = line.strip_prefix("FAILED ");
        let rest = failed.or_else(|| line.strip_prefix("ERROR "))?;
        let (id, message) = parted(rest);
        Some((id.to_owned(), (message.to_owned(), failed.is_none())))
    });
    said.collect()
}

/// The full name of a test and what was wrong; a dash between brackets is one of its parameters.
fn parted(text: &str) -> (&str, &str) {
    let whole = |id: &str| !id.contains('[') || id.ends_with(']');
    let mut dashes = text.match_indices(DASH).map(|(at, _)| at);
    let end = dashes.find(|at| whole(&text[..*at]));
    end.map_or((text, ""), |at| (&text[..at], &text[at + DASH.len()..]))
}

/// The full name of the test with this title: of several, the one whose file is named first below
/// the title, or else one that has no section yet.
fn full_name<'a>(ids: &'a Ids, left: &Ids, title: &str, body: &[&str]) -> Option<&'a str> {
    let called = ids.keys().filter(|id| is_called(id, title));
    called.map(String::as_str).min_by_key(|id| {
        let file = id.split("::").next().unwrap_or(id);
        let named = body.iter().position(|line| names(line, file)).unwrap_or(body.len());
        (named, !left.contains_key(*id))
    })
}

/// Whether a line names the file, and not one whose path only ends like that.
fn names(line: &str, file: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || "_-./".contains(c);
    line.match_indices(file).any(|(at, _)| !line[..at].ends_with(is_part))
}

/// Whether the title of a section is that of the test with this full name.
fn is_called(id: &str, title: &str) -> bool {
    let title = UNREADY.iter().find_map(|start| title.strip_prefix(start)).unwrap_or(title);
    id == title || id.split_once("::").is_some_and(|(_, rest)| rest.replace("::", ".") == title)
}

fn failure(test: &str, body: &[&str]) -> Failure {
    let mut last = None;
    for (at, line) in body.iter().enumerate() {
        if let Some((file, number, ": ")) =
            place(line).map(|(f, n, rest)| (f, n, rest.get(..2).unwrap_or_default()))
            && file.ends_with(".py")
            && is_own(file)
        {
            last = Some((at, file, number));
        }
    }
    let wrong: Vec<&str> = body.iter().filter_map(|line| line.strip_prefix("E  ")).collect();
    let source = last.and_then(|(at, ..)| source(body, at));
    Failure {
        test: Some(test.to_owned()),
        path: last.and_then(|(_, file, _)| path(file)),
        line: last.map(|(_, _, number)| number),
        source: source.map(|line| line.trim().to_owned()),
        message: message(&wrong),
        ..Failure::default()
    }
}

/// The code of a place: behind it in short tracebacks, marked by `>` in long ones.
fn source<'a>(body: &[&'a str], at: usize) -> Option<&'a str> {
    let marked = body.iter().rev().find_map(|line| line.strip_prefix("> "));
    let next = body.get(at + 1).filter(|line| line.starts_with("    "));
    marked.or(next.copied())
}
