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
            word.clear();
            word.extend(identifier.chars().filter(|c| *c != '_').flat_map(char::to_lowercase));
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
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|part| !part.is_empty())
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

impl<'a> Iterator for Parts<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        self.0 = self.0.trim_start_matches('_');
        let mut before: Option<(usize, Class)> = None;
        let mut capitals = 0;
        let mut cut = self.0.len();
        for (at, c) in self.0.char_indices() {
            let now = class(c);
            match before {
                Some((_, Class::Capital)) if now == Class::Small && capitals == 1 => {}
                Some((previous, Class::Capital)) if now == Class::Small => {
                    cut = previous;
                    break;
                }
                Some((_, then)) if then != now => {
                    cut = at;
                    break;
                }
                _ => {}
            }
            capitals += usize::from(now == Class::Capital);
            before = Some((at, now));
        }
        let (part, rest) = self.0.split_at(cut);
        self.0 = rest;
        (!part.is_empty()).then_some(part)
    }
}

/// [`each_word`] for tantivy.
#[derive(Clone, Default)]
pub(super) struct CodeTokenizer;

/// The words of one text, laid end to end.
pub(super) struct Words {
    joined: String,
    ends: std::vec::IntoIter<usize>,
    start: usize,
    token: Token,
}

impl Tokenizer for CodeTokenizer {
    type TokenStream<'a> = Words;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Words {
        let (mut joined, mut ends) = (String::with_capacity(text.len()), Vec::new());
        each_word(text, |word| {
            joined.push_str(word);
            ends.push(joined.len());
        });
        Words { joined, ends: ends.into_iter(), start: 0, token: Token::default() }
    }
}

impl TokenStream for Words {
    fn advance(&mut self) -> bool {
        let Some(end) = self.ends.next() else { return false };
        self.token.text.clear();
        self.token.text.push_str(&self.joined[self.start..end]);
        self.token.position = self.token.position.wrapping_add(1);
        self.start = end;
        true
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
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
        fn any_text_has_words_without_capitals(text in "\\PC{0,60}") {
            for word in words(&text) {
                prop_assert!(!word.is_empty() && !word.contains('_'));
            }
        }
    }
}
