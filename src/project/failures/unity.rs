//! Unity, for C: `PATH:LINE:test:FAIL: what was wrong`.

use std::sync::LazyLock;

use regex::Regex;

use crate::project::failures::{Failure, path};

#[allow(clippy::expect_used, reason = "the pattern is a constant")]
static FAIL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?<path>[^\s:]+):(?<line>\d+):(?<test>\w+):FAIL(?::\s*(?<message>.*))?$")
        .expect("a pattern")
});

pub(super) fn read(lines: &[&str]) -> Vec<Failure> {
    let failures = lines.iter().filter_map(|line| {
        let parts = FAIL.captures(line)?;
        Some(Failure {
            test: Some(parts["test"].to_owned()),
            path: path(&parts["path"]),
            line: parts["line"].parse().ok(),
            message: parts.name("message").map_or("", |it| it.as_str()).to_owned(),
            ..Failure::default()
        })
    });
    failures.collect()
}
