//! One event of a stream: what of it counts, wherever a server puts it.

use serde_json::Value;

use crate::base::Tokens;

/// What one event brings. Most have one thing.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Event {
    pub(super) text: String,
    pub(super) thought: String,
    pub(super) calls: Vec<CallPiece>,
    pub(super) finish: Option<Finish>,
    pub(super) counts: Option<Counts>,
    pub(super) times: Option<Times>,
    /// Tokens of the prompt that are read, of so many.
    pub(super) reading: Option<(Tokens, Tokens)>,
    /// The logarithm of how likely the tokens of this event are, together, and how many they are.
    pub(super) logprob: Option<(f32, u32)>,
}

/// A part of a call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct CallPiece {
    /// Which call it belongs to; some servers send calls whole and do not number them.
    pub(super) index: Option<u64>,
    pub(super) id: String,
    pub(super) name: String,
    pub(super) arguments: String,
}

/// Why the server says that it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Finish {
    Stop,
    Length,
    /// Somebody there stopped it, with the server's word for it.
    Other(String),
}

/// What the server counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) prompt: Tokens,
    pub(super) cached: Tokens,
    pub(super) completion: Tokens,
}

/// Seconds that the server measured.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Times {
    pub(super) prompt_s: f64,
    pub(super) completion_s: f64,
    pub(super) cached: Option<Tokens>,
}

/// What an event is, if it is none of an answer.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Read {
    Event(Box<Event>),
    /// The stream is at its end.
    Done,
    /// The server says what went wrong.
    Failed(Value),
    NoJson(String),
}

/// Reads the data of an event.
pub(super) fn read(data: &[u8]) -> Read {
    if data.trim_ascii() == b"[DONE]" {
        return Read::Done;
    }
    // Bytes that are no UTF-8 are replaced: a character that was cut loses itself, not the answer.
    let text = String::from_utf8_lossy(data);
    match serde_json::from_str::<Value>(&text) {
        Ok(value) if is_error(&value) => Read::Failed(value),
        Ok(value) => Read::Event(Box::new(of(&value))),
        Err(error) => Read::NoJson(error.to_string()),
    }
}

fn is_error(value: &Value) -> bool {
    let has_error = value.get("error").is_some_and(|error| !error.is_null());
    let is_object = value.get("object").and_then(Value::as_str) == Some("error");
    let is_bare =
        value.get("choices").is_none() && value.get("message").is_some_and(Value::is_string);
    has_error || is_object || is_bare
}

fn of(value: &Value) -> Event {
    let choice = value.pointer("/choices/0").unwrap_or(&Value::Null);
    // An answer that is no stream has all of it in a message.
    let said = [choice.get("delta"), choice.get("message")];
    let said = said.into_iter().flatten().find(|it| it.is_object()).unwrap_or(&Value::Null);
    let (mut text, in_parts) = content(said.get("content"));
    if let Some(refusal) = said.get("refusal").and_then(Value::as_str) {
        text += refusal;
    }
    let mut thoughts =
        ["reasoning_content", "reasoning"].iter().map(|name| content(said.get(*name)).0);
    let thought = thoughts.find(|it| !it.is_empty()).unwrap_or(in_parts);
    let calls = said.get("tool_calls").and_then(Value::as_array);
    Event {
        text,
        thought,
        calls: calls.into_iter().flatten().map(call).collect(),
        finish: choice.get("finish_reason").and_then(Value::as_str).map(finish),
        counts: value.get("usage").filter(|usage| usage.is_object()).map(counts),
        times: value.get("timings").filter(|times| times.is_object()).map(times),
        reading: value.get("prompt_progress").and_then(reading),
        logprob: choice
            .pointer("/logprobs/content")
            .and_then(Value::as_array)
            .map(|it| logprob(it)),
    }
}

/// A text, or the text and the thoughts of a list of parts, as Mistral sends them.
fn content(value: Option<&Value>) -> (String, String) {
    let (mut text, mut thought) = (String::new(), String::new());
    match value {
        Some(Value::String(whole)) => text.push_str(whole),
        Some(Value::Array(parts)) => {
            for part in parts {
                text += part.get("text").and_then(Value::as_str).unwrap_or_default();
                thought += &content(part.get("thinking")).0;
            }
        }
        _ => {}
    }
    (text, thought)
}

