//! gradle: `Class > test() FAILED`, and below it what was thrown and where.

use std::sync::LazyLock;

use regex::Regex;

use crate::project::failures::java::{frame, is_trace};
use crate::project::failures::{Failure, message, path, place, section};

#[allow(clippy::expect_used, reason = "the pattern is a constant")]
static TEST: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^(?<test>[^\s>].* > .*\S) FAILED$").expect("a pattern"));

pub(super) fn read(lines: &[&str]) -> Vec<Failure> {
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        if let Some(parts) = TEST.captures(line) {
            let ends = |line: &str| !line.is_empty() && !line.starts_with([' ', '\t']);
            found.push(failure(&parts["test"], section(&lines[at + 1..], ends)));
        }
    }
    found
}

fn failure(test: &str, body: &[&str]) -> Failure {
    let said = message(section(body, is_trace));
    // In short it names the place behind what was thrown.
    let short = said.rsplit_once(" at ").and_then(|(said, rest)| Some((said, place(rest)?)));
    let short = short.filter(|(_, (.., rest))| rest.is_empty());
    let found = body.iter().find_map(|line| frame(line));
    let found = found.or(short.map(|(_, (file, number, _))| (file, number)));
    Failure {
        test: Some(test.to_owned()),
        path: found.and_then(|(file, _)| path(file)),
        line: found.map(|(_, number)| number),
        message: short.map_or(said.as_str(), |(said, _)| said).to_owned(),
        ..Failure::default()
    }
}
