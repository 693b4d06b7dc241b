//! Unity, for C: `PATH:LINE:test:FAIL: what was wrong`. Tests in groups are called
//! `TEST(Group, test)`; a mark for each of them stands in front of the path, or the name does.

use std::sync::LazyLock;

use regex::Regex;

use crate::project::failures::{Failure, path};

#[allow(clippy::expect_used, reason = "the pattern is a constant")]
static FAIL: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = concat!(
        r"^(?<before>TEST\(.*?\))?(?<path>[^\s:]+):(?<line>\d+):",
        r"(?<test>\w+(?:\(.*?\))?)?:FAIL(?::\s*(?<message>.*))?$",
    );
    Regex::new(pattern).expect("a pattern")
});

pub(super) fn read(lines: &[&str]) -> Vec<Failure> {
    let failures = lines.iter().filter_map(|line| {
        let parts = FAIL.captures(line)?;
        let test = parts.name("test").or(parts.name("before"))?.as_str();
        let file = match test.starts_with("TEST(") {
            true => parts["path"].trim_start_matches(['.', '!', '/']),
            false => &parts["path"],
        };
        Some(Failure {
            test: Some(test.to_owned()),
            origin: Some(file.to_owned()),
            path: path(file),
            line: parts["line"].parse().ok(),
            message: parts.name("message").map_or("", |it| it.as_str()).to_owned(),
            ..Failure::default()
        })
    });
    failures.collect()
}
