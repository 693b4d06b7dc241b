//! The project's own tests on a change: found, run in a copy and in a sandbox, and read.
//!
//! A sandbox is what lets them run unasked. Where there is none, the policy asks, and it is the
//! caller who asks a person and comes again with the answer.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::base::RepoPath;
use crate::journal::Event;
use crate::model::{Cancel, machine};
use crate::policy::sandbox::{self, around};
use crate::policy::{self, Actor, Permit, RunCommand};
use crate::project::examples::Script;
use crate::project::{self, Failure, TestCommand};
use crate::repo::{FileChange, FileState, Mode, RepoError, Snapshot};
use crate::session::command::{self, Confined, Outcome};
use crate::session::decide::Desk;
use crate::session::driver::SessionError;
use crate::session::kept::Kept;
use crate::session::scratch::entries;

/// The tests of a project, and the copy in which they run.
pub struct Checks<'a> {
    desk: &'a Desk,
    snapshot: &'a Snapshot,
    /// This program, which leads into the sandbox.
    program: PathBuf,
    commands: Vec<TestCommand>,
    tests: Vec<RepoPath>,
    /// Where the copy and what is compiled are kept; in the user's cache by default.
    cache: Option<PathBuf>,
    /// Made for the first run.
    kept: Option<Kept>,
    /// How a person said yes where the policy asks; `None` where nobody was asked.
    pub approved: Option<String>,
}

/// What came of a run.
#[derive(Clone, Debug)]
pub struct Checked {
    pub passed: bool,
    /// Why this says nothing of the change: no test has run. It passed nothing then.
    pub trouble: Option<String>,
    pub failures: Vec<Failure>,
    /// The end of what the command said, the place of the copy taken out of it.
    pub output: String,
    pub seconds: f64,
    pub line: String,
    pub timed_out: bool,
    pub confined: bool,
}

/// Told what is to be written down, before and after a command runs.
pub type Record<'a> = &'a mut dyn FnMut(Event) -> Result<(), SessionError>;

impl<'a> Checks<'a> {
    /// Looks for the tests in what was captured of the work tree. `program` is this program
    /// ([`crate::model::this_program`]). Nothing runs yet.
    pub fn found(
        desk: &'a Desk,
        snapshot: &'a Snapshot,
        program: &Path,
    ) -> Result<Self, SessionError> {
        let files: Vec<RepoPath> =
            entries(&desk.repo, snapshot.base_tree)?.into_iter().map(|(path, ..)| path).collect();
        let read = |path: &RepoPath| bytes(desk, snapshot, path);
        let commands = project::find(&files, &read);
        let commands = commands.into_iter().map(|command| with_python(desk.repo.root(), command));
        Ok(Self {
            desk,
            snapshot,
            program: program.to_owned(),
            commands: commands.collect(),
            tests: project::tests(&files),
            cache: None,
            kept: None,
            approved: None,
        })
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
        self.commands.iter().find(|command| is_here(self.desk.repo.root(), command))
    }

    /// The files of tests to run first where `changed` files and `names` in them change, best first.
    pub fn affected(&self, changed: &[RepoPath], names: &[&str]) -> Vec<RepoPath> {
        let read = |path: &RepoPath| bytes(self.desk, self.snapshot, path);
        project::affected(changed, names, &self.tests, &read)
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
        let Some(command) = self.command().cloned() else { return Ok(None) };
        let line = tests.and_then(|tests| command.only(tests)).unwrap_or_else(|| command.line());
        let confined = sandbox::offered().is_some();
        let permit =
            self.permit(RunCommand { line: line.clone(), found: true, confined }, record)?;
        self.prepare(&command, changes)?;
        let outcome = self.perform(&permit, limit, cancel)?;
        record(Event::CommandRan {
            line: line.clone(),
            exit: outcome.exit,
            seconds: outcome.seconds,
            output: outcome.output.clone(),
        })?;
        Ok(Some(self.checked(&command, line, confined, outcome)))
    }

    /// Tries examples in the copy with `changes` on top, and gives what their program said.
    ///
    /// # Errors
    ///
    /// As [`Self::run`].
    pub fn try_examples(
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
            self.permit(RunCommand { line: line.clone(), found: true, confined }, record)?;
        self.prepare(&command, &changes)?;
        let outcome = self.perform(&permit, limit, cancel)?;
        let (exit, seconds) = (outcome.exit, outcome.seconds);
        record(Event::CommandRan { line, exit, seconds, output: outcome.output.clone() })?;
        Ok(outcome.output)
    }

