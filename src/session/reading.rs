//! Reads a change: its hunks in parts that fit into a prompt, and what a model finds at their lines.

use std::time::Instant;

use serde_json::json;

use crate::agent::{NumberedDiff, Remarks, Role, remarks_form};
use crate::base::Tokens;
use crate::context::{Entry, Templates};
use crate::journal::Event;
use crate::model::{Cancel, Engine, Form, Message, Prompt, Sampling, Speaker, StopReason};
use crate::proposal::{self, Hunk, LineKind};
use crate::repo::FileChange;
use crate::session::driver::SessionError;
use crate::session::record::Recorder;
use crate::session::report::Cost;
use crate::session::single;

/// Lines of a hunk that are read at once: a longer one is taken apart.
const PIECE: usize = 60;
/// Most prompts for one change.
const MOST_PARTS: usize = 12;

/// Entries of the ledger that are in every prompt.
const FIXED: usize = 2;

/// Whoever reads a change.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    pub(super) engine: &'a dyn Engine,
    pub(super) role: &'a Role,
    pub(super) templates: &'a Templates,
    /// What the change is for, where that is known.
    pub(super) task: Option<&'a str>,
    pub(super) temperature: f32,
    pub(super) top_p: f32,
    pub(super) seed: u32,
    /// Most tokens of a prompt and of an answer, where the role says nothing.
    pub(super) prompt_tokens: Tokens,
    pub(super) answer_tokens: Tokens,
}

/// A change in parts.
#[derive(Debug, Default)]
pub(super) struct Parts {
    diffs: Vec<NumberedDiff>,
    budget: Tokens,
    /// Tokens of the longest prompt.
    used: Tokens,
    ledger: Vec<Entry>,
    /// What is read by nobody, and why.
    pub(super) unread: Vec<String>,
}

impl Parts {
    /// What is read and what is not, as it is recorded.
    pub(super) fn packed(&self) -> Event {
        Event::Packed {
            budget: self.budget,
            used: self.used,
            ledger: json!(self.ledger),
            left_out: self.unread.clone(),
            counts: None,
        }
    }
}

impl Reader<'_> {
    /// Takes a change apart so that each part fits beside the instructions.
    pub(super) fn parts(&self, changes: &[FileChange]) -> Result<Parts, SessionError> {
        let count = |text: &str| self.engine.count(text);
        let fixed: Vec<Tokens> =
            self.messages("")?.iter().map(|message| count(&message.text)).collect();
        let named = ["instructions", "task"].iter().zip(&fixed);
        let ledger = named.map(|(source, tokens)| entry(source, *tokens)).collect();
        let fixed: Tokens = fixed.into_iter().sum();
        let answer = self.most_written();
        let room = self.engine.info().context.saturating_sub(answer);
        let budget = self.role.budget.prompt_tokens.unwrap_or(self.prompt_tokens).min(room);
        if fixed >= budget {
            return Err(SessionError::NoRoom { needed: fixed, budget });
        }
        let mut parts = Parts { budget, used: fixed, ledger, ..Parts::default() };
        let mut last: Vec<Hunk> = Vec::new();
        for piece in proposal::hunks(changes).iter().flat_map(pieces) {
            let with: Vec<Hunk> = last.iter().chain([&piece]).cloned().collect();
            if fixed + count(&NumberedDiff::of(&with).text) <= budget {
                last = with;
                continue;
            }
            parts.close(&mut last, &count);
            if fixed + count(&NumberedDiff::of([&piece]).text) <= budget {
                last = vec![piece];
            } else {
                parts.unread.push(format!("{} (its lines are too long)", place(&piece)));
            }
        }
        parts.close(&mut last, &count);
        Ok(parts)
    }

    /// Has every part read. What was not read is named in the parts; a reading that was broken off has
    /// what was found until then, and is not whole.
    pub(super) fn read(
        &self,
        parts: &Parts,
        cancel: &Cancel,
        recorder: &mut Recorder<'_>,
        (cost, started): (&mut Cost, Instant),
    ) -> Result<(Remarks, bool), SessionError> {
        let mut remarks = Remarks::default();
        for diff in &parts.diffs {
            if cancel.is_cancelled() {
                return Ok((remarks, false));
            }
            let messages = self.messages(&diff.text)?;
            let prompt = Prompt { messages, ..Prompt::default() };
            let sampling = Sampling {
                temperature: self.role.temperature.unwrap_or(self.temperature),
                top_p: self.role.top_p.unwrap_or(self.top_p),
                seed: self.seed,
                max_tokens: self.most_written(),
                form: remarks_form(diff).filter(|_| self.role.held).map(Form::Lark),
                ..Sampling::default()
            };
            recorder.observer().begins(&self.role.name);
            let (name, asked) = (&self.role.name, (&prompt, &sampling));
            let costs = (&mut *cost, started);
            let answer = single::answer(self.engine, name, asked, cancel, recorder, costs)?;
            if answer.stop == StopReason::Cancelled {
                return Ok((remarks, false));
            }
            remarks.add(Remarks::read(&answer.text, diff));
        }
        Ok((remarks, true))
    }

    fn most_written(&self) -> Tokens {
        self.role.budget.answer_tokens.unwrap_or(self.answer_tokens).min(self.answer_tokens)
    }

    fn messages(&self, diff: &str) -> Result<Vec<Message>, SessionError> {
        let names = &self.role.prompts;
        let values = json!({ "diff": diff.trim_end(), "task": self.task });
        let system = self.templates.render(&names.system, json!({}))?;
        let task = self.templates.render(&names.task, values)?;
        Ok(vec![Message::new(Speaker::System, system), Message::new(Speaker::User, task)])
    }
}

impl Parts {
    /// Makes a part of these hunks, where there is still room for one and they have a line to speak of.
    fn close(&mut self, hunks: &mut Vec<Hunk>, count: &dyn Fn(&str) -> Tokens) {
        let hunks = std::mem::take(hunks);
        let diff = NumberedDiff::of(&hunks);
        if diff.blamed().is_empty() {
            return;
        }
        if self.diffs.len() >= MOST_PARTS {
            self.unread.extend(hunks.iter().map(|hunk| format!("{} (too much)", place(hunk))));
            return;
        }
        let tokens = count(&diff.text);
        let fixed: Tokens = self.ledger.iter().take(FIXED).map(|it| it.tokens).sum();
        self.used = self.used.max(fixed + tokens);
        self.ledger.push(entry("diff", tokens));
        self.diffs.push(diff);
    }
}

fn entry(source: &str, tokens: Tokens) -> Entry {
    Entry { source: source.to_owned(), tokens, why: String::new() }
}

/// A hunk in parts of so many lines, the removed ones of a place together with what took their place
/// where that is possible.
fn pieces(hunk: &Hunk) -> Vec<Hunk> {
    let part = |lines: &[proposal::Line]| Hunk { lines: lines.to_vec(), ..hunk.clone() };
    let has_changes = |part: &Hunk| part.lines.iter().any(|it| it.kind != LineKind::Context);
    hunk.lines.chunks(PIECE).map(part).filter(has_changes).collect()
}

/// The file and the first line of a hunk.
fn place(hunk: &Hunk) -> String {
    let line = hunk.lines.iter().find_map(|line| line.new.or(line.old)).unwrap_or(1);
    format!("{}:{line}", hunk.path)
}
