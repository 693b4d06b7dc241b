//! Calls with a marker around every argument: Qwen3-Coder, Seed, MiniMax, GLM.

use serde_json::{Map, Value};

use crate::model::Tool;
use crate::model::chat::reply::calls::{self, Found, first_words, named};
use crate::model::chat::reply::json::{self, Repair};
use crate::model::chat::reply::reader::{Offer, first_marker};

/// How one family writes a call.
struct Tags {
    call: [&'static str; 3],
    argument: [&'static str; 3],
}

const FUNCTION: Tags = Tags {
    call: ["<function=", ">", "</function>"],
    argument: ["<parameter=", ">", "</parameter>"],
};

const INVOKE: Tags = Tags {
    call: ["<invoke name=", ">", "</invoke>"],
    argument: ["<parameter name=", ">", "</parameter>"],
};

/// What names an argument of GLM's.
const KEY: &str = "<arg_key>";

/// Reads the calls of `body`.
pub(super) fn read(body: &str, offer: &mut Offer) -> Result<Found, String> {
    match Tags::of(body) {
        Some(tags) => tags.read(body, offer),
        None => glm(body, offer),
    }
}

/// Whether `body` is the beginning of calls that go on.
pub(super) fn is_unfinished(body: &str) -> bool {
    let body = body.trim_end();
    match Tags::of(body) {
        Some(tags) => !body.ends_with(tags.call[2]),
        None => body.contains(KEY) && !body.ends_with("</arg_value>"),
    }
}

impl Tags {
    /// The tags with which `body` is written, if it names functions by them: what comes first tells.
    fn of(body: &str) -> Option<Self> {
        let markers = [FUNCTION.call[0], INVOKE.call[0], KEY];
        let (_, first) = first_marker(body, &markers)?;
        [FUNCTION, INVOKE].into_iter().find(|tags| tags.call[0] == first)
    }

    fn read(&self, body: &str, offer: &mut Offer) -> Result<Found, String> {
        let [open, named_end, _] = self.call;
        let mut found = Found { used: body.len(), ..Found::default() };
        let mut rest = body.trim();
        while !rest.is_empty() {
            let Some(piece) = rest.strip_prefix(open) else {
                return Err(format!("text stands before the call: {}", first_words(rest)));
            };
            let Some((name, inner)) = piece.split_once(named_end) else {
                return Err("the name of a call does not end".into());
            };
            let name = named(name.trim().trim_matches('"'))?;
            let (inner, next) = self.ended(inner);
            let arguments = if inner.trim_start().starts_with('{') {
                calls::arguments(inner, &mut found.repairs)?
            } else {
                self.arguments(inner, schema(&offer.tools, name), &mut found.repairs)?
            };
            found.calls.push(calls::call(offer, "", name, arguments));
            rest = next;
        }
        Ok(found)
    }

    /// What stands in a call, and the next call. The end is a marker that a call or nothing follows, for
    /// a value may quote it; where it is missing, an argument that a call follows.
    fn ended<'t>(&self, inner: &'t str) -> (&'t str, &'t str) {
        let [open, _, close] = self.call;
        let last = |after: &str| after.is_empty() || after.starts_with(open);
        let mut closes = inner.match_indices(close).map(|(at, _)| (at, at + close.len()));
        let closed = closes.find(|(_, end)| last(inner[*end..].trim_start()));
        let close = self.argument[2];
        let mut ends = inner.match_indices(close).map(|(at, _)| at + close.len());
        let begun = ends.find(|end| inner[*end..].trim_start().starts_with(open));
        let ends = [closed, begun.map(|end| (end, end))].into_iter().flatten();
        let (end, next) = ends.min().unwrap_or((inner.len(), inner.len()));
        (&inner[..end], inner[next..].trim_start())
    }

    fn arguments(
        &self,
        inner: &str,
        schema: Option<&Value>,
        repairs: &mut Vec<Repair>,
    ) -> Result<Value, String> {
        let [open, named_end, close] = self.argument;
        let mut arguments = Map::new();
        let mut rest = inner.trim_start();
        while !rest.is_empty() {
            let Some(after) = rest.strip_prefix(open) else {
                return Err(format!("text stands between arguments: {}", first_words(rest)));
            };
            let Some((key, after)) = after.split_once(named_end) else {
                return Err("the name of an argument does not end".into());
            };
            let (text, next) = self.value(after, open, close, repairs);
            let key = key.trim().trim_matches('"');
            arguments.insert(key.to_owned(), typed(text, property(schema, key)));
            rest = next.trim_start();
        }
        Ok(Value::Object(arguments))
    }

    /// The text of a value, and what follows. The end is a marker that another argument or nothing
    /// follows: a value may quote the marker. Where another argument begins first, on a line of its
    /// own, the marker is missing.
    fn value<'t>(
        &self,
        text: &'t str,
        open: &str,
        close: &str,
        repairs: &mut Vec<Repair>,
    ) -> (&'t str, &'t str) {
        let next = text.find(&format!("\n{open}")).unwrap_or(text.len());
        let ends = text.match_indices(close).map(|(at, _)| (at, &text[at + close.len()..]));
        let last = |after: &str| after.trim().is_empty() || after.trim_start().starts_with(open);
        let first = text.find(close).is_some_and(|at| at < next);
        if let Some((at, after)) = ends.into_iter().find(|(_, after)| first && last(after)) {
            return (&text[..at], after);
        }
        repairs.push(Repair::MissingMarker);
        text.split_at(next)
    }
}

