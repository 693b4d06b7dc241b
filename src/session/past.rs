//! What a journal or a transcript holds of one task: enough to go on with it, or to do it once more.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::agent::Ending;
use crate::base::{Digest, Hint, ProposalId, TaskId, Tokens};
use crate::journal::{Event, Record};
use crate::model::{Completion, ModelInfo, StopReason, Usage};
use crate::session::command::Outcome;
use crate::session::driver::Request;

/// A task as it was recorded.
#[derive(Clone, Debug)]
pub struct Past {
    pub task: TaskId,
    pub began: Timestamp,
    pub request: Request,
    /// The work tree that it was started in, as [`crate::repo::Repo::work_tree_id`] names it.
    pub work_tree: Option<String>,
    /// The digests of the role and of the prompts.
    pub words: [Option<String>; 2],
    /// What it was proposed as, if it was.
    pub proposed: Option<Proposed>,
    /// How it ended, the last time that it did.
    pub outcome: Option<String>,
    /// Its processes, one after the other, and what each left.
    pub(super) sittings: Vec<Sitting>,
    /// Proposals that any record of the journal names.
    pub(super) named: Vec<ProposalId>,
}

/// A proposal as the journal names it.
#[derive(Clone, Debug)]
pub struct Proposed {
    pub proposal: ProposalId,
    pub tree: Option<String>,
    pub verification: Value,
}

/// What one process did for a task.
#[derive(Clone, Debug)]
pub(super) struct Sitting {
    pub(super) base: String,
    pub(super) model: Option<String>,
    pub(super) model_digest: Option<Digest>,
    /// Answers that came to their end, in the order in which they did, under the names of what they
    /// answer.
    pub(super) answers: Vec<(Digest, Completion)>,
    /// What came of commands, by what they ran on.
    pub(super) runs: BTreeMap<Digest, Outcome>,
    /// Tokens of texts, by the first digits of their digests.
    pub(super) counts: BTreeMap<String, Tokens>,
    /// Everything, in order.
    pub(super) events: Vec<Event>,
}

/// Whether there is anything left to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Whoever worked on it was killed, or still works on it.
    Open,
    /// It was stopped by a person, by the clock or by an error.
    Stopped,
    /// It came to its end.
    Over,
}

/// Why a task cannot be gone on with.
#[derive(Debug, thiserror::Error)]
pub enum PastError {
    #[error("there is no task `{0}` in the journal")]
    Unknown(String),
    #[error("`{text}` may be {}", .tasks.iter().map(|task| format!("`{task}`")).collect::<Vec<_>>().join(", "))]
    Ambiguous { text: String, tasks: Vec<TaskId> },
    #[error("`{0}` is no task that can be gone on with")]
    OtherKind(String),
}

impl Hint for PastError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Unknown(_) => "run `countersign journal list` for what there is".into(),
            Self::Ambiguous { .. } => "type more of it".into(),
            Self::OtherKind(_) => {
                "only what `propose` of this version began can be; ask for it once more".into()
            }
        })
    }
}

impl Past {
    /// The tasks that a model was asked to do, in the order in which they began.
    pub fn all(records: &[Record]) -> Vec<Self> {
        let mut tasks: Vec<Self> = Vec::new();
        let mut named = Vec::new();
        for record in records {
            if let Event::Proposed { proposal, .. } = &record.event {
                named.push(proposal.clone());
            }
            let Some(task) = &record.task else { continue };
            match Self::begun(task, record) {
                Some(past) => {
                    tasks.retain(|other| other.task != *task);
                    tasks.push(past);
                }
                None => {
                    let past = tasks.iter_mut().find(|past| past.task == *task);
                    past.into_iter().for_each(|past| past.add(&record.event));
                }
            }
        }
        tasks.iter_mut().for_each(|past| past.named.clone_from(&named));
        tasks
    }

    /// The task that `text` stands for: a whole id, or the beginning of exactly one.
    pub fn find(records: &[Record], text: &str) -> Result<Self, PastError> {
        let all = Self::all(records);
        let id = text.parse::<TaskId>().map_or_else(|_| text.to_owned(), String::from);
        let meant = |past: &&Self| past.task.as_str().starts_with(&id);
        let mut found: Vec<&Self> = all.iter().filter(meant).collect();
        if let Some(exact) = all.iter().find(|past| past.task.as_str() == id) {
            found = vec![exact];
        }
        match found.as_slice() {
            [only] => Ok((*only).clone()),
            [] => {
                let is_there =
                    records.iter().any(|it| it.task.as_ref().is_some_and(|it| it.as_str() == id));
                let text = text.to_owned();
                Err(if is_there { PastError::OtherKind(text) } else { PastError::Unknown(text) })
            }
            _ => Err(PastError::Ambiguous {
                text: text.to_owned(),
                tasks: found.iter().map(|past| past.task.clone()).collect(),
            }),
        }
    }

    /// Everything that is recorded of it, in order.
    pub(super) fn events(&self) -> impl Iterator<Item = &Event> {
        self.sittings.iter().flat_map(|sitting| &sitting.events)
    }

    /// Whether there is anything left to do.
    pub fn standing(&self) -> Standing {
        match self.outcome.as_deref() {
            None => Standing::Open,
            _ if self.proposed.is_some() => Standing::Over,
            Some(end) if end == Ending::Cancelled.name() || end == Ending::TimeUp.name() => {
                Standing::Stopped
            }
            Some(end) if end.starts_with(FAILED) => Standing::Stopped,
            Some(_) => Standing::Over,
        }
    }

