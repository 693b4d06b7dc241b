//! Reads the source of a chat template: which parts are text, code and literals.
//!
//! Two things are done to it before it is rendered. `{% generation %}`, a block that only training
//! needs, becomes one that minijinja knows. And every special token that the template itself
//! writes is put between marks: what has no marks in the result was not written by the template.

use aho_corasick::AhoCorasick;

use crate::model::chat::marks::Marks;

/// Methods and filters whose arguments are looked for and never written.
const LOOKS: [&str; 18] = [
    "count",
    "endswith",
    "eq",
    "equalto",
    "find",
    "get",
    "in",
    "index",
    "lstrip",
    "partition",
    "removeprefix",
    "removesuffix",
    "rfind",
    "rsplit",
    "rstrip",
    "split",
    "startswith",
    "strip",
];

/// A part of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part<'s> {
    /// Text that is written as it stands.
    Text(&'s str),
    /// Anything else that is kept as it is: delimiters, comments, code.
    Code(&'s str),
    /// The inside of a literal; whether it may be written, or is only compared with.
    Literal(&'s str, bool),
}

/// `source` with blocks of `{% generation %}` as blocks of their own scope.
pub(super) fn without_generation(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(at) = rest.find("{%") {
        let (before, block) = rest.split_at(at);
        let end = block.find("%}").map_or(block.len(), |end| end + 2);
        let (block, after) = block.split_at(end);
        let inner = block.trim_start_matches("{%").trim_end_matches("%}");
        let name = inner.trim_matches(['-', '+']).trim();
        out.push_str(before);
        match name {
            "generation" | "endgeneration" => {
                out.push_str(&block.replace("generation", "with"));
            }
            _ => out.push_str(block),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// `source` with marks around every special token of its own that it may write.
pub(super) fn marked(source: &str, specials: &AhoCorasick, marks: &Marks) -> String {
    let mut out = String::with_capacity(source.len() + source.len() / 4);
    for part in parts(source) {
        match part {
            Part::Code(text) | Part::Literal(text, false) => out.push_str(text),
            Part::Text(text) | Part::Literal(text, true) => mark(text, specials, marks, &mut out),
        }
    }
    out
}

fn mark(text: &str, specials: &AhoCorasick, marks: &Marks, out: &mut String) {
    let mut done = 0;
    for found in specials.find_iter(text) {
        out.push_str(&text[done..found.start()]);
        out.push(marks.open);
        out.push_str(&text[found.range()]);
        out.push(marks.close);
        done = found.end();
    }
    out.push_str(&text[done..]);
}

/// The parts of `source`, in order; together they are all of it.
fn parts(source: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = source;
    while !rest.is_empty() {
        let text = rest.find("{{").into_iter().chain(rest.find("{%")).chain(rest.find("{#")).min();
        let (before, block) = rest.split_at(text.unwrap_or(rest.len()));
        parts.push(Part::Text(before));
        rest = match block.get(..2) {
            Some("{#") => {
                let end = block.find("#}").map_or(block.len(), |end| end + 2);
                parts.push(Part::Code(&block[..end]));
                &block[end..]
            }
            Some(open) => code(block, if open == "{{" { "}}" } else { "%}" }, &mut parts),
            None => block,
        };
    }
    parts
}

/// Reads code up to `close`, which is not looked for in literals; gives what stands behind it.
fn code<'s>(block: &'s str, close: &str, parts: &mut Vec<Part<'s>>) -> &'s str {
    let mut looks = Looks::default();
    let (mut done, mut at) = (2, 2);
    parts.push(Part::Code(&block[..2]));
    while let Some(c) = block[at..].chars().next() {
        if block[at..].starts_with(close) && looks.is_closed() {
            at += close.len();
            break;
        }
        match c {
            '"' | '\'' => {
                let inner = at + 1;
                let end = inner + literal_end(&block[inner..], c);
                let written = !looks.at_literal(&block[(end + 1).min(block.len())..]);
                parts.push(Part::Code(&block[done..inner]));
                parts.push(Part::Literal(&block[inner..end], written));
                done = end;
                at = (end + 1).min(block.len());
            }
            c if c.is_alphanumeric() || c == '_' => {
                let rest = &block[at..];
                let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
                let word = &rest[..end.unwrap_or(rest.len())];
                looks.word(word);
                at += word.len();
            }
            c => {
                looks.sign(c);
                at += c.len_utf8();
            }
        }
    }
    parts.push(Part::Code(&block[done..at]));
    &block[at..]
}

/// Bytes of a literal before its closing quote.
fn literal_end(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at,
            _ => {}
        }
    }
    text.len()
}

/// Knows whether a literal at this place of an expression is only looked for.
#[derive(Debug, Default)]
struct Looks {
    /// For every open bracket: whether what stands in it is looked for.
    open: Vec<bool>,
    /// The last word or sign.
    last: String,
}

impl Looks {
    fn is_closed(&self) -> bool {
        self.open.is_empty()
    }

    fn word(&mut self, word: &str) {
        self.last = word.to_owned();
    }

    fn sign(&mut self, c: char) {
        match c {
            '(' | '[' | '{' => {
                let inherited = self.open.last().is_some_and(|looks| *looks);
                self.open.push(inherited || (c != '{' && LOOKS.contains(&self.last.as_str())));
            }
            ')' | ']' | '}' => {
                self.open.pop();
            }
            _ => {}
        }
        if !c.is_whitespace() {
            match (self.last.as_str(), c) {
                ("=" | "!", '=') => self.last.push(c),
                _ => self.last = c.to_string(),
            }
        }
    }

    /// Whether the literal before `after` is only looked for.
    fn at_literal(&mut self, after: &str) -> bool {
        let compares = ["==", "!=", "in"].contains(&self.last.as_str());
        self.last = "literal".into();
        let after = after.trim_start();
        let compared = ["==", "!=", "in ", "not in ", "|length", "| length"];
        compares
            || compared.iter().any(|sign| after.starts_with(sign))
            || self.open.last().is_some_and(|looks| *looks)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(source: &str, expected: &str) {
        let specials = AhoCorasick::new(["<a>", "</a>"]).unwrap();
        let marks = Marks { open: '«', close: '»' };
        assert_eq!(marked(source, &specials, &marks), expected);
    }

    #[test]
    fn what_is_written_is_marked_and_what_is_looked_for_is_not() {
        check("x<a>{{ '<a>' + y }}{# <a> #}", "x«<a>»{{ '«<a>»' + y }}{# <a> #}");
        check(
            "{% if '</a>' in m and m != \"<a>\" %}{{ m.split('</a>')[0] ~ '</a>' }}{% endif %}",
            "{% if '</a>' in m and m != \"<a>\" %}{{ m.split('</a>')[0] ~ '«</a>»' }}{% endif %}",
        );
        check("{{ m in ['<a>', ('<a>')] or '<a>' }}", "{{ m in ['<a>', ('<a>')] or '«<a>»' }}");
        check("{{ {'x': '<a>}}\\'<a>'} }}<a>", "{{ {'x': '«<a>»}}\\'«<a>»'} }}«<a>»");
    }

    #[test]
    fn generation_is_a_scope() {
        assert_eq!(
            without_generation("{%- generation -%}{{ x }}{% endgeneration %}{% if generation %}"),
            "{%- with -%}{{ x }}{% endwith %}{% if generation %}"
        );
    }

    proptest! {
        #[test]
        fn parts_are_all_of_any_source(source in "[-{}%#\"'()a<>/ \\\\=\n]{0,60}") {
            let text = |part: &Part| match part {
                Part::Text(text) | Part::Code(text) | Part::Literal(text, _) => text.to_string(),
            };
            prop_assert_eq!(parts(&source).iter().map(text).collect::<String>(), source);
        }
    }
}
