//! Runs the test command in a copy of the repository, before a change and after it.

use std::time::{Duration, Instant};

use git2::Oid;

use crate::agent::TestResult;
use crate::model::Cancel;
use crate::policy::{Actor, RunCommand};
use crate::repo::FileChange;
use crate::session::approval::permitted;
use crate::session::checks::Record;
use crate::session::command::{self, Outcome};
use crate::session::decide::Desk;
use crate::session::driver::SessionError;
use crate::session::recall::{Runs, ground};
use crate::session::report::TestRun;
use crate::session::run::Run;
use crate::session::scratch::Scratch;

/// How much of a failing command's output a prompt shows, in lines and bytes.
const SHOWN_LINES: usize = 30;
const SHOWN_BYTES: usize = 1600;

/// Runs the test command of the request with `changes` on top of the snapshot.
pub(super) fn verify(
    run: &mut Run<'_>,
    changes: &[FileChange],
) -> Result<(TestRun, TestResult), SessionError> {
    let line = run.request.test.clone().unwrap_or_default();
    run.command = Some(line.clone());
    let tree = (run.desk(), run.snapshot.base_tree);
    let limit = time_left(run.request.deadline, run.request.test_limit);
    run_given(tree, &line, changes, (limit, &run.cancel), run.runs, &mut run.recorder)
}

/// Runs a command that a person gave on a tree with `changes` on top, at most for so long; what is known of
/// it is not run again.
pub(super) fn run_given(
    (desk, tree): (&Desk, Oid),
    line: &str,
    changes: &[FileChange],
    (limit, cancel): (Duration, &Cancel),
    runs: &Runs,
    record: Record<'_>,
) -> Result<(TestRun, TestResult), SessionError> {
    let act = RunCommand::given(line.to_owned());
    let permit = permitted(desk, Actor::Person, act, record)?;
    let on = ground(tree, changes, line);
    let outcome = match runs.outcome(on, line)? {
        Some(known) => known,
        None => {
            let scratch = Scratch::new(&desk.repo, tree, changes)?;
            let original = [("COUNTERSIGN_ROOT", desk.repo.root())];
            command::run(&permit, scratch.root(), &original, limit, cancel, None)
                .map_err(|source| SessionError::Command { line: line.to_owned(), source })?
                .without(scratch.root())
        }
    };
    record.record(outcome.event(line.to_owned(), on))?;
    Ok(judged(&outcome))
}

pub(super) fn time_left(deadline: Option<Instant>, most: Duration) -> Duration {
    match deadline {
        Some(deadline) => most.min(deadline.saturating_duration_since(Instant::now())),
        None => most,
    }
}

/// The verdict, and the end of the output.
fn judged(outcome: &Outcome) -> (TestRun, TestResult) {
    let passed = outcome.exit == Some(0);
    let mut output = tail(&outcome.output);
    if outcome.timed_out {
        output.push_str("\n(stopped: it ran too long)");
    }
    let Outcome { exit, seconds, .. } = *outcome;
    (
        TestRun { passed, exit, seconds, summary: last_words(&outcome.output) },
        TestResult { passed, failing: None, output },
    )
}

/// The end of a command's output, in whole lines.
fn tail(output: &str) -> String {
    let mut lines: Vec<&str> = Vec::new();
    let mut bytes = 0;
    for line in output.lines().rev().take(SHOWN_LINES) {
        bytes += line.len() + 1;
        if bytes > SHOWN_BYTES {
            break;
        }
        lines.push(line);
    }
    lines.reverse();
    lines.join("\n").trim().to_owned()
}

/// The last line that says something.
pub(super) fn last_words(output: &str) -> String {
    let says = |line: &&str| line.chars().any(char::is_alphanumeric);
    let line = output.lines().rev().map(str::trim).find(says);
    line.unwrap_or_default().chars().filter(|c| !c.is_control()).take(120).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_counts() {
        let long: String = (0..100).map(|n| format!("line {n}\n")).collect();
        let kept = tail(&long);
        assert!(kept.starts_with("line 70\n") && kept.ends_with("line 99"), "{kept}");
        assert_eq!(
            last_words("Ran 2 tests\n\nFAILED (failures=1)\n-----\n"),
            "FAILED (failures=1)"
        );
    }
}
