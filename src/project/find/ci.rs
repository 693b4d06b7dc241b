//! What runs on other machines: lines of CI that plainly test, where the project says nothing else.

use std::sync::LazyLock;

use regex::Regex;
use serde_yaml_ng::Value;

use crate::project::TestCommand;
use crate::project::find::plain;
use crate::project::listing::Listing;

const WORKFLOWS: &str = ".github/workflows/";
/// A workflow that is nested deeper is no workflow.
const DEEPEST: usize = 12;

/// One simple command: nothing joined to it, nothing put in by the service.
#[allow(clippy::expect_used, reason = "the pattern is a constant")]
static TESTS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"^(python3? -m )?(pytest|unittest|nox|tox)\b[^|;&<>$`(){}\n]*$|^(cargo|go|npm|pnpm|yarn|bun|make|mix|swift|dart|zig build|rake|composer|dotnet|sbt|stack|cabal|dune|deno)( run)? (test|check|runtest)\b[^|;&<>$`(){}\n]*$",
    )
    .expect("a pattern")
});

pub(super) fn find(listing: &Listing<'_>) -> Vec<TestCommand> {
    let mut found: Vec<TestCommand> = Vec::new();
    for file in listing.below("").filter(|name| name.starts_with(WORKFLOWS)) {
        let Ok(workflow) = serde_yaml_ng::from_str::<Value>(&listing.text(file)) else { continue };
        let mut scripts = Vec::new();
        collect(&workflow, 0, &mut scripts);
        let lines = scripts.iter().flat_map(|script| script.lines()).map(str::trim);
        for line in lines.filter(|line| TESTS.is_match(line)) {
            if !found.iter().any(|command| command.program == line) {
                found.extend(plain("ci", "", file, line, ""));
            }
        }
    }
    found
}

/// The texts of every `run`.
fn collect<'a>(value: &'a Value, depth: usize, scripts: &mut Vec<&'a str>) {
    match value {
        _ if depth > DEEPEST => {}
        Value::Mapping(mapping) => {
            for (key, value) in mapping {
                match (key.as_str(), value) {
                    (Some("run"), Value::String(script)) => scripts.push(script),
                    _ => collect(value, depth + 1, scripts),
                }
            }
        }
        Value::Sequence(values) => {
            values.iter().for_each(|value| collect(value, depth + 1, scripts));
        }
        _ => {}
    }
}
