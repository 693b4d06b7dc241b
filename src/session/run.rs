//! Does what the machine says: one effect in, what happened out.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::agent::{Effect, Ending, Feedback, Input, Role, TestResult, Turn};
use crate::base::{ProposalId, RepoPath};
use crate::context::{self, ContextPack, Failing, Templates, View};
use crate::journal::{Event, Source};
use crate::model::{Cancel, Message, Prompt, Sampling, Speaker};
use crate::policy::{self, Actor, EditPath, ReadPath, Ruling, RunCommand};
use crate::proposal::{self, Edit, Files, Limits, NewProposal, Refusal};
use crate::repo::{FileChange, FileState, Snapshot};
use crate::retrieval::{self, Hit, Query};
use crate::session::command::{self, Outcome};
use crate::session::decide::Desk;
use crate::session::driver::{Request, SessionError, Workshop};
use crate::session::record::Recorder;
use crate::session::report::{Cost, Report, TestRun};
use crate::session::scratch::Scratch;

/// Most hits that are considered for a prompt.
const HITS: usize = 12;
/// How much of a failing command's output a prompt shows, in lines and bytes.
const SHOWN_LINES: usize = 40;
const SHOWN_BYTES: usize = 2400;

/// Whether the task goes on.
pub(super) enum Step {
    Next,
    Ended(Ending),
}

