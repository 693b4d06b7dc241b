//! What a hit has to be, beside what it is about: `kind:struct file:src/** "a phrase" /a regex/`.
//!
//! Only the known prefixes count, so that `http://x` and `std::fs` stay words; and text of several
//! lines was pasted, so that nothing in it is a filter. Nothing here opens a file.

use globset::{GlobBuilder, GlobMatcher};
use regex::bytes::{Regex, RegexBuilder};

use crate::base::{Hint, RepoPath};
use crate::syntax::{Language, Symbol, SymbolKind, dotted, path_ends};

/// What a hit has to be.
///
/// In a query: `kind:KIND,…`, `sym:NAME`, `file:GLOB` or `file:PART`, `lang:LANG,…`, `"phrase"` and
/// `/regular expression/`.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// A definition of one of these kinds.
    pub kinds: Vec<SymbolKind>,
    /// A definition whose name matches all of these.
    pub names: Vec<NamePattern>,
    /// In a file whose path matches all of these.
    pub paths: Vec<PathPattern>,
    /// In a file in one of these languages.
    pub languages: Vec<Language>,
    /// Its text has all of these, letter for letter.
    pub phrases: Vec<String>,
    /// For each of these it has a line that matches.
    pub patterns: Vec<Regex>,
}

/// Why something is no filter.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum FilterError {
    #[error("no kind of definition is called `{0}`")]
    Kind(String),
    #[error("no language is called `{0}`")]
    Language(String),
    #[error("`{glob}` is no glob: {why}")]
    Glob { glob: String, why: String },
    #[error("`{pattern}` is no regular expression: {why}")]
    Pattern { pattern: String, why: String },
}

impl Hint for FilterError {
    fn hint(&self) -> Option<String> {
        let list = |names: Vec<&str>| Some(format!("one of {}", names.join(", ")));
        match self {
            Self::Kind(_) => list(SymbolKind::all().map(SymbolKind::name).collect()),
            Self::Language(_) => list(Language::all().map(Language::name).collect()),
            Self::Glob { .. } => {
                Some("for example `src/**`, `*.rs` or `{a,b}/*`, or a part of the path".into())
            }
            Self::Pattern { .. } => {
                Some("put `\\` before a character that is meant as it is written: `\\(`".into())
            }
        }
    }
}

/// A name, a part of one, or a glob.
#[derive(Clone, Debug)]
pub struct NamePattern {
    text: String,
    glob: Option<GlobMatcher>,
    any_case: bool,
    /// The whole path of the definition is meant, not its last name alone.
    dotted: bool,
}

/// A glob or a part of a path.
#[derive(Clone, Debug)]
pub enum PathPattern {
    Glob(GlobMatcher),
    /// The glob is about the last part alone.
    NameGlob(GlobMatcher),
    Part {
        text: String,
        any_case: bool,
    },
}

/// The kind with this name.
pub fn kind(name: &str) -> Result<SymbolKind, FilterError> {
    SymbolKind::named(&name.to_lowercase()).ok_or_else(|| FilterError::Kind(name.to_owned()))
}

/// The language with this name.
pub fn language(name: &str) -> Result<Language, FilterError> {
    Language::named(&name.to_lowercase()).ok_or_else(|| FilterError::Language(name.to_owned()))
}

/// What lines are matched with: one line at a time, whatever its end.
pub fn pattern(text: &str) -> Result<Regex, FilterError> {
    RegexBuilder::new(text).multi_line(true).crlf(true).build().map_err(|error| {
        let message = error.to_string();
        let last = message.lines().last().unwrap_or_default();
        let why = last.strip_prefix("error: ").unwrap_or(last).to_owned();
        FilterError::Pattern { pattern: text.to_owned(), why }
    })
}

fn glob(text: &str) -> Result<GlobMatcher, FilterError> {
    let glob = GlobBuilder::new(text.trim_start_matches("./")).build();
    let wrong = |error: globset::Error| FilterError::Glob {
        glob: text.to_owned(),
        why: error.kind().to_string(),
    };
    Ok(glob.map_err(wrong)?.compile_matcher())
}

/// Without a capital in it, a pattern is for any case.
fn any_case(text: &str) -> bool {
    !text.chars().any(char::is_uppercase)
}

fn has(text: &str, part: &str, any_case: bool) -> bool {
    if any_case { text.to_lowercase().contains(part) } else { text.contains(part) }
}

impl NamePattern {
    /// `connect`, `parse_*`, `Client.connect` or `Client::connect`.
    pub fn new(text: &str) -> Result<Self, FilterError> {
        let text = dotted(text).into_owned();
        let glob = if text.contains(['*', '?']) { Some(glob(&text)?) } else { None };
        let (any_case, dotted) = (any_case(&text), text.contains('.'));
        Ok(Self { text, glob, any_case, dotted })
    }

