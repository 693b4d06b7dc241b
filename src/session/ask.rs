//! Answers a question: places, prompt, answer, and every citation checked against what was shown.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Instant;

use serde::Serialize;
use serde_json::json;

use crate::agent::{Answer, Dropped, Known, Numbered, answer_form, numbered};
use crate::base::{Digest, RepoPath, Span, TaskId, Tokens};
use crate::context::{self, ContextPack, Offer, Templates};
use crate::journal::Event;
use crate::model::{
    Cancel, Completion, Engine, Form, Message, Prompt, Sampling, Speaker, StopReason,
};
use crate::repo::BlobId;
use crate::session::driver::SessionError;
use crate::session::open::{packed, source};
use crate::session::places::{Library, Places};
use crate::session::read::read;
use crate::session::record::{Observer, Recorder};
use crate::session::report::Cost;
use crate::session::selection::Selection;
use crate::session::single;

/// What a person wants to know.
#[derive(Clone, Debug)]
pub struct Question {
    pub text: String,
    pub temperature: f32,
    pub top_p: f32,
    pub seed: u32,
    /// Most tokens of the prompt, and of the answer.
    pub prompt_tokens: Tokens,
    pub answer_tokens: Tokens,
    /// What the person wants in view, or out of it.
    pub selection: Selection,
    /// When to stop with what there is.
    pub deadline: Option<Instant>,
    /// When the person asked.
    pub started: Instant,
}

/// A line that an answer rests on, as it stands in the work tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cited {
    pub path: RepoPath,
    pub line: u32,
    pub text: String,
    /// Names the file's contents.
    pub blob: Option<BlobId>,
}

/// How a question ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// With an answer that cites lines that are there.
    Answered,
    /// With an answer that cites nothing that is there.
    Uncited,
    /// There is nothing to read about it.
    NothingFound,
    TimeUp,
    Interrupted,
}

/// What became of a question.
#[derive(Clone, Debug)]
pub struct Answered {
    pub task: TaskId,
    pub text: String,
    pub citations: Vec<Cited>,
    pub dropped: Vec<Dropped>,
    /// What the model was shown, in its order.
    pub shown: Vec<(RepoPath, Span)>,
    pub outcome: Outcome,
    pub cost: Cost,
    pub seconds: f64,
}

/// Whoever answers, and as whom.
#[derive(Clone, Copy)]
pub struct Respondent<'a> {
    pub engine: &'a dyn Engine,
    pub role: &'a Known,
    pub templates: &'a Templates,
}

/// Has the model answer `question` from `places`.
pub fn ask(
    library: Library<'_>,
    respondent: Respondent<'_>,
    question: &Question,
    places: &Places,
    cancel: &Cancel,
    observer: &mut dyn Observer,
) -> Result<Answered, SessionError> {
    let seed = Digest::of(format!("{} {}", crate::journal::now(), question.text).as_bytes());
    let recorder = Recorder::new(&library.desk.log, TaskId::from_seed(&seed, 6), observer);
    let cancel = cancel.until(question.deadline);
    let mut asking =
        Asking { library, respondent, question, cancel, recorder, cost: Cost::default() };
    let answered = asking.answer(places);
    let outcome = answered.as_ref().map(|answered| json!(answered.outcome));
    let outcome = outcome.as_ref().map(|it| it.as_str().unwrap_or_default()).map_err(|it| *it);
    let seconds = question.started.elapsed().as_secs_f64();
    let recorded = asking.recorder.ended(outcome, seconds, &asking.cost);
    let answered = answered?;
    recorded?;
    Ok(answered)
}

/// A question under way.
struct Asking<'a> {
    library: Library<'a>,
    respondent: Respondent<'a>,
    question: &'a Question,
    cancel: Cancel,
    recorder: Recorder<'a>,
    cost: Cost,
}

