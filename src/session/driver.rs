//! The one loop: what happened goes into the machine, what comes next is done, until it ends.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::agent::{Crew, Effect, Input, Known, Machine, Plan, RoleError};
use crate::base::{Digest, Hint, RepoPath, TaskId, Tokens};
use crate::context::{RenderError, Templates};
use crate::index::{History, Index, IndexError};
use crate::journal::{Event, JournalError};
use crate::model::{Cancel, Engine, EngineError};
use crate::policy::Refusal;
use crate::proposal::ProposalError;
use crate::repo::{RepoError, Snapshot};
use crate::session::claim::Claim;
use crate::session::decide::Desk;
use crate::session::looping;
use crate::session::recall::{Recall, Runs};
use crate::session::record::{Observer, Recorder};
use crate::session::report::Report;
use crate::session::run::{Run, Step, started};
use crate::session::selection::Selection;

/// What a task works with: a desk, what is known of the repository, and a model.
pub struct Workshop<'a> {
    pub desk: &'a Desk,
    pub index: &'a Index,
    pub history: &'a History,
    pub engine: &'a dyn Engine,
    /// Who writes code in the pipeline, who works with tools, and the templates of the prompts.
    pub coder: &'a Known,
    pub agent: &'a Known,
    /// Who works beside the coder.
    pub crew: &'a Crew,
    pub templates: &'a Templates,
}

impl<'a> Workshop<'a> {
    /// Who works in this way.
    pub fn role(&self, way: Way) -> &'a Known {
        match way {
            Way::Pipeline => self.coder,
            Way::Loop => self.agent,
        }
    }
}

/// How a task is worked on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// Step after step, each of which is given: for every model.
    #[default]
    Pipeline,
    /// As the model likes, with tools: for those that can call them.
    Loop,
}

/// What a person asks for. It is recorded whole, so that the task can be gone on with.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Request {
    /// The task in the person's words.
    pub text: String,
    /// Files that the person named.
    pub files: Vec<RepoPath>,
    /// The command that tests the change, given by the person.
    pub test: Option<String>,
    /// The model, as it was asked for; `None` for the one that is best.
    pub model: Option<String>,
    /// Temperature of the first reply.
    pub temperature: f32,
    pub top_p: f32,
    pub seed: u32,
    /// Most rounds of answers.
    pub rounds: u32,
    /// Answers that are written side by side in a round.
    pub candidates: u32,
    /// Whether the project's other tests are run where those near the task pass.
    #[serde(default)]
    pub other_tests: bool,
    /// Whether small changes are tried without a model where a test fails.
    #[serde(default)]
    pub repair: bool,
    /// Whether the model may be asked for examples of what the task wants.
    pub examples: bool,
    /// How it is worked on.
    #[serde(default)]
    pub way: Way,
    /// Where that is with tools: tokens that prompt and answer share, as the model had them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Tokens>,
    /// Most tokens of a prompt.
    pub prompt_tokens: Tokens,
    /// Most tokens of an answer.
    pub answer_tokens: Tokens,
    /// How long it may take.
    pub time_limit: Option<Duration>,
    /// What the person wants in view, or out of it.
    #[serde(default, skip_serializing_if = "Selection::is_empty")]
    pub selection: Selection,
    /// The team, where it is not the one that works by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    /// When to stop with what there is.
    #[serde(skip)]
    pub deadline: Option<Instant>,
    /// Longest run of the test command.
    pub test_limit: Duration,
    /// When the person asked, for the times in the report.
    #[serde(skip, default = "Instant::now")]
    pub started: Instant,
}

impl Request {
    /// The same, asked for at `started`: its time begins then.
    pub fn from(self, started: Instant) -> Self {
        Self {
            started,
            deadline: self.time_limit.and_then(|limit| started.checked_add(limit)),
            ..self
        }
    }
}

