//! node's own runner, as it tells people: behind `✖ failing tests:`, of each its place, its name, what was
//! wrong and a trace.

use crate::project::failures::javascript::frame;
use crate::project::failures::{Failure, message, path, place, section};

pub(super) fn read(lines: &[&str]) -> Vec<Failure> {
    let start = lines.iter().position(|line| *line == "✖ failing tests:");
    let lines = start.map_or(&[][..], |start| &lines[start + 1..]);
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let Some(name) = line.strip_prefix("✖ ") else { continue };
        let said_at = at.checked_sub(1).and_then(|above| lines[above].strip_prefix("test at "));
        let ends = |line: &str| line.starts_with("test at ") || line.starts_with("✖ ");
        found.push(failure(name, said_at, section(&lines[at + 1..], ends)));
    }
    found
}

fn failure(name: &str, said_at: Option<&str>, body: &[&str]) -> Failure {
    let found = body.iter().find_map(|line| frame(line));
    let declared = said_at.and_then(place).map(|(file, number, _)| (file, number));
    let found = found.or(declared);
    // A trace stands below, or the fields of the error; what was compared may have braces too.
    let is_trace = |line: &str| line.trim_start().starts_with("at ");
    let is_traced = body.iter().any(|line| is_trace(line));
    let ends = |line: &str| if is_traced { is_trace(line) } else { line.ends_with('{') };
    Failure {
        test: Some(without_duration(name).to_owned()),
        origin: declared.map(|(file, _)| file.to_owned()),
        path: found.and_then(|(file, _)| path(file)),
        line: found.map(|(_, number)| number),
        message: message(section(body, ends)),
        ..Failure::default()
    }
}

/// `adds` of `adds (1.5ms)`
fn without_duration(name: &str) -> &str {
    match name.rsplit_once(" (") {
        Some((name, duration)) if duration.ends_with("ms)") => name,
        _ => name,
    }
}