    /// How many answers and how many runs of commands are whole.
    pub fn done(&self) -> (usize, usize) {
        let answers = self.sittings.iter().map(|sitting| sitting.answers.len()).sum();
        (answers, self.sittings.iter().map(|sitting| sitting.runs.len()).sum())
    }

    /// The model that answered last.
    pub fn model(&self) -> ModelInfo {
        let last = self.sittings.last();
        let Request { prompt_tokens, answer_tokens, window, .. } = self.request;
        ModelInfo {
            name: last.and_then(|it| it.model.clone()).unwrap_or_default(),
            digest: last.and_then(|it| it.model_digest),
            context: window.unwrap_or(prompt_tokens + answer_tokens),
        }
    }

    /// The tree that it was last worked on, by its name in git.
    pub fn base(&self) -> &str {
        self.sittings.last().map_or("", |sitting| &sitting.base)
    }

    /// The task that a record begins, if it begins one that can be gone on with.
    fn begun(task: &TaskId, record: &Record) -> Option<Self> {
        let Event::TaskStarted { base, model, model_digest, settings, .. } = &record.event else {
            return None;
        };
        let text = |key: &str| settings.get(key).and_then(Value::as_str).map(str::to_owned);
        if settings.get(REPLAY_OF).is_some() {
            return None;
        }
        let request: Request = serde_json::from_value(settings.get(REQUEST)?.clone()).ok()?;
        // A transcript is anybody's text; nobody has so many answers written.
        let candidates = request.candidates.clamp(1, MOST_CANDIDATES);
        Some(Self {
            task: task.clone(),
            began: record.time,
            request: Request { candidates, ..request },
            work_tree: text(WORK_TREE),
            words: [text("role_digest"), text("prompts_digest")],
            proposed: None,
            outcome: None,
            sittings: vec![Sitting::new(base, model.as_ref(), *model_digest)],
            named: Vec::new(),
        })
    }

    fn add(&mut self, event: &Event) {
        match event {
            Event::TaskResumed { base, model, model_digest, .. } => {
                self.sittings.push(Sitting::new(base, model.as_ref(), *model_digest));
            }
            Event::Proposed { proposal, tree, verification, .. } => {
                self.proposed = Some(Proposed {
                    proposal: proposal.clone(),
                    tree: tree.clone(),
                    verification: verification.clone(),
                });
            }
            Event::TaskEnded { outcome, .. } => self.outcome = Some(outcome.clone()),
            _ => {}
        }
        if let Some(sitting) = self.sittings.last_mut() {
            sitting.add(event);
        }
    }
}

/// Where the settings of a task keep what it needs to be gone on with.
pub(super) const REQUEST: &str = "request";
pub(super) const WORK_TREE: &str = "work_tree";
/// The task that this one is a replay of.
pub(super) const REPLAY_OF: &str = "replay_of";
/// More answers than a round of anybody has.
const MOST_CANDIDATES: u32 = 64;
/// How the outcome of a task begins that an error ended.
pub(super) const FAILED: &str = "failed";

impl Sitting {
    fn new(base: &str, model: Option<&String>, model_digest: Option<Digest>) -> Self {
        Self {
            base: base.to_owned(),
            model: model.cloned(),
            model_digest,
            answers: Vec::new(),
            runs: BTreeMap::new(),
            counts: BTreeMap::new(),
            events: Vec::new(),
        }
    }

    /// Whether the same model answered.
    pub(super) fn is_of(&self, info: &ModelInfo) -> bool {
        self.model.as_ref() == Some(&info.name) && self.model_digest == info.digest
    }

    fn add(&mut self, event: &Event) {
        self.events.push(event.clone());
        match event {
            Event::Answered { asked: Some(asked), recorded: false, .. } => {
                let whole = completion(event).filter(|it| it.stop != StopReason::Cancelled);
                self.answers.extend(whole.map(|completion| (*asked, completion)));
            }
            Event::CommandRan { exit, seconds, output, on: Some(on), timed_out, .. }
                if exit.is_some() || *timed_out =>
            {
                let (output, seconds) = (output.clone(), *seconds);
                let (exit, timed_out) = (*exit, *timed_out);
                let outcome = Outcome { exit, seconds, output, timed_out, recorded: true };
                self.runs.insert(*on, outcome);
            }
            Event::Packed { counts: Some(counts), .. } => {
                let counts: Option<BTreeMap<String, Tokens>> =
                    serde_json::from_value(counts.clone()).ok();
                self.counts.extend(counts.unwrap_or_default());
            }
            _ => {}
        }
    }
}

/// An answer as it was given.
fn completion(event: &Event) -> Option<Completion> {
    let Event::Answered { text, stop, usage, said, thought, calls, unread, logprob, .. } = event
    else {
        return None;
    };
    let stop: StopReason = serde_json::from_value(json!(stop)).ok()?;
    let usage: Usage = serde_json::from_value(usage.clone()).unwrap_or_default();
    let spoken = said.as_ref().unwrap_or(text).clone();
    Some(Completion {
        reasoning: thought.clone().unwrap_or_default(),
        calls: calls.clone().and_then(|it| serde_json::from_value(it).ok()).unwrap_or_default(),
        unread: unread.clone(),
        raw: said.as_ref().map(|_| text.clone()),
        logprob: logprob.unwrap_or_default(),
        recorded: true,
        ..Completion::new(spoken, stop, usage)
    })
}
