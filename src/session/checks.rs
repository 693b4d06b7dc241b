//! The project's own tests on a change: found, run in a copy and in a sandbox, and read.
//!
//! A sandbox is what lets them run unasked. Where there is none, the policy asks: a person who is there, or
//! nobody, and then they do not run.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::base::{Digest, RepoPath};
use crate::model::Cancel;
use crate::policy::sandbox::{self, around};
use crate::policy::{self, Actor, Permit, RunCommand};
use crate::project::{self, Failure, Script, TestCommand};
use crate::repo::{FileChange, FileState, Mode, Snapshot};
use crate::session::approval::{Witness, permitted};
use crate::session::command::{self, Confined, Outcome};
use crate::session::decide::Desk;
use crate::session::driver::SessionError;
use crate::session::kept::Kept;
use crate::session::recall::{Runs, ground};
use crate::session::test_commands::{bytes, is_here, look, with_python};
use crate::session::trouble::{NO_PLUGIN, trouble, unloaded, untestable};

/// Why a run says nothing where the list of what fails in it is full.
const TOO_MANY: &str = "more tests fail than can be told apart";

/// The tests of a project, and the copy in which they run.
pub struct Checks<'a> {
    desk: &'a Desk,
    snapshot: &'a Snapshot,
    /// This program, which leads into the sandbox.
    program: PathBuf,
    commands: Vec<TestCommand>,
    files: Vec<RepoPath>,
    tests: Vec<RepoPath>,
    /// Where the copy and what is compiled are kept; in the user's cache by default.
    cache: Option<PathBuf>,
    /// Made for the first run.
    kept: Option<Kept>,
    /// What came of commands before; `None` where each is to run.
    known: Option<&'a Runs>,
    /// Whether the options in the project's files are ignored.
    plain_options: bool,
    /// How a person said yes where the policy asks; `None` where nobody was asked.
    pub approved: Option<String>,
}

/// What came of a run.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    pub passed: bool,
    /// Why this says nothing of the change: no test has run, or too many failed. It passed nothing
    /// then.
    pub trouble: Option<String>,
    pub failures: Vec<Failure>,
    /// The tests that failed because a package is not here.
    pub lacking: Vec<String>,
    /// The end of what the command said, the place of the copy taken out of it.
    pub output: String,
    pub seconds: f64,
    pub line: String,
    pub timed_out: bool,
    pub confined: bool,
}

impl Checked {
    /// What fails here and did not in `before`, which ran on the work tree as it is: tests by their
    /// names and what they are a part of, other failures by what is wrong. Nothing where more
    /// failed before than is known.
    pub fn new_failures<'a>(&'a self, before: &Checked) -> Vec<&'a Failure> {
        if is_full(&before.failures) {
            return Vec::new();
        }
        let known = |failure: &Failure| before.failures.iter().any(|old| failure.is_again(old));
        self.failures.iter().filter(|failure| !known(failure)).collect()
    }
}

/// Whether some failures may have been left out.
fn is_full(failures: &[Failure]) -> bool {
    failures.len() >= Failure::MOST
}

/// Told what is to be written down, before and after a command runs, and asked what the policy asks.
pub type Record<'a> = &'a mut dyn Witness;

impl<'a> Checks<'a> {
    /// Looks for the tests in what was captured of the work tree. `program` is this program
    /// ([`crate::model::this_program`]). Nothing runs yet.
    pub fn found(
        desk: &'a Desk,
        snapshot: &'a Snapshot,
        program: &Path,
    ) -> Result<Self, SessionError> {
        let (commands, files) = look(&desk.repo, snapshot.base_tree)?;
        Ok(Self {
            desk,
            snapshot,
            program: program.to_owned(),
            commands,
            tests: project::tests(&files),
            files,
            cache: None,
            kept: None,
            known: None,
            plain_options: false,
            approved: None,
        })
    }

    /// The same, where a command that ran before on the same files does not run again.
    pub(super) fn knowing(self, known: &'a Runs) -> Self {
        Self { known: Some(known), ..self }
    }

