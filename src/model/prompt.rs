//! What a model is asked: messages, in the order in which they are cached, and tools it may call.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Who says a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Speaker {
    System,
    User,
    Assistant,
    /// What came of a call; [`Message::answers`] says which.
    Tool,
}

/// A call that a model asks for. Untrusted: neither the name nor the arguments were checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolCall {
    /// Nine letters and digits, the one form that every family takes; empty where nobody gave one.
    #[serde(default)]
    pub id: String,
    pub name: String,
    /// A JSON object, where the model did as it was told.
    pub arguments: Value,
}

/// The call that a message of [`Speaker::Tool`] answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answers {
    pub id: String,
    pub name: String,
}

/// One message. Its text is data: special tokens of a model in it are read as plain text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    pub speaker: Speaker,
    pub text: String,
    /// What an assistant thought before it spoke. Templates keep it or drop it as the model was taught.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reasoning: String,
    /// Calls that an assistant made after its text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<ToolCall>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers: Option<Answers>,
}

impl Message {
    /// A message that is only text.
    pub fn new(speaker: Speaker, text: impl Into<String>) -> Self {
        let (reasoning, calls) = (String::new(), Vec::new());
        Self { speaker, text: text.into(), reasoning, calls, answers: None }
    }
}

/// A tool that the model may call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tool {
    pub name: String,
    pub description: String,
    /// The arguments as a JSON schema of an object. Keys keep their order.
    pub parameters: Value,
}

/// The whole conversation up to the answer that is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prompt {
    /// Oldest first; what rarely changes comes first and is never rewritten.
    pub messages: Vec<Message>,
    /// How the answer begins: the model goes on from here, and the completion includes it.
    pub prefill: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<Tool>,
    /// Whether the model shall think first; none leaves it to the model's template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thinking: Option<bool>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_records_are_read_and_plain_prompts_are_written_as_before() {
        let old = r#"{"messages":[{"speaker":"user","text":"hi"}],"prefill":""}"#;
        let prompt: Prompt = serde_json::from_str(old).unwrap();
        assert_eq!(prompt.messages, [Message::new(Speaker::User, "hi")]);
        assert_eq!(serde_json::to_string(&prompt).unwrap(), old);
    }
}
