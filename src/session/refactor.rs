//! Proposes a change that no model made: a person's renaming or move, tested like any other.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::base::{Digest, ProposalId, RepoPath, TaskId};
use crate::journal::Event;
use crate::model::{Cancel, this_program};
use crate::policy::{self, Actor, EditPath, RunCommand, judge};
use crate::project;
use crate::proposal::{self, NewProposal};
use crate::refactor::callers::Followed;
use crate::refactor::{Move, Moved, NoMove, Sources};
use crate::repo::{FileChange, FileState, Mode, Snapshot};
use crate::retrieval::Renaming;
use crate::session::broken::broken;
use crate::session::callers::Callers;
use crate::session::checks::{Checked, Checks};
use crate::session::command;
use crate::session::decide::Desk;
use crate::session::driver::SessionError;
use crate::session::record::proposed as proposed_event;
use crate::session::rename;
use crate::session::report::TestRun;
use crate::session::run::title;
use crate::session::scratch::{Scratch, entries, state};
use crate::session::trouble::NO_TEST;
use crate::session::verify::last_words;

/// Files above this many bytes are no code that people write.
const LARGEST: usize = 1 << 20;
/// Longest run of all the tests of a project.
const TEST_LIMIT: Duration = Duration::from_secs(600);

/// How a change is tested.
#[derive(Clone, Debug)]
pub enum Testing {
    /// By nothing.
    None,
    /// By the tests of the project that are found, in a sandbox.
    Found,
    /// By this command.
    Given(String),
}

/// What was proposed.
#[derive(Clone, Debug)]
pub struct Refactored {
    pub task: TaskId,
    pub proposal: ProposalId,
    pub files: Vec<RepoPath>,
    /// The tests on the repository as it is, run only where they fail with the change, and with it.
    pub before: Option<TestRun>,
    pub after: Option<TestRun>,
    /// What fails with the change and did not before: tests by their names, other things in words.
    pub broken: Vec<String>,
    /// Whether a person stopped it: what had not come to its end by then was left out.
    pub interrupted: bool,
    pub seconds: f64,
}

impl Refactored {
    /// Whether the tests passed; `None` where nothing tested it.
    pub fn verified(&self) -> Option<bool> {
        self.after.as_ref().map(|run| run.passed)
    }
}

/// What is to be stored: the words of the task, and the change.
struct Change<'a> {
    text: String,
    /// What a person said, where they said it in words of their own.
    words: Option<&'a str>,
    settings: Value,
    snapshot: Snapshot,
    changes: Vec<FileChange>,
    testing: &'a Testing,
    cancel: &'a Cancel,
    /// What is told with it.
    callers: Option<Callers>,
}

/// Works out a move on the work tree as it is. Nothing is written.
pub fn plan_move(desk: &Desk, wanted: &Move) -> Result<Result<Moved, NoMove>, SessionError> {
    let snapshot = desk.repo.snapshot()?;
    Ok(crate::refactor::relocate(&sources(desk, &snapshot)?, wanted))
}

/// Everything of the snapshot that may be text.
pub(super) fn sources(desk: &Desk, snapshot: &Snapshot) -> Result<Sources, SessionError> {
    let mut files = BTreeMap::new();
    for entry in entries(&desk.repo, snapshot.base_tree)? {
        if entry.2 == Mode::Symlink {
            continue;
        }
        let bytes = state(&desk.repo, &entry)?.bytes;
        if bytes.len() <= LARGEST && !crate::repo::is_binary(&bytes) {
            files.insert(entry.0, bytes);
        }
    }
    Ok(Sources::new(files))
}

/// Stores a move as a proposal, asked for in `words` or by its command. Every edit is judged as the person's own.
pub fn propose_move(
    desk: &Desk,
    moved: &Moved,
    words: Option<&str>,
    testing: &Testing,
    cancel: &Cancel,
) -> Result<Refactored, SessionError> {
    let snapshot = desk.repo.snapshot()?;
    let changes = changed_files(desk, &moved.files)?;
    let Moved { name, from, to, .. } = moved;
    let doubts: Vec<Value> = moved.doubts.iter().map(|it| json!(it.to_string())).collect();
    store(
        desk,
        Change {
            text: format!("Move `{name}` from {from} to {to}"),
            settings: json!({ "move": { "name": name, "from": from, "to": to, "doubts": doubts } }),
            words,
            snapshot,
            changes,
            testing,
            cancel,
            callers: None,
        },
    )
}

