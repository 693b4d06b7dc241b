//! What tests the drafts of a task: the command that the person gave, or the project's own tests that
//! its places affect, found and confined.

use std::time::Duration;

use crate::agent::TestResult;
use crate::base::RepoPath;
use crate::model::this_program;
use crate::policy::Refusal;
use crate::project;
use crate::repo::{FileChange, Snapshot};
use crate::session::checks::{Checked, Checks};
use crate::session::decide::Desk;
use crate::session::driver::SessionError;
use crate::session::find::Found;
use crate::session::recall::Runs;
use crate::session::report::TestRun;
use crate::session::run::Run;
use crate::session::verify::{last_words, time_left, verify};

/// Longest run of tests that nobody asked for.
const FOUND_LIMIT: Duration = Duration::from_secs(60);
/// Places whose tests are run, and most files of tests.
const PLACES: usize = 3;
const MOST_FILES: usize = 4;
/// How much of failing tests' output a prompt shows, in bytes.
const SHOWN_BYTES: usize = 1200;

/// What tests the drafts.
pub(super) enum Trial<'a> {
    Nothing,
    /// The command of the request.
    Given,
    /// Some of the project's own tests.
    Found {
        checks: Box<Checks<'a>>,
        files: Vec<RepoPath>,
    },
}

impl<'a> Trial<'a> {
    /// What tests changes around what was found. A sandbox lets found tests run unasked; where there
    /// is none nothing is run that nobody asked for.
    pub(super) fn of(
        given: Option<&str>,
        desk: &'a Desk,
        snapshot: &'a Snapshot,
        found: &Found,
        runs: &'a Runs,
    ) -> Result<Self, SessionError> {
        if given.is_some() {
            return Ok(Self::Given);
        }
        let checks = Checks::found(desk, snapshot, &this_program())?.knowing(runs);
        let (places, names) = found.places(PLACES);
        let mut files = match checks.command() {
            Some(_) => checks.affected(&places, &names),
            None => Vec::new(),
        };
        files.truncate(MOST_FILES);
        Ok(match files.is_empty() {
            true => Self::Nothing,
            false => Self::Found { checks: Box::new(checks), files },
        })
    }

    pub(super) fn is_there(&self) -> bool {
        !matches!(self, Self::Nothing)
    }
}

impl Run<'_> {
    /// Runs what tests the drafts with `changes` on top of the snapshot. `None` where nothing does.
    ///
    /// Tests that were found and say nothing of the repository as it is are not run again; a draft with
    /// which they say nothing fails.
    pub(super) fn try_out(
        &mut self,
        changes: &[FileChange],
    ) -> Result<Option<(TestRun, TestResult)>, SessionError> {
        let checked = match &mut self.trial {
            Trial::Nothing => return Ok(None),
            Trial::Given => return verify(self, changes).map(Some),
            Trial::Found { checks, files } => {
                let limit = time_left(self.request.deadline, FOUND_LIMIT);
                let recorder = &mut self.recorder;
                let mut record = |event| Ok(recorder.record(event)?);
                match checks.run(changes, Some(files), limit, &self.cancel, &mut record) {
                    Err(SessionError::Denied(Refusal { .. })) => None,
                    other => other?,
                }
            }
        };
        let says = |checked: &Checked| checked.passed || !checked.failures.is_empty();
        match checked.filter(|checked| says(checked) || !changes.is_empty()) {
            Some(checked) => {
                self.command = Some(checked.line.clone());
                Ok(Some(read(&checked)))
            }
            None => {
                self.trial = Trial::Nothing;
                Ok(None)
            }
        }
    }
}

fn read(checked: &Checked) -> (TestRun, TestResult) {
    let mut output = project::digest(&checked.output, SHOWN_BYTES);
    if checked.timed_out {
        output.push_str("\n(stopped: it ran too long)");
    }
    // Where a file of tests could not be read, or nothing is named, nobody knows how many fail.
    let named = checked.failures.iter().all(|failure| failure.test.is_some());
    let known = checked.passed || named && !checked.failures.is_empty();
    let failing = u32::try_from(checked.failures.len()).ok().filter(|_| known);
    let summary = last_words(&checked.output);
    let Checked { passed, seconds, .. } = *checked;
    let exit = if checked.timed_out { None } else { Some(i32::from(!passed)) };
    (TestRun { passed, exit, seconds, summary }, TestResult { passed, failing, output })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::Failure;

    #[track_caller]
    fn check(passed: bool, tests: &[Option<&str>], expected: Option<u32>) {
        let failure = |test: &Option<&str>| Failure {
            test: test.map(str::to_owned),
            path: None,
            line: None,
            source: None,
            message: String::new(),
        };
        let checked = Checked {
            passed,
            trouble: None,
            failures: tests.iter().map(failure).collect(),
            output: String::new(),
            seconds: 0.0,
            line: String::new(),
            timed_out: false,
            confined: true,
        };
        assert_eq!(read(&checked).1.failing, expected);
    }

    #[test]
    fn only_named_failures_are_counted() {
        check(true, &[], Some(0));
        check(false, &[Some("test_a"), Some("test_b")], Some(2));
        check(false, &[], None);
        check(false, &[None], None);
        check(false, &[Some("test_a"), None], None);
    }
}
