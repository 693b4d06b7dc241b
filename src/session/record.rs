//! Every event goes to the journal first, then to whoever watches: the screen shows what is recorded.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::base::{Digest, TaskId};
use crate::journal::{Event, JournalError, Log};
use crate::model::Delta;
use crate::policy::{Act, Actor, Ruling};
use crate::proposal::Proposal;
use crate::repo::{Repo, RepoError};
use crate::session::approval::{Approval, Question};
use crate::session::driver::SessionError;
use crate::session::past::FAILED;
use crate::session::report::Cost;
use crate::session::selection::Selection;

/// Watches a task.
pub trait Observer {
    /// Something happened, and is in the journal.
    fn event(&mut self, event: &Event);

    /// Something that had happened before the task was broken off was gone through once more.
    fn known(&mut self, event: &Event) {
        self.event(event);
    }

    /// A piece of an answer came.
    fn delta(&mut self, delta: &Delta);

    /// Something that takes time begins; in a few words.
    fn begins(&mut self, what: &str);

    /// Asks a person; `None` where nobody can be asked.
    fn approves(&mut self, _question: &Question) -> Option<Approval> {
        None
    }

    /// What the person wants in view now, where that changed since the last time that this was called.
    fn selects(&mut self) -> Option<Selection> {
        None
    }
}

/// Writes down one task.
pub(super) struct Recorder<'a> {
    log: &'a Log,
    task: TaskId,
    observer: &'a mut dyn Observer,
    /// What is in the journal already, by its mark, and how often.
    known: HashMap<Digest, u32>,
    /// What a person said when the task was worked on before, the next one last.
    said: Vec<Event>,
    /// What a person said in this task.
    answers: Vec<(Question, Approval)>,
}

impl<'a> Recorder<'a> {
    pub(super) fn new(log: &'a Log, task: TaskId, observer: &'a mut dyn Observer) -> Self {
        Self { log, task, observer, known: HashMap::new(), said: Vec::new(), answers: Vec::new() }
    }

    /// The same, for a task in whose course these things have happened before.
    pub(super) fn knows(mut self, events: &[&Event]) -> Self {
        for event in events.iter().filter(|event| happens_again(event)) {
            *self.known.entry(mark(event)).or_default() += 1;
        }
        self
    }

    /// The same, for a task that is done again: what a person said then is taken for said.
    pub(super) fn told(mut self, events: &[&Event]) -> Self {
        let of_people =
            |event: &&&Event| matches!(event, Event::Approved { .. } | Event::Selected { .. });
        self.said = events.iter().rev().filter(of_people).map(|event| (*event).clone()).collect();
        self
    }

    /// Asks a person what `ruling` asks, if it does and somebody is there, and records the answer.
    pub(super) fn approval<A: Act>(
        &mut self,
        actor: Actor,
        ruling: &Ruling<A>,
    ) -> Result<Option<Approval>, JournalError> {
        match Question::of(actor, ruling) {
            Some(question) => self.answered(question),
            None => Ok(None),
        }
    }

    /// What a person says to a question, recorded; what was answered in this task before is not asked again.
    pub(super) fn answered(
        &mut self,
        question: Question,
    ) -> Result<Option<Approval>, JournalError> {
        let is_it = |(asked, _): &&(Question, Approval)| {
            asked.rule == question.rule && asked.action == question.action
        };
        if let Some((_, answer)) = self.answers.iter().find(is_it) {
            return Ok(Some(answer.clone()));
        }
        let action = json!(question.action);
        let same =
            |event: &Event| matches!(event, Event::Approved { action: it, .. } if *it == action);
        let before = self.said.iter().rposition(same).map(|at| self.said.remove(at));
        let answer = match before {
            Some(Event::Approved { answer, .. }) => serde_json::from_value(answer).ok(),
            _ => self.observer.approves(&question),
        };
        let Some(answer) = answer else { return Ok(None) };
        let rule = question.rule.clone();
        self.record(Event::Approved { action, rule, answer: json!(answer) })?;
        self.answers.push((question, answer.clone()));
        Ok(Some(answer))
    }

