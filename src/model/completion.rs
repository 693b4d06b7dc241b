//! What a model answers, piece by piece and at the end.

use serde::{Deserialize, Serialize};

use crate::base::Tokens;
use crate::model::ToolCall;

/// A piece of an answer as it is made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Delta {
    /// So many tokens of the prompt are read, of so many.
    Reading { done: Tokens, total: Tokens },
    /// So many tokens of the answer are written.
    Written(Tokens),
    /// More text.
    Text(String),
    /// More of what the model thinks before it answers.
    Thought(String),
    /// The engine died, as is said here, and was replaced: the answer begins anew, and all that was
    /// said of it is void.
    Restarted(String),
}

/// What happens to one of several answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Step {
    Delta(Delta),
    /// It is whole, or as far as it will come.
    Ended(Completion),
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
    /// The form that the answer has to have lets nothing follow what was written.
    DeadEnd,
}

/// What an answer cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens of the prompt.
    pub prompt: Tokens,
    /// How many of them were in the cache and not read again.
    pub cached: Tokens,
    /// How many of those an earlier process had read.
    #[serde(default)]
    pub restored: Tokens,
    /// Seconds that reading those would have taken, at the speed of the others; 0 where no other was
    /// read yet.
    #[serde(default)]
    pub saved_s: f64,
    /// Tokens written.
    pub completion: Tokens,
    /// Tokens that were guessed, and how many of them were right; see the engine.
    #[serde(default)]
    pub drafted: Tokens,
    #[serde(default)]
    pub accepted: Tokens,
    /// Seconds from submission to the first token written.
    pub first_token_s: f64,
    /// Seconds spent reading the prompt.
    pub prompt_s: f64,
    /// Seconds spent writing.
    pub completion_s: f64,
    /// Seconds of these that went into choosing tokens, by sampler and form.
    #[serde(default)]
    pub choosing_s: f64,
}

/// A whole answer. Untrusted text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Completion {
    /// What is said: without thoughts and calls.
    pub text: String,
    /// What the model thought before it spoke.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reasoning: String,
    /// Tools that it calls.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<ToolCall>,
    /// Why what looks like a call is none, for each such place. Fit to be told to the model.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<String>,
    /// All that the model wrote, where that is more than the text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<String>,
    pub stop: StopReason,
    pub usage: Usage,
    /// The natural logarithm of how likely the model finds what it wrote, all tokens together; 0
    /// where the engine does not say.
    #[serde(default)]
    pub logprob: f32,
    /// Whether it was taken from a record: nobody wrote it now.
    #[serde(skip)]
    pub recorded: bool,
}

impl Completion {
    /// An answer that is nothing but text.
    pub fn new(text: String, stop: StopReason, usage: Usage) -> Self {
        Self {
            text,
            reasoning: String::new(),
            calls: Vec::new(),
            unread: Vec::new(),
            raw: None,
            stop,
            usage,
            logprob: 0.0,
            recorded: false,
        }
    }

    /// All that the model wrote.
    pub fn whole(&self) -> &str {
        self.raw.as_deref().unwrap_or(&self.text)
    }
}
