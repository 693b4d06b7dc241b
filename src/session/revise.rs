//! Has a model write one hunk anew, as a person's comment asks: nothing beside its lines can change.

use std::ops::Range;

use serde_json::json;

use crate::base::{Digest, ProposalId, RepoPath, TaskId, Tokens};
use crate::journal::Event;
use crate::model::{Cancel, Form, Message, Prompt, Sampling, Speaker, StopReason};
use crate::policy::{self, Actor, EditPath, ReadPath};
use crate::session::ask::Respondent;
use crate::session::decide::Desk;
use crate::session::driver::SessionError;
use crate::session::part::Part;
use crate::session::record::{Observer, Recorder};
use crate::session::report::Cost;
use crate::session::single;
use crate::session::terms::Terms;

/// Lines of the file that are shown before and after the part.
const AROUND: usize = 20;
/// How often a model is asked: small ones like to say again what they are shown, and a warmer answer to
/// the same prompt is more often another than one to a prompt that says what was wrong.
const TRIES: u32 = 4;
/// How much warmer each time, and the warmest.
const WARMER: f32 = 0.4;
const HOTTEST: f32 = 1.0;
/// Tokens that an answer may have beyond twice those of the part.
const ROOM: Tokens = Tokens(120);
/// Lines of code, none of which closes the block, and the one that does.
const FORM: &str =
    "start: LINE* END\nLINE: /[^\\n]*\\n/ & ~/[ \\t\\r]*`{3,}[ \\t\\r]*\\n/\nEND: /```\\n?/\n";

/// A hunk, and what a person says of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Revision {
    /// The proposal that the hunk is of, and its task, where there are any.
    pub proposal: Option<ProposalId>,
    pub task: String,
    pub hunk: u32,
    pub path: RepoPath,
    /// The file with the change in it.
    pub text: Vec<u8>,
    /// The lines of it that the hunk stands for, counted from 0.
    pub lines: Range<usize>,
    pub comment: String,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Revised {
    pub task: TaskId,
    /// The lines in the place of the old ones; or why there are none.
    pub lines: Result<Vec<u8>, String>,
    pub cost: Cost,
    pub seconds: f64,
}

/// Has a model write a hunk anew.
pub fn revise(
    desk: &Desk,
    respondent: Respondent<'_>,
    (revision, terms): (&Revision, &Terms),
    cancel: &Cancel,
    observer: &mut dyn Observer,
) -> Result<Revised, SessionError> {
    let seed = Digest::of(format!("{} {}", crate::journal::now(), revision.comment).as_bytes());
    let recorder = Recorder::new(&desk.log, TaskId::from_seed(&seed, 6), observer);
    let cancel = cancel.until(terms.deadline);
    let mut revising =
        Revising { desk, respondent, revision, terms, cancel, recorder, cost: Cost::default() };
    let lines = revising.work();
    let word = |lines: &Result<_, _>| if lines.is_ok() { "revised" } else { "not revised" };
    let outcome = lines.as_ref().map(word);
    let (cost, seconds) = (revising.cost, terms.started.elapsed().as_secs_f64());
    let ended = revising.recorder.ended(outcome, seconds, &cost);
    let (lines, task) = (lines?, revising.recorder.task().clone());
    ended?;
    Ok(Revised { task, lines, cost, seconds })
}

/// A revision under way.
struct Revising<'a> {
    desk: &'a Desk,
    respondent: Respondent<'a>,
    revision: &'a Revision,
    terms: &'a Terms,
    cancel: Cancel,
    recorder: Recorder<'a>,
    cost: Cost,
}

