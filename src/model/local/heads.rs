//! Heads that say several tokens at once (multi-token prediction, Gloeckle et al. 2024), where a model
//! has them.
//!
//! They follow one line: what the model read there they read, too, and guess what comes behind it.
//! What they miss makes their guesses worse and no answer wrong, for the model judges every guess.

use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::speculative::{MtpSpeculative, MtpSpeculativeParams};
use llama_cpp_2::token::LlamaToken;

use crate::model::local::ahead::BACK;
use crate::model::local::line::LineId;
use crate::model::local::load::MAX_BATCH;

/// The only sequence that they know.
const LINE: LineId = 0;

/// The heads of a model with what they have seen, and the context whose line they follow.
pub(super) struct Heads<'m> {
    both: MtpSpeculative<'m>,
    batch: LlamaBatch<'static>,
    /// The line that they follow, and how many of its tokens it had then.
    seen: Option<(LineId, usize)>,
    /// Whether what they go on from is the end of the line, and not a token that was taken back.
    is_at_end: bool,
    /// How many tokens their last guess has, until they are told how many were right.
    open: Option<usize>,
}

impl<'m> Heads<'m> {
    /// Heads that follow `context`, and compute in a context `of_heads`.
    pub(super) fn new(
        context: LlamaContext<'m>,
        of_heads: LlamaContext<'m>,
    ) -> Result<Self, String> {
        let params = MtpSpeculativeParams { n_max: BACK.cast_signed(), n_min: 0, p_min: 0.0 };
        let both = MtpSpeculative::new(context, of_heads, params);
        let both = both.map_err(|error| error.to_string())?;
        let batch = LlamaBatch::new(MAX_BATCH as usize, 1);
        Ok(Self { both, batch, seen: None, is_at_end: false, open: None })
    }

    /// The context of the model itself.
    pub(super) fn context(&self) -> &LlamaContext<'m> {
        self.both.target_context()
    }

    /// The same, to be changed.
    pub(super) fn context_mut(&mut self) -> &mut LlamaContext<'m> {
        self.both.target_context_mut()
    }

    /// The model has just read `tokens` behind the first `at` of `line`, and nothing beside.
    pub(super) fn follow(&mut self, line: LineId, at: usize, tokens: &[LlamaToken]) {
        let goes_on = self.seen == Some((line, at));
        if !goes_on && !self.remove_behind(0) {
            return self.lose();
        }
        // Whether these are the last token and the open guess, or all that is left of it.
        if self.open.is_some_and(|guessed| !goes_on || tokens.len() > guessed + 1) {
            self.close(0);
        }
        self.batch.clear();
        for (position, token) in (at..).zip(tokens) {
            let position = i32::try_from(position).unwrap_or(i32::MAX);
            if self.batch.add(*token, position, &[LINE], false).is_err() {
                return self.lose();
            }
        }
        if self.both.process(&self.batch).is_err() {
            return self.lose();
        }
        self.seen = Some((line, at + tokens.len()));
        self.is_at_end = true;
    }

    /// All but the first `len` tokens of `line` were taken back.
    pub(super) fn take_back(&mut self, line: LineId, len: usize) {
        let Some((seen, had)) = self.seen.filter(|(seen, had)| *seen == line && len < *had) else {
            return;
        };
        // Of their own guesses the hidden states are still there, to go on from one of them.
        let read = self.batch.n_tokens().cast_unsigned() as usize;
        let right = read.checked_sub(had - len + 1);
        self.is_at_end = match right.filter(|_| self.open.is_some()) {
            Some(right) => self.close(right),
            None => false,
        };
        match self.remove_behind(len) {
            true => self.seen = Some((seen, len)),
            false => self.lose(),
        }
    }

    /// What may follow `last`, which comes behind the `at` tokens of `line`.
    pub(super) fn draft(&mut self, line: LineId, at: usize, last: LlamaToken) -> Vec<LlamaToken> {
        if self.seen != Some((line, at)) || !self.is_at_end {
            return Vec::new();
        }
        // Nothing was taken back of the last guess.
        let right = self.batch.n_tokens().cast_unsigned().saturating_sub(1);
        if self.open.is_some() && !self.close(right as usize) {
            return Vec::new();
        }
        let guess = self.both.draft(i32::try_from(at).unwrap_or(i32::MAX), last, &[]);
        // What they said to themselves they read again when the model has.
        if guess.is_err() || !self.remove_behind(at) {
            self.lose();
        }
        let guess = guess.unwrap_or_default();
        self.open = Some(guess.len()).filter(|count| *count > 0);
        guess
    }

    /// Forgets the line: the model has read what they have not.
    pub(super) fn lose(&mut self) {
        self.seen = None;
    }

    /// Says that so many tokens of the open guess were right.
    fn close(&mut self, right: usize) -> bool {
        let right = right.min(self.open.take().unwrap_or(0));
        self.both.accept(u16::try_from(right).unwrap_or(u16::MAX)).is_ok()
    }

    /// Has them forget all but the first `len` tokens.
    fn remove_behind(&mut self, len: usize) -> bool {
        let from = u32::try_from(len).ok();
        self.both.draft_context_mut().kv_cache_seq_rm(LINE, from, None).is_ok()
    }
}
