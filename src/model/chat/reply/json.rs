//! JSON as models write it: read strictly if that goes, and with small repairs if not.
//!
//! What is repaired: single quotes, raw control characters in strings, unknown escapes, commas too
//! many, bare keys, Python's constants, brackets missing or too many at the end. A string without
//! its end is never repaired: half a file is not the file that was meant.

use serde_json::{Map, Value};

/// Nesting past which text is refused.
const MAX_DEPTH: usize = 64;

/// What was wrong with a call and could be put right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Repair {
    SingleQuotes,
    RawControl,
    UnknownEscape,
    ExtraComma,
    BareKey,
    PythonConstant,
    /// Brackets were missing at the end: perhaps more was meant to come.
    Unclosed,
    ExtraBrackets,
    /// The marker that ends a call or an argument was missing.
    MissingMarker,
}

/// A value, how many bytes it took, and what was repaired.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Read {
    pub(super) value: Value,
    pub(super) used: usize,
    pub(super) repairs: Vec<Repair>,
}

/// Reads the value that `text` begins with.
pub(super) fn read(text: &str) -> Result<Read, String> {
    let mut strict = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    if let Some(Ok(value)) = strict.next() {
        return Ok(Read { value, used: strict.byte_offset(), repairs: Vec::new() });
    }
    let mut lenient = Lenient { text, at: 0, repairs: Vec::new() };
    let value = lenient.value(0)?;
    let Lenient { at, mut repairs, .. } = lenient;
    repairs.sort_unstable();
    repairs.dedup();
    Ok(Read { value, used: at, repairs })
}

/// Whether `text` is the beginning of JSON that goes on.
pub(super) fn is_unfinished(text: &str) -> bool {
    let mut strict = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    matches!(strict.next(), Some(Err(error)) if error.is_eof())
}

struct Lenient<'t> {
    text: &'t str,
    at: usize,
    repairs: Vec<Repair>,
}

