//! Methods of Python's strings that templates call and minijinja lacks or has otherwise.

use minijinja::value::{ValueKind, from_args};
use minijinja::{Error, ErrorKind, State, Value};
use minijinja_contrib::pycompat;

/// Calls `method` of `value` as Python would.
pub(super) fn call(
    state: &mut State,
    value: &Value,
    method: &str,
    arguments: &[Value],
) -> Result<Value, Error> {
    let ours = value.as_str().and_then(|text| of_string(text, method, arguments));
    ours.unwrap_or_else(|| pycompat::unknown_method_callback(state, value, method, arguments))
}

fn of_string(text: &str, method: &str, arguments: &[Value]) -> Option<Result<Value, Error>> {
    match method {
        "strip" | "lstrip" | "rstrip" => {
            Some(from_args(arguments).map(|(set,): (Option<&str>,)| {
                let (start, end) = (method != "rstrip", method != "lstrip");
                Value::from(strip(text, set, start, end))
            }))
        }
        "removeprefix" => Some(
            from_args(arguments)
                .map(|(prefix,): (&str,)| Value::from(text.strip_prefix(prefix).unwrap_or(text))),
        ),
        "removesuffix" => Some(
            from_args(arguments)
                .map(|(suffix,): (&str,)| Value::from(text.strip_suffix(suffix).unwrap_or(text))),
        ),
        _ => None,
    }
}

/// `text` without the characters of `set`, or without white space, at the ends that are named.
pub(super) fn strip<'a>(text: &'a str, set: Option<&str>, start: bool, end: bool) -> &'a str {
    let stripped = |c: char| set.map_or_else(|| is_space(c), |set| set.contains(c));
    let text = if start { text.trim_start_matches(stripped) } else { text };
    if end { text.trim_end_matches(stripped) } else { text }
}

/// White space to Python: four separators of ASCII count, too.
fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

/// The filter `trim`, which is `strip` of whatever it is given as text.
pub(super) fn trim(value: &Value, set: Option<&str>) -> Result<String, Error> {
    Ok(strip(&text(value), set, true, true).to_owned())
}

/// `str(value)`.
pub(super) fn text(value: &Value) -> String {
    match value.kind() {
        ValueKind::Number => super::python_json::number(value),
        _ => value.to_string(),
    }
}

/// Whether Python could iterate over it: strings and mappings, too.
pub(super) fn is_iterable(value: &Value) -> bool {
    use ValueKind::{Iterable, Map, Seq, String, Undefined};
    matches!(value.kind(), String | Seq | Map | Iterable | Undefined)
}

/// Whether it has a length and can be indexed: strings and mappings, too.
pub(super) fn is_sequence(value: &Value) -> bool {
    use ValueKind::{Map, Seq, String, Undefined};
    matches!(value.kind(), String | Seq | Map | Undefined)
}

/// The filter `items`: the pairs of a mapping, and an error for all else.
pub(super) fn items(value: &Value) -> Result<Value, Error> {
    match value.kind() {
        ValueKind::Undefined => Ok(Value::from(Vec::<Value>::new())),
        ValueKind::Map => {
            let keys: Vec<Value> = value.try_iter()?.collect();
            let pair = |key: Value| Ok(Value::from(vec![key.clone(), value.get_item(&key)?]));
            Ok(Value::from(keys.into_iter().map(pair).collect::<Result<Vec<_>, Error>>()?))
        }
        _ => Err(Error::new(ErrorKind::InvalidOperation, "can only get item pairs from a mapping")),
    }
}
