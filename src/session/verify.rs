//! Runs the test command in a copy of the repository, before a change and after it.

use std::time::{Duration, Instant};

use git2::Oid;

use crate::agent::TestResult;
use crate::model::Cancel;
use crate::policy::{Actor, RunCommand};
use crate::project;
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

/// How much of a failing command's output a prompt shows, in bytes.
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

/// The verdict, and of the output what says what is wrong.
fn judged(outcome: &Outcome) -> (TestRun, TestResult) {
    let passed = outcome.exit == Some(0);
    let failures = if passed { Vec::new() } else { project::failures(&outcome.output) };
    // Where something could not be compiled, or nothing is named, nobody knows how many fail.
    let named = failures.iter().all(|failure| failure.test.is_some());
    let counted = passed || named && !failures.is_empty() && !outcome.timed_out;
    let failing = u32::try_from(failures.len()).ok().filter(|_| counted);
    let mut output = project::digest(&outcome.output, SHOWN_BYTES);
    if outcome.timed_out {
        output.push_str("\n(stopped: it ran too long)");
    }
    let output = output.trim_end().to_owned();
    let Outcome { exit, seconds, .. } = *outcome;
    (
        TestRun { passed, exit, seconds, summary: last_words(&outcome.output) },
        TestResult { passed, failing, output },
    )
}

/// The last line that says something, without what gives it colours.
pub(super) fn last_words(output: &str) -> String {
    let output = anstream::adapter::strip_str(output).to_string();
    let says = |line: &&str| line.chars().any(char::is_alphanumeric);
    let line = output.lines().rev().map(str::trim).find(says);
    line.unwrap_or_default().chars().filter(|c| !c.is_control()).take(120).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(exit: i32, output: &str, failing: Option<u32>, said: &str) {
        let output = output.to_owned();
        let outcome =
            Outcome { exit: Some(exit), seconds: 0.0, output, timed_out: false, recorded: false };
        let (run, result) = judged(&outcome);
        assert_eq!((run.passed, result.passed), (exit == 0, exit == 0));
        assert_eq!((result.failing, result.output.as_str()), (failing, said));
    }

    #[test]
    fn failures_are_counted_where_all_have_a_name() {
        let output = "==\ntest_calc.c:3:test_adds:FAIL: Expected 2 Was 0\n1 Tests 1 Failures\n";
        check(1, output, Some(1), "test_adds (test_calc.c:3)\nExpected 2 Was 0");
        check(1, "----\nit is off by\n-3\n", None, "it is off by\n-3");
        check(2, "a.c:1:2: error: no\n", None, "a.c:1\nno");
        check(0, "2 passed\n", Some(0), "2 passed");
    }

    #[test]
    fn the_last_words_say_something() {
        assert_eq!(
            last_words("Ran 2 tests\n\nFAILED (failures=1)\n-----\n"),
            "FAILED (failures=1)"
        );
        let vitest = "\u{1b}[2m Tests \u{1b}[22m \u{1b}[32m1 passed\u{1b}[39m\n\
                      \u{1b}[2m   Duration \u{1b}[22m 300ms\n\u{1b}[0m\n";
        assert_eq!(last_words(vitest), "Duration  300ms");
    }
}
