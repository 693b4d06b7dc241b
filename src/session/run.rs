//! Does what the machine says: one effect in, what happened out.

use serde_json::json;

use crate::agent::{Effect, Ending, Feedback, Input, Role, Turn};
use crate::base::ProposalId;
use crate::context::{Failing, Templates};
use crate::journal::Event;
use crate::model::{Cancel, Completion, Delta, Message, Prompt, Sampling, Speaker};
use crate::policy::{self, Actor, EditPath, Ruling};
use crate::proposal::{self, Limits, NewProposal, Refusal};
use crate::repo::{FileChange, Snapshot};
use crate::retrieval::{self, Wanted};
use crate::session::decide::Desk;
use crate::session::driver::{Request, SessionError, Workshop};
use crate::session::locate::{Opening, locate};
use crate::session::read::Seen;
use crate::session::record::Recorder;
use crate::session::report::{Cost, Report, TestRun};
use crate::session::verify::verify;

/// Replies that begin as the task suggests; later ones choose their own beginning.
const PREFILLED: u32 = 2;

/// Whether the task goes on.
pub(super) enum Step {
    Next,
    Ended(Ending),
}

/// A task under way.
pub(super) struct Run<'a> {
    pub(super) workshop: &'a Workshop<'a>,
    pub(super) request: &'a Request,
    role: &'a Role,
    templates: &'a Templates,
    pub(super) cancel: Cancel,
    pub(super) recorder: Recorder<'a>,
    pub(super) snapshot: Snapshot,
    input: Option<Input>,
    opening: Opening,
    /// The last draft that could be applied, and its test.
    draft: Vec<FileChange>,
    before: Option<TestRun>,
    after: Option<TestRun>,
    failing: Option<Failing>,
    proposal: Option<ProposalId>,
    cost: Cost,
}

impl<'a> Run<'a> {
    pub(super) fn new(
        workshop: &'a Workshop<'a>,
        request: &'a Request,
        role: &'a Role,
        templates: &'a Templates,
        cancel: &Cancel,
        mut recorder: Recorder<'a>,
    ) -> Result<Self, SessionError> {
        let snapshot = workshop.desk.repo.snapshot()?;
        recorder.record(started(workshop, request, role, templates, &snapshot))?;
        Ok(Self {
            workshop,
            request,
            role,
            templates,
            cancel: cancel.until(request.deadline),
            recorder,
            snapshot,
            input: None,
            opening: Opening::default(),
            draft: Vec::new(),
            before: None,
            after: None,
            failing: None,
            proposal: None,
            cost: Cost::default(),
        })
    }

