//! What a change can be made of: the names and literals around the place.

use tree_sitter::Node;

use crate::proposal::patterns::{field, named};

/// Most of each kind: what is rarer is less likely.
const MOST: usize = 24;
/// Longest literal that is taken over.
const LONGEST: usize = 24;

/// Functions of the language that values are often passed through.
const BUILTINS: &[&str] = &[
    "abs", "str", "int", "len", "list", "tuple", "set", "sorted", "reversed", "float", "bool",
    "iter", "next", "sum", "min", "max", "dict", "repr",
];
/// Methods without arguments that values are often passed through.
const METHODS: &[&str] =
    &["lower", "upper", "strip", "copy", "keys", "values", "items", "lstrip", "rstrip", "split"];

/// Names and literals, each once; those of the function before those of the file.
#[derive(Debug, Default)]
pub(super) struct Words {
    /// Names of values in the function.
    pub(super) locals: Vec<String>,
    /// Names of values that are called in it.
    pub(super) called_locals: Vec<String>,
    /// Attributes that are read in the file.
    pub(super) attributes: Vec<String>,
    /// Functions that are called in the file, by their bare names.
    pub(super) functions: Vec<String>,
    /// Methods that are called in the file, and those of them without arguments.
    pub(super) methods: Vec<String>,
    pub(super) bare_methods: Vec<String>,
    /// Numbers and strings of the task, then those of the function.
    pub(super) said: Vec<String>,
    pub(super) literals: Vec<String>,
}

impl Words {
    pub(super) fn of(root: Node<'_>, function: Node<'_>, text: &str, said: &[String]) -> Self {
        let mut words = Self::default();
        let short = |literal: &&String| literal.len() <= LONGEST;
        words.said = said.iter().filter(short).take(MOST).cloned().collect();
        for whole in [function, root] {
            words.collect(whole, text, whole == function);
        }
        for name in BUILTINS {
            add(&mut words.functions, name, usize::MAX);
        }
        for name in METHODS {
            add(&mut words.bare_methods, name, usize::MAX);
        }
        words
    }

    fn collect(&mut self, root: Node<'_>, text: &str, own: bool) {
        let mut nodes = vec![root];
        while let Some(node) = nodes.pop() {
            let said = text.get(node.byte_range()).unwrap_or_default();
            match node.kind() {
                "identifier" => self.name(node, said, own),
                "integer" | "float" | "string" if own && said.len() <= LONGEST => {
                    add(&mut self.literals, said, MOST);
                }
                _ => {}
            }
            let mut cursor = node.walk();
            let children: Vec<_> = node.children(&mut cursor).collect();
            nodes.extend(children.into_iter().rev());
        }
    }

    fn name(&mut self, node: Node<'_>, said: &str, own: bool) {
        let Some((parent, field_name)) = field(node) else { return };
        match (parent.kind(), field_name) {
            ("call", "function") => {
                let is_local = own && self.locals.iter().any(|local| local == said);
                add(
                    if is_local { &mut self.called_locals } else { &mut self.functions },
                    said,
                    MOST,
                );
            }
            ("attribute", "attribute") => {
                let called = field(parent).filter(|it| it.0.kind() == "call" && it.1 == "function");
                match called {
                    None => add(&mut self.attributes, said, MOST),
                    Some((call, _)) => {
                        add(&mut self.methods, said, MOST);
                        let arguments = call.child_by_field_name("arguments");
                        if arguments.is_some_and(|arguments| named(arguments).is_empty()) {
                            add(&mut self.bare_methods, said, MOST);
                        }
                    }
                }
            }
            ("keyword_argument" | "function_definition" | "class_definition", "name") => {}
            ("dotted_name" | "aliased_import", _) => {}
            _ if own => add(&mut self.locals, said, MOST),
            _ => {}
        }
    }
}

fn add(words: &mut Vec<String>, word: &str, most: usize) {
    if words.len() < most && !words.iter().any(|known| known == word) {
        words.push(word.to_owned());
    }
}