    /// The same, with its copy in this folder.
    pub fn kept_in(self, cache: &Path) -> Self {
        Self { cache: Some(cache.to_owned()), ..self }
    }

    /// The commands that test the project, best first.
    pub fn commands(&self) -> &[TestCommand] {
        &self.commands
    }

    /// The command that runs: the best whose program is here.
    pub fn command(&self) -> Option<&TestCommand> {
        let tests = self.commands.iter().filter(|command| command.tool != project::TYPES);
        let mut types = self.commands.iter().filter(|command| command.tool == project::TYPES);
        let mut here = tests.filter(|command| is_here(self.desk.repo.root(), command));
        here.next().or_else(|| types.find(|command| is_here(self.desk.repo.root(), command)))
    }

    /// Has the command run from now on that fits these files, the first of them above all: one that tests
    /// their language, in the deepest folder.
    pub(super) fn choose(&mut self, files: &[RepoPath]) {
        let root = self.desk.repo.root();
        let here = |it: &TestCommand| it.tool != project::TYPES && is_here(root, it);
        let best = files.iter().find_map(|file| {
            let all = self.commands.iter().enumerate();
            let fitting = all.filter(|(_, command)| command.covers(file) && here(command));
            // Of equals the first is the best.
            let best = fitting.max_by_key(|(at, it)| (it.closeness(), std::cmp::Reverse(*at)));
            best.map(|(at, _)| at)
        });
        if let Some(at) = best {
            let command = self.commands.remove(at);
            self.commands.insert(0, command);
        }
    }

    /// Those of the files of tests that the command runs.
    pub(super) fn run_by_it(&self, tests: Vec<RepoPath>) -> Vec<RepoPath> {
        let command = self.command();
        let runs = |test: &RepoPath| command.is_some_and(|command| command.runs(test));
        tests.into_iter().filter(runs).collect()
    }

    /// Whether these files of tests can be run apart from those others.
    pub(super) fn tells_apart(&self, files: &[RepoPath], others: &[RepoPath]) -> bool {
        let only = |tests: &[RepoPath]| self.command().and_then(|command| command.only(tests));
        only(files).zip(only(others)).is_some_and(|(files, others)| files != others)
    }

    /// The files of tests to run first where `changed` files and `names` in them change, best first.
    pub fn affected(&self, changed: &[RepoPath], names: &[&str]) -> Vec<RepoPath> {
        let read = |path: &RepoPath| bytes(&self.desk.repo, self.snapshot.base_tree, path);
        project::affected(changed, names, &self.tests, &read)
    }

    /// The files of tests that the command runs and that are not among these.
    pub(super) fn others(&self, files: &[RepoPath]) -> Vec<RepoPath> {
        let others = self.tests.iter().filter(|test| !files.contains(test));
        self.run_by_it(others.cloned().collect())
    }

    /// Runs all tests, or those in the files `tests` where the program can be told so, in the copy
    /// with `changes` on top, at most for `limit`. `None` where the project has no tests that can
    /// run here.
    ///
    /// # Errors
    ///
    /// [`SessionError::Denied`] where the policy denies it, or asks and nobody was asked.
    pub fn run(
        &mut self,
        changes: &[FileChange],
        tests: Option<&[RepoPath]>,
        limit: Duration,
        cancel: &Cancel,
        record: Record<'_>,
    ) -> Result<Option<Checked>, SessionError> {
        let Some(checked) = self.run_once(changes, tests, limit, cancel, &mut *record)? else {
            return Ok(None);
        };
        // The project's own options may be for plugins that are not here; then it does without them.
        if checked.trouble.as_deref() != Some(NO_PLUGIN) || self.plain_options {
            return Ok(Some(checked));
        }
        self.plain_options = true;
        for command in &mut self.commands {
            command.ignore_options();
        }
        self.run_once(changes, tests, limit, cancel, record)
    }

