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
    let mut found = broken(tree.root(), text);
    if found.is_empty() && language.name() == "python" {
        found = misindented(tree.root(), text);
    }
    found
}

/// Statements of Python that are indented otherwise than the block that they are in. The grammar lets them
/// pass, Python does not.
fn misindented(root: Node<'_>, text: &[u8]) -> Vec<SyntaxError> {
    let mut found = Vec::new();
    let mut nodes = vec![root];
    while let Some(node) = nodes.pop() {
        let mut cursor = node.walk();
        let children: Vec<_> = node.named_children(&mut cursor).collect();
        if matches!(node.kind(), "block" | "module") {
            let statements = children.iter().filter(|child| child.kind() != "comment");
            let mut begins = statements.filter_map(|child| Some((child, column(*child, text)?)));
            if let Some((_, first)) = begins.next() {
                for (child, _) in begins.filter(|(_, column)| *column != first) {
                    let words = words(*child, text);
                    let message = format!("`{words}` is indented otherwise than its block");
                    found.push(SyntaxError { span: span(*child), message });
                }
            }
        }
        nodes.extend(children.into_iter().rev());
        if found.len() >= MAX_ERRORS {
            break;
        }
    }
    found
}

/// The column of what begins its line, where nothing but spaces stands before it.
fn column(node: Node<'_>, text: &[u8]) -> Option<usize> {
    let start = node.start_position();
    let line = text.get(node.start_byte().checked_sub(start.column)?..node.start_byte())?;
    line.iter().all(|byte| *byte == b' ').then_some(start.column)
}

fn broken(root: Node<'_>, text: &[u8]) -> Vec<SyntaxError> {
    let mut found = Vec::new();
    let mut cursor = root.walk();
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
    format!("unexpected `{}`", words(node, text))
}

/// The beginning of a node in one line.
fn words(node: Node<'_>, text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text.get(node.byte_range()).unwrap_or_default());
    let mut words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if words.chars().count() > MAX_SHOWN {
        words = words.chars().take(MAX_SHOWN).chain(['…']).collect();
    }
    words
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
        check("python", "def f(x):\n    if x:\n        a = 1; b = 2\n    # c\n    return a\n", &[]);
        let text = "def f(x):\n    if x:\n        x = 1\n      y = 2\n    return x\n";
        check("python", text, &["4: `y = 2` is indented otherwise than its block"]);
        check("json", "{\n  \"a\": 1,\n  oops\n}\n", &["2-3: unexpected `, oops`"]);
    }
}
