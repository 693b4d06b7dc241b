//! mocha: behind `N failing`, of each test its number, its titles, what was wrong and a trace.

use crate::project::failures::javascript::frame;
use crate::project::failures::{Failure, numbered, path, section};
use crate::project::is_test;

/// Most titles that stand above one another.
const MOST_TITLES: usize = 12;
/// How far what was wrong is indented.
const INDENT: &str = "      ";

pub(super) fn read(lines: &[&str]) -> Vec<Failure> {
    let Some(start) = lines.iter().position(|line| is_count(line)) else { return Vec::new() };
    let lines = &lines[start + 1..];
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        if let Some(title) = numbered(line) {
            let ends = |line: &str| numbered(line).is_some();
            found.extend(failure(title, section(&lines[at + 1..], ends)));
        }
    }
    found
}

/// `  2 failing`
fn is_count(line: &str) -> bool {
    let number = line.strip_suffix(" failing").map(str::trim_start);
    number.is_some_and(|number| number.parse::<u32>().is_ok())
}

fn failure(title: &str, body: &[&str]) -> Option<Failure> {
    // The last title ends with a colon.
    let more = match title.ends_with(':') {
        true => 0,
        false => body.iter().take(MOST_TITLES).position(|line| line.ends_with(':'))? + 1,
    };
    let (more, body) = body.split_at(more);
    let titles = std::iter::once(&title).chain(more);
    let titles: Vec<&str> = titles.map(|title| title.trim().trim_end_matches(':')).collect();
    let said = section(body, |line| line.trim_start().starts_with("at "));
    let said = said.iter().map(|line| line.strip_prefix(INDENT).unwrap_or(line.trim_start()));
    let said: Vec<&str> = said.filter(|line| !line.is_empty()).collect();
    let place = body.iter().find_map(|line| frame(line));
    // It begins in the file of the test.
    let origin = body.iter().rev().filter_map(|line| path(frame(line)?.0)).find(is_test);
    Some(Failure {
        test: Some(titles.join(" > ")),
        origin: origin.map(|file| file.to_string()),
        path: place.and_then(|(file, _)| path(file)),
        line: place.map(|(_, number)| number),
        message: said.join("\n"),
        ..Failure::default()
    })
}
