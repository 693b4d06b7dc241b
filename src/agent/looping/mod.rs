//! How does a model work step by step, with tools?
//!
//! The second controller beside the pipeline's [`Machine`](crate::agent::Machine), for models that can
//! call tools: ask → do what is called, in order → say what came of it → ask again, until it is done,
//! the budget is spent, or nothing moves any more. Pure: the same things heard give the same wishes.
//! Nobody is believed: what a model calls done is tested, and what fails goes back to it while there is
//! budget. The best draft is proposed, with the reason where the work was stopped.

mod watch;
mod wish;

use std::collections::{BTreeMap, VecDeque};

use crate::agent::choice::{Attempt, Drafted, Drafts};
use crate::agent::looping::watch::Watch;
use crate::agent::machine::Ending;
use crate::agent::tools::{Act, gist, read_call};
use crate::base::{Digest, Tokens};
use crate::model::ToolCall;

pub use wish::{Bounds, Heard, Said, Seen, Telling, Wish};

/// Calls of one reply that are heeded.
const MOST_CALLS: usize = 8;
/// Notes that are kept: they are in every prompt once older messages are left out.
const MOST_NOTES: u32 = 12;
/// Replies in a row that call nothing which can be read, and calls of `done` without an edit.
const MOST_SILENT: u32 = 3;
/// So many turns before the last one it is said how many are left.
const NEARLY_SPENT: u32 = 2;

/// The state of the work.
#[derive(Clone, Debug)]
pub struct Looping {
    bounds: Bounds,
    turns: u32,
    written: Tokens,
    /// Calls of the last reply that were not heeded yet.
    queue: VecDeque<ToolCall>,
    /// The call that is being acted on.
    acting: Option<ToolCall>,
    /// The draft as it is, and what those came to that were weighed.
    draft: Option<Digest>,
    weighed: BTreeMap<Digest, Drafted>,
    drafts: Drafts,
    /// The model says that it is done: by this call, or in words.
    done: Option<Option<ToolCall>>,
    summary: String,
    /// Why it is to stop, once the draft is weighed.
    stopping: Option<String>,
    watch: Watch,
    silent: u32,
    notes: u32,
}

