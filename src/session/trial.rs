//! What tests the drafts of a task: the command that the person gave, or the project's own tests that
//! its places affect, found and confined.

use std::time::Duration;

use crate::agent::TestResult;
use crate::base::RepoPath;
use crate::model::this_program;
use crate::policy::Refusal;
use crate::project::{self, Failure, Script};
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
pub(super) const PLACES: usize = 3;
pub(super) const MOST_FILES: usize = 4;
/// How much of failing tests' output a prompt shows, in bytes.
pub(super) const SHOWN_BYTES: usize = 1200;

/// What tests the drafts.
pub(super) enum Trial<'a> {
    Nothing,
    /// The command of the request.
    Given,
    /// Some of the project's own tests.
    Found {
        checks: Box<Checks<'a>>,
        files: Vec<RepoPath>,
        /// Tests that fail before any change and have nothing to do with the task.
        known: Vec<String>,
        /// Those among the project's other tests, once they were run.
        known_others: Option<Vec<String>>,
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
        text: &str,
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
        if files.is_empty() && checks.command().is_some() {
            // What is tested through other functions: the tests that say most of what the task does.
            files = checks.affected(&[], &words_of_code(text));
        }
        files.truncate(MOST_FILES);
        Ok(match files.is_empty() {
            true => Self::Nothing,
            false => Self::Found {
                checks: Box::new(checks),
                files,
                known: Vec::new(),
                known_others: None,
            },
        })
    }

    pub(super) fn is_there(&self) -> bool {
        !matches!(self, Self::Nothing)
    }
}

/// The words between backticks.
fn words_of_code(text: &str) -> Vec<&str> {
    let code = text.split('`').skip(1).step_by(2);
    code.flat_map(|code| code.split(|c: char| !c.is_alphanumeric() && c != '_')).collect()
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
        let (checked, known) = match &mut self.trial {
            Trial::Nothing => return Ok(None),
            Trial::Given => return verify(self, changes).map(Some),
            Trial::Found { checks, files, known, .. } => {
                let limit = time_left(self.request.deadline, FOUND_LIMIT);
                let run = checks.run(changes, Some(files), limit, &self.cancel, &mut self.recorder);
                let checked = match run {
                    Err(SessionError::Denied(refusal)) => {
                        self.untested = refusal_of_a_person(&refusal);
                        None
                    }
                    other => other?,
                };
                if let Some(checked) = checked.as_ref().filter(|_| changes.is_empty()) {
                    *known = unready(checked);
                }
                (checked, known)
            }
        };
        let says = |checked: &Checked| checked.passed || !checked.failures.is_empty();
        match checked.filter(|checked| says(checked) || !changes.is_empty()) {
            Some(checked) => {
                self.command = Some(checked.line.clone());
                Ok(Some(read(&checked, known)))
            }
            None => {
                self.trial = Trial::Nothing;
                Ok(None)
            }
        }
    }
}

impl Run<'_> {
    /// Runs a program of ours in the copy with `changes` on top, for `limit` at most, and gives what it
    /// said; nothing where nothing may be run.
    pub(super) fn run_script(
        &mut self,
        changes: &[FileChange],
        script: &Script,
        limit: Duration,
    ) -> Result<Option<String>, SessionError> {
        let limit = time_left(self.request.deadline, limit);
        let mut own;
        let checks = match &mut self.trial {
            Trial::Found { checks, .. } => checks.as_mut(),
            Trial::Nothing | Trial::Given => {
                let found = Checks::found(self.workshop.desk, self.snapshot, &this_program())?;
                own = found.knowing(self.runs);
                &mut own
            }
        };
        match checks.run_script(changes, script, limit, &self.cancel, &mut self.recorder) {
            Ok(output) => Ok(Some(output)),
            Err(SessionError::Denied(Refusal { .. })) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Why a person wants no test to run, where one said so.
fn refusal_of_a_person(refusal: &Refusal) -> Option<String> {
    (!refusal.asks).then(|| format!("{} must not happen: {}", refusal.action, refusal.why))
}

/// The tests that could not be set up, where others could and failed.
fn unready(checked: &Checked) -> Vec<String> {
    let (unready, failed): (Vec<&Failure>, Vec<&Failure>) =
        checked.failures.iter().partition(|failure| failure.unready);
    let named = unready.into_iter().filter_map(|failure| failure.test.clone());
    if failed.is_empty() { Vec::new() } else { named.collect() }
}

/// What a run says of a change, apart from tests that are `known` to fail without it.
fn read(checked: &Checked, known: &[String]) -> (TestRun, TestResult) {
    let is_known = |failure: &&Failure| failure.test.as_ref().is_some_and(|it| known.contains(it));
    let failures: Vec<&Failure> =
        checked.failures.iter().filter(|failure| !is_known(failure)).collect();
    let none_is_new = failures.is_empty() && !checked.failures.is_empty();
    let passed = checked.passed || none_is_new && checked.trouble.is_none() && !checked.timed_out;
    let mut output = project::digest(&checked.output, SHOWN_BYTES);
    if checked.timed_out {
        output.push_str("\n(stopped: it ran too long)");
    }
    // Where a file of tests could not be read, or nothing is named, nobody knows how many fail.
    let named = failures.iter().all(|failure| failure.test.is_some());
    let counted = passed || named && !failures.is_empty();
    let failing = u32::try_from(failures.len()).ok().filter(|_| counted);
    let summary = last_words(&checked.output);
    let seconds = checked.seconds;
    let exit = if checked.timed_out { None } else { Some(i32::from(!checked.passed)) };
    (TestRun { passed, exit, seconds, summary }, TestResult { passed, failing, output })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(passed: bool, tests: &[Option<&str>], expected: Option<u32>) {
        let failure = |test: &Option<&str>| Failure {
            test: test.map(str::to_owned),
            path: None,
            line: None,
            source: None,
            message: String::new(),
            unready: false,
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
        assert_eq!(read(&checked, &["test_known".to_owned()]).1.failing, expected);
    }

    #[test]
    fn words_of_code_stand_between_backticks() {
        let words: Vec<&str> = words_of_code("Here `a_b.c(1, 'dé')` is not `e`, `f");
        let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
        assert_eq!(words, ["a_b", "c", "1", "dé", "e", "f"]);
    }

    #[test]
    fn only_named_failures_are_counted() {
        check(true, &[], Some(0));
        check(false, &[Some("test_a"), Some("test_b")], Some(2));
        check(false, &[], None);
        check(false, &[None], None);
        check(false, &[Some("test_a"), Some("test_known")], Some(1));
        check(false, &[Some("test_known")], Some(0));
        check(false, &[Some("test_a"), None], None);
    }
}
