//! A prompt as templates are given it: what transformers' `apply_chat_template` takes.

use minijinja::value::Serde;
use serde_json::{Map, Value, json};

use crate::model::{Message, Prompt, Speaker, Tool, ToolCall};

/// How a message says that it has no text beside its calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoText {
    Absent,
    Empty,
    Null,
}

/// Points on which templates disagree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) no_text: NoText,
    /// Whether arguments are given as JSON in a string, not as an object.
    pub(super) json_arguments: bool,
    /// Whether text before a call is given at the end of the reasoning.
    pub(super) text_in_reasoning: bool,
}

impl Shape {
    /// What is tried, in this order. The first is how most templates want it.
    pub(super) const ALL: [Self; 8] = [
        Self::new(NoText::Absent, false),
        Self::new(NoText::Empty, false),
        Self::new(NoText::Null, false),
        Self::new(NoText::Absent, true),
        Self::new(NoText::Empty, true),
        Self::new(NoText::Null, true),
        Self { text_in_reasoning: true, ..Self::new(NoText::Absent, false) },
        Self { text_in_reasoning: true, ..Self::new(NoText::Empty, true) },
    ];

    pub(super) const fn new(no_text: NoText, json_arguments: bool) -> Self {
        Self { no_text, json_arguments, text_in_reasoning: false }
    }

    pub(super) fn messages(self, messages: &[Message]) -> Vec<Value> {
        messages.iter().map(|message| self.message(message)).collect()
    }

    fn message(self, message: &Message) -> Value {
        let mut fields = Map::new();
        fields.insert("role".into(), json!(role(message.speaker)));
        let (text, reasoning) = self.spoken(message);
        if !text.is_empty() || message.calls.is_empty() || self.no_text == NoText::Empty {
            fields.insert("content".into(), json!(text));
        } else if self.no_text == NoText::Null {
            fields.insert("content".into(), Value::Null);
        }
        if !reasoning.is_empty() {
            // The standard name, and the one that templates of gpt-oss read.
            fields.insert("reasoning_content".into(), json!(reasoning));
            fields.insert("thinking".into(), json!(reasoning));
        }
        if !message.calls.is_empty() {
            let calls = message.calls.iter().map(|call| self.call(call)).collect();
            fields.insert("tool_calls".into(), Value::Array(calls));
        }
        if let Some(answers) = &message.answers {
            fields.insert("tool_call_id".into(), json!(answers.id));
            fields.insert("name".into(), json!(answers.name));
        }
        Value::Object(fields)
    }

    /// Text and reasoning of a message.
    fn spoken(self, message: &Message) -> (String, String) {
        let (text, reasoning) = (message.text.clone(), message.reasoning.clone());
        let moved = self.text_in_reasoning
            && !message.calls.is_empty()
            && !text.is_empty()
            && !reasoning.is_empty();
        if moved { (String::new(), format!("{reasoning}\n\n{text}")) } else { (text, reasoning) }
    }

    fn call(self, call: &ToolCall) -> Value {
        let arguments = if self.json_arguments {
            json!(python_text(&call.arguments))
        } else {
            call.arguments.clone()
        };
        json!({
            "id": call.id,
            "type": "function",
            "function": { "name": call.name, "arguments": arguments },
        })
    }
}

/// `value` as `json.dumps` writes it.
pub(super) fn python_text(value: &Value) -> String {
    let dumps = super::python_json::Dumps::default();
    dumps.write(&minijinja::Value::from(Serde(value))).unwrap_or_else(|_| value.to_string())
}

fn role(speaker: Speaker) -> &'static str {
    match speaker {
        Speaker::System => "system",
        Speaker::User => "user",
        Speaker::Assistant => "assistant",
        Speaker::Tool => "tool",
    }
}

/// The tools of a prompt as JSON-schema functions; null where none are offered.
pub(super) fn tools(tools: &[Tool]) -> Value {
    if tools.is_empty() {
        return Value::Null;
    }
    tools.iter().map(|tool| json!({ "type": "function", "function": tool })).collect()
}

/// Every text of `prompt` that is not the template's own, keys of schemas and arguments included.
pub(super) fn texts(prompt: &Prompt) -> String {
    let mut texts = String::new();
    for message in &prompt.messages {
        texts.push_str(&message.text);
        texts.push_str(&message.reasoning);
        for call in &message.calls {
            texts.extend([call.id.as_str(), call.name.as_str()]);
            all_strings(&call.arguments, &mut texts);
        }
        if let Some(answers) = &message.answers {
            texts.extend([answers.id.as_str(), answers.name.as_str()]);
        }
    }
    for tool in &prompt.tools {
        texts.extend([tool.name.as_str(), tool.description.as_str()]);
        all_strings(&tool.parameters, &mut texts);
    }
    texts
}

fn all_strings(value: &Value, texts: &mut String) {
    match value {
        Value::String(text) => texts.push_str(text),
        Value::Array(items) => items.iter().for_each(|item| all_strings(item, texts)),
        Value::Object(fields) => fields.iter().for_each(|(key, value)| {
            texts.push_str(key);
            all_strings(value, texts);
        }),
        _ => {}
    }
}