    fn permit(
        &self,
        act: RunCommand,
        record: Record<'_>,
    ) -> Result<Permit<RunCommand>, SessionError> {
        let ruling = policy::judge(&self.desk.rules, Actor::Agent, act);
        record(ruling.event(Actor::Agent))?;
        Ok(match &self.approved {
            Some(by) => ruling.approved(by)?,
            None => ruling.permit()?,
        })
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
            kept.link(repo.root(), &Path::new(&command.folder).join(name))?;
        }
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
            .map_err(failed)
    }

    fn checked(
        &self,
        command: &TestCommand,
        line: String,
        confined: bool,
        outcome: Outcome,
    ) -> Checked {
        let root = self.kept.as_ref().map(|kept| format!("{}/", kept.root().display()));
        let output = root.map_or(outcome.output.clone(), |root| outcome.output.replace(&root, ""));
        let mut failures = project::failures(&output);
        for failure in &mut failures {
            failure.path = failure.path.take().map(|path| self.placed(command, path));
        }
        let trouble = trouble(command, &outcome, &output, !failures.is_empty());
        Checked {
            passed: outcome.exit == Some(0) && trouble.is_none(),
            trouble,
            failures,
            output,
            seconds: outcome.seconds,
            line,
            timed_out: outcome.timed_out,
            confined,
        }
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

/// The bytes of a file as it was captured.
fn bytes(desk: &Desk, snapshot: &Snapshot, path: &RepoPath) -> Option<Vec<u8>> {
    let found: Result<_, RepoError> = desk.repo.read_in(snapshot.base_tree, path);
    Some(found.ok()??.bytes)
}

/// The interpreter of the project: of its own environment, which git ignores and the copy has not,
/// or the one on the `PATH`.
fn with_python(root: &Path, command: TestCommand) -> TestCommand {
    let folder = command.folder.clone();
    for place in [folder.as_str(), ""] {
        for venv in [".venv/bin/python", "venv/bin/python"] {
            let below = if place.is_empty() { venv.to_owned() } else { format!("{place}/{venv}") };
            // It will stand between double quotes; a folder that would need more is passed over.
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte);
            if below.bytes().all(plain) && root.join(&below).is_file() {
                return command.with_python(&format!("\"$COUNTERSIGN_ROOT/{below}\""));
            }
        }
    }
    match machine::program("python") {
        None => command.with_python("python3"),
        Some(_) => command,
    }
}

/// Whether the program of a command is here.
fn is_here(root: &Path, command: &TestCommand) -> bool {
    let program = command.program.split(' ').next().unwrap_or_default();
    match program {
        quoted if quoted.starts_with('"') => true,
        path if path.contains('/') => root.join(&command.folder).join(path).is_file(),
        name => machine::program(name).is_some(),
    }
}

/// Why a run says nothing of a change, if it does not.
fn trouble(
    command: &TestCommand,
    outcome: &Outcome,
    output: &str,
    has_failures: bool,
) -> Option<String> {
    let last = || output.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
    match outcome.exit {
        None if outcome.timed_out => Some("it ran too long".to_owned()),
        None => Some("it was stopped".to_owned()),
        Some(0) => None,
        Some(5) if command.tool == "pytest" => Some("no test was collected".to_owned()),
        Some(_) if output.contains("No module named pytest") => {
            Some("pytest is not installed".into())
        }
        Some(126 | 127) if !has_failures => Some(format!("it cannot be run: {}", last())),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(exit: Option<i32>, timed_out: bool) -> Outcome {
        Outcome { exit, seconds: 0.0, output: String::new(), timed_out }
    }

    #[test]
    fn a_run_without_tests_says_nothing_of_a_change() {
        let files = ["test_a.py".parse().unwrap()];
        let command = project::find(&files, &|_| Some(b"def test_a(): pass".to_vec())).remove(0);
        let say = |exit, timed_out, output: &str| {
            trouble(&command, &outcome(exit, timed_out), output, false).unwrap_or_default()
        };
        assert_eq!(say(Some(1), false, "1 failed"), "");
        assert_eq!(say(Some(5), false, "no tests ran"), "no test was collected");
        assert_eq!(
            say(Some(1), false, "python: No module named pytest"),
            "pytest is not installed"
        );
        assert_eq!(
            say(Some(127), false, "sh: python: not found\n"),
            "it cannot be run: sh: python: not found"
        );
        assert_eq!(say(None, true, ""), "it ran too long");
    }
}
