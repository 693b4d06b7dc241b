//! What is sent: a prompt and how to sample, as the server at hand wants them.

use serde_json::{Map, Value, json};

use crate::model::remote::{Kind, Server};
use crate::model::{Form, Message, Prompt, Sampling, Speaker, ToolCall};

/// Stop strings that every server takes; more are only looked for here.
const MOST_STOPS: usize = 4;

/// Fields that some models refuse, though their servers know them.
const OPTIONAL: [&str; 7] =
    ["temperature", "top_p", "seed", "stop", "logprobs", "stream_options", "max_tokens"];

/// Fields that hold an answer to a form.
const FORMS: [&str; 5] =
    ["response_format", "structured_outputs", "guided_grammar", "guided_regex", "regex"];

/// The body of a request for an answer as a stream.
pub(super) fn body(server: &Server, prompt: &Prompt, sampling: &Sampling) -> Map<String, Value> {
    let kind = server.kind;
    let mut body = Map::new();
    let mut put = |name: &str, value: Value| drop(body.insert(name.to_owned(), value));
    put("model", json!(server.model));
    put("messages", Value::Array(messages(kind, prompt)));
    put("stream", json!(true));
    put("stream_options", json!({ "include_usage": true }));
    put("temperature", number(sampling.temperature));
    if sampling.top_p < 1.0 {
        put("top_p", number(sampling.top_p));
    }
    put("seed", json!(sampling.seed));
    // OpenAI's own models take the new name only, most other servers the old one only.
    let limit = if kind == Kind::OpenAi { "max_completion_tokens" } else { "max_tokens" };
    put(limit, json!(sampling.max_tokens));
    let stops: Vec<&String> = sampling.stop.iter().filter(|stop| !stop.is_empty()).collect();
    if (1..=MOST_STOPS).contains(&stops.len()) {
        put("stop", json!(stops));
    }
    if !prompt.tools.is_empty() {
        let tools = prompt.tools.iter().map(|tool| json!({ "type": "function", "function": tool }));
        put("tools", tools.collect());
    }
    if kind.tells_logprobs(!prompt.tools.is_empty()) {
        put("logprobs", json!(true));
        put("top_logprobs", json!(1));
    }
    if kind == Kind::LlamaServer {
        put("return_progress", json!(true));
    }
    if kind.continues() && !prompt.prefill.is_empty() {
        put("add_generation_prompt", json!(false));
        put("continue_final_message", json!(true));
    }
    for (name, value) in thinking(kind, prompt, sampling) {
        put(name, value);
    }
    if let Some((name, value)) = sampling.form.as_ref().and_then(|form| self::form(server, form)) {
        put(name, value);
    }
    body
}

/// Takes the field out that a server names as one that it does not support with this model. False
/// where it names none, or none that can be left out.
pub(super) fn leave_out(body: &mut Map<String, Value>, said: &Value) -> bool {
    let text = |place: &str| said.pointer(place).and_then(Value::as_str).unwrap_or_default();
    let (code, field) = (text("/error/code"), text("/error/param"));
    if !code.starts_with("unsupported") || !OPTIONAL.contains(&field) {
        return false;
    }
    let Some(value) = body.remove(field) else { return false };
    if field == "max_tokens" {
        body.insert("max_completion_tokens".into(), value);
    }
    true
}

/// Takes the form out: the answer is checked afterwards all the same. False where there is none.
pub(super) fn leave_form_out(body: &mut Map<String, Value>) -> bool {
    let fields = FORMS.iter().filter(|name| body.remove(**name).is_some());
    fields.count() > 0
}

/// A number as a person would write it, without the tail of a conversion.
fn number(value: f32) -> Value {
    json!((f64::from(value) * 1e6).round() / 1e6)
}

fn messages(kind: Kind, prompt: &Prompt) -> Vec<Value> {
    let mut said: Vec<Message> = prompt.messages.clone();
    name_calls(&mut said);
    if !prompt.prefill.is_empty() {
        if kind.continues() {
            said.push(Message::new(Speaker::Assistant, prompt.prefill.clone()));
        } else {
            let words = format!(
                "Begin your answer with exactly this text, and go on from where it ends:\n{}",
                prompt.prefill
            );
            match said.last_mut().filter(|last| last.speaker == Speaker::User) {
                Some(last) => last.text += &format!("\n\n{words}"),
                None => said.push(Message::new(Speaker::User, words)),
            }
        }
    }
    said.iter().map(|message| self::message(kind, message)).collect()
}

