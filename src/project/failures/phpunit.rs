//! PHPUnit: `1) Class::test`, what was wrong, and the places below it.

use crate::project::failures::{Failure, is_own, message, path, place, section};

pub(super) fn read(lines: &[&str]) -> Vec<Failure> {
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        if let Some(name) = name(line) {
            found.push(failure(name, section(&lines[at + 1..], ends)));
        }
    }
    found
}

/// `1) Class::test`
fn name(line: &str) -> Option<&str> {
    let (number, name) = line.split_once(") ")?;
    (number.parse::<u32>().is_ok() && name.contains("::")).then_some(name)
}

fn ends(line: &str) -> bool {
    name(line).is_some() || matches!(line, "--" | "FAILURES!" | "ERRORS!")
}

fn failure(name: &str, body: &[&str]) -> Failure {
    let said = section(body, |line| own(line).is_some());
    let found = body.get(said.len()).and_then(|line| own(line));
    Failure {
        test: Some(name.to_owned()),
        path: found.and_then(|(file, _)| path(file)),
        line: found.map(|(_, number)| number),
        message: message(said),
        ..Failure::default()
    }
}

/// A line that is a place of the project and nothing else.
fn own(line: &str) -> Option<(&str, u32)> {
    let (file, number, rest) = place(line)?;
    (rest.is_empty() && file.ends_with(".php") && is_own(file)).then_some((file, number))
}
