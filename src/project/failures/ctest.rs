//! ctest: the tests that it lists as failed, each with the end of what it said.

use crate::project::failures::{Failure, catch2, gtest, section, unity};

/// How much of what a test said is kept, in lines and bytes.
const MOST_LINES: usize = 12;
const MOST_BYTES: usize = 600;

/// `The following tests FAILED:` and `1 - name (Failed)`. A program whose own tests can be read is left to
/// those who read them.
pub(super) fn read(lines: &[&str]) -> Vec<Failure> {
    let below = lines.iter().skip_while(|line| **line != "The following tests FAILED:").skip(1);
    let tests = below.map_while(|line| {
        let (number, rest) = line.trim().split_once(" - ")?;
        let number: u32 = number.parse().ok()?;
        let (name, how) = rest.rsplit_once(" (").unwrap_or((rest, ""));
        Some((number, name, how.trim_end_matches(')')))
    });
    let mut found = Vec::new();
    for (number, name, how) in tests {
        let said = said(lines, number);
        let names_tests = [gtest::read(said), catch2::read(said), unity::read(said)];
        if names_tests.iter().all(Vec::is_empty) {
            let message = format!("{how}\n{}", end(said)).trim().to_owned();
            found.push(Failure { test: Some(name.to_owned()), message, ..Failure::default() });
        }
    }
    found
}

/// The number in `1/2 Test #1: name ...`
fn result(line: &str) -> Option<u32> {
    let (left, right) = line.split_once('#')?;
    let number = right.split_once(':')?.0.parse().ok()?;
    left.trim_end().ends_with("Test").then_some(number)
}

/// What stands below the result of a test.
fn said<'a>(lines: &'a [&'a str], number: u32) -> &'a [&'a str] {
    let ends = |line: &str| {
        result(line).is_some()
            || line.trim_start().starts_with("Start ")
            || line.contains("% tests passed")
    };
    match lines.iter().position(|line| result(line) == Some(number)) {
        Some(at) => section(&lines[at + 1..], ends),
        None => &[],
    }
}

/// The last lines that are not empty, as many as fit.
fn end(lines: &[&str]) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut bytes = 0;
    for line in lines.iter().rev().filter(|line| !line.trim().is_empty()).take(MOST_LINES) {
        bytes += line.len() + 1;
        if bytes > MOST_BYTES {
            break;
        }
        kept.push(line);
    }
    kept.reverse();
    kept.join("\n")
}
