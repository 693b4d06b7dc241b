//! Reads what stands between the markers of a call, in whichever way it is written.

use serde_json::{Map, Value};

use crate::model::ToolCall;
use crate::model::chat::reply::json::{self, Repair};
use crate::model::chat::reply::reader::{Offer, first_marker};
use crate::model::chat::reply::tagged;

/// Calls that were read.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Found {
    pub(super) calls: Vec<ToolCall>,
    pub(super) repairs: Vec<Repair>,
    /// Bytes that they took; what follows is text.
    pub(super) used: usize,
}

/// In which way calls are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Json,
    Tagged,
    DeepSeek,
    Kimi,
    Mistral,
}

/// What stands before the arguments of a call, each with the way that it is of. What comes first tells:
/// an argument may quote any other.
const BEFORE_ARGUMENTS: [(&str, Way); 6] = [
    ("<function=", Way::Tagged),
    ("<invoke name=", Way::Tagged),
    ("<arg_key>", Way::Tagged),
    ("<｜tool▁sep｜>", Way::DeepSeek),
    ("<|tool_call_argument_begin|>", Way::Kimi),
    ("[ARGS]", Way::Mistral),
];

impl Way {
    /// How `body` is written. Tags take none before a name that has no arguments.
    fn of(body: &str) -> Self {
        if body.trim_start().starts_with(['{', '[']) {
            return Self::Json;
        }
        let markers = BEFORE_ARGUMENTS.map(|(marker, _)| marker);
        let first = first_marker(body, &markers).map(|(_, marker)| marker);
        let known = BEFORE_ARGUMENTS.iter().find(|(marker, _)| Some(*marker) == first);
        known.map_or(Self::Tagged, |(_, way)| *way)
    }
}

/// Reads the calls that `body` begins with: at least one.
pub(super) fn read(body: &str, offer: &mut Offer) -> Result<Found, String> {
    let found = match Way::of(body) {
        Way::Json => several(body, offer)?,
        Way::Tagged => tagged::read(body, offer)?,
        Way::DeepSeek => deepseek(body, offer)?,
        Way::Kimi => kimi(body, offer)?,
        Way::Mistral => mistral(body, offer)?,
    };
    if found.calls.is_empty() {
        return Err("no call stands between the markers".into());
    }
    Ok(found)
}

/// Whether `body` is the beginning of calls that go on.
pub(super) fn is_unfinished(body: &str) -> bool {
    let body = body.trim();
    let goes_on = |open, close| body.contains(open) && !body.ends_with(close);
    match Way::of(body) {
        Way::Json => json::is_unfinished(body),
        Way::Tagged => tagged::is_unfinished(body),
        Way::DeepSeek => goes_on("<｜tool▁call▁begin｜>", "<｜tool▁call▁end｜>"),
        Way::Kimi => goes_on("<|tool_call_begin|>", "<|tool_call_end|>"),
        Way::Mistral => {
            body.split_once("[ARGS]").is_some_and(|(_, json)| json::is_unfinished(json.trim()))
        }
    }
}

/// Arguments of a call, from JSON in `text`; a fence around it is left out.
pub(super) fn arguments(text: &str, repairs: &mut Vec<Repair>) -> Result<Value, String> {
    let inner = text.trim();
    let inner = inner.strip_prefix("```").map_or(inner, |inner| {
        let inner = inner.strip_prefix("json").unwrap_or(inner);
        inner.trim_end().trim_end_matches("```")
    });
    if inner.trim().is_empty() {
        return Ok(Value::Object(Map::new()));
    }
    let read = json::read(inner.trim_start())?;
    repairs.extend(read.repairs);
    let rest = inner.trim_start()[read.used..].trim();
    if !rest.is_empty() {
        if !rest.chars().all(|c| "]}".contains(c)) {
            return Err(format!("text follows the arguments: {}", first_words(rest)));
        }
        repairs.push(Repair::ExtraBrackets);
    }
    Ok(read.value)
}

/// The call of `name`, numbered where the model gave it no name of its own.
pub(super) fn call(offer: &mut Offer, id: &str, name: &str, arguments: Value) -> ToolCall {
    offer.calls += 1;
    let id =
        if id.is_empty() { format!("call{:05}", offer.calls % 100_000) } else { id.to_owned() };
    ToolCall { id, name: name.to_owned(), arguments }
}

/// JSON values one after the other, perhaps separated by `;`, as Llama does.
fn several(body: &str, offer: &mut Offer) -> Result<Found, String> {
    let mut found = Found::default();
    loop {
        let rest = &body[found.used..];
        let trimmed = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ';' || c == ',');
        let begin = found.used + rest.len() - trimmed.len();
        if !trimmed.starts_with(['{', '[']) {
            let brackets = trimmed.trim_end();
            if !brackets.is_empty() && brackets.chars().all(|c| "]}".contains(c)) {
                found.repairs.push(Repair::ExtraBrackets);
                found.used = body.len();
            } else if trimmed.is_empty() {
                found.used = body.len();
            }
            return Ok(found);
        }
        let read = json::read(trimmed)?;
        let read_calls = of_value(&read.value, offer, &mut found.repairs);
        match read_calls {
            Ok(calls) => found.calls.extend(calls),
            // JSON behind a call need not be one.
            Err(_) if !found.calls.is_empty() => return Ok(found),
            Err(why) => return Err(why),
        }
        found.repairs.extend(read.repairs);
        found.used = begin + read.used;
    }
}