/// Stores the renaming to `new` as a proposal, asked for in `words` or by its command. Every edit is judged as the person's own.
pub fn propose_renaming(
    desk: &Desk,
    renaming: &Renaming,
    new: &str,
    words: Option<&str>,
    testing: &Testing,
    cancel: &Cancel,
) -> Result<Refactored, SessionError> {
    let snapshot = desk.repo.snapshot()?;
    let changes = rename::changes(desk, renaming, new)?;
    store(
        desk,
        Change {
            text: format!("Rename `{}` to `{new}`", renaming.old),
            settings: json!({ "rename": { "old": renaming.old, "new": new } }),
            words,
            snapshot,
            changes,
            testing,
            cancel,
            callers: None,
        },
    )
}

/// Stores parameters that words ask for, with the calls that follow. Every edit is judged as the person's
/// own. `None` where a test fails with it that did not before: somebody has to write it.
pub fn propose_threading(
    desk: &Desk,
    followed: &Followed,
    words: &str,
    testing: &Testing,
    cancel: &Cancel,
) -> Result<Option<Refactored>, SessionError> {
    let snapshot = desk.repo.snapshot()?;
    let changes = changed_files(desk, &followed.files)?;
    let callers = Callers::of(followed);
    let settings = json!({ "callers": callers });
    let text = words.to_owned();
    let change = Change {
        text: title(words),
        settings,
        words: Some(&text),
        snapshot,
        changes,
        testing,
        cancel,
        callers: Some(callers),
    };
    let work = Work::begin(desk, &change)?;
    let tested = match work.tested(&change) {
        Ok(tested) => tested,
        Err(error) => return work.ended(Err(error)).map(Some),
    };
    let fails = |it: &Tested| {
        let failed_before = it.before.as_ref().is_some_and(|before| !before.passed);
        !it.after.passed && (!failed_before || !it.broken.is_empty())
    };
    if tested.as_ref().is_some_and(fails) {
        work.end("left to a model: a test fails with it".to_owned())?;
        return Ok(None);
    }
    let done = work.keep(change, tested);
    work.ended(done).map(Some)
}

/// Files as they are and as they will be.
fn changed_files(
    desk: &Desk,
    files: &BTreeMap<RepoPath, Vec<u8>>,
) -> Result<Vec<FileChange>, SessionError> {
    let mut changes = Vec::new();
    for (path, bytes) in files {
        let before = desk.repo.read(path)?;
        let mode = before.as_ref().map_or(Mode::Regular, |it| it.mode);
        let after = Some(FileState { bytes: bytes.clone(), mode });
        changes.push(FileChange { path: path.clone(), before, after });
    }
    Ok(changes)
}

fn store(desk: &Desk, change: Change<'_>) -> Result<Refactored, SessionError> {
    let work = Work::begin(desk, &change)?;
    let done = work.tested(&change).and_then(|tested| work.keep(change, tested));
    work.ended(done)
}

/// A change that is judged, tested and stored, under the name of its task.
struct Work<'a> {
    desk: &'a Desk,
    task: TaskId,
    started: Instant,
}

impl<'a> Work<'a> {
    fn begin(desk: &'a Desk, change: &Change<'_>) -> Result<Self, SessionError> {
        let Change { text, words, settings, snapshot, .. } = change;
        let now = crate::journal::now();
        let task = TaskId::from_seed(&Digest::of(format!("{now} {text}").as_bytes()), 6);
        let work = Self { desk, task, started: Instant::now() };
        work.record(Event::TaskStarted {
            text: words.unwrap_or(text).to_owned(),
            base: snapshot.base_tree.to_string(),
            model: None,
            model_digest: None,
            settings: settings.clone(),
        })?;
        Ok(work)
    }

    fn record(&self, event: Event) -> Result<(), SessionError> {
        Ok(self.desk.log.append(Some(&self.task), &event).map(drop)?)
    }