impl Asking<'_> {
    fn answer(&mut self, places: &Places) -> Result<Answered, SessionError> {
        self.start(places)?;
        self.recorder.observer().begins("pack");
        // What the answer is checked against is what was shown, whatever happens to the file.
        let files = RefCell::new(BTreeMap::new());
        let (pack, messages) = self.pack(places, &files)?;
        self.recorder.record(packed(&pack))?;
        let sources = pack.sources;
        if sources.is_empty() {
            let none = (Answer::default(), Vec::new());
            return Ok(self.answered(none, &sources, Outcome::NothingFound));
        }
        let completion = self.complete(messages, &sources)?;
        let answer = Answer::read(&completion.text, Numbered(&sources));
        let files = files.into_inner();
        let cited = answer.citations.iter().map(|quote| Cited {
            path: quote.path.clone(),
            line: quote.line,
            text: quote.text.clone(),
            blob: files.get(&quote.path).and_then(|bytes: &Vec<u8>| BlobId::of(bytes).ok()),
        });
        let cited: Vec<Cited> = cited.collect();
        self.recorder.record(Event::Cited {
            lines: cited.iter().map(|it| format!("{}:{}", it.path, it.line)).collect(),
            dropped: answer.dropped.iter().map(|it| it.said.clone()).collect(),
        })?;
        let outcome = match completion.stop {
            StopReason::Cancelled if self.cancel.by_person() => Outcome::Interrupted,
            StopReason::Cancelled => Outcome::TimeUp,
            _ if cited.is_empty() => Outcome::Uncited,
            _ => Outcome::Answered,
        };
        Ok(self.answered((answer, cited), &sources, outcome))
    }

    fn start(&mut self, places: &Places) -> Result<(), SessionError> {
        let Respondent { engine, role, templates } = self.respondent;
        let info = engine.info();
        self.recorder.record(Event::TaskStarted {
            text: self.question.text.clone(),
            base: self.library.desk.repo.snapshot()?.base_tree.to_string(),
            model: Some(info.name.clone()),
            model_digest: info.digest,
            settings: json!({
                "role": role.role.name,
                "role_version": role.role.version,
                "role_origin": role.origin,
                "role_digest": role.digest,
                "prompts_digest": templates.digest(),
                "seed": self.question.seed,
            }),
        })?;
        self.recorder.record(Event::Retrieved {
            query: self.question.text.clone(),
            sources: places.hits.iter().map(source).collect(),
        })?;
        Ok(())
    }

    /// What fits of the places, and the conversation with it.
    fn pack(
        &self,
        places: &Places,
        files: &RefCell<BTreeMap<RepoPath, Vec<u8>>>,
    ) -> Result<(ContextPack, Vec<Message>), SessionError> {
        let Respondent { engine, role, templates } = self.respondent;
        let names = &role.role.prompts;
        let system = templates.render(&names.system, json!({}))?;
        let task = |sources: &[Offer]| {
            let values = json!({ "sources": views(sources), "question": self.question.text });
            templates.render(&names.task, values)
        };
        let read = |path: &RepoPath| {
            let bytes = read(self.library.desk, path)?.bytes;
            files.borrow_mut().insert(path.clone(), bytes.clone());
            Some(bytes)
        };
        let selection = &self.question.selection;
        let mut spots = selection.spots(self.library.desk);
        spots.extend(places.spots.iter().cloned());
        let mut offers = context::offers(&spots, role.role.shown_whole_lines, &read);
        selection.keep(&mut offers);
        // What a line costs with a number of three digits before it.
        let count = |text: &str| engine.count(&numbered(text.lines(), 100));
        let room = engine.info().context.saturating_sub(self.question.answer_tokens);
        let budget = self.question.prompt_tokens.min(room);
        let empty = task(&[])?;
        let fixed = [("instructions", system.as_str()), ("question", empty.as_str())];
        let pack = context::pack(&fixed, offers, budget, &count);
        if pack.used() > budget {
            return Err(SessionError::NoRoom { needed: pack.used(), budget });
        }
        let task = task(&pack.sources)?;
        let messages =
            vec![Message::new(Speaker::System, system), Message::new(Speaker::User, task)];
        Ok((pack, messages))
    }

    fn complete(
        &mut self,
        messages: Vec<Message>,
        sources: &[Offer],
    ) -> Result<Completion, SessionError> {
        let Respondent { engine, role, .. } = self.respondent;
        let name = &role.role.name;
        let prompt = Prompt { messages, ..Prompt::default() };
        let sampling = Sampling {
            temperature: self.question.temperature,
            top_p: self.question.top_p,
            seed: self.question.seed,
            max_tokens: self.question.answer_tokens,
            form: answer_form(Numbered(sources)).filter(|_| role.role.held).map(Form::Lark),
            ..Sampling::default()
        };
        self.recorder.observer().begins(name);
        let costs = (&mut self.cost, self.question.started);
        single::answer(engine, name, (&prompt, &sampling), &self.cancel, &mut self.recorder, costs)
    }

    fn answered(
        &self,
        (answer, citations): (Answer, Vec<Cited>),
        sources: &[Offer],
        outcome: Outcome,
    ) -> Answered {
        Answered {
            task: self.recorder.task().clone(),
            text: answer.text,
            citations,
            dropped: answer.dropped,
            shown: sources.iter().map(|it| (it.path.clone(), it.span)).collect(),
            outcome,
            cost: self.cost,
            seconds: self.question.started.elapsed().as_secs_f64(),
        }
    }
}

/// The sources as the templates see them.
fn views(sources: &[Offer]) -> serde_json::Value {
    let texts = Numbered(sources).texts();
    let views = (1..).zip(sources.iter().zip(&texts)).map(|(label, (source, text))| {
        json!({
            "label": label,
            "heading": format!("{} lines {}", source.path, source.span),
            "language": source.language,
            "text": text,
        })
    });
    views.collect()
}