/// `NAME`, then `<arg_key>KEY</arg_key>` and `<arg_value>VALUE</arg_value>` in turn.
fn glm(body: &str, offer: &mut Offer) -> Result<Found, String> {
    let (name, mut rest) = body.split_at(body.find(KEY).unwrap_or(body.len()));
    let name = named(name)?;
    let schema = schema(&offer.tools, name);
    let mut arguments = Map::new();
    let mut repairs = Vec::new();
    while !rest.trim().is_empty() {
        let Some((key, after)) = between(rest, KEY, "</arg_key>") else {
            return Err(format!("this is no argument: {}", first_words(rest)));
        };
        let after = after.trim_start();
        let Some(value) = after.strip_prefix("<arg_value>") else {
            return Err(format!("the argument `{key}` has no value"));
        };
        let end = value.find("</arg_value>").unwrap_or_else(|| {
            repairs.push(Repair::MissingMarker);
            value.find(KEY).unwrap_or(value.len())
        });
        let key = key.trim();
        arguments.insert(key.to_owned(), typed(&value[..end], property(schema, key)));
        rest = value[end..].strip_prefix("</arg_value>").unwrap_or(&value[end..]);
    }
    let calls = vec![calls::call(offer, "", name, Value::Object(arguments))];
    Ok(Found { calls, repairs, used: body.len() })
}

/// What stands between `open`, with which `text` begins, and `close`; and what follows.
fn between<'t>(text: &'t str, open: &str, close: &str) -> Option<(&'t str, &'t str)> {
    text.trim_start().strip_prefix(open)?.split_once(close)
}

fn schema<'t>(tools: &'t [Tool], name: &str) -> Option<&'t Value> {
    tools.iter().find(|tool| tool.name == name).map(|tool| &tool.parameters)
}

fn property<'s>(schema: Option<&'s Value>, key: &str) -> Option<&'s Value> {
    schema?.get("properties")?.get(key)
}

/// A value by its schema: text where text is wanted, and else JSON, or what Python prints, if it can
/// be read as that.
fn typed(text: &str, schema: Option<&Value>) -> Value {
    let text = text.strip_prefix('\n').unwrap_or(text);
    let text = text.strip_suffix('\n').unwrap_or(text);
    let trimmed = text.trim();
    if schema.is_some_and(|schema| schema["type"] == "string") || trimmed.is_empty() {
        return Value::String(text.to_owned());
    }
    match json::read(trimmed) {
        Ok(read) if read.used == trimmed.len() && !read.repairs.contains(&Repair::Unclosed) => {
            read.value
        }
        _ => Value::String(text.to_owned()),
    }
}
