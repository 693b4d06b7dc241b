//! The tests that are not near a task. Where the near ones pass though it tells of a mistake, others may
//! show it; and where they pass with a change, others may say that it breaks something.

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
        let failing = of(&checked.failures, &others);
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
        if checked.timed_out || checked.trouble.is_some() {
            return Ok(None);
        }
        if checked.passed {
            return Ok(Some(TestResult { passed: true, failing: Some(0), output: String::new() }));
        }
        let known = match &self.trial {
            Trial::Found { known_others: Some(known), .. } => known.clone(),
            _ => {
                let Some((before, _)) = self.run_others(&[])? else { return Ok(None) };
                if before.timed_out {
                    return Ok(None);
                }
                names(&before.failures)
            }
        };
        let failing = names(&checked.failures).iter().filter(|name| !known.contains(name)).count();
        if let Trial::Found { known_others, .. } = &mut self.trial {
            *known_others = Some(known);
        }
        let output = project::digest(&checked.output, SHOWN_BYTES);
        let count = u32::try_from(failing).ok();
        Ok(Some(TestResult { passed: failing == 0, failing: count, output }))
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
        if others.is_empty() || limit.is_zero() {
            return Ok(None);
        }
        self.recorder.observer().begins("other tests");
        match checks.run(changes, Some(&others), limit, &self.cancel, &mut self.recorder) {
            Err(SessionError::Denied(Refusal { .. })) => Ok(None),
            other => Ok(other?.map(|checked| (checked, others))),
        }
    }
}

fn names(failures: &[Failure]) -> Vec<String> {
    failures.iter().filter_map(|failure| failure.test.clone()).collect()
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
