//! Tools, calls and results as plain messages, for models whose template knows none of them.
//!
//! The words are those that most models with tools were taught on, so many others follow them, too.

use serde_json::{Value, json};

use crate::model::chat::conversation;
use crate::model::{Message, Prompt, Speaker, Tool, ToolCall};

/// What opens and closes a call; the reader of replies knows them.
pub(super) const CALL: (&str, &str) = ("<tool_call>", "</tool_call>");

/// Whether `prompt` says anything of tools.
pub(super) fn speaks_of_tools(prompt: &Prompt) -> bool {
    let tool = |message: &Message| message.speaker == Speaker::Tool || !message.calls.is_empty();
    !prompt.tools.is_empty() || prompt.messages.iter().any(tool)
}

/// `prompt` with messages that are only text.
pub(super) fn in_words(prompt: &Prompt) -> Prompt {
    let mut messages: Vec<Message> = Vec::new();
    let mut after_result = false;
    for message in &prompt.messages {
        let is_result = message.speaker == Speaker::Tool;
        match messages.last_mut() {
            // Results of parallel calls are one message: many templates want speakers in turn.
            Some(last) if is_result && after_result => {
                last.text.push('\n');
                last.text.push_str(&result(message));
            }
            _ => messages.push(plain(message)),
        }
        after_result = is_result;
    }
    if !prompt.tools.is_empty() {
        offer(&mut messages, &prompt.tools);
    }
    Prompt { messages, tools: Vec::new(), ..prompt.clone() }
}

fn plain(message: &Message) -> Message {
    if message.speaker == Speaker::Tool {
        return Message::new(Speaker::User, result(message));
    }
    Message { answers: None, ..calls_in_words(message) }
}

/// `message` with its calls at the end of its text.
pub(super) fn calls_in_words(message: &Message) -> Message {
    let calls = message.calls.iter().map(call);
    let text =
        Some(message.text.clone()).filter(|text| !text.is_empty() || message.calls.is_empty());
    let text: Vec<String> = text.into_iter().chain(calls).collect();
    Message { text: text.join("\n"), calls: Vec::new(), ..message.clone() }
}

fn call(call: &ToolCall) -> String {
    let (open, close) = CALL;
    let call = json!({ "name": call.name, "arguments": call.arguments });
    format!("{open}\n{}\n{close}", conversation::python_text(&call))
}

fn result(message: &Message) -> String {
    format!("<tool_response>\n{}\n</tool_response>", message.text)
}

/// Says in the system message which tools there are and how they are called.
fn offer(messages: &mut Vec<Message>, tools: &[Tool]) {
    let (open, close) = CALL;
    let Value::Array(tools) = conversation::tools(tools) else { return };
    let tools: Vec<String> = tools.iter().map(conversation::python_text).collect();
    let words = format!(
        "# Tools\n\nYou may call one or more functions to assist with the user query.\n\nYou are provided with function signatures within <tools></tools> XML tags:\n<tools>\n{}\n</tools>\n\nFor each function call, return a json object with function name and arguments within {open}{close} XML tags:\n{open}\n{{\"name\": <function-name>, \"arguments\": <args-json-object>}}\n{close}",
        tools.join("\n")
    );
    match messages.first_mut() {
        Some(first) if first.speaker == Speaker::System => {
            first.text.push_str("\n\n");
            first.text.push_str(&words);
        }
        _ => messages.insert(0, Message::new(Speaker::System, words)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Answers;

    #[test]
    fn everything_is_said() {
        let call = |name: &str| ToolCall {
            id: "abcdef123".into(),
            name: name.into(),
            arguments: json!({ "b": 1, "a": "é" }),
        };
        let answers = Some(Answers { id: "abcdef123".into(), name: "look".into() });
        let result =
            |text| Message { answers: answers.clone(), ..Message::new(Speaker::Tool, text) };
        let prompt = Prompt {
            messages: vec![
                Message::new(Speaker::User, "u"),
                Message {
                    calls: vec![call("look"), call("find")],
                    ..Message::new(Speaker::Assistant, "")
                },
                result("one"),
                result("two"),
                Message::new(Speaker::User, "v"),
            ],
            tools: vec![Tool {
                name: "look".into(),
                description: "d".into(),
                parameters: json!({ "type": "object" }),
            }],
            ..Prompt::default()
        };
        let plain = in_words(&prompt);
        assert!(!speaks_of_tools(&plain));
        let shown = plain.messages.iter().skip(1).map(|m| format!("{:?}: {}", m.speaker, m.text));
        insta::assert_snapshot!(shown.collect::<Vec<_>>().join("\n"), @r#"
        User: u
        Assistant: <tool_call>
        {"name": "look", "arguments": {"b": 1, "a": "é"}}
        </tool_call>
        <tool_call>
        {"name": "find", "arguments": {"b": 1, "a": "é"}}
        </tool_call>
        User: <tool_response>
        one
        </tool_response>
        <tool_response>
        two
        </tool_response>
        User: v
        "#);
        assert!(plain.messages[0].text.contains(
            r#"{"type": "function", "function": {"name": "look", "description": "d", "parameters": {"type": "object"}}}"#
        ));
    }
}
