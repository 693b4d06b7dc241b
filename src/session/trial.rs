//! What tests the drafts of a task: the command that the person gave, or the project's own tests that
//! its places affect, found and confined.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use crate::agent::TestResult;
use crate::base::RepoPath;
use crate::model::this_program;
use crate::policy::Refusal;
use crate::project::{self, Failure, Script, TestCommand};
use crate::repo::{FileChange, Snapshot};
use crate::session::checks::{Checked, Checks};
use crate::session::decide::Desk;
use crate::session::driver::SessionError;
use crate::session::find::Found;
use crate::session::recall::Runs;
use crate::session::repair::tells_of_a_mistake;
use crate::session::report::TestRun;
use crate::session::run::Run;
use crate::session::verify::{last_words, time_left, verify};

/// Longest run of tests that nobody asked for.
const FOUND_LIMIT: Duration = Duration::from_secs(60);
/// Longest run of those that have to be compiled first, and the share of the time that is left, as its divisor.
const COMPILE_LIMIT: Duration = Duration::from_secs(600);
const SHARE: u32 = 3;
/// Places whose tests are run, and most files of tests.
pub(super) const PLACES: usize = 3;
pub(super) const MOST_FILES: usize = 4;
/// How much of failing tests' output a prompt shows, in bytes.
pub(super) const SHOWN_BYTES: usize = 1200;
/// Shorter names are said by chance.
const SHORTEST: usize = 3;
/// What programs say of what is not there yet.
const ABSENT: &[&str] = &[
    "cannot import name",
    "has no attribute",
    "is not defined",
    "unexpected keyword argument",
    "positional argument",
    "is not a function",
    "is not a constructor",
    "undefined method",
    "uninitialized constant",
    "No module named",
    "Cannot find module",
];

/// What tests the drafts.
pub(super) enum Trial<'a> {
    Nothing,
    /// The command of the request.
    Given,
    /// Some of the project's own tests.
    Found {
        checks: Box<Checks<'a>>,
        /// The files to test, where the command can be told so; all where there are none.
        files: Vec<RepoPath>,
        /// Tests that fail before any change and have nothing to do with the task.
        known: Vec<String>,
        /// What the project's other tests say before any change, once they were run.
        others: Option<Box<Checked>>,
        /// The words of a task for something new: tests that fail before it do so for other reasons.
        wish: Option<Vec<String>>,
        pace: Pace,
    },
}

/// How long the tests take.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// The first run that came to its end.
    first: Option<Duration>,
    /// Whether one did not before that.
    late: bool,
}

impl Pace {
    /// How long a run may take: the first one may have to compile all that it needs.
    fn limit(&self, compiles: bool, deadline: Option<Instant>) -> Duration {
        let usual = time_left(deadline, FOUND_LIMIT);
        match self.first {
            _ if !compiles => usual,
            Some(first) => usual.max(time_left(deadline, first)),
            None => usual.max(time_left(deadline, COMPILE_LIMIT * SHARE) / SHARE),
        }
    }

    /// Takes how long a run took. Whether it is worth another try: it came to no end, for the first time,
    /// and what it compiled is kept.
    fn is_worth_another(&mut self, checked: &Checked, compiles: bool) -> bool {
        if !checked.timed_out {
            let seconds = Duration::try_from_secs_f64(checked.seconds).unwrap_or_default();
            self.first.get_or_insert(seconds);
            return false;
        }
        let was_late = std::mem::replace(&mut self.late, true);
        compiles && !was_late && self.first.is_none() && checked.failures.is_empty()
    }
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
        let mut checks = Checks::found(desk, snapshot, &this_program())?.knowing(runs);
        if checks.command().is_none() {
            return Ok(Self::Nothing);
        }
        let (places, names) = found.places(PLACES);
        let mut files = checks.affected(&places, &names);
        if files.is_empty() {
            // What is tested through other functions: the tests that say most of what the task does.
            files = checks.affected(&[], &words_of_code(text));
        }
        // Of tests in several languages, those in that of the code tell the command.
        let is_like = |test: &RepoPath| places.iter().any(|it| it.extension() == test.extension());
        let (like, unlike): (Vec<_>, Vec<_>) = files.iter().cloned().partition(is_like);
        checks.choose(&[like, unlike, places.clone()].concat());
        files = checks.run_by_it(files);
        files.truncate(MOST_FILES);
        files.extend(inner_tests(checks.command(), &places));
        let is_wish = !tells_of_a_mistake(text) && found.stubs.is_empty();
        Ok(Self::Found {
            checks: Box::new(checks),
            files,
            known: Vec::new(),
            others: None,
            wish: is_wish.then(|| words(text)),
            pace: Pace::default(),
        })
    }

    pub(super) fn is_there(&self) -> bool {
        !matches!(self, Self::Nothing)
    }
}

