//! Where the tests near a task pass though it tells of a mistake: others may show it.

use std::time::Duration;

use crate::base::RepoPath;
use crate::policy::Refusal;
use crate::project::Failure;
use crate::session::driver::SessionError;
use crate::session::run::Run;
use crate::session::trial::{MOST_FILES, Trial};
use crate::session::verify::time_left;

/// Longest run of all other tests, and most files of them.
const LIMIT: Duration = Duration::from_secs(30);
const MOST_OTHERS: usize = 400;

impl Run<'_> {
    /// Runs the project's other tests; those that fail are what tests the drafts from now on. Whether
    /// there are any.
    pub(super) fn widen(&mut self) -> Result<bool, SessionError> {
        let Trial::Found { checks, files, .. } = &mut self.trial else { return Ok(false) };
        let mut others = checks.others(files);
        others.truncate(MOST_OTHERS);
        if others.is_empty() {
            return Ok(false);
        }
        let limit = time_left(self.request.deadline, LIMIT);
        let recorder = &mut self.recorder;
        let mut record = |event| Ok(recorder.record(event)?);
        let run = checks.run(&[], Some(&others), limit, &self.cancel, &mut record);
        let checked = match run {
            Err(SessionError::Denied(Refusal { .. })) => None,
            other => other?,
        };
        let failing = checked.map(|checked| of(&checked.failures, &others)).unwrap_or_default();
        if failing.is_empty() {
            return Ok(false);
        }
        *files = failing;
        Ok(true)
    }
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
