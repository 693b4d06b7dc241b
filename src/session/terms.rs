//! How a model is asked for something small, and how long that may take.

use std::time::Instant;

use crate::base::Tokens;

/// As the configuration says; a role may say otherwise.
#[derive(Clone, Debug)]
pub struct Terms {
    pub temperature: f32,
    pub top_p: f32,
    pub seed: u32,
    /// Most tokens of an answer.
    pub answer_tokens: Tokens,
    /// When to stop with what there is.
    pub deadline: Option<Instant>,
    /// When the person asked.
    pub started: Instant,
}
