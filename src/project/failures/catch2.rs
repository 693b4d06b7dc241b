//! Catch2: titles between rules, `PATH:LINE: FAILED:`, and what was compared below it.

use crate::project::failures::{Failure, message, path, place, section};

/// How long a rule is at least, in bytes, and most titles that stand above one another.
const RULE: usize = 40;
const MOST_TITLES: usize = 8;

pub(super) fn read(lines: &[&str]) -> Vec<Failure> {
    let mut found = Vec::new();
    let (mut titles, mut closing) = (String::new(), None);
    for (at, line) in lines.iter().enumerate() {
        if is_rule(line) && closing != Some(at) {
            let names = section(&lines[at + 1..], is_rule);
            if names.len() <= MOST_TITLES {
                let names: Vec<&str> = names.iter().map(|name| name.trim()).collect();
                titles = names.join(" > ");
                closing = Some(at + 1 + names.len());
            }
        }
        let Some((file, number, _)) = line.strip_suffix(": FAILED:").and_then(place) else {
            continue;
        };
        found.push(Failure {
            test: Some(titles.clone()).filter(|titles| !titles.is_empty()),
            path: path(file),
            line: Some(number),
            message: message(section(&lines[at + 1..], str::is_empty)).trim_start().to_owned(),
            ..Failure::default()
        });
    }
    found
}

fn is_rule(line: &str) -> bool {
    line.len() >= RULE && line.bytes().all(|byte| byte == b'-')
}