    /// Checks types with `changes` on top. `None` where no checker of the project can run here.
    pub(super) fn types(
        &mut self,
        changes: &[FileChange],
        limit: Duration,
        cancel: &Cancel,
        record: Record<'_>,
    ) -> Result<Option<Checked>, SessionError> {
        let types = self.commands.iter().filter(|it| it.tool == project::TYPES).cloned().collect();
        let all = std::mem::replace(&mut self.commands, types);
        let checked = self.run_once(changes, None, limit, cancel, record);
        self.commands = all;
        checked
    }

    fn run_once(
        &mut self,
        changes: &[FileChange],
        tests: Option<&[RepoPath]>,
        limit: Duration,
        cancel: &Cancel,
        record: Record<'_>,
    ) -> Result<Option<Checked>, SessionError> {
        let Some(command) = self.command().cloned() else { return Ok(None) };
        let line = tests.and_then(|tests| command.only(tests)).unwrap_or_else(|| command.line());
        let confined = sandbox::offered().is_some();
        let permit =
            self.permit(RunCommand { line: line.clone(), found: true, confined }, &mut *record)?;
        let outcome = self.outcome(&command, changes, &permit, limit, cancel)?;
        record.record(outcome.event(line.clone(), self.ground(changes, &line)))?;
        Ok(Some(self.checked(&command, line, confined, outcome)))
    }

    /// Runs a program of ours in the copy with `changes` on top, and gives what it said.
    ///
    /// # Errors
    ///
    /// As [`Self::run`].
    pub fn run_script(
        &mut self,
        changes: &[FileChange],
        script: &Script,
        limit: Duration,
        cancel: &Cancel,
        record: Record<'_>,
    ) -> Result<String, SessionError> {
        let command = with_python(self.desk.repo.root(), script.command.clone());
        let text = script.text.clone().into_bytes();
        let after = Some(FileState { bytes: text, mode: Mode::Regular });
        let mut changes = changes.to_vec();
        changes.push(FileChange { path: script.path.clone(), before: None, after });
        let line = command.line();
        let confined = sandbox::offered().is_some();
        let permit =
            self.permit(RunCommand { line: line.clone(), found: true, confined }, &mut *record)?;
        let outcome = self.outcome(&command, &changes, &permit, limit, cancel)?;
        let on = self.ground(&changes, &line);
        record.record(outcome.event(line, on))?;
        Ok(outcome.output)
    }

    /// What comes of the command with `changes`: what is known of it, or else it runs.
    fn outcome(
        &mut self,
        command: &TestCommand,
        changes: &[FileChange],
        permit: &Permit<RunCommand>,
        limit: Duration,
        cancel: &Cancel,
    ) -> Result<Outcome, SessionError> {
        let line = &permit.act().line;
        let known = self.known.map(|known| known.outcome(self.ground(changes, line), line));
        if let Some(known) = known.transpose()?.flatten() {
            return Ok(known);
        }
        self.prepare(command, changes)?;
        self.perform(permit, limit, cancel)
    }

    fn ground(&self, changes: &[FileChange], line: &str) -> Digest {
        ground(self.snapshot.base_tree, changes, line)
    }

    fn permit(
        &self,
        act: RunCommand,
        record: Record<'_>,
    ) -> Result<Permit<RunCommand>, SessionError> {
        let Some(by) = &self.approved else {
            return permitted(self.desk, Actor::Agent, act, record);
        };
        let ruling = policy::judge(&self.desk.rules, Actor::Agent, act);
        record.record(ruling.event(Actor::Agent))?;
        Ok(ruling.approved(by)?)
    }

    /// Makes the copy what is to be tested, and links what git ignores and the tests need.
    fn prepare(
        &mut self,
        command: &TestCommand,
        changes: &[FileChange],
    ) -> Result<(), SessionError> {
        let repo = &self.desk.repo;
        let kept = match self.kept.take() {
            Some(kept) => kept,
            None => Kept::new(repo, self.snapshot.base_tree, self.cache.as_deref())?,
        };
        let kept = self.kept.insert(kept);
        kept.set(repo, changes)?;
        for name in command.needs {
            // What several packages need may stand above them.
            for folder in Path::new(&command.folder).ancestors() {
                kept.link(repo.root(), &folder.join(name))?;
            }
        }
        kept.link_made(repo.root(), command.made)?;
        Ok(())
    }

