//! Who works with tools?
//!
//! Does what the controller of the loop wishes: one wish in, what happened out. Every reply, call and
//! result is in the journal, so that a task can be gone on with and done once more.

mod acts;
mod look;
mod overlay;
mod talk;
mod tell;

use serde_json::json;

use crate::agent::{Act, Bounds, Heard, Looping, Said, Seen, Wish, offered, tool_name};
use crate::base::{RepoPath, Tokens};
use crate::journal::Event;
use crate::model::{Sampling, StopReason, ToolCall};
use crate::session::driver::SessionError;
use crate::session::looping::overlay::Overlay;
use crate::session::looping::talk::Talk;
use crate::session::looping::tell::spoken;
use crate::session::open::source;
use crate::session::report::{self, Report};
use crate::session::run::{Run, Step};
use crate::session::single;

/// Where the role and the configuration say nothing.
const TURNS: u32 = 30;
const WRITTEN: Tokens = Tokens(24_000);
/// Places that are named with the task.
const PLACES: usize = 6;
/// What is shown at once, in bytes, whatever the window holds.
const LEAST_SHOWN: usize = 1200;
const MOST_SHOWN: usize = 16_000;
/// Warmer replies are noise.
const HOTTEST: f32 = 1.0;

/// A task under way.
struct Looped<'a> {
    run: Run<'a>,
    bounds: Bounds,
    /// Most tokens of a prompt, and of a reply.
    room: Tokens,
    answer: Tokens,
    /// Most bytes that a result shows.
    most_shown: usize,
    talk: Talk,
    draft: Overlay,
    /// The files that the model has seen.
    shown: Vec<RepoPath>,
    heard: Option<Heard>,
}

/// Works on a task to its end.
pub(super) fn work(run: Run<'_>) -> Result<Report, SessionError> {
    let mut work = Looped::new(run);
    let mut machine = Looping::new(work.bounds.clone());
    let mut wishes = machine.step(Heard::Started);
    let mut told = false;
    loop {
        for wish in std::mem::take(&mut wishes) {
            match work.perform(wish) {
                Ok(Step::Next) => {}
                Ok(Step::Ended(ending)) => return work.run.finish(ending),
                Err(error) => return Err(work.run.failed(error)),
            }
        }
        wishes = machine.step(work.heard.take().unwrap_or(Heard::Cancelled));
        let ends = wishes.iter().any(|wish| matches!(wish, Wish::End(_)));
        if work.run.cancel.is_cancelled() && !ends && !told {
            told = true;
            let stop = if work.run.cancel.by_person() { Heard::Cancelled } else { Heard::TimeUp };
            wishes = machine.step(stop);
        }
    }
}

impl<'a> Looped<'a> {
    fn new(run: Run<'a>) -> Self {
        let (role, request) = (run.role, run.request);
        let window = request.window.unwrap_or(request.prompt_tokens + request.answer_tokens);
        let most_answer = role.budget.answer_tokens.unwrap_or(request.answer_tokens);
        let answer = most_answer.min(Tokens(window.0 / 4));
        // What a template writes around messages is not counted exactly.
        let room = window.saturating_sub(answer + Tokens(window.0 / 32));
        let room = role.budget.prompt_tokens.map_or(room, |most| most.min(room));
        let most_shown = (room.0 as usize * 3 / 4).clamp(LEAST_SHOWN, MOST_SHOWN);
        let bounds = Bounds {
            turns: role.budget.turns.unwrap_or(TURNS),
            written: role.budget.written_tokens.unwrap_or(WRITTEN),
            tools: role.tools.clone(),
        };
        let draft = Overlay::new(run.snapshot.base_tree);
        let (talk, shown) = (Talk::default(), Vec::new());
        Self { run, bounds, room, answer, most_shown, talk, draft, shown, heard: None }
    }

    fn perform(&mut self, wish: Wish) -> Result<Step, SessionError> {
        let heard = match wish {
            Wish::Locate => {
                self.run.locate()?;
                Heard::Located { has_test: self.run.trial.is_there() }
            }
            Wish::TestBase => {
                self.run.test_base()?;
                Heard::TestedBase
            }
            Wish::Open => self.open()?,
            Wish::Ask { warmer } => self.ask(warmer)?,
            Wish::Act { call, act } => self.call(&call, &act)?,
            Wish::Tell { call, remark } => return self.tell(call, &remark).map(|()| Step::Next),
            Wish::Weigh { test } => {
                let changes = self.draft.changes();
                Heard::Weighed(match test {
                    true => self.run.drafted(changes)?,
                    false => self.run.untested(changes),
                })
            }
            Wish::Propose { draft, stopped, summary } => {
                let turns = u32::try_from(self.talk.len()).unwrap_or(u32::MAX);
                self.run.looped = Some(report::Looped { turns, stopped, summary });
                return self.run.propose(draft).map(|()| Step::Next);
            }
            Wish::End(ending) => return Ok(Step::Ended(ending)),
        };
        self.heard = Some(heard);
        Ok(Step::Next)
    }

