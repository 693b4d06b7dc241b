//! What a reply asks for: edits in one of two dialects, read from the model's raw text.
//!
//! A reply is prose with fenced code; code is never inside JSON. The line above a fence names the
//! place, `EDIT path symbol` for a whole symbol or `FILE path` for a whole file; the line above
//! conflict marks, `CHANGE path symbol`, names where the old lines stand that the new ones replace. Nothing here looks
//! at the repository: whether the place exists is [`resolve`](crate::proposal::resolve())'s question.

use serde::{Deserialize, Serialize};

/// One change that a reply asks for, as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What it replaces.
    pub dialect: Dialect,
    /// The file as the model named it, if it did.
    pub path: Option<String>,
    /// The symbol as the model named it, if it did: dots between the parts, no parentheses.
    pub symbol: Option<String>,
    /// The lines that it replaces, where it replaces lines.
    pub old: Option<String>,
    /// The code, with `\n` line endings and a final newline.
    pub code: String,
}

/// What stands before the old lines, between old and new, and behind the new ones.
pub(super) const LINES_BEGIN: &str = "<<<<<<<";
pub(super) const LINES_MIDDLE: &str = "=======";
pub(super) const LINES_END: &str = ">>>>>>>";

/// How much an edit replaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dialect {
    /// The whole file.
    File,
    /// A named function, method or class.
    Symbol,
    /// Lines that stand there once.
    Lines,
}

impl Dialect {
    /// Its name in the files of roles.
    pub fn name(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Symbol => "symbol",
            Self::Lines => "lines",
        }
    }
}

/// Why a reply is no list of edits.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplyError {
    #[error("the reply has no code block")]
    NoCode,
    #[error("the last code block is not closed: the reply is cut off")]
    NotClosed,
}

/// Reads the edits of `reply`, first to last.
pub fn parse(reply: &str) -> Result<Vec<Edit>, ReplyError> {
    let mut edits = Vec::new();
    let mut heading = Heading::default();
    let mut lines = reply.lines();
    while let Some(line) = lines.next() {
        if is_mark(line, LINES_BEGIN) {
            let old = lines_until(&mut lines, LINES_MIDDLE).ok_or(ReplyError::NotClosed)?;
            let code = lines_until(&mut lines, LINES_END).ok_or(ReplyError::NotClosed)?;
            let edit = std::mem::take(&mut heading).into_edit(code);
            edits.push(Edit { dialect: Dialect::Lines, old: Some(old), ..edit });
            continue;
        }
        let Some(fence) = opening_fence(line) else {
            heading.read(line);
            continue;
        };
        let (code, is_closed) = code_until(&mut lines, fence);
        let edit = std::mem::take(&mut heading).into_edit(code);
        if is_closed {
            edits.push(edit);
        } else if !is_again(&edit, &edits) {
            return Err(ReplyError::NotClosed);
        }
    }
    if edits.is_empty() { Err(ReplyError::NoCode) } else { Ok(edits) }
}

/// Whether `edit` begins as one of `before` that gave the same place whole: a model that goes round says it
/// anew until it is cut off, and what it said first is not cut. Another definition of the same class is not
/// that.
fn is_again(edit: &Edit, before: &[Edit]) -> bool {
    let mut lines = edit.code.lines();
    let first = lines.next();
    // The last line may be the half of another.
    let is_whole = lines.next().is_some();
    let is_same = |it: &Edit| {
        it.dialect != Dialect::Lines
            && (&it.path, &it.symbol) == (&edit.path, &edit.symbol)
            && it.code.lines().next() == first
    };
    edit.path.is_some() && is_whole && before.iter().any(is_same)
}

fn is_mark(line: &str, mark: &str) -> bool {
    line.trim_end().strip_prefix(mark).is_some_and(|rest| !rest.starts_with(&mark[..1]))
}

/// The lines up to the one with this mark.
fn lines_until<'a>(lines: &mut impl Iterator<Item = &'a str>, mark: &str) -> Option<String> {
    let mut text = String::new();
    for line in lines {
        if is_mark(line, mark) {
            return Some(text);
        }
        text.push_str(line);
        text.push('\n');
    }
    None
}

/// The number of backticks that open a block, if `line` does.
fn opening_fence(line: &str) -> Option<usize> {
    let line = line.trim_start();
    let ticks = line.bytes().take_while(|byte| *byte == b'`').count();
    (ticks >= 3 && !line[ticks..].contains('`')).then_some(ticks)
}

/// The lines up to the closing fence, which has at least as many backticks and nothing else, and whether
/// there is one.
fn code_until<'a>(lines: &mut impl Iterator<Item = &'a str>, fence: usize) -> (String, bool) {
    let mut code = String::new();
    for line in lines {
        let trimmed = line.trim();
        if trimmed.len() >= fence && trimmed.bytes().all(|byte| byte == b'`') {
            return (code, true);
        }
        code.push_str(line);
        code.push('\n');
    }
    (code, false)
}

/// The nearest line above a fence that names a place.
#[derive(Default)]
struct Heading {
    dialect: Option<Dialect>,
    path: Option<String>,
    symbol: Option<String>,
}