fn message(kind: Kind, message: &Message) -> Value {
    let text = &message.text;
    match message.speaker {
        Speaker::System => json!({ "role": "system", "content": text }),
        Speaker::User => json!({ "role": "user", "content": text }),
        Speaker::Tool => match &message.answers {
            Some(answers) => json!({
                "role": "tool", "tool_call_id": answers.id, "name": answers.name, "content": text,
            }),
            None => json!({ "role": "user", "content": text }),
        },
        Speaker::Assistant => {
            let mut said = json!({ "role": "assistant", "content": text });
            if !message.reasoning.is_empty() && kind.takes_reasoning() {
                said["reasoning_content"] = json!(message.reasoning);
            }
            if !message.calls.is_empty() {
                said["tool_calls"] = message.calls.iter().map(call).collect();
            }
            said
        }
    }
}

fn call(call: &ToolCall) -> Value {
    let arguments = call.arguments.to_string();
    json!({
        "id": call.id, "type": "function",
        "function": { "name": call.name, "arguments": arguments },
    })
}

/// Gives calls without an id one, and their answers the same: servers go by it.
fn name_calls(messages: &mut [Message]) {
    let mut number = 0;
    let mut open: Vec<(String, String)> = Vec::new();
    for message in messages {
        for call in &mut message.calls {
            number += 1;
            if call.id.is_empty() {
                call.id = format!("call{number:05}");
                open.push((call.name.clone(), call.id.clone()));
            }
        }
        if let Some(answers) = message.answers.as_mut().filter(|answers| answers.id.is_empty()) {
            let place = open.iter().position(|(name, _)| *name == answers.name);
            if let Some(at) = place {
                answers.id = open.remove(at).1;
            }
        }
    }
}

/// Whether the model shall think, and how much, where the server can be told.
fn thinking(kind: Kind, prompt: &Prompt, sampling: &Sampling) -> Vec<(&'static str, Value)> {
    let most = sampling.thinking;
    let mut wanted = prompt.thinking;
    // An answer that goes on from a prefill has no place for thoughts.
    if most.is_some_and(|most| most.0 == 0) || !prompt.prefill.is_empty() {
        wanted = Some(false);
    }
    let mut fields = Vec::new();
    match wanted {
        Some(wanted) if kind.takes_template_arguments() => {
            fields.push(("chat_template_kwargs", json!({ "enable_thinking": wanted })));
        }
        _ => {}
    }
    if let (Kind::LlamaServer, Some(most)) = (kind, most.filter(|most| most.0 > 0)) {
        fields.push(("thinking_budget_tokens", json!(most)));
    }
    fields
}

/// The field that holds an answer to `form`, where this server has one. Every answer is checked
/// afterwards, whether it was held to its form there or not.
fn form(server: &Server, form: &Form) -> Option<(&'static str, Value)> {
    let vllm = |new: &'static str, old: &'static str, value: &String| match server.old_forms {
        false => ("structured_outputs", json!({ new: value })),
        true => (old, json!(value)),
    };
    match (form, server.kind) {
        (Form::JsonSchema(schema), Kind::LlamaCppPython) => {
            Some(("response_format", json!({ "type": "json_object", "schema": schema })))
        }
        (Form::JsonSchema(schema), kind) => {
            let mut named = json!({ "name": "answer", "schema": schema });
            // OpenAI takes only some schemas strictly, and refuses the others.
            if kind.lists_all() {
                named["strict"] = json!(true);
            }
            Some(("response_format", json!({ "type": "json_schema", "json_schema": named })))
        }
        (Form::Lark(grammar), Kind::Vllm) => Some(vllm("grammar", "guided_grammar", grammar)),
        (Form::Regex(pattern), Kind::Vllm) => Some(vllm("regex", "guided_regex", pattern)),
        (Form::Regex(pattern), Kind::Sglang) => Some(("regex", json!(pattern))),
        // The grammars of the others are of another kind.
        (Form::Lark(_) | Form::Regex(_), _) => None,
    }
}
