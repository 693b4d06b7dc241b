//! What fails with a change and did not before, in words.

use crate::project::Failure;
use crate::session::checks::Checked;
use crate::session::verify::last_words;

/// What fails with a change and did not before. Of two runs that fail and name no test, nobody knows
/// what is new.
pub(super) fn broken(after: &Checked, before: &Checked) -> Vec<String> {
    let names = |it: &Checked| it.failures.iter().any(|failure| failure.test.is_some());
    if before.timed_out || !before.passed && !names(before) && !names(after) {
        return Vec::new();
    }
    let mut new: Vec<String> = after.new_failures(before).into_iter().map(in_words).collect();
    // What fails for no reason that can be read did not fail in the old way.
    if after.failures.is_empty() && after.trouble.is_none() && !after.timed_out {
        new.push(last_words(&after.output));
    }
    new
}

/// A test by its name, and what cannot be built, or dies, by its place and what is wrong.
fn in_words(failure: &Failure) -> String {
    let wrong = failure.message.lines().next().unwrap_or_default();
    match (&failure.test, &failure.path) {
        (Some(test), _) => test.clone(),
        (None, Some(path)) => format!("{path}: {wrong}"),
        (None, None) => wrong.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::RepoPath;

    /// A run that failed with these tests, and with what has no name.
    fn run(tests: &[&str], wrong: &[&str]) -> Checked {
        let named = tests.iter().map(|test| Failure {
            test: Some((*test).to_owned()),
            message: "no".to_owned(),
            ..Failure::default()
        });
        let unnamed = wrong.iter().map(|message| Failure {
            path: RepoPath::new("a.c").ok(),
            message: (*message).to_owned(),
            ..Failure::default()
        });
        let failures = named.chain(unnamed).collect();
        Checked { failures, output: "make: Error 2\n".to_owned(), ..Checked::default() }
    }

    #[test]
    fn what_cannot_be_built_is_broken_though_a_test_failed_before() {
        let old = run(&["test_old"], &[]);
        assert_eq!(broken(&run(&["test_old"], &[]), &old), Vec::<String>::new());
        assert_eq!(broken(&run(&["test_old", "test_new"], &[]), &old), ["test_new"]);
        assert_eq!(broken(&run(&[], &["no x"]), &old), ["a.c: no x"]);
        assert_eq!(broken(&run(&[], &[]), &old), ["make: Error 2"]);
        let passed = Checked { passed: true, ..Checked::default() };
        assert_eq!(broken(&run(&[], &["no x"]), &passed), ["a.c: no x"]);
        // Nobody knows whether that is new.
        assert!(broken(&run(&[], &["no x"]), &run(&[], &["no y"])).is_empty());
        let late = Checked { timed_out: true, ..run(&["test_old"], &[]) };
        assert!(broken(&run(&["test_new"], &[]), &late).is_empty());
    }
}