impl Heading {
    fn read(&mut self, line: &str) {
        let line = line.trim().trim_matches(['#', '*', ' ', ':', '-']);
        let mut words = line.split([' ', '\t']).map(bare).filter(|word| !word.is_empty());
        let dialect = match words.next() {
            Some("EDIT") => Dialect::Symbol,
            Some("FILE") => Dialect::File,
            Some("CHANGE") => Dialect::Lines,
            _ => return,
        };
        let Some(place) = words.next() else { return };
        let (path, inline) = place.split_once("::").unwrap_or((place, ""));
        let symbol = std::iter::once(inline).chain(words).map(bare).find(|word| names_symbol(word));
        *self = Self {
            dialect: Some(dialect),
            path: Some(path.trim_start_matches("./").to_owned()),
            symbol: symbol.map(symbol_path),
        };
    }

    fn into_edit(self, code: String) -> Edit {
        // A change of lines without its marks is a whole definition.
        let dialect = self.dialect.filter(|dialect| *dialect != Dialect::Lines);
        Edit {
            dialect: dialect.unwrap_or(Dialect::Symbol),
            path: self.path,
            symbol: self.symbol,
            old: None,
            code,
        }
    }
}

/// A word without the marks that Markdown puts around it.
fn bare(word: &str) -> &str {
    word.trim_matches(['`', '*', '"', '\'', ',', ':'])
}

/// Whether a word of a heading can be a symbol and not a keyword before it.
fn names_symbol(word: &str) -> bool {
    !matches!(
        word,
        "" | "def" | "class" | "fn" | "func" | "function" | "struct" | "impl" | "symbol" | "-"
    )
}

/// `Client::connect(self)` as `Client.connect`.
fn symbol_path(word: &str) -> String {
    let end = word.find(['(', '<', '{']).unwrap_or(word.len());
    word[..end].replace("::", ".").replace('#', ".").trim_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(reply: &str, expected: &[(Dialect, Option<&str>, Option<&str>, &str)]) {
        let edits = parse(reply).unwrap();
        let seen: Vec<_> = edits
            .iter()
            .map(|e| (e.dialect, e.path.as_deref(), e.symbol.as_deref(), e.code.as_str()))
            .collect();
        assert_eq!(seen, expected);
    }

    #[test]
    fn both_dialects() {
        check(
            "EDIT a/b.py Cart.total\n```python\ndef total(self):\n    return 1\n```\n\nFILE c.txt\n````\n```\nx\n```\n````\n",
            &[
                (
                    Dialect::Symbol,
                    Some("a/b.py"),
                    Some("Cart.total"),
                    "def total(self):\n    return 1\n",
                ),
                (Dialect::File, Some("c.txt"), None, "```\nx\n```\n"),
            ],
        );
    }

    #[test]
    fn lines_between_marks() {
        let reply = "CHANGE a.py f\n<<<<<<< old\n    x = 1\n=======\n    x = 2\n>>>>>>> new\n";
        let edits = parse(reply).unwrap();
        assert_eq!(edits[0].dialect, Dialect::Lines);
        assert_eq!(edits[0].old.as_deref(), Some("    x = 1\n"));
        assert_eq!(
            (edits[0].symbol.as_deref(), edits[0].code.as_str()),
            (Some("f"), "    x = 2\n")
        );
        assert_eq!(parse("CHANGE a.py\n<<<<<<<\nx\n=======\ny\n"), Err(ReplyError::NotClosed));
    }

    #[test]
    fn marks_around_the_heading_do_not_matter() {
        for heading in [
            "### EDIT `a.rs` `Cart::total`",
            "**EDIT a.rs Cart.total(self)**",
            "EDIT ./a.rs::Cart.total",
            "EDIT a.rs fn Cart.total",
        ] {
            check(
                &format!("{heading}\n```\nx\n```"),
                &[(Dialect::Symbol, Some("a.rs"), Some("Cart.total"), "x\n")],
            );
        }
    }

    #[test]
    fn code_without_a_heading_has_no_place() {
        check(
            "Here it is:\n```py\ndef f(): pass\n```",
            &[(Dialect::Symbol, None, None, "def f(): pass\n")],
        );
    }

    #[test]
    fn a_reply_that_is_cut_off_is_refused() {
        assert_eq!(parse("EDIT a.py f\n```\ndef f():"), Err(ReplyError::NotClosed));
        let whole = "EDIT a.py f\n```\ndef f():\n    pass\n```\n";
        let cut = |heading: &str, code: &str| parse(&format!("{whole}{heading}\n```\n{code}"));
        assert_eq!(cut("EDIT a.py f", "def f():\n    pa"), parse(whole), "it goes round");
        for (heading, code) in [
            ("EDIT a.py g", "def g():\n    pa"),
            ("EDIT a.py f", "def g():\n    pa"),
            ("EDIT a.py f", "def f():"),
            ("EDIT a.py f", ""),
        ] {
            assert_eq!(cut(heading, code), Err(ReplyError::NotClosed), "{heading} {code}");
        }
        let lines = "CHANGE a.py f\n<<<<<<<\nx\n=======\ny\n>>>>>>>\nEDIT a.py f\n```\ny\nz";
        assert_eq!(parse(lines), Err(ReplyError::NotClosed), "lines are not the whole");
        assert_eq!(parse("I would change it."), Err(ReplyError::NoCode));
    }

    proptest! {
        #[test]
        fn no_reply_panics(reply in "(EDIT|FILE|CHANGE|```|<<<<<<<|=======|>>>>>>>|\\PC|\n| ){0,60}") {
            let _ = parse(&reply);
        }
    }
}