    fn perform(
        &self,
        permit: &Permit<RunCommand>,
        limit: Duration,
        cancel: &Cancel,
    ) -> Result<Outcome, SessionError> {
        let line = &permit.act().line;
        let failed = |source| SessionError::Command { line: line.clone(), source };
        let missing = || failed(std::io::Error::other("there is no copy to run it in"));
        let kept = self.kept.as_ref().ok_or_else(missing)?;
        let root = self.desk.repo.root();
        let temporary = tempfile::Builder::new().prefix("cs-").tempdir().map_err(failed)?;
        let place = temporary.path().canonicalize().map_err(failed)?;
        let writable = [kept.root(), kept.cache(), place.as_path()].map(Path::to_owned);
        let confined = permit
            .act()
            .confined
            .then(|| Confined { program: self.program.clone(), sandbox: around(&writable, root) });
        let mut environment: Vec<(&str, OsString)> = vec![("COUNTERSIGN_ROOT", root.into())];
        if confined.is_some() {
            environment.extend(sandbox::variables(&place, kept.cache()));
        }
        command::run(permit, kept.root(), &environment, limit, cancel, confined.as_ref())
            .map(|outcome| outcome.without(kept.root()))
            .map_err(failed)
    }

    fn checked(
        &self,
        command: &TestCommand,
        line: String,
        confined: bool,
        outcome: Outcome,
    ) -> Checked {
        let output = outcome.output.clone();
        let mut failures = project::failures(&output);
        for failure in &mut failures {
            failure.path = failure.path.take().map(|path| self.placed(command, path));
        }
        let names_tests = failures.iter().any(|failure| failure.test.is_some());
        let failed = outcome.exit.is_some_and(|exit| exit != 0);
        let has = |name: &str| self.has(name);
        let trouble = trouble(command, &outcome, &output, names_tests)
            .or_else(|| untestable(&failures, &output, &has).filter(|_| failed))
            .or_else(|| is_full(&failures).then(|| TOO_MANY.to_owned()));
        let lacking = failures.iter().filter(|it| unloaded(&it.message, &has).is_some());
        let lacking = lacking.filter_map(|failure| failure.test.clone()).collect();
        Checked {
            passed: outcome.exit == Some(0) && trouble.is_none(),
            trouble,
            failures,
            lacking,
            output,
            seconds: outcome.seconds,
            line,
            timed_out: outcome.timed_out,
            confined,
        }
    }

