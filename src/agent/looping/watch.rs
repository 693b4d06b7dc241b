//! Whether the work moves: calls that repeat, edits that undo each other, turns without an edit.
//!
//! The first time the model is told; where nothing has moved since, the work is stopped.

use std::collections::BTreeSet;

use crate::agent::looping::named;
use crate::base::Digest;
use crate::model::ToolCall;

/// Turns without a new draft before it is said; half of that before it is said again.
const IDLE: u32 = 10;
/// How often it is said at most, whatever moved between.
const MOST_TOLD: u32 = 3;

/// What was seen so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Watch {
    /// Calls with their results on a draft.
    calls: BTreeSet<Digest>,
    drafts: BTreeSet<Option<Digest>>,
    /// Turns since the last new draft.
    idle: u32,
    /// How often it was said that nothing moves, and whether anything has moved since.
    told: u32,
    warned: bool,
    trouble: Option<String>,
}

impl Watch {
    /// A reply came.
    pub(super) fn turn(&mut self) {
        self.idle += 1;
    }

    /// A call had this result, on this draft.
    pub(super) fn saw(&mut self, call: &ToolCall, result: Digest, draft: Option<Digest>) {
        let draft = draft.map(|draft| draft.to_string()).unwrap_or_default();
        let text = format!("{}\n{}\n{result}\n{draft}", call.name, call.arguments);
        if !self.calls.insert(Digest::of(text.as_bytes())) {
            self.trouble = Some(format!("{} gave the same result as before", named(call)));
        }
    }

    /// The draft has become this one.
    pub(super) fn drafted(&mut self, draft: Option<Digest>) {
        if self.drafts.is_empty() {
            // Before the first edit there was none.
            self.drafts.insert(None);
        }
        if self.drafts.insert(draft) {
            (self.idle, self.warned) = (0, false);
        } else {
            let why = "the edits undo each other: the files are as they were before";
            self.trouble = Some(why.to_owned());
        }
    }

    /// Why nothing moves, if so, and whether that was said already.
    pub(super) fn trouble(&mut self) -> Option<(String, bool)> {
        if self.idle >= IDLE {
            self.trouble.get_or_insert(format!("{IDLE} turns went by without a new edit"));
        }
        let why = self.trouble.take()?;
        let again = self.warned || self.told >= MOST_TOLD;
        self.told += 1;
        self.warned = true;
        self.idle = self.idle.min(IDLE / 2);
        Some((why, again))
    }

    /// How often it was said that nothing moves.
    pub(super) fn told(&self) -> u32 {
        self.told
    }
}