fn call(value: &Value) -> CallPiece {
    let text =
        |place: &str| value.pointer(place).and_then(Value::as_str).unwrap_or_default().to_owned();
    let arguments = match value.pointer("/function/arguments") {
        Some(Value::String(text)) => text.clone(),
        // Some servers send them read.
        Some(read @ (Value::Object(_) | Value::Array(_))) => read.to_string(),
        _ => String::new(),
    };
    let index = value.get("index").and_then(Value::as_u64);
    CallPiece { index, id: text("/id"), name: text("/function/name"), arguments }
}

fn finish(word: &str) -> Finish {
    match word {
        "stop" | "tool_calls" | "function_call" | "eos" | "eos_token" | "stop_sequence"
        | "end_turn" | "tool_use" => Finish::Stop,
        "length" | "max_tokens" | "model_length" => Finish::Length,
        other => Finish::Other(other.to_owned()),
    }
}

fn number(value: &Value, place: &str) -> Option<Tokens> {
    let number = value.pointer(place)?.as_u64()?;
    Some(Tokens(u32::try_from(number).unwrap_or(u32::MAX)))
}

fn counts(usage: &Value) -> Counts {
    // DeepSeek has a place of its own for what was cached.
    let cached = ["/prompt_tokens_details/cached_tokens", "/prompt_cache_hit_tokens"];
    Counts {
        prompt: number(usage, "/prompt_tokens").unwrap_or_default(),
        cached: cached.iter().find_map(|place| number(usage, place)).unwrap_or_default(),
        completion: number(usage, "/completion_tokens").unwrap_or_default(),
    }
}

fn times(times: &Value) -> Times {
    let seconds = |name: &str| times.get(name).and_then(Value::as_f64).unwrap_or_default() / 1000.0;
    Times {
        prompt_s: seconds("prompt_ms"),
        completion_s: seconds("predicted_ms"),
        cached: number(times, "/cache_n"),
    }
}

fn reading(progress: &Value) -> Option<(Tokens, Tokens)> {
    Some((number(progress, "/processed")?, number(progress, "/total")?))
}

fn logprob(tokens: &[Value]) -> (f32, u32) {
    let logprobs = tokens.iter().filter_map(|token| token.get("logprob")?.as_f64());
    (logprobs.filter(|it| it.is_finite()).sum::<f64>() as f32, Tokens::count(tokens.len()).0)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(value: &Value) -> Event {
        match read(value.to_string().as_bytes()) {
            Read::Event(event) => *event,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn thoughts_and_parts_are_found_where_servers_put_them() {
        let delta = |delta: Value| event(&json!({ "choices": [{ "delta": delta }] }));
        assert_eq!(delta(json!({ "content": "a" })).text, "a");
        assert_eq!(delta(json!({ "content": null, "reasoning_content": "b" })).thought, "b");
        assert_eq!(delta(json!({ "reasoning": "c", "reasoning_content": "c" })).thought, "c");
        let parts = json!([{ "type": "thinking", "thinking": [{ "type": "text", "text": "d" }] },
                           { "type": "text", "text": "e" }]);
        let read = delta(json!({ "content": parts }));
        assert_eq!((read.text.as_str(), read.thought.as_str()), ("e", "d"));
        assert_eq!(event(&json!({ "choices": [] })), Event::default());
    }

    #[test]
    fn what_is_no_event_is_told_apart() {
        assert_eq!(read(b" [DONE] "), Read::Done);
        assert!(matches!(read(br#"{"error":{"message":"x"}}"#), Read::Failed(_)));
        assert!(matches!(read(br#"{"object":"error","message":"x"}"#), Read::Failed(_)));
        assert!(matches!(read(b"{\"cho"), Read::NoJson(_)));
        assert!(matches!(
            read(b"{\"choices\":[{\"delta\":{\"content\":\"\xff\"}}]}"),
            Read::Event(_)
        ));
        assert!(matches!(read(br#"{"error":null,"choices":[]}"#), Read::Event(_)));
    }
}