    /// Whether a file or a folder of the project has this name, whatever its extension is.
    fn has(&self, name: &str) -> bool {
        let is_it = |part: &[u8]| {
            let rest = part.strip_prefix(name.as_bytes());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(b"."))
        };
        self.files.iter().any(|path| path.parts().any(is_it))
    }

    /// A path that a program said, from the root: some say paths from the folder of a package, or
    /// only the last of their names.
    fn placed(&self, command: &TestCommand, path: RepoPath) -> RepoPath {
        let Some(kept) = &self.kept else { return path };
        let from_root = command.from_root(&path);
        if kept.files().any(|file| *file == from_root) {
            return from_root;
        }
        let end = [b"/", path.as_bytes()].concat();
        let mut ends = kept.files().filter(|file| file.as_bytes().ends_with(&end));
        match (ends.next(), ends.next()) {
            (Some(only), None) => only.clone(),
            _ => path,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;
    use std::ops::Range;

    use super::*;

    const NONE: [&str; 0] = [];

    fn of(output: &str) -> Checked {
        Checked { failures: project::failures(output), ..Checked::default() }
    }

    /// What fails in `after` and not in `before`: what each test is a part of, and its name.
    fn new(before: &str, after: &str) -> Vec<String> {
        let (before, after) = (of(before), of(after));
        let one = |failure: &Failure| {
            let origin = failure.origin.clone().unwrap_or_default();
            format!("{origin} {}", failure.test.clone().unwrap_or_default()).trim().to_owned()
        };
        after.new_failures(&before).into_iter().map(one).collect()
    }

    /// What pytest says at the end where so many tests fail.
    fn summary(tests: Range<usize>) -> String {
        let mut text = "===== short test summary info =====\n".to_owned();
        for test in tests {
            writeln!(text, "FAILED t.py::test_{test} - assert 1 == 2").unwrap();
        }
        text
    }

    #[test]
    fn tests_at_the_end_of_a_long_list_are_not_new() {
        assert_eq!(new(&summary(0..150), &summary(20..150)), NONE);
        assert_eq!(new(&summary(0..150), &summary(20..151)), ["t.py::test_150"]);
    }

    #[test]
    fn nothing_is_new_beside_a_list_that_is_full() {
        let full = summary(0..Failure::MOST + 1);
        assert_eq!(new(&full, &summary(9000..9001)), NONE);
        assert_eq!(new(&summary(0..1), &full).len(), Failure::MOST - 1);
    }

    #[test]
    fn tests_of_one_name_in_two_packages_are_told_apart() {
        let package = |name: &str, line: u32| {
            let said = format!("    new_test.go:{line}: no\n");
            format!("--- FAIL: TestNew (0.00s)\n{said}FAIL\nFAIL\t{name}\t0.1s\n")
        };
        let before = package("example.com/a", 5);
        let after = format!("{}{}", package("example.com/a", 9), package("example.com/b", 5));
        assert_eq!(new(&before, &after), ["example.com/b TestNew"]);
        // An output that was cut may not say of which package a test is.
        let cut = "--- FAIL: TestNew (0.00s)\n    new_test.go:5: no\n";
        assert_eq!(new(cut, &before), NONE);
    }

    #[test]
    fn tests_of_one_name_in_two_crates_are_told_apart() {
        let target = |name: &str| {
            let place = format!("{name}/src/lib.rs:9:9");
            format!(
                "running 1 test\ntest tests::it_works ... FAILED\n\nfailures:\n\n\
                 ---- tests::it_works stdout ----\n\n\
                 thread 'tests::it_works' (7) panicked at {place}:\nno\n\n\n\
                 failures:\n    tests::it_works\n\ntest result: FAILED. 0 passed; 1 failed\n\n\
                 error: test failed, to rerun pass `-p {name} --lib`\n"
            )
        };
        let both = format!("{}{}", target("a"), target("b"));
        assert_eq!(new(&target("a"), &both), ["-p b --lib tests::it_works"]);
        assert_eq!(new(&both, &target("b")), NONE);
    }

    #[test]
    fn tests_of_one_title_in_two_files_are_told_apart() {
        let jest = |file: &str| {
            let said = "    Expected: 2\n    Received: 0\n";
            format!("FAIL ./{file}\n  ● adds\n\n{said}\n      at Object.toBe ({file}:3:9)\n\n")
        };
        let node = |file: &str| {
            format!("✖ failing tests:\n\ntest at {file}:1:1\n✖ adds (1ms)\n  Error: no\n")
        };
        let mocha = |file: &str| {
            let trace = format!("      at add (lib/sum.js:2:9)\n      at Context.f ({file}:3:9)");
            format!("  1 failing\n\n  1) sum\n       adds:\n     Error: no\n{trace}\n")
        };
        let (a, b) = ("test/a.test.js", "test/b.test.js");
        for (before, after) in [(jest(a), jest(b)), (node(a), node(b)), (mocha(a), mocha(b))] {
            assert_eq!(new(&before, &after).len(), 1, "{after}");
            assert_eq!(new(&before, &before), NONE);
        }
    }

    #[test]
    fn a_test_that_fails_in_another_place_than_before_is_not_new() {
        let said = |place: &str| {
            format!("---- adds stdout ----\nthread 'adds' panicked at {place}:\nno\n\nfailures:\n")
        };
        assert_eq!(new(&said("src/lib.rs:8:9"), &said("tests/more.rs:4:7")), NONE);
    }
}