    /// Has the gate rule about every file, and tests what may be done.
    fn tested(&self, change: &Change<'_>) -> Result<Option<Tested>, SessionError> {
        for change in &change.changes {
            let act = EditPath { path: change.path.clone() };
            let ruling = judge(&self.desk.rules, Actor::Person, act);
            self.record(ruling.event(Actor::Person))?;
            ruling.permit()?;
        }
        let mut write = |event| self.record(event);
        let tests = Tests { desk: self.desk, snapshot: &change.snapshot, cancel: change.cancel };
        tests.run(&change.changes, change.testing, &mut write)
    }

    fn keep(&self, change: Change<'_>, tested: Option<Tested>) -> Result<Refactored, SessionError> {
        let Change { text, words, snapshot, changes, callers, cancel, .. } = change;
        let mut verification = tested.as_ref().map_or(json!(null), |it| {
            json!({
                "command": it.command,
                "passed": it.after.passed,
                "before": it.before,
                "after": it.after,
            })
        });
        if let Some(callers) = callers {
            verification["callers"] = json!(callers);
        }
        let new = NewProposal {
            snapshot,
            changes,
            task: words.unwrap_or(&text).to_owned(),
            title: text,
            model: None,
            verification,
            trailers: vec![(proposal::TASK.into(), self.task.to_string())],
        };
        let stored = proposal::store(&self.desk.repo, &new)?;
        let files: Vec<RepoPath> = stored.changes.iter().map(|it| it.path.clone()).collect();
        self.record(proposed_event(&self.desk.repo, &stored)?)?;
        let (before, after, broken) = match tested {
            Some(it) => (it.before, Some(it.after), it.broken),
            None => (None, None, Vec::new()),
        };
        let (task, seconds) = (self.task.clone(), self.started.elapsed().as_secs_f64());
        let (proposal, interrupted) = (stored.id, cancel.by_person());
        Ok(Refactored { task, proposal, files, before, after, broken, interrupted, seconds })
    }

    /// Records the end.
    fn ended(&self, done: Result<Refactored, SessionError>) -> Result<Refactored, SessionError> {
        self.end(match &done {
            Ok(done) => match done.verified() {
                Some(true) => "proposed, verified".to_owned(),
                Some(false) => "proposed, verification failed".to_owned(),
                None => "proposed".to_owned(),
            },
            Err(error) => format!("failed: {error}"),
        })?;
        done
    }

    fn end(&self, outcome: String) -> Result<(), SessionError> {
        let seconds = self.started.elapsed().as_secs_f64();
        self.record(Event::TaskEnded { outcome, seconds, usage: json!(null) })
    }
}

/// What tests came to.
struct Tested {
    command: String,
    before: Option<TestRun>,
    after: TestRun,
    broken: Vec<String>,
}

struct Tests<'a> {
    desk: &'a Desk,
    snapshot: &'a Snapshot,
    cancel: &'a Cancel,
}

type Write<'w> = &'w mut dyn FnMut(Event) -> Result<(), SessionError>;

