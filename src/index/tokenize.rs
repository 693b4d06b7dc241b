//! Words of code: `HTTPServer` is `http`, `server` and `httpserver`.
//!
//! The same function cuts what is indexed and what is asked for.

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

/// Longer identifiers and parts are data: hashes, base64, generated names. In bytes.
const MAX_WORD: usize = 64;

/// Calls `take` with every word of `text` in order, in lower case: the parts of each identifier that
/// are longer than one character, and the whole of it without underscores where it has parts.
pub fn each_word(text: &str, mut take: impl FnMut(&str)) {
    let mut word = String::new();
    for identifier in identifiers(text).filter(|it| it.len() <= MAX_WORD) {
        let mut parts = 0;
        for part in Parts(identifier) {
            parts += 1;
            if part.len() > 1 {
                lower(part, &mut word);
                take(&word);
            }
        }
        if parts > 1 {
            lower(identifier, &mut word);
            word.retain(|c| c != '_');
            take(&word);
        }
    }
}

/// The words of `text` in order; see [`each_word`].
pub fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    each_word(text, |word| words.push(word.to_owned()));
    words
}

/// Runs of letters, digits and underscores.
pub fn identifiers(text: &str) -> impl Iterator<Item = &str> {
    Identifiers(text)
}

struct Identifiers<'a>(&'a str);

impl<'a> Iterator for Identifiers<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let text = self.0;
        let start = place_of(text, 0, true);
        let end = place_of(text, start, false);
        self.0 = &text[end..];
        (start < end).then(|| &text[start..end])
    }
}

/// Where the first character at or behind `from` begins that may be part of an identifier, or may
/// not; the end of the text if there is none.
fn place_of(text: &str, from: usize, wanted: bool) -> usize {
    let bytes = text.as_bytes();
    let mut at = from;
    while let Some(byte) = bytes.get(at) {
        let (is_part, length) = if byte.is_ascii() {
            (byte.is_ascii_alphanumeric() || *byte == b'_', 1)
        } else {
            let c = text[at..].chars().next().unwrap_or_default();
            (c.is_alphanumeric(), c.len_utf8())
        };
        if is_part == wanted {
            break;
        }
        at += length;
    }
    at
}

fn lower(part: &str, into: &mut String) {
    into.clear();
    if part.is_ascii() {
        into.push_str(part);
        into.make_ascii_lowercase();
    } else {
        into.extend(part.chars().flat_map(char::to_lowercase));
    }
}

/// The parts of an identifier: cut at underscores, before capitals, between letters and digits; the
/// last capital of a run begins the next part when a small letter follows (`HTTP`, `Server`).
struct Parts<'a>(&'a str);

#[derive(PartialEq, Clone, Copy)]
enum Class {
    Small,
    Capital,
    Digit,
    Gap,
}

fn class(c: char) -> Class {
    match c {
        '_' => Class::Gap,
        c if c.is_uppercase() => Class::Capital,
        c if c.is_numeric() => Class::Digit,
        _ => Class::Small,
    }
}

/// [`class`] of a character in ASCII.
fn ascii_class(byte: u8) -> Class {
    match byte {
        b'_' => Class::Gap,
        b'A'..=b'Z' => Class::Capital,
        b'0'..=b'9' => Class::Digit,
        _ => Class::Small,
    }
}

impl<'a> Iterator for Parts<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        self.0 = self.0.trim_start_matches('_');
        let cut = if self.0.is_ascii() {
            cut(self.0.bytes().enumerate().map(|(at, byte)| (at, ascii_class(byte))))
        } else {
            cut(self.0.char_indices().map(|(at, c)| (at, class(c))))
        };
        let (part, rest) = self.0.split_at(cut.unwrap_or(self.0.len()));
        self.0 = rest;
        (!part.is_empty()).then_some(part)
    }
}

/// Where the first part ends, if that is not the end.
fn cut(classes: impl Iterator<Item = (usize, Class)>) -> Option<usize> {
    let mut before: Option<(usize, Class)> = None;
    let mut capitals = 0;
    for (at, now) in classes {
        match before {
            Some((_, Class::Capital)) if now == Class::Small && capitals == 1 => {}
            Some((previous, Class::Capital)) if now == Class::Small => return Some(previous),
            Some((_, then)) if then != now => return Some(at),
            _ => {}
        }
        capitals += usize::from(now == Class::Capital);
        before = Some((at, now));
    }
    None
}

/// [`each_word`] for tantivy. Its rooms are used again for the next text.
#[derive(Clone, Default)]
pub(super) struct CodeTokenizer {
    /// The words of one text, laid end to end.
    joined: String,
    ends: Vec<usize>,
    token: Token,
}

pub(super) struct Words<'a> {
    joined: &'a str,
    ends: std::slice::Iter<'a, usize>,
    start: usize,
    token: &'a mut Token,
}

impl Tokenizer for CodeTokenizer {
    type TokenStream<'a> = Words<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Words<'a> {
        let Self { joined, ends, token } = self;
        joined.clear();
        ends.clear();
        token.reset();
        each_word(text, |word| {
            joined.push_str(word);
            ends.push(joined.len());
        });
        Words { joined, ends: ends.iter(), start: 0, token }
    }
}

impl TokenStream for Words<'_> {
    fn advance(&mut self) -> bool {
        let Some(end) = self.ends.next() else { return false };
        self.token.text.clear();
        self.token.text.push_str(&self.joined[self.start..*end]);
        self.token.position = self.token.position.wrapping_add(1);
        self.start = *end;
        true
    }

    fn token(&self) -> &Token {
        self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        self.token
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(words(text).join(" "), expected);
    }

    #[test]
    fn identifiers_are_cut_and_kept() {
        check("HTTPServer", "http server httpserver");
        check("parse_hunk_2nd", "parse hunk nd parsehunk2nd");
        check("camelCase kebab-case", "camel case camelcase kebab case");
        check("utf8 A aB __init__", "utf utf8 ab init");
        check("Größe ÄÖÜnd x", "größe äö ünd äöünd");
        check("x = foo(42);", "foo 42");
    }

    proptest! {
        #[test]
        fn identifiers_are_what_stands_between_other_characters(text in "[a-z_0-9é +☃\n]{0,30}") {
            let between: Vec<&str> =
                text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|it| !it.is_empty()).collect();
            prop_assert_eq!(identifiers(&text).collect::<Vec<_>>(), between);
        }

        #[test]
        fn any_text_has_words_without_capitals(text in "\\PC{0,60}") {
            for word in words(&text) {
                prop_assert!(!word.is_empty() && !word.contains('_'));
            }
        }
    }
}