fn of_value(
    value: &Value,
    offer: &mut Offer,
    repairs: &mut Vec<Repair>,
) -> Result<Vec<ToolCall>, String> {
    match value {
        Value::Array(items) => {
            let calls = items.iter().map(|item| of_value(item, offer, repairs));
            Ok(calls.collect::<Result<Vec<_>, _>>()?.concat())
        }
        Value::Object(fields) => of_object(fields, offer, repairs).map(|call| vec![call]),
        _ => Err("a call is a JSON object, and this is none".into()),
    }
}

fn of_object(
    fields: &Map<String, Value>,
    offer: &mut Offer,
    repairs: &mut Vec<Repair>,
) -> Result<ToolCall, String> {
    if let Some(Value::Object(inner)) = fields.get("function") {
        return of_object(inner, offer, repairs);
    }
    let text = |keys: &[&str]| keys.iter().find_map(|key| fields.get(*key)?.as_str());
    let Some(name) = text(&["name", "tool_name", "function"]).filter(|name| !name.is_empty())
    else {
        return Err("the JSON names no tool: `name` is missing".into());
    };
    let given = ["arguments", "parameters", "args"].iter().find_map(|key| fields.get(*key));
    let arguments = match given {
        Some(Value::String(text)) => arguments(text, repairs)?,
        Some(value) => value.clone(),
        None => Value::Object(Map::new()),
    };
    Ok(call(offer, text(&["id", "tool_call_id"]).unwrap_or_default(), name, arguments))
}

/// `NAME[ARGS]{…}`, perhaps with `[CALL_ID]ID` between.
fn mistral(body: &str, offer: &mut Offer) -> Result<Found, String> {
    let (head, json) = body.split_once("[ARGS]").unwrap_or((body, ""));
    let (name, id) = head.split_once("[CALL_ID]").unwrap_or((head, ""));
    let mut repairs = Vec::new();
    let begin = body.len() - json.trim_start().len();
    let read = json::read(json.trim_start())?;
    repairs.extend(read.repairs);
    let calls = vec![call(offer, id.trim(), named(name)?, read.value)];
    Ok(Found { calls, repairs, used: begin + read.used })
}

/// `function<｜tool▁sep｜>NAME`, then a fence with JSON; from V3.1 on `NAME<｜tool▁sep｜>{…}`.
fn deepseek(body: &str, offer: &mut Offer) -> Result<Found, String> {
    let mut found = Found { used: body.len(), ..Found::default() };
    for piece in body.split("<｜tool▁call▁begin｜>").filter(|piece| !piece.trim().is_empty())
    {
        let piece = ended(piece, "<｜tool▁call▁end｜>", &mut found.repairs);
        let Some((head, tail)) = piece.split_once("<｜tool▁sep｜>") else {
            return Err("a call without `<｜tool▁sep｜>`".into());
        };
        let (name, json) = if tail.trim_start().starts_with('{') {
            (head, tail)
        } else {
            tail.trim_start().split_once('\n').unwrap_or((tail, ""))
        };
        let arguments = arguments(json, &mut found.repairs)?;
        found.calls.push(call(offer, "", named(name)?, arguments));
    }
    Ok(found)
}

/// `functions.NAME:0<|tool_call_argument_begin|>{…}`.
fn kimi(body: &str, offer: &mut Offer) -> Result<Found, String> {
    let mut found = Found { used: body.len(), ..Found::default() };
    for piece in body.split("<|tool_call_begin|>").filter(|piece| !piece.trim().is_empty()) {
        let piece = ended(piece, "<|tool_call_end|>", &mut found.repairs);
        let Some((id, json)) = piece.split_once("<|tool_call_argument_begin|>") else {
            return Err("a call without `<|tool_call_argument_begin|>`".into());
        };
        let id = id.trim();
        let name = id.strip_prefix("functions.").unwrap_or(id);
        let name = name.rsplit_once(':').map_or(name, |(name, _)| name);
        let arguments = arguments(json, &mut found.repairs)?;
        found.calls.push(call(offer, id, named(name)?, arguments));
    }
    Ok(found)
}

/// `piece` up to `marker`. Nothing but white space may follow, or the whole piece is taken.
fn ended<'p>(piece: &'p str, marker: &str, repairs: &mut Vec<Repair>) -> &'p str {
    match piece.rsplit_once(marker) {
        Some((inner, after)) if after.trim().is_empty() => inner,
        _ => {
            repairs.push(Repair::MissingMarker);
            piece
        }
    }
}

/// A name that a tool could have.
pub(super) fn named(name: &str) -> Result<&str, String> {
    let name = name.trim();
    let fits = |c: char| c.is_alphanumeric() || "_-.:/".contains(c);
    let is_name = !name.is_empty() && name.chars().all(fits);
    is_name.then_some(name).ok_or_else(|| format!("this names no tool: {}", first_words(name)))
}

/// The beginning of `text`, to quote.
pub(super) fn first_words(text: &str) -> String {
    let line = text.trim().lines().next().unwrap_or_default();
    let short: String = line.chars().take(40).collect();
    format!("`{short}`")
}
