//! The arguments of a call, which nobody has checked: read one by one, each bounded.

use serde_json::{Map, Value};

use crate::base::RepoPath;

/// Longest words that are searched for, and longest name of a thing, in bytes.
pub(super) const WORDS: usize = 500;
/// Longest code that one call may bring, in bytes.
pub(super) const CODE: usize = 256 << 10;
/// How much of what a model wrote is said back to it, in characters.
const QUOTED: usize = 60;

/// The arguments of one call.
pub(super) struct Arguments<'a>(std::borrow::Cow<'a, Map<String, Value>>);

impl<'a> Arguments<'a> {
    /// An object, or a text that is one: some models write it twice over.
    pub(super) fn of(value: &'a Value) -> Result<Self, String> {
        use std::borrow::Cow;
        match value {
            Value::Object(fields) => Ok(Self(Cow::Borrowed(fields))),
            Value::Null => Ok(Self(Cow::Owned(Map::new()))),
            Value::String(text) => match serde_json::from_str(text) {
                Ok(Value::Object(fields)) => Ok(Self(Cow::Owned(fields))),
                _ => Err("the arguments are no JSON object".into()),
            },
            _ => Err("the arguments are no JSON object".into()),
        }
    }

    /// A text that has to be there and to say something, of at most `most` bytes.
    pub(super) fn text(&self, key: &str, most: usize) -> Result<String, String> {
        match self.text_if_any(key, most)?.filter(|text| !text.trim().is_empty()) {
            Some(text) => Ok(text),
            None => Err(format!("`{key}` is missing")),
        }
    }

    /// A text of at most `most` bytes, if it is there.
    pub(super) fn text_if_any(&self, key: &str, most: usize) -> Result<Option<String>, String> {
        match self.0.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.len() > most => {
                Err(format!("`{key}` has {} bytes, and may have {most}", text.len()))
            }
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(format!("`{key}` is no text")),
        }
    }

    /// One short line: line ends and other control characters are refused.
    pub(super) fn line(&self, key: &str) -> Result<String, String> {
        let text = self.text(key, WORDS)?.trim().to_owned();
        match text.chars().any(char::is_control) {
            true => Err(format!("`{key}` has control characters")),
            false => Ok(text),
        }
    }

    /// A path inside the repository that has to be there.
    pub(super) fn path(&self, key: &str) -> Result<RepoPath, String> {
        self.path_if_any(key)?.ok_or_else(|| format!("`{key}` is missing"))
    }

    /// A path inside the repository; none is its root.
    pub(super) fn path_if_any(&self, key: &str) -> Result<Option<RepoPath>, String> {
        let Some(text) = self.text_if_any(key, WORDS)? else { return Ok(None) };
        let mut plain = text.trim();
        while let Some(rest) = plain.strip_prefix("./") {
            plain = rest;
        }
        let plain = plain.trim_end_matches('/');
        if plain.is_empty() || plain == "." {
            return match text.trim().starts_with('/') {
                true => Err(format!("`{key}` is no path inside the repository")),
                false => Ok(None),
            };
        }
        match RepoPath::new(plain) {
            Ok(path) => Ok(Some(path)),
            Err(_) => Err(format!("`{}` is no path inside the repository", quoted(plain))),
        }
    }

    /// A number of a line, from 1; a text that is one counts.
    pub(super) fn number(&self, key: &str) -> Result<Option<u32>, String> {
        let wrong = || format!("`{key}` is no line number");
        let number = match self.0.get(key) {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::Number(number)) => number.as_u64().ok_or_else(wrong)?,
            Some(Value::String(text)) => text.trim().parse().map_err(|_| wrong())?,
            Some(_) => return Err(wrong()),
        };
        Ok(Some(u32::try_from(number).unwrap_or(u32::MAX).max(1)))
    }

    /// A list of short lines; one text counts as its lines.
    pub(super) fn lines(&self, key: &str, most: usize) -> Result<Vec<String>, String> {
        let lines: Vec<String> = match self.0.get(key) {
            Some(Value::Array(items)) => {
                let texts = items.iter().map(|item| match item {
                    Value::String(text) => Ok(text.clone()),
                    _ => Err(format!("`{key}` has something that is no text")),
                });
                texts.collect::<Result<_, _>>()?
            }
            Some(Value::String(text)) => text.lines().map(str::to_owned).collect(),
            None | Some(Value::Null) => return Err(format!("`{key}` is missing")),
            Some(_) => return Err(format!("`{key}` is no list of texts")),
        };
        let lines: Vec<String> = lines.iter().map(|line| one_line(line)).collect();
        match lines.len() {
            0 => Err(format!("`{key}` is empty")),
            n if n > most => Err(format!("`{key}` has {n} entries, and may have {most}")),
            _ if lines.iter().any(|line| line.len() > WORDS) => {
                Err(format!("an entry of `{key}` has more than {WORDS} bytes"))
            }
            _ => Ok(lines),
        }
    }
}

/// A text on one line, without control characters.
pub(super) fn one_line(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The beginning of a text on one line, to quote.
pub(super) fn quoted(text: &str) -> String {
    let line = one_line(&text.chars().take(4 * QUOTED).collect::<String>());
    match line.char_indices().nth(QUOTED) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}