    /// How well a name or a path matches: 0 for the name itself, more for what is less like it.
    pub fn class(&self, name: &str) -> Option<u8> {
        if let Some(glob) = &self.glob {
            return glob.is_match(name).then_some(0);
        }
        if name == self.text {
            return Some(0);
        }
        let (name, wanted) = match self.any_case {
            true => (name.to_lowercase(), self.text.as_str()),
            false => (name.to_owned(), self.text.as_str()),
        };
        let starts = name.starts_with(wanted);
        let class = if name == wanted { 1 } else { if starts { 2 } else { 3 } };
        (starts || name.contains(wanted)).then_some(class)
    }

    /// How well a definition matches.
    pub fn class_of(&self, symbol: &Symbol) -> Option<u8> {
        if self.dotted {
            return path_ends(&symbol.path).filter_map(|end| self.class(end)).min();
        }
        let names = [symbol.name.as_str(), symbol.last_name()];
        names.into_iter().filter_map(|name| self.class(name)).min()
    }
}

impl PathPattern {
    /// A glob where there is a sign of one, or else a part of the path.
    pub fn new(text: &str) -> Result<Self, FilterError> {
        if !text.contains(['*', '?', '[', '{']) {
            let text = text.trim_start_matches("./").to_owned();
            let any_case = any_case(&text);
            return Ok(Self::Part { text, any_case });
        }
        let matcher = glob(text)?;
        Ok(if text.contains('/') { Self::Glob(matcher) } else { Self::NameGlob(matcher) })
    }

    /// A glob of the whole path.
    pub fn whole(text: &str) -> Result<Self, FilterError> {
        Ok(Self::Glob(glob(text)?))
    }

    pub fn is_match(&self, path: &RepoPath) -> bool {
        match self {
            Self::Glob(glob) => glob.is_match(path.as_os()),
            Self::NameGlob(glob) => glob.is_match(path.as_os().file_name().unwrap_or_default()),
            Self::Part { text, any_case } => has(&path.as_bstr().to_string(), text, *any_case),
        }
    }
}

impl Filter {
    /// Whether everything passes.
    pub fn is_empty(&self) -> bool {
        self.paths.is_empty() && self.languages.is_empty() && !self.is_about_places()
    }

    /// Whether it asks for definitions.
    pub fn wants_definitions(&self) -> bool {
        !self.kinds.is_empty() || !self.names.is_empty()
    }

    /// Whether it asks for something in the text.
    pub fn wants_text(&self) -> bool {
        !self.phrases.is_empty() || !self.patterns.is_empty()
    }

    /// Whether some places of a file can pass and others not.
    pub fn is_about_places(&self) -> bool {
        self.wants_definitions() || self.wants_text()
    }

    /// Whether a definition is of a kind and a name that is wanted.
    pub fn takes(&self, symbol: &Symbol) -> bool {
        (self.kinds.is_empty() || self.kinds.contains(&symbol.kind))
            && self.names.iter().all(|name| name.class_of(symbol).is_some())
    }

    /// Whether `text` has every phrase, and a line for every pattern.
    pub fn is_said_in(&self, text: &[u8]) -> bool {
        let says = |phrase: &String| bstr::ByteSlice::contains_str(text, phrase);
        // Most texts have no match at all, and that is quick to see.
        let matches = |pattern: &Regex| {
            pattern.is_match(text) && lines(text).any(|line| pattern.is_match(line))
        };
        self.phrases.iter().all(says) && self.patterns.iter().all(matches)
    }

    /// Where in a line the first phrase or match begins, in bytes.
    pub fn first_in(&self, line: &str) -> Option<usize> {
        let phrases = self.phrases.iter().filter_map(|phrase| line.find(phrase.as_str()));
        let matches = self.patterns.iter().filter_map(|it| it.find(line.as_bytes()));
        phrases.chain(matches.map(|it| it.start())).min()
    }

    /// The lines of `text` that have a phrase or match a pattern, counted from `first`.
    pub fn telling_lines(&self, text: &[u8], first: u32) -> Vec<u32> {
        let phrase = |line: &[u8]| {
            let mut heads = self.phrases.iter().filter_map(|phrase| phrase.lines().next());
            heads.any(|head| bstr::ByteSlice::contains_str(line, head))
        };
        let tells = |line: &[u8]| self.patterns.iter().any(|it| it.is_match(line)) || phrase(line);
        (first..).zip(lines(text)).filter(|(_, line)| tells(line)).map(|it| it.0).collect()
    }
}

