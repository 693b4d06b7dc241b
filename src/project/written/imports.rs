//! The names that a file of tests has, and the imports that it lacks.

use std::collections::{BTreeMap, BTreeSet};

use crate::syntax::{Language, parse};

/// What the names of a file stand for: `pack.mod.f` for `from pack.mod import f`, nothing for what the
/// file defines itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bound {
    names: BTreeMap<String, String>,
    /// Where further imports go, in bytes.
    pub(super) end: usize,
    /// Whether there are imports before that place.
    pub(super) after_imports: bool,
}

/// Reads the names of a file of tests.
pub fn bound(text: &str) -> Bound {
    let mut found = Bound::default();
    let Some(language) = Language::named("python") else { return found };
    let Some(tree) = parse(language, text.as_bytes()) else { return found };
    let mut cursor = tree.root().walk();
    let of = |node: tree_sitter::Node<'_>| &text[node.byte_range()];
    let mut only_documentation = true;
    for node in tree.root().named_children(&mut cursor) {
        match node.kind() {
            "import_statement" | "import_from_statement" | "future_import_statement" => {
                for (name, origin) in names(of(node)) {
                    found.names.insert(name, origin);
                }
                (found.end, found.after_imports) = (line_end(text, node.end_byte()), true);
                only_documentation = false;
            }
            "function_definition" | "class_definition" | "decorated_definition" => {
                let inner = node.child_by_field_name("definition").unwrap_or(node);
                if let Some(name) = inner.child_by_field_name("name") {
                    found.names.insert(of(name).to_owned(), String::new());
                }
                only_documentation = false;
            }
            "comment" => {
                if only_documentation && !found.after_imports {
                    found.end = line_end(text, node.end_byte());
                }
            }
            "expression_statement" => {
                let inner = node.named_child(0);
                if only_documentation && inner.is_some_and(|inner| inner.kind() == "string") {
                    found.end = line_end(text, node.end_byte());
                }
                if let Some(name) = inner.and_then(|inner| inner.child_by_field_name("left")) {
                    found.names.insert(of(name).to_owned(), String::new());
                }
                only_documentation = false;
            }
            _ => only_documentation = false,
        }
    }
    found
}

impl Bound {
    /// Whether `line`, an import of one name, would give a name another meaning than it has.
    pub fn clashes(&self, line: &str) -> bool {
        names(line).into_iter().any(|(name, origin)| {
            self.names.get(&name).is_some_and(|known| !is_same(known, &origin))
        })
    }

    /// The lines to add so that all of `lines` are so, those of one module in one line.
    pub(super) fn missing<'a>(&self, lines: impl Iterator<Item = &'a str>) -> Vec<String> {
        let mut plain: BTreeSet<&str> = BTreeSet::new();
        let mut from: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for line in lines {
            if names(line).iter().all(|(name, _)| self.names.contains_key(name)) {
                continue;
            }
            match line.strip_prefix("from ").and_then(|rest| rest.split_once(" import ")) {
                Some((module, name)) => {
                    from.entry(module).or_default().insert(name);
                }
                None => {
                    plain.insert(line);
                }
            }
        }
        let from = from.into_iter().map(|(module, names)| {
            format!("from {module} import {}", Vec::from_iter(names).join(", "))
        });
        plain.into_iter().map(str::to_owned).chain(from).collect()
    }
}

/// The same thing, or the same name of one package, which may hand it on from one of its modules.
fn is_same(known: &str, origin: &str) -> bool {
    let ends = |text: &str| {
        let root = text.split('.').next().unwrap_or_default().to_owned();
        (root, text.rsplit('.').next().unwrap_or_default().to_owned())
    };
    known == origin || known.contains('.') && origin.contains('.') && ends(known) == ends(origin)
}

/// The names that an import binds, with what they stand for.
fn names(statement: &str) -> Vec<(String, String)> {
    let plain: String = statement
        .lines()
        .map(|line| line.split('#').next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join(" ");
    let plain = plain.replace(['(', ')', '\\'], " ");
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let (module, list) = match plain.trim().strip_prefix("from ") {
        Some(rest) => match rest.split_once(" import ") {
            Some((module, list)) => (Some(module.trim().to_owned()), list.to_owned()),
            None => return Vec::new(),
        },
        None => (None, plain.trim().trim_start_matches("import ").to_owned()),
    };
    let one = |part: &str| {
        let words = words(part);
        let name = words.first()?.clone();
        let (bound, origin) = match (&module, words.get(2)) {
            (Some(module), alias) => (alias.unwrap_or(&name).clone(), format!("{module}.{name}")),
            (None, Some(alias)) => (alias.clone(), name),
            (None, None) => {
                let root = name.split('.').next().unwrap_or_default().to_owned();
                (root.clone(), root)
            }
        };
        Some((bound, origin))
    };
    list.split(',').filter_map(one).collect()
}

fn line_end(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |end| at + end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_by_what_they_stand_for() {
        let text = "\"\"\"Tests.\"\"\"\nfrom __future__ import annotations\nimport datetime as dt\nfrom pack import (\n    f,  # first\n    g as h,\n)\nimport os.path\n\nLIMIT = 3\n\n\ndef inc(x):\n    return x + 1\n";
        let bound = bound(text);
        assert_eq!(&text[bound.end..][..7], "\nLIMIT ");
        for (line, clashes) in [
            ("from pack import f", false),
            ("from pack.mod import f", false),
            ("from other import f", true),
            ("from pack.mod import h", true),
            ("import datetime", false),
            ("import os", false),
            ("from datetime import datetime as dt", true),
            ("from toolz import inc", true),
            ("from x import LIMIT", true),
            ("from x import y", false),
        ] {
            assert_eq!(bound.clashes(line), clashes, "{line}");
        }
        let lines =
            ["from pack import f", "from a import c", "import re", "from a import b", "import os"];
        assert_eq!(bound.missing(lines.into_iter()), ["import re", "from a import b, c"]);
    }
}
