//! What the members of a team do beside the one who writes: the places are chosen from, the steps planned,
//! a draft read and mended, and the words of whoever watches written down.

use serde_json::{Value, json};

use crate::agent::{
    Approach, Duty, Feedback, Given, Input, Known, Remark, Turn, chosen, places_form, plan_form,
    planned,
};
use crate::base::{RepoPath, Tokens};
use crate::journal::Event;
use crate::model::{Form, Message, Prompt, Sampling, Speaker};
use crate::session::driver::SessionError;
use crate::session::read::read;
use crate::session::reading::Reader;
use crate::session::run::Run;
use crate::session::single;
use crate::syntax::{self, Language};

/// Files that a planner is shown, and names of each.
const MOST_FILES: usize = 8;
const MOST_NAMES: usize = 16;

/// What the members of a team left beside the change.
#[derive(Debug, Default)]
pub(super) struct Contributions {
    plan: Vec<String>,
    /// What was found, by draft.
    remarks: Vec<(usize, Vec<Remark>)>,
    dropped: usize,
    unread: Vec<String>,
    notes: Vec<String>,
    /// Readings so far, those that nobody came to among them, and mendings.
    readings: usize,
    mendings: u32,
}

impl Contributions {
    /// As it is stored with the proposal of a draft.
    pub(super) fn of(&self, team: &str, draft: usize) -> Value {
        let found = self.remarks.iter().find(|(of, _)| *of == draft).map(|(_, found)| found);
        json!({
            "name": team,
            "plan": self.plan,
            "read": found.is_some(),
            "findings": found,
            "dropped": self.dropped,
            "unread": self.unread,
            "mendings": self.mendings,
            "notes": self.notes,
        })
    }
}

