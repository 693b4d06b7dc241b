//! Compilers: rustc, gcc and clang, go, tsc, javac, maven.

use std::sync::LazyLock;

use regex::Regex;

use crate::project::failures::{Failure, path, place};

/// `PATH:LINE[:COLUMN]: error: …`, `PATH(LINE,COLUMN): error …`, `[ERROR] PATH:[LINE,COLUMN] …`,
/// and Go, which does not say that it is an error.
#[allow(clippy::expect_used, reason = "the patterns are constants")]
static ERRORS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let patterns = [
        r"^(?<path>[^\s:()]+\.\w+):(?<line>\d+):(?:\d+:)? (?:fatal )?error: (?<message>.+)$",
        r"^(?<path>[^\s:()]+\.\w+)\((?<line>\d+),\d+\): error (?<message>.+)$",
        r"^\[ERROR\] (?<path>[^\s:]+\.\w+):\[(?<line>\d+),\d+\] (?<message>.+)$",
        r"^(?:vet: )?(?<path>[^\s:()]+\.go):(?<line>\d+):\d+: (?<message>.+)$",
    ];
    patterns.iter().map(|pattern| Regex::new(pattern).expect("a pattern")).collect()
});

pub(super) fn read(lines: &[&str]) -> Vec<Failure> {
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        found.extend(rustc(line, &lines[at + 1..]));
        found.extend(ERRORS.iter().find_map(|pattern| {
            let parts = pattern.captures(line)?;
            Some(Failure {
                test: None,
                path: Some(path(parts.name("path")?.as_str())?),
                line: parts.name("line")?.as_str().parse().ok(),
                source: shown(&lines[at + 1..]),
                message: parts.name("message")?.as_str().to_owned(),
                ..Failure::default()
            })
        }));
    }
    found
}

/// `error[E0308]: message`, and `--> path:line:column` below it.
fn rustc(line: &str, below: &[&str]) -> Option<Failure> {
    let rest = line.strip_prefix("error")?;
    let message = match rest.strip_prefix(": ") {
        Some(message) => message,
        None => rest.strip_prefix("[E")?.split_once("]: ")?.1,
    };
    let (file, number, _) = place(below.first()?.trim_start().strip_prefix("--> ")?)?;
    // The first line with a mark under it says most; labels stand behind the mark.
    let frame = below.iter().skip(1).take_while(|line| line.contains('|'));
    let labels: Vec<&str> = frame
        .filter_map(|line| line.split_once('|')?.1.split_once('^'))
        .map(|(_, label)| label.trim_start_matches('^').trim())
        .filter(|label| !label.is_empty())
        .collect();
    let label = labels.first().map(|label| format!("\n{label}")).unwrap_or_default();
    let source = below.iter().find_map(|line| {
        let (left, code) = line.split_once('|')?;
        (left.trim() == number.to_string()).then(|| code.trim().to_owned())
    });
    let message = format!("{message}{label}");
    Some(Failure {
        test: None,
        path: path(file),
        line: Some(number),
        source,
        message,
        ..Failure::default()
    })
}

/// The code that gcc shows below an error: `   12 |   code`.
fn shown(below: &[&str]) -> Option<String> {
    let (left, code) = below.first()?.split_once(" | ")?;
    left.trim().parse::<u32>().ok().map(|_| code.trim().to_owned())
}
