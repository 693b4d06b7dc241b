//! The code of a text without what people say about it: two versions that differ in comments only have
//! the same tokens.

use tree_sitter::Node;

use crate::syntax::{Language, parse};

/// The tokens of `text` with comments and documentation strings left out; none where it cannot be parsed
/// as a whole.
pub fn code_tokens(language: Language, text: &[u8]) -> Option<Vec<&[u8]>> {
    let tree = parse(language, text)?;
    if tree.root().has_error() {
        return None;
    }
    let mut tokens = Vec::new();
    let mut cursor = tree.root().walk();
    loop {
        let node = cursor.node();
        if !is_about_code(node) {
            if cursor.goto_first_child() {
                continue;
            }
            let token = text.get(node.byte_range()).unwrap_or_default();
            if !token.iter().all(u8::is_ascii_whitespace) {
                tokens.push(token);
            }
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return Some(tokens);
            }
        }
    }
}

/// Whether a node is a comment, or a string that documents what it stands in.
fn is_about_code(node: Node<'_>) -> bool {
    node.is_extra() && node.kind().contains("comment") || is_docstring(node)
}

/// Whether a statement is a string at the head of a module, a class or a function of Python.
pub(super) fn is_docstring(node: Node<'_>) -> bool {
    let inner = if node.named_child_count() == 1 { node.named_child(0) } else { None };
    if node.kind() != "expression_statement" || inner.is_none_or(|it| it.kind() != "string") {
        return false;
    }
    let Some(parent) = node.parent() else { return false };
    let holds = match parent.kind() {
        "module" => true,
        "block" => parent
            .parent()
            .is_some_and(|it| matches!(it.kind(), "function_definition" | "class_definition")),
        _ => false,
    };
    let mut cursor = parent.walk();
    let mut statements = parent.named_children(&mut cursor).filter(|it| !it.is_extra());
    holds && statements.next().is_some_and(|first| first.id() == node.id())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(language: &str, text: &str) -> Option<Vec<String>> {
        let language = Language::named(language).unwrap();
        let tokens = code_tokens(language, text.as_bytes())?;
        Some(tokens.into_iter().map(|it| String::from_utf8_lossy(it).into_owned()).collect())
    }

    #[track_caller]
    fn check(language: &str, a: &str, b: &str, same: bool) {
        let (a, b) = (tokens(language, a).unwrap(), tokens(language, b).unwrap());
        assert_eq!(a == b, same, "{a:?}\n{b:?}");
    }

    #[test]
    fn comments_and_documentation_are_no_code_and_everything_else_is() {
        check(
            "python",
            "def f():\n    return 1\n",
            "def f():\n    \"\"\"X.\"\"\"\n    return 1\n",
            true,
        );
        check("python", "x = 1\n", "'''M.'''\n# c\nx = 1  # d\n", true);
        check("python", "def f():\n    return 1\n", "def f():\n    return 2\n", false);
        check("python", "def f():\n    g()\n", "def f():\n    g()\n    'x'\n", false);
        check("python", "if x:\n    g()\n", "if x:\n    'x'\n    g()\n", false);
        check("rust", "pub fn f() {}\n", "/// X.\npub fn f() {} // y\n", true);
        check("rust", "pub fn f() {}\n", "#[inline]\npub fn f() {}\n", false);
        check("go", "package a\n\nfunc F() {\n}\n", "package a\n\n// F is.\nfunc F() {\n}\n", true);
        check(
            "javascript",
            "export function f() {}\n",
            "/** X. */\nexport function f() {}\n",
            true,
        );
        check(
            "java",
            "class A { int f() { return 1; } }",
            "/** X. */ class A { int f() { return 2; } }",
            false,
        );
        assert_eq!(tokens("python", "def f(:\n"), None);
    }
}
