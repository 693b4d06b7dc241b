//! What `rename` and `move` say of the change that they propose, and how it is to be tested.

use serde_json::{Value, json};

use crate::cli::{Context, ExitCode, Failure, variables};
use crate::session::{Refactored, Testing};

/// How a change is tested.
#[derive(Debug, clap::Args)]
pub(super) struct TestArgs {
    /// Command that tests the change, in a copy of the repository, instead of the tests that are found
    /// [env: COUNTERSIGN_TEST]
    #[arg(long, value_name = "CMD")]
    test: Option<String>,
    /// Run no tests
    #[arg(long, conflicts_with = "test")]
    no_test: bool,
}

impl TestArgs {
    pub(super) fn testing(&self) -> Result<Testing, Failure> {
        if self.no_test {
            return Ok(Testing::None);
        }
        let line = variables::test(self.test.as_deref(), None)?;
        Ok(line.map_or(Testing::Found, Testing::Given))
    }
}

/// `1 file`, `2 files`.
pub(super) fn count(count: usize, what: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {what}{s}")
}

/// What a program is told.
pub(super) fn document(done: &Refactored) -> Value {
    json!({
        "task": done.task,
        "proposal": done.proposal,
        "files": done.files,
        "before": done.before,
        "after": done.after,
        "broken": done.broken,
        "seconds": done.seconds,
    })
}

/// What a person is told: the proposal, `what` it has, and what its tests came to.
pub(super) fn tell(context: &Context, done: &Refactored, what: &str) -> Result<(), Failure> {
    let id = &done.proposal;
    let word = |passed: bool| if passed { "passed" } else { "failed" };
    let mut line = format!("proposal {id}   {what}");
    for (when, run) in [("before", &done.before), ("after", &done.after)] {
        if let Some(run) = run {
            line.push_str(&format!("   test {when}: {}", word(run.passed)));
        }
    }
    if done.interrupted && done.after.is_none() {
        line.push_str("   not tested: it was interrupted");
    }
    context.out.data(&format!(
        "{line}\nthe work tree is untouched; decide with `countersign review {id}`\n"
    ))?;
    for name in done.broken.iter().take(NAMED) {
        context.out.say(&format!("fails with it: {}", crate::cli::printable(name)));
    }
    Ok(())
}

/// How many tests are named that fail.
const NAMED: usize = 5;

/// Tests that fail as they did before speak for nothing and against nothing.
pub(super) fn code(done: &Refactored) -> ExitCode {
    let failed_before = done.before.as_ref().is_some_and(|run| !run.passed);
    match done.verified() {
        _ if done.interrupted => ExitCode::Interrupted,
        Some(false) if !(failed_before && done.broken.is_empty()) => ExitCode::Unverified,
        _ => ExitCode::Done,
    }
}
