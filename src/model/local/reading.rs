//! Reads an answer as it grows: what is thought, what is said, which tools are called.

use crate::model::chat::{Format, Part, Reader, Reply};
use crate::model::{Completion, Delta, Prompt, Speaker};

/// One answer that is being read.
#[derive(Debug)]
pub(super) struct Reading {
    /// None where the model neither thinks nor may call: then all is said.
    reader: Option<Reader>,
    parts: Vec<Part>,
}

impl Reading {
    /// For an answer to `prompt` in `format`; `in_reasoning` says that it begins amid thoughts.
    pub(super) fn new(format: &Format, prompt: &Prompt, in_reasoning: bool) -> Self {
        let is_plain = prompt.tools.is_empty() && !format.has_reasoning();
        let assistants = prompt.messages.iter().filter(|it| it.speaker == Speaker::Assistant);
        let calls = assistants.map(|it| it.calls.len()).sum();
        let reader = || Reader::new(format, &prompt.tools, calls, in_reasoning);
        Self { reader: (!is_plain).then(reader), parts: Vec::new() }
    }

    /// Takes more of the answer; gives what of it a person can see now.
    pub(super) fn push(&mut self, text: String) -> Vec<Delta> {
        let Some(reader) = &mut self.reader else { return vec![Delta::Text(text)] };
        let parts = reader.push(&text);
        self.take(parts)
    }

    /// The answer has ended: gives what was held back, and the answer as it was read.
    pub(super) fn finish(mut self, raw: Completion) -> (Vec<Delta>, Completion) {
        let Some(reader) = self.reader.take() else { return (Vec::new(), raw) };
        let rest = reader.finish();
        let deltas = self.take(rest);
        let Reply { reasoning, text, calls, unread, .. } = Reply::of(self.parts);
        let unread = unread.into_iter().map(|it| it.why).collect();
        let whole = Some(raw.text).filter(|whole| *whole != text);
        (deltas, Completion { text, reasoning, calls, unread, raw: whole, ..raw })
    }

    fn take(&mut self, parts: Vec<Part>) -> Vec<Delta> {
        let deltas = parts.iter().filter_map(|part| match part {
            Part::Reasoning(text) => Some(Delta::Thought(text.clone())),
            Part::Text(text) => Some(Delta::Text(text.clone())),
            Part::Marker(_) | Part::Calls { .. } | Part::Unread(_) => None,
        });
        let deltas = deltas.collect();
        self.parts.extend(parts);
        deltas
    }
}