impl Looping {
    /// Work before its first step.
    pub fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            turns: 0,
            written: Tokens(0),
            queue: VecDeque::new(),
            acting: None,
            draft: None,
            weighed: BTreeMap::new(),
            drafts: Drafts::default(),
            done: None,
            summary: String::new(),
            stopping: None,
            watch: Watch::default(),
            silent: 0,
            notes: 0,
        }
    }

    /// Takes what happened and says what to do next, in order.
    pub fn step(&mut self, heard: Heard) -> Vec<Wish> {
        match heard {
            Heard::Started => vec![Wish::Locate],
            Heard::Located { has_test: true } => vec![Wish::TestBase],
            Heard::Located { has_test: false } | Heard::TestedBase => vec![Wish::Open],
            Heard::Opened => vec![Wish::Ask { warmer: 0 }],
            Heard::Said(said) => self.said(said),
            Heard::Seen(seen) => self.seen(seen),
            Heard::Weighed(drafted) => self.weighed(drafted),
            Heard::TimeUp => self.time_up(),
            Heard::Cancelled => vec![Wish::End(Ending::Cancelled)],
        }
    }

    fn said(&mut self, said: Said) -> Vec<Wish> {
        self.turns += 1;
        self.written += said.written;
        self.watch.turn();
        let mut wishes = Vec::new();
        self.silent = if said.calls.is_empty() { self.silent + 1 } else { 0 };
        if !said.unread.is_empty() {
            let remark = Telling::Unread(said.unread.join("; "));
            wishes.push(Wish::Tell { call: None, remark });
        } else if said.calls.is_empty() {
            let speaks = !said.text.trim().is_empty();
            if speaks && !said.cut && self.draft.is_some() {
                self.silent = 0;
                self.summary = said.text;
                self.done = Some(None);
                return self.weigh(wishes);
            }
            let remark = if said.cut { Telling::Cut } else { Telling::Silent };
            wishes.push(Wish::Tell { call: None, remark });
        }
        if self.silent >= MOST_SILENT {
            return self.stop("the model called no tool", true);
        }
        for (nth, call) in said.calls.into_iter().enumerate() {
            match nth < MOST_CALLS {
                true => self.queue.push_back(call),
                false => {
                    let why = format!("only {MOST_CALLS} calls of one reply are heeded");
                    wishes.push(Wish::Tell { call: Some(call), remark: Telling::Refused(why) });
                }
            }
        }
        self.proceed(wishes)
    }

    fn seen(&mut self, Seen { result, draft, weighed }: Seen) -> Vec<Wish> {
        if let Some(call) = self.acting.take() {
            self.watch.saw(&call, result, draft);
        }
        if draft != self.draft {
            self.watch.drafted(draft);
            self.draft = draft;
        }
        if let Some(drafted) = weighed {
            self.keep(drafted);
        }
        self.proceed(Vec::new())
    }

    /// The next call, or what comes after the last one of a reply.
    fn proceed(&mut self, mut wishes: Vec<Wish>) -> Vec<Wish> {
        while let Some(call) = self.queue.pop_front() {
            let remark = match read_call(&call, &self.bounds.tools) {
                Err(why) => Telling::Refused(why),
                Ok(Act::Plan { .. }) => Telling::Fine("the plan is kept".into()),
                Ok(Act::Note { .. }) if self.notes >= MOST_NOTES => {
                    let why = format!("there are {MOST_NOTES} notes already, and no room for more");
                    Telling::Refused(why)
                }
                Ok(Act::Note { .. }) => {
                    self.notes += 1;
                    Telling::Fine("noted".into())
                }
                Ok(Act::Done { .. }) if self.draft.is_none() => {
                    self.silent += 1;
                    if self.silent >= MOST_SILENT {
                        return self
                            .stop("the model said that it was done, and changed nothing", true);
                    }
                    Telling::Refused("nothing is changed yet; `edit` a file first".into())
                }
                Ok(Act::Done { summary }) => {
                    self.summary = summary;
                    self.done = Some(Some(call));
                    return self.weigh(wishes);
                }
                Ok(act) => {
                    self.acting = Some(call.clone());
                    wishes.push(Wish::Act { call, act });
                    return wishes;
                }
            };
            if let Telling::Refused(why) = &remark {
                self.watch.saw(&call, Digest::of(why.as_bytes()), self.draft);
            }
            wishes.push(Wish::Tell { call: Some(call), remark });
        }
        self.next_turn(wishes)
    }

    /// Another reply, unless the budget is spent or nothing moves.
    fn next_turn(&mut self, mut wishes: Vec<Wish>) -> Vec<Wish> {
        if let Some((why, again)) = self.watch.trouble() {
            if again {
                return self.stop_behind(wishes, &format!("nothing moved: {why}"));
            }
            wishes.push(Wish::Tell { call: None, remark: Telling::Stuck(why) });
        }
        let Bounds { turns, written, .. } = self.bounds;
        if self.turns >= turns {
            return self.stop_behind(wishes, &format!("all {turns} turns were used"));
        }
        if self.written >= written {
            let why = format!("the model had written {}, and may write {written}", self.written.0);
            return self.stop_behind(wishes, &why);
        }
        if turns - self.turns == NEARLY_SPENT && turns > NEARLY_SPENT {
            wishes.push(Wish::Tell { call: None, remark: Telling::TurnsLeft(NEARLY_SPENT) });
        }
        wishes.push(Wish::Ask { warmer: self.watch.told() + self.silent });
        wishes
    }

    /// Has the draft weighed, or goes on with what is known of it.
    fn weigh(&mut self, mut wishes: Vec<Wish>) -> Vec<Wish> {
        let known = self.draft.and_then(|draft| self.weighed.get(&draft)).cloned();
        match known {
            Some(drafted) => {
                wishes.extend(self.judged(&drafted));
                wishes
            }
            None => {
                wishes.push(Wish::Weigh { test: true });
                wishes
            }
        }
    }

    fn weighed(&mut self, drafted: Drafted) -> Vec<Wish> {
        self.keep(drafted.clone());
        if self.stopping.is_some() { self.end() } else { self.judged(&drafted) }
    }

    /// Whether what the model calls done is.
    fn judged(&mut self, drafted: &Drafted) -> Vec<Wish> {
        let call = self.done.take().flatten();
        if drafted.is_good() {
            return self.end();
        }
        let failed = drafted.test.as_ref().filter(|test| !test.passed);
        let remark = match (failed, drafted.flaws.first()) {
            (Some(test), _) => Telling::Failed(test.output.clone()),
            (None, Some(flaw)) => Telling::Flawed(flaw.clone()),
            (None, None) => Telling::Flawed("examples of what the task wants do not hold".into()),
        };
        if let (Some(call), Telling::Failed(text) | Telling::Flawed(text)) = (&call, &remark) {
            self.watch.saw(call, Digest::of(text.as_bytes()), self.draft);
        }
        self.proceed(vec![Wish::Tell { call, remark }])
    }

    /// Remembers what the draft as it is came to; of equals a later draft is better.
    fn keep(&mut self, drafted: Drafted) {
        let Some(draft) = self.draft else { return };
        if self.weighed.insert(draft, drafted.clone()).is_none() {
            let likelihood = self.weighed.len() as f32;
            let result = Ok(drafted.clone());
            self.drafts.add(&Attempt { reply: String::new(), likelihood, result }, &drafted);
        }
    }

    fn time_up(&mut self) -> Vec<Wish> {
        match self.draft.is_none() && self.drafts.best().is_none() {
            true => vec![Wish::End(Ending::TimeUp)],
            false => self.stop("the time was up", false),
        }
    }

    fn stop_behind(&mut self, mut wishes: Vec<Wish>, why: &str) -> Vec<Wish> {
        wishes.extend(self.stop(why, true));
        wishes
    }

    /// Ends with the best draft, the last one weighed before; with `test` it is tested.
    fn stop(&mut self, why: &str, test: bool) -> Vec<Wish> {
        self.queue.clear();
        let is_new = self.draft.is_some_and(|draft| !self.weighed.contains_key(&draft));
        let again = self.stopping.replace(why.to_owned()).is_some();
        if is_new && !(again && test) { vec![Wish::Weigh { test }] } else { self.end() }
    }

    fn end(&mut self) -> Vec<Wish> {
        let stopped = self.stopping.take();
        let Some((_, best)) = self.drafts.best() else {
            let why = stopped.unwrap_or_else(|| "the model changed nothing".to_owned());
            return vec![Wish::End(Ending::NoUsableReply(why))];
        };
        let verified = best.test.as_ref().map(|test| test.passed);
        let summary = std::mem::take(&mut self.summary);
        let propose = Wish::Propose { draft: best.draft, stopped, summary };
        vec![propose, Wish::End(Ending::Proposed { verified })]
    }
}

/// A call, to say which one is meant.
pub(super) fn named(call: &ToolCall) -> String {
    format!("`{}`", gist(call))
}

#[cfg(test)]
mod tests;