    /// What a person wants in view from round `round` on, where that changed, recorded.
    pub(super) fn selection(&mut self, round: u32) -> Result<Option<Selection>, JournalError> {
        let same =
            |event: &Event| matches!(event, Event::Selected { round: it, .. } if *it == round);
        let before = self.said.iter().rposition(same).map(|at| self.said.remove(at));
        let selection = match before {
            Some(Event::Selected { selection, .. }) => serde_json::from_value(selection).ok(),
            _ => self.observer.selects(),
        };
        let Some(selection) = selection else { return Ok(None) };
        self.record(Event::Selected { round, selection: json!(selection) })?;
        Ok(Some(selection))
    }

    pub(super) fn task(&self) -> &TaskId {
        &self.task
    }

    /// Records `event`; what cannot be recorded must not go on. What a resumed task goes through once
    /// more is not written again, until the first thing that is new.
    pub(super) fn record(&mut self, event: Event) -> Result<(), JournalError> {
        if self.is_known(&event) {
            self.observer.known(&event);
            return Ok(());
        }
        if happens_again(&event) {
            self.known.clear();
        }
        self.log.append(Some(&self.task), &event)?;
        self.observer.event(&event);
        Ok(())
    }

    /// Records the end of a task: in a word what it came to, or why it failed.
    pub(super) fn ended(
        &mut self,
        outcome: Result<&str, &SessionError>,
        seconds: f64,
        cost: &Cost,
    ) -> Result<(), JournalError> {
        let outcome = match outcome {
            Ok(outcome) => outcome.to_owned(),
            Err(error) => format!("{FAILED}: {error}"),
        };
        self.record(Event::TaskEnded { outcome, seconds, usage: json!(cost) })
    }

    fn is_known(&mut self, event: &Event) -> bool {
        if self.known.is_empty() || !happens_again(event) {
            return false;
        }
        let left = self.known.get_mut(&mark(event)).filter(|left| **left > 0);
        left.map(|left| *left -= 1).is_some()
    }

    pub(super) fn observer(&mut self) -> &mut dyn Observer {
        self.observer
    }
}

/// Whether a task that begins again comes by this again.
fn happens_again(event: &Event) -> bool {
    matches!(
        event,
        Event::Retrieved { .. }
            | Event::Packed { .. }
            | Event::Asked { .. }
            | Event::Answered { .. }
            | Event::ReplyRefused { .. }
            | Event::Drafted { .. }
            | Event::ToolCalled { .. }
            | Event::Judged { .. }
            | Event::Approved { .. }
            | Event::Selected { .. }
            | Event::CommandRan { .. }
            | Event::Repaired { .. }
            | Event::Chosen { .. }
            | Event::Planned { .. }
            | Event::Reviewed { .. }
            | Event::Noted { .. }
    )
}

/// Tells events apart by all but their fractions and where they come from: seconds and scores are no
/// reason to take a thing for another one, and no number with a fraction is read as exactly as it was
/// written.
fn mark(event: &Event) -> Digest {
    let mut value = json!(event);
    if let Some(fields) = value.as_object_mut() {
        fields.shift_remove("recorded");
    }
    drop_fractions(&mut value);
    Digest::of(value.to_string().as_bytes())
}

fn drop_fractions(value: &mut Value) {
    match value {
        Value::Number(number) if number.is_f64() => *value = Value::Null,
        Value::Array(values) => values.iter_mut().for_each(drop_fractions),
        Value::Object(fields) => fields.values_mut().for_each(drop_fractions),
        _ => {}
    }
}

/// What was stored, as it is recorded.
pub(super) fn proposed(repo: &Repo, stored: &Proposal) -> Result<Event, RepoError> {
    let hunks = stored.hunks().len();
    Ok(Event::Proposed {
        proposal: stored.id.clone(),
        commit: stored.commit.to_string(),
        files: stored.changes.iter().map(|change| change.path.clone()).collect(),
        hunks: u32::try_from(hunks).unwrap_or(u32::MAX),
        verification: stored.verification.clone(),
        tree: Some(repo.tree_of(Some(stored.commit))?.to_string()),
    })
}