impl Lenient<'_> {
    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn take(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn space(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
    }

    fn repaired(&mut self, repair: Repair) {
        self.repairs.push(repair);
    }

    fn wrong(&self, what: &str) -> String {
        format!("the JSON {what} at byte {}", self.at)
    }

    fn value(&mut self, depth: usize) -> Result<Value, String> {
        if depth > MAX_DEPTH {
            return Err(self.wrong("is nested too deep"));
        }
        self.space();
        match self.peek() {
            Some('{') => self.object(depth),
            Some('[') => self.array(depth),
            Some('"' | '\'') => self.string().map(Value::String),
            Some(_) => self.word(),
            None => Err(self.wrong("ends before a value")),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value, String> {
        let mut fields = Map::new();
        self.take();
        while self.another('}')? {
            let key = match self.peek() {
                Some('"' | '\'') => self.string()?,
                _ => self.bare_key()?,
            };
            self.space();
            if self.take() != Some(':') {
                return Err(self.wrong("has no colon after a key"));
            }
            let value = self.value(depth + 1)?;
            fields.insert(key, value);
        }
        Ok(Value::Object(fields))
    }

    fn array(&mut self, depth: usize) -> Result<Value, String> {
        let mut items = Vec::new();
        self.take();
        while self.another(']')? {
            items.push(self.value(depth + 1)?);
        }
        Ok(Value::Array(items))
    }

    /// Goes to the next item before `close`; gives whether there is one.
    fn another(&mut self, close: char) -> Result<bool, String> {
        let first = matches!(self.text[..self.at].chars().next_back(), Some('{' | '['));
        let mut commas = 0;
        loop {
            self.space();
            match self.peek() {
                Some(',') => {
                    commas += 1;
                    self.take();
                }
                Some(c) if c == close => {
                    self.take();
                    if commas > 0 {
                        self.repaired(Repair::ExtraComma);
                    }
                    return Ok(false);
                }
                None => {
                    self.repaired(Repair::Unclosed);
                    return Ok(false);
                }
                Some(_) if first && commas == 0 => return Ok(true),
                Some(_) if commas == 0 => return Err(self.wrong("lacks a comma")),
                Some(_) => {
                    if first || commas > 1 {
                        self.repaired(Repair::ExtraComma);
                    }
                    return Ok(true);
                }
            }
        }
    }

    fn string(&mut self) -> Result<String, String> {
        let quote = self.take().unwrap_or('"');
        if quote == '\'' {
            self.repaired(Repair::SingleQuotes);
        }
        let mut out = String::new();
        loop {
            match self.take() {
                None => return Err(self.wrong("ends inside a string")),
                Some('\\') => self.escape(&mut out)?,
                Some(c) if c == quote => return Ok(out),
                Some(c) => {
                    if c < ' ' {
                        self.repaired(Repair::RawControl);
                    }
                    out.push(c);
                }
            }
        }
    }

    fn escape(&mut self, out: &mut String) -> Result<(), String> {
        match self.take() {
            None => return Err(self.wrong("ends inside a string")),
            Some('n') => out.push('\n'),
            Some('r') => out.push('\r'),
            Some('t') => out.push('\t'),
            Some('b') => out.push('\u{8}'),
            Some('f') => out.push('\u{c}'),
            Some(c @ ('"' | '\'' | '\\' | '/')) => out.push(c),
            Some('u') => match self.unit() {
                Some(unit) => self.utf16(unit, out),
                None => self.unknown_escape('u', out),
            },
            Some(c) => self.unknown_escape(c, out),
        }
        Ok(())
    }

    fn unknown_escape(&mut self, c: char, out: &mut String) {
        self.repaired(Repair::UnknownEscape);
        out.extend(['\\', c]);
    }

    /// Four hexadecimal digits, if they are next.
    fn unit(&mut self) -> Option<u16> {
        let digits = self.text.get(self.at..self.at + 4)?;
        let digits = digits.bytes().all(|b| b.is_ascii_hexdigit()).then_some(digits)?;
        self.at += 4;
        u16::from_str_radix(digits, 16).ok()
    }

    fn utf16(&mut self, first: u16, out: &mut String) {
        let mut units = vec![first];
        let before = self.at;
        if (0xd800..0xdc00).contains(&first) && self.text[self.at..].starts_with("\\u") {
            self.at += 2;
            match self.unit() {
                Some(second) if (0xdc00..0xe000).contains(&second) => units.push(second),
                _ => self.at = before,
            }
        }
        out.push_str(&String::from_utf16_lossy(&units));
    }

    fn bare_key(&mut self) -> Result<String, String> {
        let word = self.letters();
        if word.is_empty() || word.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(self.wrong("lacks a key"));
        }
        self.repaired(Repair::BareKey);
        Ok(word)
    }

    /// A number or a constant.
    fn word(&mut self) -> Result<Value, String> {
        let word = self.letters();
        let python = match word.as_str() {
            "True" => Value::Bool(true),
            "False" => Value::Bool(false),
            "None" => Value::Null,
            word => return serde_json::from_str(word).map_err(|_| self.wrong("has no value")),
        };
        self.repaired(Repair::PythonConstant);
        Ok(python)
    }

    fn letters(&mut self) -> String {
        let rest = &self.text[self.at..];
        let inner = |c: char| c.is_ascii_alphanumeric() || "_.+-".contains(c);
        let word = &rest[..rest.find(|c| !inner(c)).unwrap_or(rest.len())];
        self.at += word.len();
        word.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Value, repairs: &[Repair], rest: &str) {
        let read = read(text).unwrap();
        assert_eq!((read.value, read.repairs.as_slice()), (expected, repairs));
        assert_eq!(&text[read.used..], rest);
    }

    #[track_caller]
    fn check_refused(text: &str, why: &str) {
        let error = read(text).unwrap_err();
        assert!(error.contains(why), "{error}");
    }

    #[test]
    fn small_damage_is_repaired() {
        check(r#"{"a": [1, 2.5]} x"#, json!({"a": [1, 2.5]}), &[], " x");
        check("{'a': 'it\\'s'}", json!({"a": "it's"}), &[Repair::SingleQuotes], "");
        check("{\"a\": \"x\ny\"}", json!({"a": "x\ny"}), &[Repair::RawControl], "");
        check(r#"{"a": [1, 2,],}"#, json!({"a": [1, 2]}), &[Repair::ExtraComma], "");
        check(r#"{"a": {"b": 1"#, json!({"a": {"b": 1}}), &[Repair::Unclosed], "");
        check(
            r#"{a: "\d\u00e9\ud83d\ude00\ud83d"}"#,
            json!({"a": "\\dé😀\u{fffd}"}),
            &[Repair::UnknownEscape, Repair::BareKey],
            "",
        );
        check(
            "{\"a\": [True, None, false]}",
            json!({"a": [true, null, false]}),
            &[Repair::PythonConstant],
            "",
        );
    }

    #[test]
    fn what_was_meant_is_not_guessed() {
        check_refused(r#"{"a": "half of a fi"#, "ends inside a string");
        check_refused(r#"{"a": "#, "ends before a value");
        check_refused(r#"{"a" "b"}"#, "no colon");
        check_refused(r#"{"a": 1 "b": 2}"#, "lacks a comma");
        check_refused(r#"{"a": foo}"#, "has no value");
        check_refused(&"[".repeat(100_000), "nested too deep");
    }

    proptest! {
        #[test]
        fn no_text_panics_and_what_is_json_is_read_as_such(text in "[\\[\\]{}\"',:\\\\ua1 \n.eé-]{0,40}") {
            let ours = read(&text);
            if let Ok(theirs) = serde_json::from_str::<Value>(&text) {
                let ours = ours.unwrap();
                prop_assert_eq!((ours.value, ours.repairs), (theirs, vec![]));
            } else if let Ok(ours) = ours {
                prop_assert!(text.is_char_boundary(ours.used));
            }
        }

        #[test]
        fn the_lenient_reader_agrees_with_the_strict_one(text in "[\\[\\]{}\"':,1a\\\\n ]{0,30}") {
            if let Ok(theirs) = serde_json::from_str::<Value>(&text) {
                let mut lenient = Lenient { text: &text, at: 0, repairs: Vec::new() };
                prop_assert_eq!(lenient.value(0).unwrap(), theirs);
                prop_assert_eq!(lenient.repairs, vec![]);
            }
        }
    }
}
