//! A prompt that is laid out, and which of its letters are special tokens.

use std::ops::Range;

/// A prompt as the model reads it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rendered {
    /// All of it.
    pub text: String,
    /// The special tokens that the template wrote. Nothing else is one, whatever it looks like.
    pub tokens: Vec<Range<usize>>,
    /// Whether `text` is what transformers renders. Where a template tests its own special tokens
    /// in ways that the marks disturb it may differ; the tokens are right even then.
    pub exact: bool,
    /// Whether the text of an assistant beside its calls is missing: some models write either.
    pub drops_text_of_calls: bool,
    /// Where the text has to be cut so that nothing else looks like one.
    pub(super) cuts: Vec<usize>,
}

impl Rendered {
    /// The text in pieces. In each, whatever looks like a special token is one; a special token
    /// that somebody wrote into a message lies in two pieces.
    pub fn pieces(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(0).chain(self.cuts.iter().copied());
        let ends = self.cuts.iter().copied().chain([self.text.len()]);
        starts
            .zip(ends)
            .map(|(start, end)| &self.text[start..end])
            .filter(|piece| !piece.is_empty())
    }
}
