//! Where does a text break the grammar?

use tree_sitter::Node;

use crate::base::Span;
use crate::syntax::{Language, parse};

/// How many errors of one text are worth naming.
const MAX_ERRORS: usize = 200;
/// How much of the offending text a message shows, in characters.
const MAX_SHOWN: usize = 40;

/// A place where the text breaks the grammar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// Its lines.
    pub span: Span,
    /// What is wrong there: "missing `)`" or "unexpected `…`". No line numbers in it, so that the
    /// errors of two versions can be compared.
    pub message: String,
}

/// The syntax errors of `text` in order, at most 200; none where the text is not parsed at all.
pub fn errors(language: Language, text: &[u8]) -> Vec<SyntaxError> {
    let Some(tree) = parse(language, text) else { return Vec::new() };
    let mut found = Vec::new();
    let mut cursor = tree.root().walk();
    loop {
        let node = cursor.node();
        let broken = node.is_error() || node.is_missing();
        if broken {
            found.push(SyntaxError { span: span(node), message: message(node, text) });
        }
        if found.len() == MAX_ERRORS {
            return found;
        }
        if !broken && node.has_error() && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return found;
            }
        }
    }
}

fn span(node: Node<'_>) -> Span {
    let line = |row: usize| u32::try_from(row + 1).unwrap_or(u32::MAX);
    let end = node.end_position();
    let last = if end.column == 0 { end.row.max(1) - 1 } else { end.row };
    Span::new(line(node.start_position().row), line(last))
}

fn message(node: Node<'_>, text: &[u8]) -> String {
    if node.is_missing() {
        return format!("missing `{}`", node.kind());
    }
    let text = String::from_utf8_lossy(text.get(node.byte_range()).unwrap_or_default());
    let mut words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if words.chars().count() > MAX_SHOWN {
        words = words.chars().take(MAX_SHOWN).chain(['…']).collect();
    }
    format!("unexpected `{words}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(language: &str, text: &str, expected: &[&str]) {
        let found: Vec<String> = errors(Language::named(language).unwrap(), text.as_bytes())
            .into_iter()
            .map(|error| format!("{}: {}", error.span, error.message))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn errors_are_named_with_their_lines() {
        check("rust", "fn a() {}\n", &[]);
        check("rust", "fn a() {\n    let b = 1\n}\n", &["2: missing `;`"]);
        check("json", "{\n  \"a\": 1,\n  oops\n}\n", &["2-3: unexpected `, oops`"]);
    }
}
