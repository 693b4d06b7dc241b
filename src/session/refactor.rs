//! Proposes a change that no model made: a person's renaming or move, tested like any other.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::base::{Digest, ProposalId, RepoPath, TaskId};
use crate::journal::Event;
use crate::model::{Cancel, this_program};
use crate::policy::{self, Actor, EditPath, RunCommand, judge};
use crate::proposal::{self, NewProposal};
use crate::refactor::{Move, Moved, NoMove, Sources};
use crate::repo::{FileChange, FileState, Mode, Snapshot};
use crate::retrieval::Renaming;
use crate::session::checks::{Checked, Checks};
use crate::session::command;
use crate::session::decide::Desk;
use crate::session::driver::SessionError;
use crate::session::record::proposed as proposed_event;
use crate::session::rename;
use crate::session::report::TestRun;
use crate::session::scratch::{Scratch, entries, state};
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
    /// The tests that fail with the change and did not before; their names.
    pub broken: Vec<String>,
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
    let mut changes = Vec::new();
    for (path, bytes) in &moved.files {
        let before = desk.repo.read(path)?;
        let mode = before.as_ref().map_or(Mode::Regular, |it| it.mode);
        let after = Some(FileState { bytes: bytes.clone(), mode });
        changes.push(FileChange { path: path.clone(), before, after });
    }
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
        },
    )
}

fn store(desk: &Desk, change: Change<'_>) -> Result<Refactored, SessionError> {
    let Change { text, words, settings, snapshot, changes, testing, cancel } = change;
    let said = words.unwrap_or(&text).to_owned();
    let now = crate::journal::now();
    let task = TaskId::from_seed(&Digest::of(format!("{now} {text}").as_bytes()), 6);
    let started = Instant::now();
    let record = |event: Event| desk.log.append(Some(&task), &event);
    record(Event::TaskStarted {
        text: said.clone(),
        base: snapshot.base_tree.to_string(),
        model: None,
        model_digest: None,
        settings,
    })?;
    let proposed = (|| {
        for change in &changes {
            let act = EditPath { path: change.path.clone() };
            let ruling = judge(&desk.rules, Actor::Person, act);
            record(ruling.event(Actor::Person))?;
            ruling.permit()?;
        }
        let mut write = |event| Ok(record(event).map(drop)?);
        let tests = Tests { desk, snapshot: &snapshot, cancel };
        let tested = tests.run(&changes, testing, &mut write)?;
        let verification = tested.as_ref().map_or(json!(null), |it| {
            json!({
                "command": it.command,
                "passed": it.after.passed,
                "before": it.before,
                "after": it.after,
            })
        });
        let stored = proposal::store(
            &desk.repo,
            &NewProposal {
                snapshot: snapshot.clone(),
                changes,
                title: text.clone(),
                task: said.clone(),
                model: None,
                verification: verification.clone(),
                trailers: vec![(proposal::TASK.into(), task.to_string())],
            },
        )?;
        let files: Vec<RepoPath> = stored.changes.iter().map(|it| it.path.clone()).collect();
        record(proposed_event(&desk.repo, &stored)?)?;
        Ok((stored.id, files, tested))
    })();
    let seconds = started.elapsed().as_secs_f64();
    let outcome = match &proposed {
        Ok((.., tested)) => match tested.as_ref().map(|it| it.after.passed) {
            Some(true) => "proposed, verified".to_owned(),
            Some(false) => "proposed, verification failed".to_owned(),
            None => "proposed".to_owned(),
        },
        Err(error) => format!("failed: {error}"),
    };
    record(Event::TaskEnded { outcome, seconds, usage: json!(null) })?;
    let (proposal, files, tested): (ProposalId, Vec<RepoPath>, Option<Tested>) =
        proposed.map_err(|error: SessionError| error)?;
    let (before, after, broken) = match tested {
        Some(it) => (it.before, Some(it.after), it.broken),
        None => (None, None, Vec::new()),
    };
    Ok(Refactored { task, proposal, files, before, after, broken, seconds })
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
            Testing::Given(line) => self.given(line, changes, record).map(Some),
            Testing::Found => self.found(changes, record),
        }
    }

    /// The command that a person gave, with the change and, where that fails, without it.
    fn given(
        &self,
        line: &str,
        changes: &[FileChange],
        record: Write<'_>,
    ) -> Result<Tested, SessionError> {
        let act = RunCommand::given(line.to_owned());
        let ruling = policy::judge(&self.desk.rules, Actor::Person, act);
        record(ruling.event(Actor::Person))?;
        let permit = ruling.permit()?;
        let mut run = |changes: &[FileChange]| -> Result<TestRun, SessionError> {
            let scratch = Scratch::new(&self.desk.repo, self.snapshot.base_tree, changes)?;
            let original = [("COUNTERSIGN_ROOT", self.desk.repo.root())];
            let outcome =
                command::run(&permit, scratch.root(), &original, TEST_LIMIT, self.cancel, None)
                    .map_err(|source| SessionError::Command { line: line.to_owned(), source })?;
            let (exit, seconds) = (outcome.exit, outcome.seconds);
            let output = outcome.output;
            let summary = last_words(&output);
            record(Event::CommandRan {
                line: line.to_owned(),
                exit,
                seconds,
                output,
                on: None,
                timed_out: outcome.timed_out,
                recorded: false,
            })?;
            Ok(TestRun { passed: exit == Some(0), exit, seconds, summary })
        };
        let after = run(changes)?;
        let before = if after.passed { None } else { Some(run(&[])?) };
        Ok(Tested { command: line.to_owned(), before, after, broken: Vec::new() })
    }

    /// The tests that were found, where a sandbox lets them run unasked.
    fn found(
        &self,
        changes: &[FileChange],
        mut record: Write<'_>,
    ) -> Result<Option<Tested>, SessionError> {
        let mut checks = Checks::found(self.desk, self.snapshot, &this_program())?;
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
        // A run in which no test ran says nothing.
        let Some(after) = run(changes)? else { return Ok(None) };
        let before = if after.passed { None } else { run(&[])? };
        if before.as_ref().is_some_and(|it| it.trouble.is_some()) {
            return Ok(None);
        }
        let new = before.as_ref().map(|before| after.new_failures(before)).unwrap_or_default();
        let broken = new.iter().filter_map(|it| it.test.clone()).collect();
        let command = after.line.clone();
        let before = before.as_ref().map(test_run);
        Ok(Some(Tested { command, before, after: test_run(&after), broken }))
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
