//! GoogleTest: a section from `[ RUN      ]` to `[  FAILED  ]`, and in it the places that failed.

use crate::project::failures::{Failure, message, path, place, section};

const RUN: &str = "[ RUN      ] ";
const FAILED: &str = "[  FAILED  ] ";
/// How the place of what failed ends.
const FAILURE: &str = ": Failure";

pub(super) fn read(lines: &[&str]) -> Vec<Failure> {
    let mut found: Vec<Failure> = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let Some(name) = line.strip_prefix(RUN) else { continue };
        let body = section(&lines[at + 1..], ends);
        let end = lines.get(at + 1 + body.len());
        if end.is_some_and(|line| line.starts_with(FAILED)) {
            found.extend(failures(name, body));
        }
    }
    // Of what was cut away there is only the list at the end.
    for name in lines.iter().filter_map(|line| listed(line)) {
        if found.iter().all(|failure| failure.test.as_deref() != Some(name)) {
            found.push(Failure { test: Some(name.to_owned()), ..Failure::default() });
        }
    }
    found
}

fn ends(line: &str) -> bool {
    [RUN, FAILED, "[       OK ]", "[  SKIPPED ]"].iter().any(|start| line.starts_with(start))
}

/// `[  FAILED  ] Suite.Name`, whatever stands behind it.
fn listed(line: &str) -> Option<&str> {
    let name = line.strip_prefix(FAILED)?.split([',', ' ']).next()?;
    name.contains('.').then_some(name)
}

/// What failed in a test: at each place that it names, or else all that it said.
fn failures(name: &str, body: &[&str]) -> Vec<Failure> {
    let starts: Vec<usize> = (0..body.len()).filter(|at| body[*at].ends_with(FAILURE)).collect();
    let test = || Some(name.to_owned());
    if starts.is_empty() {
        return vec![Failure { test: test(), message: message(body), ..Failure::default() }];
    }
    let one = |at: &usize| {
        let said = section(&body[at + 1..], |line| line.ends_with(FAILURE));
        let found = place(body[*at]);
        Failure {
            test: test(),
            path: found.and_then(|(file, ..)| path(file)),
            line: found.map(|(_, number, _)| number),
            message: message(said),
            ..Failure::default()
        }
    };
    starts.iter().map(one).collect()
}