/// A task under way.
pub(super) struct Run<'a> {
    workshop: &'a Workshop<'a>,
    request: &'a Request,
    role: &'a Role,
    templates: &'a Templates,
    cancel: Cancel,
    recorder: Recorder<'a>,
    snapshot: Snapshot,
    input: Option<Input>,
    /// The first messages of every prompt, once the context is packed.
    opening: Vec<Message>,
    shown: Vec<RepoPath>,
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
        let info = workshop.engine.info();
        recorder.record(Event::TaskStarted {
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
        })?;
        Ok(Self {
            workshop,
            request,
            role,
            templates,
            cancel: cancel.until(request.deadline),
            recorder,
            snapshot,
            input: None,
            opening: Vec::new(),
            shown: Vec::new(),
            draft: Vec::new(),
            before: None,
            after: None,
            failing: None,
            proposal: None,
            cost: Cost::default(),
        })
    }

    fn desk(&self) -> &'a Desk {
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
        let (run, result) = self.test("test on the repository as it is", &[])?;
        if !result.passed {
            let command = self.request.test.clone().unwrap_or_default();
            self.failing = Some(Failing { command, output: result.output.clone() });
        }
        self.before = Some(run);
        Ok(Input::TestedBase(result))
    }

    fn test_draft(&mut self) -> Result<Input, SessionError> {
        let changes = std::mem::take(&mut self.draft);
        let tested = self.test("test on the draft", &changes);
        self.draft = changes;
        let (run, result) = tested?;
        self.after = Some(run);
        Ok(Input::TestedDraft(result))
    }

    /// Runs the test command in a copy of the repository with `changes` on top.
    fn test(
        &mut self,
        what: &str,
        changes: &[FileChange],
    ) -> Result<(TestRun, TestResult), SessionError> {
        let line = self.request.test.clone().unwrap_or_default();
        self.recorder.observer().begins(what);
        let ruling =
            policy::judge(&self.desk().rules, Actor::Person, RunCommand { line: line.clone() });
        self.recorder.record(ruling.event(Actor::Person))?;
        let permit = ruling.permit()?;
        let scratch = Scratch::new(&self.desk().repo, self.snapshot.base_tree, changes)?;
        let root = [("COUNTERSIGN_ROOT", self.desk().repo.root())];
        let limit = self.time_left(self.request.test_limit);
        let outcome = command::run(&permit, scratch.root(), &root, limit, &self.cancel)
            .map_err(|source| SessionError::Command { line: line.clone(), source })?;
        self.recorder.record(Event::CommandRan {
            line,
            exit: outcome.exit,
            seconds: outcome.seconds,
            output: outcome.output.clone(),
        })?;
        Ok(judged_test(&outcome))
    }

    fn locate(&mut self) -> Result<Input, SessionError> {
        self.recorder.observer().begins("locate");
        let mut text = self.request.text.clone();
        if let Some(failing) = &self.failing {
            text.push_str("\n\n");
            text.push_str(&failing.output);
        }
        let Workshop { index, history, .. } = self.workshop;
        let hits = retrieval::search(index, history, &Query::new(&text), HITS)?;
        self.recorder
            .record(Event::Retrieved { query: text, sources: hits.iter().map(source).collect() })?;
        let pack = self.pack(&hits)?;
        self.recorder.record(Event::Packed {
            budget: pack.budget,
            used: pack.used(),
            ledger: json!(pack.ledger),
            left_out: pack
                .left_out
                .iter()
                .map(|out| format!("{}:{} ({})", out.path, out.span, out.tokens))
                .collect(),
        })?;
        self.open(&pack)?;
        Ok(Input::Located)
    }

    /// Fits what was found into the budget beside the instructions and the task.
    fn pack(&self, hits: &[Hit]) -> Result<ContextPack, SessionError> {
        let count = |text: &str| self.workshop.engine.count(text);
        let system = self.templates.render(&self.role.prompts.system, json!({}))?;
        let task = self.task_message(&[])?;
        let read = |path: &RepoPath| read(self.desk(), path).map(|state| state.bytes);
        let offers = context::offers(&self.request.files, hits, self.role.whole_file_lines, &read);
        let budget = self.request.prompt_tokens;
        let pack =
            context::pack(&[("instructions", &system), ("task", &task)], offers, budget, &count);
        if pack.used() > budget {
            return Err(SessionError::NoRoom { needed: pack.used(), budget });
        }
        Ok(pack)
    }

    fn open(&mut self, pack: &ContextPack) -> Result<(), SessionError> {
        let views: Vec<View> = pack.sources.iter().map(View::from).collect();
        let system = self.templates.render(&self.role.prompts.system, json!({}))?;
        let task = self.task_message(&views)?;
        self.opening = vec![
            Message { speaker: Speaker::System, text: system },
            Message { speaker: Speaker::User, text: task },
        ];
        self.shown = pack.sources.iter().map(|offer| offer.path.clone()).collect();
        self.shown.dedup();
        Ok(())
    }

    fn task_message(&self, sources: &[View]) -> Result<String, SessionError> {
        let failure = self.failing.as_ref();
        let values = json!({ "sources": sources, "failure": failure, "task": self.request.text });
        Ok(self.templates.render(&self.role.prompts.task, values)?)
    }

    fn ask(&mut self, turn: Option<Turn>, earlier: u32) -> Result<Input, SessionError> {
        let prompt = Prompt { messages: self.messages(turn)?, prefill: String::new() };
        let sampling = Sampling {
            temperature: self.request.temperature + self.role.warmer * earlier as f32,
            top_p: self.request.top_p,
            seed: self.request.seed.wrapping_add(earlier),
            max_tokens: self.request.answer_tokens,
            stop: Vec::new(),
        };
        let role = self.role.name.clone();
        let begins = if earlier == 0 { role.clone() } else { format!("{role}, again") };
        self.recorder.observer().begins(&begins);
        let asked_s = self.request.started.elapsed().as_secs_f64();
        self.recorder.record(Event::Asked {
            role: role.clone(),
            prompt: json!(prompt),
            sampling: json!(sampling),
        })?;
        let observer = self.recorder.observer();
        let completion =
            self.workshop
                .engine
                .complete(&prompt, &sampling, &self.cancel, &mut |delta| observer.delta(&delta))?;
        self.cost.add(&completion.usage, asked_s);
        self.recorder.record(Event::Answered {
            role,
            text: completion.text.clone(),
            stop: json!(completion.stop).as_str().unwrap_or_default().to_owned(),
            usage: json!(completion.usage),
        })?;
        Ok(Input::Replied(completion.text))
    }

    /// The opening, and the last exchange where there was one.
    fn messages(&self, turn: Option<Turn>) -> Result<Vec<Message>, SessionError> {
        let mut messages = self.opening.clone();
        if let Some(Turn { reply, feedback }) = turn {
            let answer = match feedback {
                Feedback::Refused(reason) => self
                    .templates
                    .render(&self.role.prompts.refused, json!({ "reason": reason }))?,
                Feedback::Failed(output) => {
                    let failure = json!({ "command": self.request.test, "output": output });
                    self.templates
                        .render(&self.role.prompts.failed, json!({ "failure": failure }))?
                }
            };
            messages.push(Message { speaker: Speaker::Assistant, text: reply });
            messages.push(Message { speaker: Speaker::User, text: answer });
        }
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
        let view = Seen { desk: self.desk(), shown: &self.shown };
        let limits = Limits { whole_file_lines: self.role.whole_file_lines };
        let changes = proposal::parse(reply)
            .map_err(Refusal::from)
            .and_then(|edits: Vec<Edit>| proposal::resolve(&edits, &view, limits));
        let changes = match changes {
            Ok(changes) => changes,
            Err(refusal) => return Ok(Err(refusal.to_string())),
        };
        for change in &changes {
            let act = EditPath { path: change.path.clone() };
            let ruling = policy::judge(&self.desk().rules, Actor::Agent, act);
            self.recorder.record(ruling.event(Actor::Agent))?;
            // What would have to be asked may be proposed: the person is asked at the review.
            if let Ruling::Deny { why, .. } = &ruling {
                return Ok(Err(format!("`{}` must not be edited: {why}", change.path)));
            }
            if let (None, Some(why)) = (&change.before, self.desk().repo.obstacle(&change.path)?) {
                return Ok(Err(format!("`{}` cannot be made: {why}", change.path)));
            }
        }
        Ok(Ok(changes))
    }

    fn propose(&mut self) -> Result<(), SessionError> {
        let verification = self.verification();
        let stored = proposal::store(
            &self.desk().repo,
            &NewProposal {
                snapshot: self.snapshot.clone(),
                changes: std::mem::take(&mut self.draft),
                title: title(&self.request.text),
                task: self.request.text.clone(),
                model: Some(self.workshop.engine.info().name.clone()),
                verification: verification.clone(),
                trailers: vec![("Countersign-Task".into(), self.recorder.task().to_string())],
            },
        )?;
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

    /// What the test said of the draft, or nothing where there was no test.
    fn verification(&self) -> Value {
        let passed = self.after.as_ref().map(|run| run.passed);
        match (&self.request.test, passed) {
            (Some(command), Some(passed)) => json!({
                "command": command,
                "passed": passed,
                "before": self.before,
                "after": self.after,
            }),
            _ => Value::Null,
        }
    }

    /// Records the end and sums up.
    pub(super) fn finish(mut self, ending: Ending) -> Result<Report, SessionError> {
        let outcome = match &ending {
            Ending::Proposed { verified: Some(false) } => "proposed, verification failed",
            Ending::Proposed { .. } => "proposed",
            Ending::NoUsableReply(_) => "no usable reply",
            Ending::TimeUp => "time up",
            Ending::Cancelled => "interrupted",
        };
        self.end(outcome)?;
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

    fn time_left(&self, most: Duration) -> Duration {
        match self.request.deadline {
            Some(deadline) => most.min(deadline.saturating_duration_since(Instant::now())),
            None => most,
        }
    }
}

/// The files that edits may name: those of the snapshot that an agent may read.
struct Seen<'a> {
    desk: &'a Desk,
    shown: &'a [RepoPath],
}

