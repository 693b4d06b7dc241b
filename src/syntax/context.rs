//! Is it code, or does a comment or a string say it?
//!
//! Grammars name such nodes alike, so their names decide and no grammar needs a query. What stands in
//! the holes of a string is code.

use serde::{Deserialize, Serialize};

use crate::syntax::Tree;

/// What a place of a text is a part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Context {
    Code,
    Comment,
    String,
    /// The file is a document, or no grammar reads it.
    Text,
}

/// What each byte in `at` is a part of, in the same order.
pub fn contexts(tree: &Tree, at: &[usize]) -> Vec<Context> {
    at.iter().map(|at| context(tree, *at)).collect()
}

fn context(tree: &Tree, at: usize) -> Context {
    let mut node = tree.root().descendant_for_byte_range(at, at + 1);
    while let Some(here) = node {
        let kind = here.kind();
        let says = |words: &[&str]| words.iter().any(|word| kind.contains(word));
        // Types and specifiers have such names too, such as `string_type`; those are code.
        if says(&["interpol", "substitution", "embedded", "expansion"]) {
            return Context::Code;
        } else if says(&["comment", "haddock"]) {
            return Context::Comment;
        } else if says(&["string", "heredoc", "char_literal", "character_literal"])
            && !says(&["type", "identifier"])
        {
            return Context::String;
        }
        node = here.parent();
    }
    Context::Code
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::{Language, parse};

    /// The context of every `x`, as letters.
    #[track_caller]
    fn check(language: &str, text: &str, expected: &str) {
        let tree = parse(Language::named(language).unwrap(), text.as_bytes()).unwrap();
        let at: Vec<usize> = text.match_indices('x').map(|it| it.0).collect();
        let shown: String = contexts(&tree, &at)
            .iter()
            .map(|it| match it {
                Context::Code => 'c',
                Context::Comment => '#',
                Context::String => 's',
                Context::Text => 't',
            })
            .collect();
        assert_eq!(shown, expected, "{language}: {text}");
    }

    #[test]
    fn comments_and_strings_are_told_from_code() {
        let rust = "// x\n/// x\nfn f() { x(\"x\", b\"x\", 'x'); m!(x, \"x\"); /* x */ }";
        check("rust", rust, "##cssscs#");
        check("python", "# x\nx = f'x {x}'\ndef f():\n    \"\"\"x\"\"\"\n", "#cscs");
        check("java", "/** x */ class A { String x = \"x\"; char c = 'x'; } // x\n", "#css#");
        check("javascript", "x(`x ${x}`, 'x') // x\n", "cscs#");
        check("go", "package a\n\nfunc f() { x(\"x\", `x`) } // x\n", "css#");
        check("c", "int x = f(\"x\", 'x'); /* x */\n", "css#");
        check("cpp", "int x = f(\"x\", R\"(x)\"); // x\n", "css#");
        check("ruby", "x \"x #{x}\" # x\n", "csc#");
        check("kotlin", "val x = \"x ${x}\" // x\n", "csc#");
        check("csharp", "var x = \"x\" + $\"x {x}\"; // x\n", "cssc#");
        check("php", "<?php $x = 'x'; // x\n", "cs#");
        check("lua", "x = 'x' -- x\n", "cs#");
    }
}
