//! Values as Python writes them: `json.dumps`, and `str` of numbers.
//!
//! Models were taught on prompts that Python rendered. A space more or less in the JSON of a tool
//! is another prompt, so this follows `json.dumps` byte for byte.

use minijinja::value::ValueKind;
use minijinja::{Error, ErrorKind, Value};

/// The arguments of `json.dumps` that templates give.
#[derive(Clone, Debug)]
pub(super) struct Dumps {
    pub(super) ensure_ascii: bool,
    /// What one step of nesting is indented by.
    pub(super) indent: Option<String>,
    pub(super) item_separator: String,
    pub(super) key_separator: String,
    pub(super) sort_keys: bool,
}

impl Default for Dumps {
    fn default() -> Self {
        Self {
            ensure_ascii: false,
            indent: None,
            item_separator: ", ".into(),
            key_separator: ": ".into(),
            sort_keys: false,
        }
    }
}

/// Nesting past which a value is refused; Python refuses a little later.
const MAX_DEPTH: usize = 200;

impl Dumps {
    /// `value` as JSON. What JSON cannot say is an error, as it is in Python.
    pub(super) fn write(&self, value: &Value) -> Result<String, Error> {
        let mut out = String::new();
        self.value(value, 0, &mut out)?;
        Ok(out)
    }

    fn value(&self, value: &Value, depth: usize, out: &mut String) -> Result<(), Error> {
        if depth > MAX_DEPTH {
            return Err(Error::new(ErrorKind::InvalidOperation, "nested too deep for JSON"));
        }
        match value.kind() {
            ValueKind::None => out.push_str("null"),
            ValueKind::Bool => out.push_str(if value.is_true() { "true" } else { "false" }),
            ValueKind::Number => out.push_str(&number(value)),
            ValueKind::String => self.string(value.as_str().unwrap_or_default(), out),
            ValueKind::Seq => {
                let items: Vec<Value> = value.try_iter()?.collect();
                self.wrapped(('[', ']'), items.len(), depth, out, |this, i, out| {
                    this.value(&items[i], depth + 1, out)
                })?;
            }
            ValueKind::Map => {
                let mut keys: Vec<Value> = value.try_iter()?.collect();
                if self.sort_keys {
                    keys.sort();
                }
                self.wrapped(('{', '}'), keys.len(), depth, out, |this, i, out| {
                    this.string(&key(&keys[i])?, out);
                    out.push_str(&this.key_separator);
                    this.value(&value.get_item(&keys[i])?, depth + 1, out)
                })?;
            }
            kind => {
                let why = format!("{kind} cannot be written as JSON");
                return Err(Error::new(ErrorKind::InvalidOperation, why));
            }
        }
        Ok(())
    }

    /// Writes `count` items between brackets, on lines of their own if that is wanted.
    fn wrapped(
        &self,
        (open, close): (char, char),
        count: usize,
        depth: usize,
        out: &mut String,
        mut item: impl FnMut(&Self, usize, &mut String) -> Result<(), Error>,
    ) -> Result<(), Error> {
        out.push(open);
        for i in 0..count {
            if i > 0 {
                out.push_str(&self.item_separator);
            }
            self.new_line(depth + 1, out);
            item(self, i, out)?;
        }
        if count > 0 {
            self.new_line(depth, out);
        }
        out.push(close);
        Ok(())
    }

    fn new_line(&self, depth: usize, out: &mut String) {
        if let Some(indent) = &self.indent {
            out.push('\n');
            out.push_str(&indent.repeat(depth));
        }
    }

    fn string(&self, text: &str, out: &mut String) {
        out.push('"');
        for c in text.chars() {
            match c {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                '\u{8}' => out.push_str("\\b"),
                '\u{c}' => out.push_str("\\f"),
                c if c < ' ' || (self.ensure_ascii && (c > '~')) => {
                    for unit in c.encode_utf16(&mut [0; 2]) {
                        out.push_str(&format!("\\u{unit:04x}"));
                    }
                }
                c => out.push(c),
            }
        }
        out.push('"');
    }
}

/// A key as `json.dumps` writes it: numbers and constants become strings.
fn key(key: &Value) -> Result<String, Error> {
    match key.kind() {
        ValueKind::String => Ok(key.as_str().unwrap_or_default().to_owned()),
        ValueKind::None => Ok("null".into()),
        ValueKind::Bool => Ok(key.is_true().to_string()),
        ValueKind::Number => Ok(number(key)),
        kind => {
            let why = format!("{kind} cannot be a key of JSON");
            Err(Error::new(ErrorKind::InvalidOperation, why))
        }
    }
}

/// A number as Python writes it.
pub(super) fn number(value: &Value) -> String {
    match f64::try_from(value.clone()) {
        Ok(float) if !value.is_integer() => float_text(float),
        _ => value.to_string(),
    }
}

/// `repr` of a Python float: the shortest digits, with an exponent from 1e16 on and below 1e-4.
fn float_text(float: f64) -> String {
    if float.is_nan() {
        return "NaN".into();
    }
    if float.is_infinite() {
        return if float > 0.0 { "Infinity".into() } else { "-Infinity".into() };
    }
    let size = float.abs();
    if size != 0.0 && !(1e-4..1e16).contains(&size) {
        let text = format!("{float:e}");
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let (sign, exponent) = match exponent.strip_prefix('-') {
            Some(exponent) => ('-', exponent),
            None => ('+', exponent),
        };
        return format!("{digits}e{sign}{exponent:0>2}");
    }
    format!("{float:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(json: &str, dumps: &Dumps, expected: &str) {
        let value: serde_json::Value = serde_json::from_str(json).unwrap();
        assert_eq!(dumps.write(&Value::from(minijinja::value::Serde(value))).unwrap(), expected);
    }

    #[test]
    fn as_python_writes_it() {
        let plain = Dumps::default();
        check(
            r#"{"b":[1,2.0,1e-7,1e22,0.1],"a":{},"c":[],"d":"<é\u007f\u0001\n>"}"#,
            &plain,
            "{\"b\": [1, 2.0, 1e-07, 1e+22, 0.1], \"a\": {}, \"c\": [], \"d\": \"<é\u{7f}\\u0001\\n>\"}",
        );
        let indented = Dumps {
            indent: Some("  ".into()),
            item_separator: ",".into(),
            ensure_ascii: true,
            sort_keys: true,
            ..plain
        };
        check(
            r#"{"b":[true,null],"a":"é😀"}"#,
            &indented,
            "{\n  \"a\": \"\\u00e9\\ud83d\\ude00\",\n  \"b\": [\n    true,\n    null\n  ]\n}",
        );
    }

    #[test]
    fn what_json_cannot_say_is_an_error() {
        assert!(Dumps::default().write(&Value::UNDEFINED).is_err());
    }
}