impl Files for Seen<'_> {
    fn read(&self, path: &RepoPath) -> Option<FileState> {
        read(self.desk, path)
    }

    fn shown(&self) -> &[RepoPath] {
        self.shown
    }
}

/// The file as it stands on disk, if an agent may read it.
fn read(desk: &Desk, path: &RepoPath) -> Option<FileState> {
    match policy::judge(&desk.rules, Actor::Agent, ReadPath { path: path.clone() }) {
        Ruling::Allow(_) => desk.repo.read(path).ok().flatten(),
        Ruling::Ask { .. } | Ruling::Deny { .. } => None,
    }
}

fn source(hit: &Hit) -> Source {
    Source { path: hit.path.clone(), span: hit.span, score: hit.score, why: hit.why.clone() }
}

fn judged_test(outcome: &Outcome) -> (TestRun, TestResult) {
    let passed = outcome.exit == Some(0);
    let mut output = tail(&outcome.output);
    if outcome.timed_out {
        output.push_str("\n(stopped: it ran too long)");
    }
    let run = TestRun {
        passed,
        exit: outcome.exit,
        seconds: outcome.seconds,
        summary: last_words(&outcome.output),
    };
    (run, TestResult { passed, output })
}

/// The end of a command's output, in whole lines.
fn tail(output: &str) -> String {
    let mut lines: Vec<&str> = Vec::new();
    let mut bytes = 0;
    for line in output.lines().rev().take(SHOWN_LINES) {
        bytes += line.len() + 1;
        if bytes > SHOWN_BYTES {
            break;
        }
        lines.push(line);
    }
    lines.reverse();
    lines.join("\n").trim().to_owned()
}

fn last_words(output: &str) -> String {
    let line =
        output.lines().rev().map(str::trim).find(|line| line.chars().any(char::is_alphanumeric));
    line.unwrap_or_default().chars().filter(|c| !c.is_control()).take(120).collect()
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