/// The lines of a text without their ends.
pub(super) fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split_inclusive(|byte| *byte == b'\n').map(|line| {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        line.strip_suffix(b"\r").unwrap_or(line)
    })
}

/// A text with its filters taken out.
#[derive(Debug, Default)]
pub(super) struct Parsed {
    /// What is left. Phrases stay: their words are looked for too.
    pub(super) text: String,
    /// Whether there is more in it than phrases.
    pub(super) words: bool,
    pub(super) filter: Filter,
}

/// Takes the filters out of `text`.
pub(super) fn parse(text: &str) -> Result<Parsed, FilterError> {
    let mut parsed = Parsed::default();
    if text.trim().contains('\n') {
        return Ok(Parsed { text: text.to_owned(), words: true, ..parsed });
    }
    let mut left: Vec<&str> = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let word = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let length = match parsed.filter.take(rest)? {
            Taken::Filter(length) => length,
            Taken::Phrase(length) => {
                left.push(&rest[..length]);
                length
            }
            Taken::Nothing => {
                parsed.words = true;
                left.push(&rest[..word]);
                word
            }
        };
        rest = rest[length..].trim_start();
    }
    parsed.text = left.join(" ");
    Ok(parsed)
}

/// How many bytes at the start of a text are a filter.
enum Taken {
    Nothing,
    Filter(usize),
    Phrase(usize),
}

impl Filter {
    /// Takes the filter that `text` starts with, if it starts with one.
    fn take(&mut self, text: &str) -> Result<Taken, FilterError> {
        if let Some((phrase, length)) = quoted(text) {
            self.phrases.push(phrase);
            return Ok(Taken::Phrase(length));
        }
        if let Some((source, length)) = slashed(text) {
            self.patterns.push(pattern(&source)?);
            return Ok(Taken::Filter(length));
        }
        let Some((prefix, value, length)) = prefixed(text) else { return Ok(Taken::Nothing) };
        let list = || value.split(',').map(str::trim).filter(|it| !it.is_empty());
        match prefix {
            "kind" => {
                self.kinds.extend(list().map(kind).collect::<Result<Vec<_>, _>>()?);
            }
            "lang" => {
                self.languages.extend(list().map(language).collect::<Result<Vec<_>, _>>()?);
            }
            "sym" => self.names.push(NamePattern::new(&value)?),
            _ => self.paths.push(PathPattern::new(&value)?),
        }
        Ok(Taken::Filter(length))
    }
}

const PREFIXES: [&str; 4] = ["sym", "file", "lang", "kind"];

/// `prefix:value` or `prefix:"a value"`, with its length. Paths of code and addresses are neither.
fn prefixed(text: &str) -> Option<(&'static str, String, usize)> {
    let prefix = PREFIXES
        .into_iter()
        .find(|it| text.strip_prefix(it).is_some_and(|rest| rest.starts_with(':')))?;
    let start = prefix.len() + 1;
    let rest = &text[start..];
    if let Some((value, length)) = quoted(rest) {
        return Some((prefix, value, start + length));
    }
    let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
    let value = &rest[..end];
    let is_value = !value.is_empty() && !value.starts_with(':') && !value.starts_with("//");
    is_value.then(|| (prefix, value.to_owned(), start + end))
}

/// What stands between quotes at the start of `text`, and how long it is with them.
fn quoted(text: &str) -> Option<(String, usize)> {
    let (inner, end) = enclosed(text, '"')?;
    let inner = inner.replace("\\\"", "\"").replace("\\\\", "\\");
    let ends = !text[end..].starts_with(|c: char| c.is_alphanumeric() || c == '_');
    (ends && !inner.trim().is_empty()).then_some((inner, end))
}

/// What stands between slashes at the start of `text`: the second must end a word, so that paths are
/// none.
fn slashed(text: &str) -> Option<(String, usize)> {
    let (inner, end) = enclosed(text, '/')?;
    let ends = text[end..].chars().next().is_none_or(char::is_whitespace);
    let tight = !inner.starts_with(char::is_whitespace) && !inner.ends_with(char::is_whitespace);
    (ends && tight && !inner.is_empty()).then(|| (inner.replace("\\/", "/"), end))
}

/// What stands between `mark` at the start of `text` and the next `mark` that has no `\` before it.
fn enclosed(text: &str, mark: char) -> Option<(&str, usize)> {
    let inner = text.strip_prefix(mark)?;
    let mut escaped = false;
    for (at, c) in inner.char_indices() {
        if c == mark && !escaped {
            return Some((&inner[..at], at + 2 * mark.len_utf8()));
        }
        escaped = c == '\\' && !escaped;
    }
    None
}

#[cfg(test)]
mod tests;
