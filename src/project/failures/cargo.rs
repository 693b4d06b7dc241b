//! cargo test: a section for each failing test, and where it panicked.

use crate::project::failures::{Failure, message, path, place, section};

pub(super) fn read(lines: &[&str]) -> Vec<Failure> {
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let name = line.strip_prefix("---- ").and_then(|rest| rest.strip_suffix(" stdout ----"));
        let Some(name) = name else { continue };
        let ends = |line: &str| line.starts_with("---- ") || line == "failures:";
        let body = section(&lines[at + 1..], ends);
        found.push(failure(name, body));
    }
    found
}

fn failure(name: &str, body: &[&str]) -> Failure {
    let test = Some(name.to_owned());
    let panicked = body.iter().position(|line| line.contains("panicked at "));
    let Some(at) = panicked else {
        return Failure { test, message: message(until_trace(body)), ..Failure::default() };
    };
    let rest = body[at].split_once("panicked at ").map_or("", |(_, rest)| rest);
    // Before 1.73 the message stood in front of the place, between quotes.
    let (quoted, where_) = match rest.strip_prefix('\'').and_then(|rest| rest.rsplit_once("', ")) {
        Some((quoted, place)) => (Some(quoted), place),
        None => (None, rest),
    };
    let found = place(where_);
    Failure {
        test,
        path: found.and_then(|(file, ..)| path(file)),
        line: found.map(|(_, number, _)| number),
        source: None,
        message: quoted.map_or_else(|| message(until_trace(&body[at + 1..])), str::to_owned),
        unready: false,
    }
}

fn until_trace<'a>(lines: &'a [&'a str]) -> &'a [&'a str] {
    section(lines, |line| line.starts_with("stack backtrace:") || line.starts_with("note: "))
}
