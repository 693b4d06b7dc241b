//! Which constants a function uses: names of its file or of a class that a statement gives a value.

use std::collections::HashSet;
use std::ops::Range;

use tree_sitter::Node;

use crate::proposal::patterns::{LANGUAGE, named};
use crate::syntax::{Language, parse};

/// Most of them, the nearest names first.
const MOST: usize = 12;

/// What the function at `function` of a text mentions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mentioned {
    pub names: HashSet<String>,
    /// The last words of the modules that its file imports names from.
    pub modules: Vec<String>,
}

/// The names that stand in a part of `text`, and what its file imports from.
pub fn mentioned(text: &str, part: &Range<usize>) -> Mentioned {
    let mut found = Mentioned::default();
    let language = Language::named(LANGUAGE);
    let Some(tree) = language.and_then(|language| parse(language, text.as_bytes())) else {
        return found;
    };
    let mut nodes = vec![tree.root()];
    while let Some(node) = nodes.pop() {
        if node.kind() == "identifier" && part.contains(&node.start_byte()) {
            found.names.insert(of(node, text).to_owned());
        }
        if node.kind() == "import_from_statement" {
            let module = node.child_by_field_name("module_name").map(|module| of(module, text));
            let last = module.and_then(|module| module.rsplit('.').next());
            found.modules.extend(last.filter(|last| !last.is_empty()).map(str::to_owned));
        }
        let mut cursor = node.walk();
        nodes.extend(node.children(&mut cursor));
    }
    found
}

/// The statements of a file and of the classes in it that give one of `names` a value, and those that give
/// one to what these mention: the name with its class, and the bytes.
pub fn values(text: &str, names: &HashSet<String>) -> Vec<(String, Range<usize>)> {
    let language = Language::named(LANGUAGE);
    let Some(tree) = language.and_then(|language| parse(language, text.as_bytes())) else {
        return Vec::new();
    };
    let assigned = assignments(tree.root(), text);
    let (mut names, mut found) = (names.clone(), Vec::<(String, Range<usize>)>::new());
    loop {
        let new = assigned.iter().find(|(_, name, node)| {
            names.contains(*name) && !found.iter().any(|(_, bytes)| *bytes == node.byte_range())
        });
        let Some((class, name, node)) = new.filter(|_| found.len() < MOST) else { return found };
        names.extend(mentioned(text, &node.byte_range()).names);
        let class = class.map(|class| format!("{class}.")).unwrap_or_default();
        found.push((format!("{class}{name}"), node.byte_range()));
    }
}

/// The class if there is one, the name and the statement.
fn assignments<'t>(root: Node<'t>, text: &'t str) -> Vec<(Option<&'t str>, &'t str, Node<'t>)> {
    let mut found = Vec::new();
    let mut blocks = vec![(None, root)];
    while let Some((class, block)) = blocks.pop() {
        for node in named(block) {
            let definition = node.child_by_field_name("definition").unwrap_or(node);
            if definition.kind() == "class_definition" && class.is_none() {
                let name = definition.child_by_field_name("name").map(|name| of(name, text));
                blocks.extend(definition.child_by_field_name("body").map(|body| (name, body)));
            }
            let assignment = named(node).first().copied().filter(|it| it.kind() == "assignment");
            let left = assignment.and_then(|it| it.child_by_field_name("left"));
            if let Some(left) = left.filter(|left| left.kind() == "identifier") {
                found.push((class, of(left, text), node));
            }
        }
    }
    found
}

fn of<'t>(node: Node<'_>, text: &'t str) -> &'t str {
    text.get(node.byte_range()).unwrap_or_default()
}
