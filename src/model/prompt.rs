//! What a model is asked: messages, in the order in which they are cached.

use serde::{Deserialize, Serialize};

/// Who says a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Speaker {
    System,
    User,
    Assistant,
}

/// One message. Its text is data: special tokens of a model in it are read as plain text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    pub speaker: Speaker,
    pub text: String,
}

/// The whole conversation up to the answer that is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prompt {
    /// Oldest first; what rarely changes comes first and is never rewritten.
    pub messages: Vec<Message>,
    /// How the answer begins: the model goes on from here, and the completion includes it.
    pub prefill: String,
}