impl<'a> Run<'a> {
    fn known(&self, duty: Duty) -> Option<&'a Known> {
        self.workshop.crew.seat(duty).and_then(|seat| seat.role.as_ref())
    }

    /// Keeps of the places that were found those that are chosen; what a person or the task named stays.
    pub(super) fn narrow(&mut self) -> Result<Input, SessionError> {
        let hits = &self.found.hits;
        if let Some(known) = self.known(Duty::Locate).filter(|_| hits.len() > 1) {
            let places = (1..).zip(hits).map(|(label, hit)| {
                let heading = format!("{} lines {}", hit.path, hit.span);
                json!({ "label": label, "heading": heading, "text": self.first_line(&hit.path, hit.span.start) })
            });
            let places: Vec<Value> = places.collect();
            let values = json!({ "places": places, "task": self.request.text });
            let count = hits.len();
            let Some(reply) = self.answer_of(known, values, places_form(count))? else {
                return Ok(Input::Narrowed);
            };
            let kept = chosen(&reply, count);
            let named = |at: &usize| {
                self.found.hits.get(*at).map(|hit| format!("{}:{}", hit.path, hit.span))
            };
            let places = kept.iter().filter_map(named).collect();
            self.recorder.record(Event::Chosen {
                role: known.role.name.clone(),
                places,
                of: u32::try_from(count).unwrap_or(u32::MAX),
            })?;
            if !kept.is_empty() {
                let hits = std::mem::take(&mut self.found.hits);
                self.found.hits = kept.iter().filter_map(|at| hits.get(*at)).cloned().collect();
            }
        }
        Ok(Input::Narrowed)
    }

    fn first_line(&self, path: &RepoPath, line: u32) -> String {
        let state = read(self.desk(), path);
        let text = state.map(|state| String::from_utf8_lossy(&state.bytes).into_owned());
        let text = text.unwrap_or_default();
        let line = text.lines().nth(line.saturating_sub(1) as usize).unwrap_or_default();
        line.trim().chars().take(120).collect()
    }

    /// Has the steps planned; what is no step of a file that is there or new is dropped.
    pub(super) fn plan_steps(&mut self) -> Result<Input, SessionError> {
        let Some(known) = self.known(Duty::Plan) else { return Ok(Input::Planned) };
        let (mut files, _) = self.found.places(MOST_FILES);
        files.extend(
            self.request
                .files
                .iter()
                .filter(|path| !files.contains(path))
                .cloned()
                .collect::<Vec<_>>(),
        );
        files.truncate(MOST_FILES);
        let views = (1..).zip(&files).map(|(label, path)| {
            json!({ "label": label, "heading": path.to_string(), "text": self.names(path) })
        });
        let values = json!({ "files": views.collect::<Vec<_>>(), "task": self.request.text });
        let Some(reply) = self.answer_of(known, values, plan_form(files.len()))? else {
            return Ok(Input::Planned);
        };
        let repo = &self.desk().repo;
        let is_free = |path: &RepoPath| {
            let (there, obstacle) = (repo.read(path), repo.obstacle(path));
            there.is_ok_and(|it| it.is_none()) && obstacle.is_ok_and(|it| it.is_none())
        };
        let plan = planned(&reply, &files, &is_free);
        let steps: Vec<String> =
            plan.steps.iter().map(|(path, words)| format!("{path}: {words}")).collect();
        let dropped = plan.dropped.into_iter().map(|it| it.said).collect();
        let role = known.role.name.clone();
        self.recorder.record(Event::Planned { role, steps: steps.clone(), dropped })?;
        if self.workshop.crew.hands(Duty::Write, Given::Plan) {
            self.found.plan = steps.clone();
        }
        self.contributions.plan = steps;
        Ok(Input::Planned)
    }

    /// What is defined in a file, by name.
    fn names(&self, path: &RepoPath) -> String {
        let Some(state) = read(self.desk(), path) else { return String::new() };
        let Some(language) = Language::of(path, &state.bytes) else { return String::new() };
        let symbols = syntax::symbols(language, &state.bytes);
        let names = symbols.iter().filter(|symbol| symbol.kind.is_definition());
        let names: Vec<&str> = names.map(|it| it.path.as_str()).take(MOST_NAMES).collect();
        names.join(", ")
    }

    /// One answer of a member, held to its form; none where it was broken off.
    fn answer_of(
        &mut self,
        known: &Known,
        values: Value,
        form: Option<String>,
    ) -> Result<Option<String>, SessionError> {
        let role = &known.role;
        let system = self.templates.render(&role.prompts.system, json!({}))?;
        let task = self.templates.render(&role.prompts.task, values)?;
        let messages =
            vec![Message::new(Speaker::System, system), Message::new(Speaker::User, task)];
        let prompt = Prompt { messages, ..Prompt::default() };
        let most = role.budget.answer_tokens.unwrap_or(Tokens(200));
        let sampling = Sampling {
            temperature: role.temperature.unwrap_or(self.request.temperature),
            top_p: role.top_p.unwrap_or(self.request.top_p),
            seed: self.request.seed,
            max_tokens: most.min(self.request.answer_tokens),
            form: form.filter(|_| role.held).map(Form::Lark),
            ..Sampling::default()
        };
        self.recorder.observer().begins(&role.name);
        let costs = (&mut self.cost, self.request.started);
        let (engine, asked) = (self.workshop.engine, (&prompt, &sampling));
        let answer =
            single::answer(engine, &role.name, asked, &self.cancel, &mut self.recorder, costs)?;
        Ok((!self.cancel.is_cancelled()).then_some(answer.text))
    }

    /// Has a draft read.
    pub(super) fn review(&mut self, draft: usize) -> Result<Input, SessionError> {
        let nth = self.contributions.readings;
        self.contributions.readings += 1;
        let Some(known) = self.known(Duty::Review) else { return Ok(Input::Reviewed(None)) };
        let role = known.role.name.clone();
        if self.recall.was_skipped(nth).unwrap_or_else(|| self.share_is_spent()) {
            let skipped = Some("its share of the time was spent".to_owned());
            let (findings, dropped, unread) = (Vec::new(), Vec::new(), Vec::new());
            self.contributions.notes.push("not read: the time for that was spent".to_owned());
            self.recorder.record(Event::Reviewed { role, findings, dropped, unread, skipped })?;
            return Ok(Input::Reviewed(None));
        }
        let handed = self.workshop.crew.hands(Duty::Review, Given::Task);
        let reader = Reader {
            engine: self.workshop.engine,
            role: &known.role,
            templates: self.templates,
            task: Some(self.request.text.as_str()).filter(|_| handed),
            temperature: self.request.temperature,
            top_p: self.request.top_p,
            seed: self.request.seed,
            prompt_tokens: self.request.prompt_tokens,
            answer_tokens: self.request.answer_tokens,
        };
        let parts = reader.parts(&self.drafts[draft].changes)?;
        let mut packed = parts.packed();
        if let Event::Packed { counts, .. } = &mut packed {
            *counts = Some(json!(self.recall.counted()));
        }
        self.recorder.record(packed)?;
        let costs = (&mut self.cost, self.request.started);
        let (remarks, whole) = reader.read(&parts, &self.cancel, &mut self.recorder, costs)?;
        if !whole {
            return Ok(Input::Reviewed(None));
        }
        let dropped: Vec<String> = remarks.dropped.into_iter().map(|it| it.said).collect();
        let findings = remarks.found.iter().map(words).collect();
        self.contributions.dropped += dropped.len();
        self.contributions.unread.clone_from(&parts.unread);
        let unread = parts.unread;
        self.recorder.record(Event::Reviewed { role, findings, dropped, unread, skipped: None })?;
        self.contributions.remarks.push((draft, remarks.found.clone()));
        Ok(Input::Reviewed(Some(remarks.found)))
    }

    /// Whether the time is so far gone that nobody reads any more.
    fn share_is_spent(&self) -> bool {
        let share = self.workshop.crew.team.time_share;
        let limit = self.request.time_limit;
        limit.is_some_and(|limit| {
            self.request.started.elapsed() > limit.mul_f32(share.clamp(0.0, 1.0))
        })
    }

    /// Has answers written that mend one, by whoever mends: with the prompts of that role, and where a
    /// reviewer found something without changes of single lines, which no test would choose from.
    pub(super) fn fix(&mut self, round: u32, turn: Turn) -> Result<Input, SessionError> {
        let Some(known) = self.known(Duty::Fix) else {
            return self.ask(round, Approach::Revise(turn));
        };
        let found = matches!(turn.feedback, Feedback::Found(_));
        self.contributions.mendings += u32::from(found);
        let handed = self.workshop.crew.hands(Duty::Fix, Given::Tests);
        let feedback = match turn.feedback {
            Feedback::Failed(_) if !handed => Feedback::Failed("(not shown)".to_owned()),
            other => other,
        };
        let role = std::mem::replace(&mut self.role, &known.role);
        let messages = match role.prompts == known.role.prompts {
            true => self.opening.messages.clone(),
            false => self.opening.messages_for(&known.role, self.templates)?,
        };
        let messages = std::mem::replace(&mut self.opening.messages, messages);
        let lines = found.then(|| std::mem::take(&mut self.opening.lines));
        let input = self.ask(round, Approach::Revise(Turn { feedback, ..turn }));
        self.role = role;
        self.opening.messages = messages;
        self.opening.lines.extend(lines.into_iter().flatten());
        input
    }

    /// What a reviewer found, in words for whoever mends it.
    pub(super) fn found_words(&self, remarks: &[Remark]) -> Result<String, SessionError> {
        let name = self.role.prompts.others.get("found").map_or("fixer/found.md", String::as_str);
        Ok(self.templates.render(name, json!({ "findings": remarks }))?)
    }

    /// Writes down what whoever watches says.
    pub(super) fn note_down(&mut self, text: String) -> Result<(), SessionError> {
        let role = crate::agent::MONITOR.to_owned();
        self.recorder.record(Event::Noted { role, text: text.clone() })?;
        self.contributions.notes.push(text);
        Ok(())
    }
}

/// A finding in one line.
pub(super) fn words(it: &Remark) -> String {
    let severity = json!(it.severity);
    format!("{}:{}: {}: {}", it.path, it.line, severity.as_str().unwrap_or_default(), it.text)
}