impl Tests<'_> {
    fn run(
        &self,
        changes: &[FileChange],
        testing: &Testing,
        record: Write<'_>,
    ) -> Result<Option<Tested>, SessionError> {
        match testing {
            Testing::None => Ok(None),
            Testing::Given(line) => self.given(line, changes, record),
            Testing::Found => {
                let tested = self.found(changes, record)?;
                let fails = tested.as_ref().is_some_and(|it| !it.after.passed);
                if fails || self.cancel.is_cancelled() {
                    return Ok(tested);
                }
                Ok(self.types(changes, record)?.filter(|it| !it.after.passed).or(tested))
            }
        }
    }

    /// Whether a run that did not pass may be one that was stopped, which says nothing.
    fn is_cut_short(&self, passed: bool) -> bool {
        !passed && self.cancel.is_cancelled()
    }

    /// The type checker, where the project has one of its own beside its tests; nothing where it finds as
    /// much without the change.
    fn types(
        &self,
        changes: &[FileChange],
        record: Write<'_>,
    ) -> Result<Option<Tested>, SessionError> {
        let mut checks = Checks::found(self.desk, self.snapshot, &this_program())?;
        let mut run = |changes: &[FileChange]| match checks.types(
            changes,
            TEST_LIMIT,
            self.cancel,
            &mut |it| record(it),
        ) {
            Err(SessionError::Denied(_)) => Ok(None),
            other => other,
        };
        let Some(after) = run(changes)?.filter(|it| !it.passed && !it.timed_out) else {
            return Ok(None);
        };
        if self.cancel.is_cancelled() {
            return Ok(None);
        }
        let Some(before) = run(&[])?.filter(|it| it.passed) else { return Ok(None) };
        let (command, before) = (after.line.clone(), Some(test_run(&before)));
        Ok(Some(Tested { command, before, after: test_run(&after), broken: Vec::new() }))
    }

    /// The command that a person gave, with the change and, where that fails, without it; nothing
    /// where it was stopped.
    fn given(
        &self,
        line: &str,
        changes: &[FileChange],
        record: Write<'_>,
    ) -> Result<Option<Tested>, SessionError> {
        let act = RunCommand::given(line.to_owned());
        let ruling = policy::judge(&self.desk.rules, Actor::Person, act);
        record(ruling.event(Actor::Person))?;
        let permit = ruling.permit()?;
        let mut run = |changes: &[FileChange]| -> Result<(TestRun, Checked), SessionError> {
            let scratch = Scratch::new(&self.desk.repo, self.snapshot.base_tree, changes)?;
            let original = [("COUNTERSIGN_ROOT", self.desk.repo.root())];
            let outcome =
                command::run(&permit, scratch.root(), &original, TEST_LIMIT, self.cancel, None)
                    .map_err(|source| SessionError::Command { line: line.to_owned(), source })?;
            let (exit, seconds) = (outcome.exit, outcome.seconds);
            let output = outcome.output;
            let (passed, timed_out) = (exit == Some(0), outcome.timed_out);
            let failures = if passed { Vec::new() } else { project::failures(&output) };
            let said = output.clone();
            let checked =
                Checked { passed, failures, output: said, timed_out, ..Checked::default() };
            let summary = last_words(&output);
            record(Event::CommandRan {
                line: line.to_owned(),
                exit,
                seconds,
                output,
                on: None,
                timed_out,
                recorded: false,
            })?;
            Ok((TestRun { passed, exit, seconds, summary }, checked))
        };
        let (after, with) = run(changes)?;
        if self.is_cut_short(after.passed) {
            return Ok(None);
        }
        let before = if after.passed { None } else { Some(run(&[])?) };
        if before.as_ref().is_some_and(|(before, _)| self.is_cut_short(before.passed)) {
            return Ok(None);
        }
        let new = before.as_ref().map(|(_, without)| broken(&with, without)).unwrap_or_default();
        let before = before.map(|(before, _)| before);
        Ok(Some(Tested { command: line.to_owned(), before, after, broken: new }))
    }

    /// The tests that were found, where a sandbox lets them run unasked.
    fn found(
        &self,
        changes: &[FileChange],
        mut record: Write<'_>,
    ) -> Result<Option<Tested>, SessionError> {
        let mut checks = Checks::found(self.desk, self.snapshot, &this_program())?;
        let changed: Vec<RepoPath> = changes.iter().map(|it| it.path.clone()).collect();
        checks.choose(&changed);
        let mut run = |changes: &[FileChange]| match checks.run(
            changes,
            None,
            TEST_LIMIT,
            self.cancel,
            &mut record,
        ) {
            Err(SessionError::Denied(_)) => Ok(None),
            other => other,
        };
        // A run in which no test ran says nothing, and neither does one that was broken off.
        let Some(after) = run(changes)? else { return Ok(None) };
        if self.is_cut_short(after.passed) {
            return Ok(None);
        }
        let before = if after.passed { None } else { run(&[])? };
        // Where no test is there, what can no longer be built says something all the same.
        let before = before.map(|it| match it.trouble.as_deref() {
            Some(NO_TEST) if after.trouble.is_none() => {
                Checked { passed: true, trouble: None, ..it }
            }
            _ => it,
        });
        let says_nothing = |it: &Checked| it.trouble.is_some() || self.is_cut_short(it.passed);
        if before.as_ref().is_some_and(says_nothing) {
            return Ok(None);
        }
        let new = before.as_ref().map(|before| broken(&after, before)).unwrap_or_default();
        let command = after.line.clone();
        let before = before.as_ref().map(test_run);
        Ok(Some(Tested { command, before, after: test_run(&after), broken: new }))
    }
}

fn test_run(checked: &Checked) -> TestRun {
    TestRun {
        passed: checked.passed,
        exit: checked.passed.then_some(0),
        seconds: checked.seconds,
        summary: last_words(&checked.output),
    }
}
