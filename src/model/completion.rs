//! What a model answers, piece by piece and at the end.

use serde::{Deserialize, Serialize};

use crate::base::Tokens;

/// A piece of an answer as it is made.
#[derive(Clone, Debug, PartialEq)]
pub enum Delta {
    /// So many tokens of the prompt are read, of so many.
    Reading { done: Tokens, total: Tokens },
    /// More text.
    Text(String),
}

/// Why an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopReason {
    /// The model ended its turn, or a stop string came.
    Finished,
    /// The most tokens allowed were written.
    Length,
    /// A person or a time limit stopped it.
    Cancelled,
}

/// What an answer cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens of the prompt.
    pub prompt: Tokens,
    /// How many of them were in the cache and not read again.
    pub cached: Tokens,
    /// Tokens written.
    pub completion: Tokens,
    /// Seconds from submission to the first token written.
    pub first_token_s: f64,
    /// Seconds spent reading the prompt.
    pub prompt_s: f64,
    /// Seconds spent writing.
    pub completion_s: f64,
}

/// A whole answer. Untrusted text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Completion {
    pub text: String,
    pub stop: StopReason,
    pub usage: Usage,
}
