//! The context that answers are computed in, with what the model has besides.

use std::ops::{Deref, DerefMut};

use llama_cpp_2::context::LlamaContext;

use crate::model::local::heads::Heads;

/// A context of llama.cpp, and what it can do beyond the words of the safe crate.
pub(super) struct Context<'m> {
    computes: Computes<'m>,
    back: u32,
}

/// What computes: a context alone, or one with the heads that guess what it says next.
enum Computes<'m> {
    Alone(LlamaContext<'m>),
    WithHeads(Box<Heads<'m>>),
}

impl<'m> Context<'m> {
    /// A context whose recurrent states can lose `back` tokens.
    pub(super) fn new(context: LlamaContext<'m>, back: u32) -> Self {
        Self { computes: Computes::Alone(context), back }
    }

    /// The same, with the heads that follow it.
    pub(super) fn with_heads(heads: Heads<'m>, back: u32) -> Self {
        Self { computes: Computes::WithHeads(Box::new(heads)), back }
    }

    /// How many of the last tokens a recurrent state can lose.
    pub(super) fn goes_back(&self) -> u32 {
        self.back
    }

    /// The heads, if the model has any.
    pub(super) fn heads(&mut self) -> Option<&mut Heads<'m>> {
        match &mut self.computes {
            Computes::Alone(_) => None,
            Computes::WithHeads(heads) => Some(heads),
        }
    }
}

impl<'m> Deref for Context<'m> {
    type Target = LlamaContext<'m>;

    fn deref(&self) -> &Self::Target {
        match &self.computes {
            Computes::Alone(context) => context,
            Computes::WithHeads(heads) => heads.context(),
        }
    }
}

impl DerefMut for Context<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        match &mut self.computes {
            Computes::Alone(context) => context,
            Computes::WithHeads(heads) => heads.context_mut(),
        }
    }
}
