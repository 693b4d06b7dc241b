//! The tests that are not near a task. Where the near ones pass though it tells of a mistake, others may
//! show it; and where they pass with a change, others may say that it breaks something.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::agent::TestResult;
use crate::base::RepoPath;
use crate::policy::Refusal;
use crate::project::{self, Failure};
use crate::repo::FileChange;
use crate::session::checks::Checked;
use crate::session::driver::SessionError;
use crate::session::run::Run;
use crate::session::trial::{MOST_FILES, SHOWN_BYTES, Trial};
use crate::session::verify::time_left;

/// Longest run of all other tests, and most files of them.
const LIMIT: Duration = Duration::from_secs(30);
const MOST_OTHERS: usize = 400;

impl Run<'_> {
    /// Runs the project's other tests; those that fail are what tests the drafts from now on. Whether
    /// there are any.
    pub(super) fn widen(&mut self) -> Result<bool, SessionError> {
        let Some((checked, others)) = self.run_others(&[])? else { return Ok(false) };
        let failures = checked.failures.iter();
        let lacks = |failure: &Failure| failure.test.iter().any(|it| checked.lacking.contains(it));
        let failures: Vec<Failure> = failures.filter(|it| !lacks(it)).cloned().collect();
        let failing = of(&failures, &others);
        match &mut self.trial {
            Trial::Found { files, .. } if !failing.is_empty() => {
                *files = failing;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// What the project's other tests say of changes; those that fail without them too count as nothing.
    /// `None` where none is there, or they say nothing in the time that there is.
    pub(super) fn judge_by_others(
        &mut self,
        changes: &[FileChange],
    ) -> Result<Option<TestResult>, SessionError> {
        let Some((checked, _)) = self.run_others(changes)? else { return Ok(None) };
        if checked.timed_out || self.cancel.is_cancelled() {
            return Ok(None);
        }
        if checked.passed {
            return Ok(Some(TestResult { passed: true, failing: Some(0), output: String::new() }));
        }
        let known = match &mut self.trial {
            Trial::Found { others, .. } => others.take(),
            Trial::Nothing | Trial::Given => None,
        };
        let before = match known {
            Some(before) => before,
            None => {
                let Some((before, _)) = self.run_others(&[])? else { return Ok(None) };
                Box::new(before)
            }
        };
        let result = verdict(&checked, &before);
        if let Trial::Found { others, .. } = &mut self.trial {
            *others = Some(before);
        }
        Ok(result)
    }

    /// Runs the tests that are not near the task; they are named too.
    fn run_others(
        &mut self,
        changes: &[FileChange],
    ) -> Result<Option<(Checked, Vec<RepoPath>)>, SessionError> {
        let Trial::Found { checks, files, .. } = &mut self.trial else { return Ok(None) };
        let mut others = checks.others(files);
        others.truncate(MOST_OTHERS);
        let limit = time_left(self.request.deadline, LIMIT);
        // Where the program cannot be told which, all tests have run already.
        if limit.is_zero() || !checks.tells_apart(files, &others) {
            return Ok(None);
        }
        self.recorder.observer().begins("other tests");
        match checks.run(changes, Some(&others), limit, &self.cancel, &mut self.recorder) {
            Err(SessionError::Denied(Refusal { .. })) => Ok(None),
            other => Ok(other?.map(|checked| (checked, others))),
        }
    }
}

/// What a run that failed says of a change, beside the one `before` it: which tests fail that did
/// not, and whether anything else is wrong that was not. `None` where one of them says nothing, or
/// both fail and neither names a test.
fn verdict(checked: &Checked, before: &Checked) -> Option<TestResult> {
    let names = |it: &Checked| it.failures.iter().any(|failure| failure.test.is_some());
    let comparable = before.passed || names(before) || names(checked);
    if before.timed_out || before.trouble.is_some() || !comparable {
        return None;
    }
    let new = checked.new_failures(before);
    let named: BTreeSet<&str> = new.iter().filter_map(|failure| failure.test.as_deref()).collect();
    // What cannot be built, or dies, names no test; and what fails for no reason that can be read
    // did not fail in the old way.
    let unread = checked.failures.is_empty() && checked.trouble.is_none();
    let breaks = unread || new.iter().any(|failure| failure.test.is_none());
    let passed = named.is_empty() && !before.passed && !breaks;
    if passed && checked.trouble.is_some() {
        return None;
    }
    let count = u32::try_from(named.len()).ok();
    let failing = count.filter(|_| passed || !named.is_empty());
    let output = project::digest(&checked.output, SHOWN_BYTES);
    Some(TestResult { passed, failing, output })
}

/// The files of the tests that failed, each once; what could not be set up says nothing.
fn of(failures: &[Failure], files: &[RepoPath]) -> Vec<RepoPath> {
    let mut found: Vec<RepoPath> = Vec::new();
    for failure in failures.iter().filter(|failure| !failure.unready) {
        let named = failure.test.as_deref().and_then(|test| test.split("::").next());
        let is_it = |file: &&RepoPath| {
            named == Some(file.to_string().as_str()) || failure.path.as_ref() == Some(*file)
        };
        if let Some(file) = files.iter().find(is_it).filter(|file| !found.contains(file)) {
            found.push(file.clone());
        }
    }
    found.truncate(MOST_FILES);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(passed: bool, tests: &[Option<&str>]) -> Checked {
        let failure = |test: &Option<&str>| Failure {
            test: test.map(str::to_owned),
            message: "no".to_owned(),
            ..Failure::default()
        };
        let failures = tests.iter().map(failure).collect();
        Checked { passed, failures, ..Checked::default() }
    }

    #[track_caller]
    fn check(after: &[Option<&str>], before: &Checked, expected: Option<(bool, Option<u32>)>) {
        let verdict = verdict(&run(false, after), before);
        assert_eq!(verdict.map(|it| (it.passed, it.failing)), expected);
    }

    #[test]
    fn what_fails_with_a_change_and_did_not_before_counts_whether_it_has_a_name_or_not() {
        let (passed, failed) = (run(true, &[]), run(false, &[Some("a")]));
        check(&[Some("b"), Some("b"), Some("c")], &passed, Some((false, Some(2))));
        check(&[Some("a"), Some("b")], &failed, Some((false, Some(1))));
        check(&[Some("a")], &failed, Some((true, Some(0))));
        // A build that fails, and an output that nobody can read.
        check(&[None], &passed, Some((false, None)));
        check(&[], &passed, Some((false, None)));
        check(&[None], &failed, Some((false, None)));
        check(&[], &failed, Some((false, None)));
        check(&[Some("a"), None], &failed, Some((false, None)));
        let both = run(false, &[Some("a"), None]);
        check(&[Some("a"), None], &both, Some((true, Some(0))));
        // Where no test is named, nobody knows what is new.
        check(&[None], &run(false, &[None]), None);
        check(&[], &run(false, &[]), None);
        check(&[Some("a")], &Checked { timed_out: true, ..run(false, &[]) }, None);
        let trouble = Some("pytest is not installed".to_owned());
        check(&[Some("a")], &Checked { trouble, ..run(false, &[]) }, None);
    }

    #[test]
    fn something_else_that_is_wrong_is_new_though_something_was_before() {
        let wrong = |message: &str| Failure { message: message.to_owned(), ..Failure::default() };
        let with = |more: Failure| {
            let mut run = run(false, &[Some("a")]);
            run.failures.push(more);
            run
        };
        let before = with(wrong("a.c does not compile"));
        let passed = |after: &Checked| verdict(after, &before).map(|it| it.passed);
        assert_eq!(passed(&with(wrong("a.c does not compile"))), Some(true));
        assert_eq!(passed(&with(wrong("it was killed"))), Some(false));
    }

    #[test]
    fn files_of_failing_tests_are_named_by_the_test_or_by_the_place() {
        let path = |text: &str| RepoPath::new(text).unwrap();
        let files = ["tests/test_a.py", "tests/test_b.py", "tests/test_c.py"].map(path);
        let failure = |test: &str, path: Option<RepoPath>, unready| Failure {
            test: Some(test.to_owned()),
            path,
            unready,
            ..Failure::default()
        };
        let failures = [
            failure("tests/test_b.py::test_x[1]", Some(path("lib.py")), false),
            failure("tests/test_b.py::test_y", None, false),
            failure("test_z", Some(path("tests/test_a.py")), false),
            failure("tests/test_c.py::test_x", None, true),
            failure("tests/other.py::test_x", None, false),
        ];
        assert_eq!(of(&failures, &files), [files[1].clone(), files[0].clone()]);
    }
}
