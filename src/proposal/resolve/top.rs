//! Where in a file new imports go.

use tree_sitter::Node;

use crate::proposal::resolve::parts::is_import;
use crate::syntax::Tree;

/// Nodes that stand above the first import, besides comments and texts that stand alone.
const ABOVE: [&str; 9] = [
    "declare_statement",
    "future_import_statement",
    "hash_bang_line",
    "inner_attribute_item",
    "package_clause",
    "package_declaration",
    "package_header",
    "php_tag",
    "preproc_call",
];

/// Above the first import; in a file without one above its first statement that may follow one, with
/// the comment that belongs to it.
pub(super) fn place(tree: &Tree, text: &[u8]) -> usize {
    first_import(tree, text).unwrap_or_else(|| first_statement(tree, text))
}

fn first_import(tree: &Tree, text: &[u8]) -> Option<usize> {
    let mut at = 0;
    for bytes in text.split_inclusive(|byte| *byte == b'\n') {
        let line = String::from_utf8_lossy(bytes);
        if is_import(&line) && !line.contains("__future__") && begins_a_token(tree, at) {
            return Some(at);
        }
        at += bytes.len();
    }
    None
}

/// A line within a text or a comment does not.
fn begins_a_token(tree: &Tree, at: usize) -> bool {
    let token = tree.root().descendant_for_byte_range(at, at + 1);
    token.is_some_and(|it| it.start_byte() == at && it.child_count() == 0)
}

fn first_statement(tree: &Tree, text: &[u8]) -> usize {
    let mut cursor = tree.root().walk();
    let nodes: Vec<Node<'_>> = tree.root().named_children(&mut cursor).collect();
    let Some(first) = nodes.iter().position(|it| !is_above(*it)) else { return text.len() };
    let says = |node: &Node<'_>, starts: &[&str]| {
        let bytes = &text[node.byte_range()];
        starts.iter().any(|it| bytes.starts_with(it.as_bytes()))
    };
    let mut with_comment = first;
    while let Some(above) = with_comment.checked_sub(1)
        && is_comment(nodes[above])
        && nodes[above].end_position().row + 1 >= nodes[with_comment].start_position().row
        && !says(&nodes[above], &["#!", "//!", "/*!"])
    {
        with_comment = above;
    }
    // A comment that a file begins with is about the file.
    if with_comment == 0 && !says(&nodes[0], &["///", "/**"]) {
        with_comment = first;
    }
    let start = nodes[with_comment].start_byte();
    text[..start].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1)
}

fn is_above(node: Node<'_>) -> bool {
    let text_alone = node.kind() == "expression_statement"
        && node.named_child(0).is_some_and(|it| it.kind().contains("string"));
    is_comment(node) || text_alone || ABOVE.contains(&node.kind())
}

fn is_comment(node: Node<'_>) -> bool {
    node.kind().contains("comment")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::{Language, parse};

    /// `text` with a mark where imports go.
    fn marked(language: &str, text: &str) -> String {
        let tree = parse(Language::named(language).unwrap(), text.as_bytes()).unwrap();
        let (above, below) = text.split_at(place(&tree, text.as_bytes()));
        format!("{above}@{below}")
    }

    #[test]
    fn imports_go_above_the_first() {
        for (language, text) in [
            (
                "python",
                "\"\"\"A.\n\nfrom here on\n\"\"\"\n\nfrom __future__ import a\n@import os\n",
            ),
            ("python", "X = 1\n@import os\n"),
            ("rust", "/* Redistribution and\nuse in source forms */\n@use a::B;\n"),
            ("typescript", "const a = `\nimport x\n`;\n@import b from 'c';\n"),
            ("go", "package a\n\n@import (\n\t\"fmt\"\n)\n"),
            ("c", "#ifndef A\n#define A\n@#include <a.h>\n#endif\n"),
        ] {
            assert_eq!(marked(language, &text.replacen('@', "", 1)), text);
        }
    }

    #[test]
    fn without_one_they_go_above_what_may_follow_one() {
        for (language, text) in [
            (
                "python",
                "#!/usr/bin/env python\n\"\"\"A.\"\"\"\nfrom __future__ import a\n\n@X = 1\n",
            ),
            ("python", "# About the file.\n@def f():\n    pass\n"),
            ("python", "\"\"\"A.\"\"\"\n@# Of f.\nf = 1\n"),
            ("python", "\"\"\"A.\"\"\"\n"),
            ("rust", "//! A.\n@/// Of f.\n#[test]\nfn f() {}\n"),
            ("rust", "@/// Of f.\n/// It is.\nfn f() {}\n"),
            ("rust", "#![no_std]\n\n// Apart.\n\n@fn f() {}\n"),
            ("go", "// Package a is.\npackage a\n\n@// F is.\nfunc F() {}\n"),
            ("java", "package a;\n\n@/** Of A. */\nclass A {}\n"),
            ("javascript", "'use strict';\n@f();\n"),
            ("c", "#pragma once\n@int f(void);\n"),
            ("php", "<?php\n@function f() {}\n"),
        ] {
            let plain = text.replace('@', "");
            let marked = marked(language, &plain);
            let at = text.find('@').unwrap_or(text.len());
            assert_eq!(marked.find('@'), Some(at), "{language}: {marked}");
        }
    }
}