impl Revising<'_> {
    fn work(&mut self) -> Result<Result<Vec<u8>, String>, SessionError> {
        self.start()?;
        if let Some(why) = self.denied()? {
            return Ok(Err(why));
        }
        let Some(part) = Part::of(self.revision) else {
            return Ok(Err("the file is no text".to_owned()));
        };
        let messages = self.opening(&part)?;
        let mut why = String::new();
        for nth in 0..TRIES {
            let Some(reply) = self.answer(&messages, &part, nth)? else {
                return Ok(Err("it was stopped".to_owned()));
            };
            match part.checked(&reply, self.revision) {
                Ok(lines) => return Ok(Ok(lines)),
                Err(reason) => {
                    self.recorder.record(Event::ReplyRefused { reason: reason.clone() })?;
                    why = reason;
                }
            }
        }
        Ok(Err(why))
    }

    fn start(&mut self) -> Result<(), SessionError> {
        let Respondent { engine, role, templates } = self.respondent;
        let (info, revision) = (engine.info(), self.revision);
        self.recorder.record(Event::TaskStarted {
            text: format!(
                "revise hunk {} of `{}`: {}",
                revision.hunk, revision.path, revision.comment
            ),
            base: self.desk.repo.snapshot()?.base_tree.to_string(),
            model: Some(info.name.clone()),
            model_digest: info.digest,
            settings: json!({
                "proposal": revision.proposal,
                "hunk": revision.hunk,
                "role": role.role.name,
                "role_version": role.role.version,
                "role_origin": role.origin,
                "role_digest": role.digest,
                "prompts_digest": templates.digest(),
                "seed": self.terms.seed,
            }),
        })?;
        Ok(())
    }

    /// Why an agent may have nothing to do with the file, if so.
    fn denied(&mut self) -> Result<Option<String>, SessionError> {
        let path = &self.revision.path;
        let rules = &self.desk.rules;
        let read = policy::judge(rules, Actor::Agent, ReadPath { path: path.clone() });
        self.recorder.record(read.event(Actor::Agent))?;
        let edit = policy::judge(rules, Actor::Agent, EditPath { path: path.clone() });
        self.recorder.record(edit.event(Actor::Agent))?;
        // Whoever comments on a hunk asks for its edit.
        let refusal =
            read.permit().err().or_else(|| edit.approved("the person who comments").err());
        Ok(refusal.map(|refusal| format!("agents may not: {}", refusal.why)))
    }

    fn opening(&mut self, part: &Part) -> Result<Vec<Message>, SessionError> {
        let Respondent { engine, role, templates } = self.respondent;
        let names = &role.role.prompts;
        let system = templates.render(&names.system, json!({}))?;
        let budget = role.role.budget.prompt_tokens.unwrap_or(engine.info().context);
        // What stands around it gives way where not all of it fits.
        for around in [AROUND, AROUND / 2, AROUND / 4, 0] {
            let task = templates.render(&names.task, part.values(self.revision, around))?;
            let used = engine.count(&system) + engine.count(&task);
            if used <= budget || around == 0 {
                self.recorder.record(Event::Packed {
                    budget,
                    used,
                    ledger: json!([
                        { "source": "instructions", "tokens": engine.count(&system), "why": "always" },
                        {
                            "source": format!("{}:{}", self.revision.path, part.shown(around)),
                            "tokens": engine.count(&task),
                            "why": "the hunk that a person commented on",
                        },
                    ]),
                    left_out: Vec::new(),
                    counts: None,
                })?;
                if used > budget {
                    return Err(SessionError::NoRoom { needed: used, budget });
                }
                return Ok(vec![
                    Message::new(Speaker::System, system),
                    Message::new(Speaker::User, task),
                ]);
            }
        }
        Ok(Vec::new())
    }

    /// What a model writes between the fences; nothing where it was stopped.
    fn answer(
        &mut self,
        messages: &[Message],
        part: &Part,
        nth: u32,
    ) -> Result<Option<String>, SessionError> {
        let Respondent { engine, role, .. } = self.respondent;
        let (role, terms) = (&role.role, self.terms);
        let prefill = format!("```{}\n", part.language_name());
        let prompt = Prompt { messages: messages.to_vec(), prefill, ..Prompt::default() };
        let most = role.budget.answer_tokens.unwrap_or(terms.answer_tokens);
        let now = self.respondent.engine.count(&part.text());
        let most = most.min(now + now + ROOM);
        let sampling = Sampling {
            temperature: (terms.temperature + WARMER * nth as f32).min(HOTTEST),
            top_p: terms.top_p,
            seed: terms.seed.wrapping_add(nth),
            max_tokens: most.min(terms.answer_tokens),
            form: role.held.then(|| Form::Lark(FORM.to_owned())),
            ..Sampling::default()
        };
        self.recorder.observer().begins(&role.name);
        let costs = (&mut self.cost, terms.started);
        let asked = (&prompt, &sampling);
        let completion =
            single::answer(engine, &role.name, asked, &self.cancel, &mut self.recorder, costs)?;
        let written = completion.text.strip_prefix(&prompt.prefill).unwrap_or(&completion.text);
        Ok((completion.stop != StopReason::Cancelled).then(|| written.to_owned()))
    }
}
