//! Whatever names a place: `path:line` in a line of text, and Python's tracebacks.

use std::sync::LazyLock;

use regex::Regex;

use crate::project::failures::unittest::last_own_place;
use crate::project::failures::{Failure, path};

/// Places are many in a log; the first say enough.
const MOST: usize = 10;

#[allow(clippy::expect_used, reason = "the pattern is a constant")]
static PLACE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:^|[\s(\[])(?<path>[\w.@+-][\w./@+-]*\.[A-Za-z]\w*):(?<line>\d+)")
        .expect("a pattern")
});

pub(super) fn read(lines: &[&str]) -> Vec<Failure> {
    let traceback = traceback(lines);
    let named = lines.iter().filter_map(|line| {
        let parts = PLACE.captures(line)?;
        Some(Failure {
            path: Some(path(&parts["path"])?),
            line: parts["line"].parse().ok(),
            message: line.trim().to_owned(),
            ..Failure::default()
        })
    });
    traceback.into_iter().chain(named).take(MOST).collect()
}

/// The last traceback that ended the program.
fn traceback(lines: &[&str]) -> Option<Failure> {
    let start =
        lines.iter().rposition(|line| line.starts_with("Traceback (most recent call last)"));
    let single = || lines.iter().position(|line| line.starts_with("  File \""));
    let body = &lines[start.or_else(single)?..];
    let (at, file, number) = last_own_place(body)?;
    let wrong = body.iter().skip(1).find(|line| !line.starts_with(' ') && line.contains("Error"));
    Some(Failure {
        test: None,
        path: path(file),
        line: Some(number),
        source: body.get(at + 1).map(|line| line.trim().to_owned()),
        message: wrong.map(|line| (*line).to_owned()).unwrap_or_default(),
        ..Failure::default()
    })
}