/// Why a task could not go on.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    #[error(transparent)]
    Repo(#[from] RepoError),
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error(transparent)]
    Index(#[from] IndexError),
    #[error(transparent)]
    Engine(#[from] EngineError),
    #[error(transparent)]
    Proposal(#[from] ProposalError),
    #[error(transparent)]
    Render(#[from] RenderError),
    #[error(transparent)]
    Role(#[from] RoleError),
    #[error("the prompt needs {needed} without any source, but may have {budget}")]
    NoRoom { needed: Tokens, budget: Tokens },
    #[error("`{path}` has changed meanwhile")]
    Changed { path: RepoPath },
    #[error("cannot run `{line}`")]
    Command {
        line: String,
        #[source]
        source: std::io::Error,
    },
    #[error(transparent)]
    Denied(#[from] Refusal),
    #[error("another process works on task `{0}`")]
    Running(TaskId),
    #[error("cannot lock `{path}`")]
    Claim {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("the work tree is {now}, and this was recorded on {recorded}")]
    OtherTree { recorded: String, now: String },
}

impl Hint for SessionError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Repo(error) => error.hint(),
            Self::Journal(error) => error.hint(),
            Self::Index(error) => error.hint(),
            Self::Engine(error) => error.hint(),
            Self::Proposal(error) => error.hint(),
            Self::NoRoom { .. } => {
                Some("shorten the task, or set `propose.context_tokens` higher".into())
            }
            Self::Changed { .. } => Some("run it again".into()),
            Self::Denied(refusal) => refusal.hint(),
            Self::Running(_) => Some("wait for it, or end that process".into()),
            Self::Claim { path, .. } => {
                Some(format!("see that you may write `{}` and the disk has room", path.display()))
            }
            Self::OtherTree { .. } => {
                Some("check out the files that it was recorded on, with no edit beside them".into())
            }
            Self::Render(_) | Self::Role(_) | Self::Command { .. } => None,
        }
    }
}

/// Has the model work on `request` until there is a proposal, or it is clear that there will be none.
pub fn propose(
    workshop: &Workshop<'_>,
    request: &Request,
    cancel: &Cancel,
    observer: &mut dyn Observer,
) -> Result<Report, SessionError> {
    let task = task_id(request);
    let window = (request.way == Way::Loop).then_some(workshop.engine.info().context);
    let request = &Request { window, ..request.clone() };
    let _claim = Claim::of(&workshop.desk.repo, &task)?;
    let snapshot = workshop.desk.repo.snapshot()?;
    let begins = started(workshop, request, &snapshot);
    let (recall, runs) = (Recall::nothing(workshop.engine), Runs::default());
    let course =
        Course { task, recall: &recall, runs: &runs, begins, known: Vec::new(), said: Vec::new() };
    work(workshop, request, &snapshot, course, cancel, observer)
}

/// How a task begins, and what is known of it already.
pub(super) struct Course<'a> {
    pub(super) task: TaskId,
    pub(super) recall: &'a Recall<'a>,
    pub(super) runs: &'a Runs,
    pub(super) begins: Event,
    /// What is in the journal already of the course that it will take.
    pub(super) known: Vec<&'a Event>,
    /// What a person said in it.
    pub(super) said: Vec<&'a Event>,
}

/// Works on a task to its end.
pub(super) fn work(
    workshop: &Workshop<'_>,
    request: &Request,
    snapshot: &Snapshot,
    Course { task, recall, runs, begins, known, said }: Course<'_>,
    cancel: &Cancel,
    observer: &mut dyn Observer,
) -> Result<Report, SessionError> {
    let mut recorder = Recorder::new(&workshop.desk.log, task, observer).knows(&known).told(&said);
    recorder.record(begins)?;
    let workshop = Workshop { engine: recall, ..*workshop };
    let mut run = Run::new(&workshop, request, snapshot, cancel, recorder, (recall, runs));
    if request.way == Way::Loop {
        return looping::work(run);
    }
    let turns = workshop.crew.turns();
    let mut machine = Machine::new(Plan { rounds: request.rounds, repair: request.repair, turns });
    let mut effects = machine.step(Input::Started);
    loop {
        for effect in std::mem::take(&mut effects) {
            if let Effect::Propose { draft } = effect {
                run.preference = machine.preference(draft);
            }
            match run.perform(effect) {
                Ok(Step::Next) => {}
                Ok(Step::Ended(ending)) => return run.finish(ending),
                Err(error) => return Err(run.failed(error)),
            }
        }
        effects = machine.step(run.take_input());
        // What the machine has just learned counts; what it would begin now does not.
        let ends = effects.iter().any(|effect| matches!(effect, Effect::End(_)));
        if let Some(stop) = run.stopped().filter(|_| !ends) {
            effects = machine.step(stop);
        }
    }
}

/// A name for the task: the same words at another time are another task.
fn task_id(request: &Request) -> TaskId {
    let now = crate::journal::now();
    TaskId::from_seed(&Digest::of(format!("{now} {}", request.text).as_bytes()), 6)
}