/// The places that may have tests inside, in a language where that is common.
fn inner_tests(command: Option<&TestCommand>, places: &[RepoPath]) -> Vec<RepoPath> {
    let Some(command) = command.filter(|command| command.tool == "cargo test") else {
        return Vec::new();
    };
    let is_source = |path: &&RepoPath| command.covers(path) && path.parts().any(|it| it == b"src");
    places.iter().filter(is_source).cloned().collect()
}

/// The words between backticks.
fn words_of_code(text: &str) -> Vec<&str> {
    let code = text.split('`').skip(1).step_by(2);
    code.flat_map(words_of).collect()
}

/// All words of a text, each once.
fn words(text: &str) -> Vec<String> {
    let words: BTreeSet<&str> = words_of(text).collect();
    words.into_iter().filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn words_of(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
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
        match &self.trial {
            Trial::Nothing => return Ok(None),
            Trial::Given => return verify(self, changes).map(Some),
            Trial::Found { .. } => {}
        }
        let is_base = changes.is_empty();
        let mut checked = self.run_found(changes)?;
        if is_base && checked.as_ref().is_some_and(is_silent) && self.test_all() {
            checked = self.run_found(changes)?;
        }
        let Trial::Found { checks, known, wish, pace, .. } = &mut self.trial else {
            return Ok(None);
        };
        let compiles = checks.command().is_some_and(TestCommand::compiles);
        if checked.as_ref().is_some_and(|checked| pace.is_worth_another(checked, compiles)) {
            return Ok(None);
        }
        let tests = |it: &Checked| {
            let ended = pace.first.is_some() || !it.failures.is_empty();
            ended && (!is_base || says(it))
        };
        match checked.filter(tests) {
            Some(checked) => {
                if is_base {
                    *known = failing_anyway(&checked, wish.as_deref());
                }
                self.command = Some(checked.line.clone());
                Ok(Some(read(&checked, known)))
            }
            None => {
                self.trial = Trial::Nothing;
                Ok(None)
            }
        }
    }

    /// Runs the tests that were found; nothing where nothing may be run.
    fn run_found(&mut self, changes: &[FileChange]) -> Result<Option<Checked>, SessionError> {
        let Trial::Found { checks, files, pace, .. } = &mut self.trial else { return Ok(None) };
        let compiles = checks.command().is_some_and(TestCommand::compiles);
        let limit = pace.limit(compiles, self.request.deadline);
        match checks.run(changes, Some(files), limit, &self.cancel, &mut self.recorder) {
            Err(SessionError::Denied(refusal)) => {
                self.untested = refusal_of_a_person(&refusal);
                Ok(None)
            }
            other => other,
        }
    }

    /// Has all tests run from now on; whether only some did before.
    fn test_all(&mut self) -> bool {
        match &mut self.trial {
            Trial::Found { checks, files, .. } => {
                let some = checks.command().and_then(|command| command.only(files)).is_some();
                files.clear();
                some
            }
            Trial::Nothing | Trial::Given => false,
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

/// Whether a run says something of the code: that it passes, or what fails.
fn says(checked: &Checked) -> bool {
    let may_fail = checked.trouble.is_none() || checked.timed_out;
    checked.passed || may_fail && !checked.failures.is_empty()
}

/// Whether it failed for a reason that nobody can read: it may be the files of tests that were named.
fn is_silent(checked: &Checked) -> bool {
    !says(checked) && checked.trouble.is_none()
}

/// The tests that fail before any change and say nothing of the task: those that could not be set up, those
/// that lack a package, and in a task for something new those that miss nothing that its words name.
fn failing_anyway(checked: &Checked, wish: Option<&[String]>) -> Vec<String> {
    let mut tests = unready(checked);
    tests.extend(checked.lacking.iter().cloned());
    if let Some(words) = wish {
        let (wanted, old): (Vec<&Failure>, Vec<&Failure>) =
            checked.failures.iter().partition(|failure| misses(&failure.message, words));
        tests.extend(only_among(&old, &wanted));
    }
    tests
}

/// Whether a message says that something is not there which one of the words names.
fn misses(message: &str, words: &[String]) -> bool {
    let absent = ABSENT.iter().find(|absent| message.contains(**absent));
    absent.is_some_and(|absent| {
        let rest = message.replace(absent, " ");
        let mut names = words_of(&rest).filter(|name| name.len() >= SHORTEST);
        names.any(|name| words.iter().any(|word| word == name))
    })
}

/// The tests that could not be set up, where others could and failed.
fn unready(checked: &Checked) -> Vec<String> {
    let (unready, failed): (Vec<&Failure>, Vec<&Failure>) =
        checked.failures.iter().partition(|failure| failure.unready);
    if failed.is_empty() { Vec::new() } else { only_among(&unready, &failed) }
}

/// The tests that some failures name and no other does: one may fail in several ways.
fn only_among(some: &[&Failure], others: &[&Failure]) -> Vec<String> {
    let other = |test: &&String| others.iter().any(|it| it.test.as_ref() == Some(*test));
    let named = some.iter().filter_map(|failure| failure.test.as_ref());
    named.filter(|test| !other(test)).cloned().collect()
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
    // Where a file of tests could not be read, or nothing is named, nobody knows how many fail. What
    // is read from a run that passes are warnings.
    let named = failures.iter().all(|failure| failure.test.is_some());
    let count = u32::try_from(failures.len()).ok().filter(|count| named && *count > 0);
    let failing = if passed { Some(0) } else { count };
    let summary = last_words(&checked.output);
    let seconds = checked.seconds;
    let exit = if checked.timed_out { None } else { Some(i32::from(!checked.passed)) };
    (TestRun { passed, exit, seconds, summary }, TestResult { passed, failing, output })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(passed: bool, failures: Vec<Failure>) -> Checked {
        Checked { passed, failures, ..Checked::default() }
    }

    fn failure(test: Option<&str>, message: &str) -> Failure {
        let (test, message) = (test.map(str::to_owned), message.to_owned());
        Failure { test, message, ..Failure::default() }
    }

    #[track_caller]
    fn check(passed: bool, tests: &[Option<&str>], expected: Option<u32>) {
        let checked = checked(passed, tests.iter().map(|test| failure(*test, "")).collect());
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

    #[test]
    fn warnings_of_a_run_that_passes_are_no_failures() {
        check(true, &[None, None, None], Some(0));
        check(true, &[Some("test_a")], Some(0));
    }

    #[test]
    fn a_run_that_dies_in_another_way_than_the_known_tests_has_not_passed() {
        let passed = |tests: &[Option<&str>]| {
            let failures = tests.iter().map(|test| failure(*test, "")).collect();
            read(&checked(false, failures), &["test_known".to_owned()]).1.passed
        };
        assert!(passed(&[Some("test_known")]));
        assert!(!passed(&[Some("test_known"), None]) && !passed(&[]));
    }

    #[test]
    fn a_test_that_fails_in_more_than_its_set_up_is_not_known() {
        let unready = |test| Failure { unready: true, ..failure(Some(test), "no network") };
        let calls = vec![unready("test_x"), unready("test_y"), failure(Some("test_x"), "1 == 2")];
        let found = checked(false, calls);
        assert_eq!(failing_anyway(&found, None), ["test_y"]);
        assert_eq!(read(&found, &failing_anyway(&found, None)).1.failing, Some(2));
        let new = "ImportError: cannot import name 'as_text' from 'x'";
        let found = checked(false, vec![unready("test_x"), failure(Some("test_x"), new)]);
        assert!(failing_anyway(&found, Some(&words("Add `as_text`"))).is_empty());
    }

    #[test]
    fn what_failed_before_a_wish_is_known_but_for_what_misses_its_words() {
        let text = "Add a function `as_text` to calc.py";
        let found = checked(
            false,
            vec![
                failure(Some("test_old"), "AssertionError: assert 1 == 2"),
                failure(Some("test_new"), "ImportError: cannot import name 'as_text' from 'x'"),
                failure(Some("test_other"), "AttributeError: 'Add' object has no attribute 'b'"),
                failure(None, "a.c:1: error: no"),
            ],
        );
        assert_eq!(failing_anyway(&found, Some(&words(text))), ["test_old"]);
        let other = words("Move `as_text`");
        assert_eq!(failing_anyway(&found, Some(&other)), ["test_old", "test_other"]);
        assert_eq!(failing_anyway(&found, None), Vec::<String>::new());
        let lacking = Checked { lacking: vec!["test_web".to_owned()], ..found };
        assert_eq!(failing_anyway(&lacking, None), ["test_web"]);
    }

    #[test]
    fn trouble_says_nothing_but_what_failed_before_the_time_was_up_does() {
        let fails = || checked(false, vec![failure(Some("test_a"), "no")]);
        let trouble = || Some("it ran too long".to_owned());
        assert!(says(&fails()) && says(&checked(true, Vec::new())));
        assert!(!says(&Checked { trouble: trouble(), ..fails() }));
        assert!(says(&Checked { trouble: trouble(), timed_out: true, ..fails() }));
        let silent = || checked(false, Vec::new());
        assert!(is_silent(&silent()) && !is_silent(&Checked { trouble: trouble(), ..silent() }));
    }

    #[test]
    fn what_has_to_be_compiled_may_take_its_time_once() {
        let seconds = Duration::from_secs;
        let late = Checked { timed_out: true, ..checked(false, Vec::new()) };
        let mut pace = Pace::default();
        assert_eq!((pace.limit(true, None), pace.limit(false, None)), (seconds(600), seconds(60)));
        let soon = Instant::now().checked_add(seconds(900));
        assert!((seconds(299)..=seconds(300)).contains(&pace.limit(true, soon)));
        assert!(!Pace::default().is_worth_another(&late, false));
        assert!(pace.is_worth_another(&late, true), "once");
        assert!(!pace.is_worth_another(&late, true), "and no more");
        let mut pace = Pace::default();
        assert!(!pace.is_worth_another(&Checked { seconds: 90.0, ..checked(true, vec![]) }, true));
        assert_eq!((pace.limit(true, None), pace.limit(false, None)), (seconds(90), seconds(60)));
        assert!(!pace.is_worth_another(&late, true), "it has come to an end before");
    }

    #[test]
    fn places_of_rust_may_have_tests_inside() {
        let path = |name: &str| RepoPath::new(name).unwrap();
        let read = |_: &RepoPath| Some(b"[package]\nname = 'a'\n".to_vec());
        let cargo = project::find(&[path("Cargo.toml")], &read).remove(0);
        let places = ["src/a.rs", "build.rs", "src/a.py"].map(path);
        assert_eq!(inner_tests(Some(&cargo), &places), [path("src/a.rs")]);
        assert!(inner_tests(None, &places).is_empty());
    }
}
