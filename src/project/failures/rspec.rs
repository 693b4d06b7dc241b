//! RSpec: behind `Failures:`, of each example its number and title, the code, what was wrong and a trace.

use crate::project::failures::{Failure, is_own, message, numbered, path, place, section};

const CODE: &str = "Failure/Error:";

pub(super) fn read(lines: &[&str]) -> Vec<Failure> {
    let mut found = Vec::new();
    let start = lines.iter().position(|line| *line == "Failures:").unwrap_or(lines.len());
    let listed = section(&lines[start..], |line| line.starts_with("Finished in "));
    for (at, line) in listed.iter().enumerate() {
        if let Some(title) = numbered(line) {
            let ends = |line: &str| numbered(line).is_some();
            found.push(failure(title, section(&listed[at + 1..], ends)));
        }
    }
    // Of what was cut away there are the lines that run it again.
    if found.is_empty() {
        found.extend(lines.iter().filter_map(|line| again(line)));
    }
    found
}

/// `rspec ./spec/money_spec.rb:4 # Money adds`
fn again(line: &str) -> Option<Failure> {
    let (file, title) = line.strip_prefix("rspec ")?.split_once(" # ")?;
    let (file, number, _) = place(file)?;
    Some(Failure {
        test: Some(title.to_owned()),
        path: path(file),
        line: Some(number),
        ..Failure::default()
    })
}

fn failure(title: &str, body: &[&str]) -> Failure {
    let is_trace = |line: &str| line.trim_start().starts_with("# ");
    let said = section(body, is_trace);
    let found = body[said.len()..].iter().find_map(|line| {
        let (file, number, _) = place(line.trim_start().strip_prefix("# ")?)?;
        is_own(file).then_some((file, number))
    });
    let code = said.iter().find_map(|line| line.trim_start().strip_prefix(CODE)).map(str::trim);
    Failure {
        test: Some(title.to_owned()),
        path: found.and_then(|(file, _)| path(file)),
        line: found.map(|(_, number)| number),
        source: code.filter(|code| !code.is_empty()).map(str::to_owned),
        message: message(wrong(said)),
        ..Failure::default()
    }
}

/// What was wrong, which stands behind the code and an empty line.
fn wrong<'a>(said: &'a [&'a str]) -> &'a [&'a str] {
    let code = said.iter().position(|line| line.trim_start().starts_with(CODE));
    let below = code.map_or(said, |at| &said[at + 1..]);
    let more = section(below, str::is_empty).len();
    if more < below.len() { &below[more..] } else { below }
}