    pub(super) fn desk(&self) -> &'a Desk {
        self.workshop.desk
    }

    /// What the last effect led to.
    pub(super) fn take_input(&mut self) -> Input {
        self.input.take().unwrap_or(Input::Cancelled)
    }

    /// The stop that a person or the clock asked for, if one did.
    pub(super) fn stopped(&self) -> Option<Input> {
        if self.cancel.by_person() {
            Some(Input::Cancelled)
        } else if self.cancel.is_cancelled() {
            Some(Input::TimeUp)
        } else {
            None
        }
    }

    pub(super) fn perform(&mut self, effect: Effect) -> Result<Step, SessionError> {
        let input = match effect {
            Effect::TestBase => self.test_base()?,
            Effect::Locate => self.locate()?,
            Effect::Ask { turn, earlier } => self.ask(turn, earlier)?,
            Effect::Draft { reply } => self.draft(&reply)?,
            Effect::TestDraft => self.test_draft()?,
            Effect::Propose => return self.propose().map(|()| Step::Next),
            Effect::End(ending) => return Ok(Step::Ended(ending)),
        };
        self.input = Some(input);
        Ok(Step::Next)
    }

    fn test_base(&mut self) -> Result<Input, SessionError> {
        self.recorder.observer().begins("test before");
        let (run, result) = verify(self, &[])?;
        if !result.passed {
            let command = self.request.test.clone().unwrap_or_default();
            self.failing = Some(Failing { command, output: result.output.clone() });
        }
        self.before = Some(run);
        Ok(Input::TestedBase(result))
    }

    fn test_draft(&mut self) -> Result<Input, SessionError> {
        self.recorder.observer().begins("test after");
        let changes = std::mem::take(&mut self.draft);
        let tested = verify(self, &changes);
        self.draft = changes;
        let (run, result) = tested?;
        self.after = Some(run);
        Ok(Input::TestedDraft(result))
    }

    fn locate(&mut self) -> Result<Input, SessionError> {
        self.recorder.observer().begins("locate");
        let Self { workshop, request, role, templates, failing, recorder, .. } = self;
        let mut record = |event| Ok(recorder.record(event)?);
        self.opening = locate(workshop, request, templates, role, failing.as_ref(), &mut record)?;
        Ok(Input::Located)
    }

    fn ask(&mut self, turn: Option<Turn>, earlier: u32) -> Result<Input, SessionError> {
        let Opening { prefill, form, form_behind_prefill, .. } = &self.opening;
        let (prefill, form) = match earlier < PREFILLED && !prefill.is_empty() {
            true => (prefill.clone(), form_behind_prefill.clone()),
            false => (String::new(), form.clone()),
        };
        let messages = self.messages(turn)?;
        let prompt = Prompt { messages, prefill, ..Prompt::default() };
        let sampling = Sampling {
            temperature: self.request.temperature + self.role.warmer * earlier as f32,
            top_p: self.request.top_p,
            seed: self.request.seed.wrapping_add(earlier),
            max_tokens: self.request.answer_tokens,
            form,
            ..Sampling::default()
        };
        let role = &self.role.name;
        let begins = if earlier == 0 { role.clone() } else { format!("{role}, again") };
        self.recorder.observer().begins(&begins);
        let asked_s = self.request.started.elapsed().as_secs_f64();
        self.recorder.record(Event::Asked {
            role: role.clone(),
            prompt: json!(prompt),
            sampling: json!(sampling),
        })?;
        let completion = self.complete(&prompt, &sampling)?;
        self.cost.add(&completion.usage, asked_s);
        self.recorder.record(Event::Answered {
            role: role.clone(),
            text: completion.whole().to_owned(),
            stop: json!(completion.stop).as_str().unwrap_or_default().to_owned(),
            usage: json!(completion.usage),
        })?;
        Ok(Input::Replied(completion.text))
    }

    /// The answer to `prompt`, whatever becomes of the model on the way.
    fn complete(
        &mut self,
        prompt: &Prompt,
        sampling: &Sampling,
    ) -> Result<Completion, SessionError> {
        let mut deaths = Vec::new();
        let observer = self.recorder.observer();
        let mut on_delta = |delta| {
            observer.delta(&delta);
            if let Delta::Restarted(why) = delta {
                deaths.push(why);
            }
        };
        let engine = self.workshop.engine;
        let completion = engine.complete(prompt, sampling, &self.cancel, &mut on_delta);
        for why in deaths {
            self.recorder.record(Event::EngineRestarted { why })?;
        }
        Ok(completion?)
    }

    /// The opening, and the last exchange where there was one.
    fn messages(&self, turn: Option<Turn>) -> Result<Vec<Message>, SessionError> {
        let mut messages = self.opening.messages.clone();
        let Some(Turn { reply, feedback }) = turn else { return Ok(messages) };
        let names = &self.role.prompts;
        let answer = match feedback {
            Feedback::Refused(reason) => {
                self.templates.render(&names.refused, json!({ "reason": reason }))?
            }
            Feedback::Failed(output) => {
                let failure = json!({ "command": self.request.test, "output": output });
                self.templates.render(&names.failed, json!({ "failure": failure }))?
            }
        };
        messages.push(Message::new(Speaker::Assistant, reply));
        messages.push(Message::new(Speaker::User, answer));
        Ok(messages)
    }

    fn draft(&mut self, reply: &str) -> Result<Input, SessionError> {
        match self.resolve(reply)? {
            Ok(changes) => {
                self.draft = changes;
                self.after = None;
                Ok(Input::Drafted(Ok(())))
            }
            Err(reason) => {
                self.cost.refused += 1;
                self.recorder.record(Event::ReplyRefused { reason: reason.clone() })?;
                Ok(Input::Drafted(Err(reason)))
            }
        }
    }

    /// The changes that a reply asks for, each judged, or why there are none.
    fn resolve(&mut self, reply: &str) -> Result<Result<Vec<FileChange>, String>, SessionError> {
        let files = Seen { desk: self.desk(), shown: &self.opening.shown };
        let limits = Limits { whole_file_lines: self.role.whole_file_lines };
        let changes = proposal::parse(reply)
            .map_err(Refusal::from)
            .and_then(|edits| proposal::resolve(&edits, &files, limits));
        let changes = match changes {
            Ok(changes) => changes,
            Err(refusal) => return Ok(Err(refusal.to_string())),
        };
        for change in &changes {
            if let Some(reason) = self.refused(change)? {
                return Ok(Err(reason));
            }
            if let (None, Some(why)) = (&change.before, self.desk().repo.obstacle(&change.path)?) {
                return Ok(Err(format!("`{}` cannot be made: {why}", change.path)));
            }
        }
        Ok(Ok(changes))
    }

    /// Why a change must not be made, if so: the gate denies it, or it changes the failing test
    /// instead of what the test is about.
    fn refused(&mut self, change: &FileChange) -> Result<Option<String>, SessionError> {
        let path = &change.path;
        let ruling =
            policy::judge(&self.desk().rules, Actor::Agent, EditPath { path: path.clone() });
        self.recorder.record(ruling.event(Actor::Agent))?;
        // What would have to be asked may be proposed: the person is asked at the review.
        if let Ruling::Deny { why, .. } = &ruling {
            return Ok(Some(format!("`{path}` must not be edited: {why}")));
        }
        let asked_for = Wanted::of(&self.request.text).tests || self.request.files.contains(path);
        let is_test = change.before.is_some() && retrieval::is_test(path);
        Ok((self.failing.is_some() && is_test && !asked_for)
            .then(|| format!("`{path}` is a test and is right; change the code that it tests")))
    }

    fn propose(&mut self) -> Result<(), SessionError> {
        let verification = json!({
            "command": self.request.test,
            "passed": self.after.as_ref().map(|run| run.passed),
            "before": self.before,
            "after": self.after,
        });
        let new = NewProposal {
            snapshot: self.snapshot.clone(),
            changes: std::mem::take(&mut self.draft),
            title: title(&self.request.text),
            task: self.request.text.clone(),
            model: Some(self.workshop.engine.info().name.clone()),
            verification: verification.clone(),
            trailers: vec![("Countersign-Task".into(), self.recorder.task().to_string())],
        };
        let stored = proposal::store(&self.desk().repo, &new)?;
        let hunks = proposal::hunks(&stored.changes).len();
        self.recorder.record(Event::Proposed {
            proposal: stored.id.clone(),
            commit: stored.commit.to_string(),
            files: stored.changes.iter().map(|change| change.path.clone()).collect(),
            hunks: u32::try_from(hunks).unwrap_or(u32::MAX),
            verification,
        })?;
        self.proposal = Some(stored.id);
        Ok(())
    }

    /// Records the end and sums up.
    pub(super) fn finish(mut self, ending: Ending) -> Result<Report, SessionError> {
        self.end(ending.name())?;
        Ok(Report {
            task: self.recorder.task().clone(),
            ending,
            proposal: self.proposal,
            before: self.before,
            after: self.after,
            cost: self.cost,
            seconds: self.request.started.elapsed().as_secs_f64(),
        })
    }

    /// Records that the task failed; the first error is the one that counts.
    pub(super) fn failed(mut self, error: SessionError) -> SessionError {
        match self.end(&format!("failed: {error}")) {
            Ok(()) | Err(_) => error,
        }
    }

    fn end(&mut self, outcome: &str) -> Result<(), SessionError> {
        let seconds = self.request.started.elapsed().as_secs_f64();
        let event = Event::TaskEnded { outcome: outcome.into(), seconds, usage: json!(self.cost) };
        Ok(self.recorder.record(event)?)
    }
}

fn started(
    workshop: &Workshop<'_>,
    request: &Request,
    role: &Role,
    templates: &Templates,
    snapshot: &Snapshot,
) -> Event {
    let info = workshop.engine.info();
    Event::TaskStarted {
        text: request.text.clone(),
        base: snapshot.base_tree.to_string(),
        model: Some(info.name.clone()),
        model_digest: info.digest,
        settings: json!({
            "role": role.name,
            "role_version": role.version,
            "role_digest": Role::coder_digest(),
            "prompts_digest": templates.digest(),
            "seed": request.seed,
            "test": request.test,
            "retries": request.retries,
        }),
    }
}

/// The first line of the task, cut at a word, as a commit's subject.
fn title(task: &str) -> String {
    const LONGEST: usize = 72;
    let line = task.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("Change");
    if line.chars().count() <= LONGEST {
        return line.to_owned();
    }
    let cut: String = line.chars().take(LONGEST).collect();
    match cut.rsplit_once(' ') {
        Some((words, _)) => format!("{words} …"),
        None => cut,
    }
}