    fn open(&mut self) -> Result<Heard, SessionError> {
        let Run { role, templates, request, found, failing, .. } = &self.run;
        let hits = found.hits.iter();
        let sources = hits.clone().map(source).collect();
        let named = request.files.iter().map(ToString::to_string);
        let targets = found.stubs.iter().chain(&found.targets);
        let targets = targets.map(|it| format!("{}:{} {}", it.path, it.span, it.symbol));
        let hits = hits.map(|hit| {
            let symbol = hit.symbol.as_deref().unwrap_or_default();
            format!("{}:{} {symbol}", hit.path, hit.span).trim_end().to_owned()
        });
        let mut places: Vec<String> = Vec::new();
        for place in named.chain(targets).chain(hits) {
            if places.len() < PLACES && !places.contains(&place) {
                places.push(place);
            }
        }
        let values = json!({ "task": request.text, "failure": failing, "places": places });
        let system = templates.render(&role.prompts.system, json!({}))?;
        let task = templates.render(&role.prompts.task, values)?;
        self.talk = Talk::new(system, task, offered(&role.tools));
        let query = request.text.clone();
        self.run.recorder.record(Event::Retrieved { query, sources })?;
        Ok(Heard::Opened)
    }

    fn ask(&mut self, warmer: u32) -> Result<Heard, SessionError> {
        let Run { role, templates, request, recall, .. } = &self.run;
        let engine = self.run.workshop.engine;
        let before = role.prompts.others.get("before").map_or("", String::as_str);
        let tell = |it: &talk::Before| templates.render(before, it);
        let laid = self.talk.lay(self.room, &|text| engine.count(text), &tell)?;
        let laid = laid.map_err(|needed| SessionError::NoRoom { needed, budget: self.room })?;
        let turn = u32::try_from(self.talk.len()).unwrap_or(u32::MAX);
        let heat = role.warmer * warmer as f32;
        let sampling = Sampling {
            temperature: (role.temperature.unwrap_or(request.temperature) + heat).min(HOTTEST),
            top_p: role.top_p.unwrap_or(request.top_p),
            seed: request.seed.wrapping_add(turn),
            max_tokens: self.answer,
            ..Sampling::default()
        };
        let packed = Event::Packed {
            budget: self.room,
            used: laid.ledger.iter().map(|entry| entry.tokens).sum(),
            ledger: json!(laid.ledger),
            left_out: laid.left_out,
            counts: Some(json!(recall.counted())),
        };
        let (name, started) = (role.name.clone(), request.started);
        self.run.recorder.observer().begins(&format!("{name} {}", turn.saturating_add(1)));
        self.run.recorder.record(packed)?;
        let Run { cancel, recorder, cost, .. } = &mut self.run;
        let asked = (&laid.prompt, &sampling);
        let answer = single::answer(engine, &name, asked, cancel, recorder, (cost, started))?;
        if answer.stop == StopReason::Cancelled {
            return Ok(if self.run.cancel.by_person() { Heard::Cancelled } else { Heard::TimeUp });
        }
        self.talk.said(spoken(&answer));
        let unread = u32::try_from(answer.unread.len()).unwrap_or(u32::MAX);
        self.run.cost.malformed += unread;
        self.run.cost.refused += unread;
        Ok(Heard::Said(Said {
            text: answer.text,
            calls: answer.calls,
            unread: answer.unread,
            cut: answer.stop == StopReason::Length,
            written: answer.usage.completion,
        }))
    }

    fn call(&mut self, call: &ToolCall, act: &Act) -> Result<Heard, SessionError> {
        self.run.recorder.observer().begins(&tool_name(call));
        let done = self.act(act)?;
        self.result(call, &done.text, done.refused)?;
        let result = Self::name(&done.text);
        Ok(Heard::Seen(Seen { result, draft: self.draft.digest(), weighed: done.weighed }))
    }
}

#[cfg(test)]
mod tests;
