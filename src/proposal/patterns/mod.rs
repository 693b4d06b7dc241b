//! Which small change could mend a function?
//!
//! Many a defect is one token or one call away from right: the wrong name, a bound that is off by one,
//! operands in the wrong order, a call that is missing. Such changes are patterns of syntax; they are
//! made up here without a model, likeliest first, and tests tell which of them are right. The patterns are
//! those that studies of real fixes count most often: Karampatsis and Sutton, *How Often Do
//! Single-Statement Bugs Occur?* (2020), and Liu et al., *TBar* (2019).
//!
//! For Python so far, as is what tries them.

mod borrowed;
mod expressions;
mod statements;
mod tokens;
mod values;
mod words;

use std::collections::HashSet;
use std::ops::Range;

use tree_sitter::Node;

use crate::syntax::{Language, parse};
use borrowed::Borrowed;
pub use values::{mentioned, values};
use words::Words;

/// A change of one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmallChange {
    /// The bytes of the file that it replaces.
    pub bytes: Range<usize>,
    pub text: String,
    /// What kind of mistake it mends, in words for people.
    pub pattern: &'static str,
    /// The smaller, the likelier.
    pub cost: u32,
}

/// The language whose mistakes are known: as [`Language::name`].
pub const LANGUAGE: &str = "python";

/// The deepest nesting that is looked at.
const DEEPEST: usize = 60;

/// Small changes of a `part` of `text`, cheapest first and of equals in the order of the text: of the body of
/// a function and of what its arguments are by default, or of the value that a statement gives a name. `said` are literals of which the task speaks, such as numbers
/// and quoted words.
pub fn small_changes(text: &str, part: Range<usize>, said: &[String]) -> Vec<SmallChange> {
    let language = Language::named(LANGUAGE);
    let Some(tree) = language.and_then(|language| parse(language, text.as_bytes())) else {
        return Vec::new();
    };
    let root = tree.root();
    let Some(whole) = definition(root, &part).or_else(|| assignment(root, &part)) else {
        return Vec::new();
    };
    let words = Words::of(root, whole, text, said);
    let borrowed = Borrowed::of(root, whole, text);
    let mut found = Found { text, words: &words, borrowed: &borrowed, changes: Vec::new() };
    found.whole(whole);
    found.sorted()
}

/// The innermost definition of a function that begins in `range` and ends there.
fn definition<'t>(root: Node<'t>, range: &Range<usize>) -> Option<Node<'t>> {
    let mut nodes = vec![root];
    while let Some(node) = nodes.pop() {
        let inside = range.start <= node.start_byte() && node.end_byte() <= range.end;
        if node.kind() == "function_definition" && inside {
            return Some(node);
        }
        let meets = node.start_byte() < range.end && range.start < node.end_byte();
        if meets {
            let mut cursor = node.walk();
            let children: Vec<_> = node.children(&mut cursor).collect();
            nodes.extend(children.into_iter().rev());
        }
    }
    None
}

/// The assignment that takes up `range`.
fn assignment<'t>(root: Node<'t>, range: &Range<usize>) -> Option<Node<'t>> {
    let node = root.descendant_for_byte_range(range.start, range.end)?;
    let inner = if node.kind() == "expression_statement" { node.named_child(0)? } else { node };
    Some(inner).filter(|inner| inner.kind() == "assignment" && inner.byte_range() == *range)
}

/// The changes found so far.
struct Found<'a> {
    text: &'a str,
    words: &'a Words,
    borrowed: &'a Borrowed,
    changes: Vec<SmallChange>,
}

impl<'a> Found<'a> {
    fn whole(&mut self, node: Node<'_>) {
        let parameters = node.child_by_field_name("parameters").map(named).unwrap_or_default();
        let values = parameters.iter().filter_map(|it| it.child_by_field_name("value"));
        let parts = ["right", "body"].into_iter().filter_map(|it| node.child_by_field_name(it));
        for part in values.chain(parts) {
            self.walk(part, 0);
        }
    }

    fn walk(&mut self, node: Node<'_>, depth: usize) {
        if depth > DEEPEST || is_text(node) {
            return;
        }
        self.tokens(node);
        self.expressions(node);
        self.statements(node);
        let mut cursor = node.walk();
        let children: Vec<_> = node.children(&mut cursor).collect();
        for child in children {
            self.walk(child, depth + 1);
        }
    }

    /// The text of a node.
    fn of(&self, node: Node<'_>) -> &'a str {
        self.text.get(node.byte_range()).unwrap_or_default()
    }

    fn replace(
        &mut self,
        node: Node<'_>,
        text: impl Into<String>,
        pattern: &'static str,
        cost: u32,
    ) {
        let text = text.into();
        if !self.is_twice(node, &text) {
            self.change(node.byte_range(), text, pattern, cost);
        }
    }

    /// Whether a text in the place of a node makes both sides of a comparison or a condition the same.
    fn is_twice(&self, node: Node<'_>, text: &str) -> bool {
        let parent = node.parent().filter(|parent| {
            matches!(parent.kind(), "comparison_operator" | "boolean_operator") && node.is_named()
        });
        let others = parent.map(named).unwrap_or_default().into_iter();
        others.filter(|other| *other != node).any(|other| self.of(other) == text)
    }

    /// Two nodes in each other's place; what stands between them stays.
    fn swap(&mut self, [first, second]: [Node<'_>; 2], pattern: &'static str, cost: u32) {
        let between = self.text.get(first.end_byte()..second.start_byte()).unwrap_or_default();
        let swapped = format!("{}{between}{}", self.of(second), self.of(first));
        self.change(first.start_byte()..second.end_byte(), swapped, pattern, cost);
    }

    fn change(&mut self, bytes: Range<usize>, text: String, pattern: &'static str, cost: u32) {
        if self.text.get(bytes.clone()).is_some_and(|old| old != text) {
            self.changes.push(SmallChange { bytes, text, pattern, cost });
        }
    }

    fn sorted(mut self) -> Vec<SmallChange> {
        self.changes.sort_by_key(|change| (change.cost, change.bytes.start, change.bytes.end));
        let mut seen = HashSet::new();
        self.changes.retain(|change| seen.insert((change.bytes.clone(), change.text.clone())));
        self.changes
    }
}

/// The field of its parent that a node stands in.
fn field<'t>(node: Node<'t>) -> Option<(Node<'t>, &'t str)> {
    let parent = node.parent()?;
    let mut cursor = parent.walk();
    if !cursor.goto_first_child() {
        return None;
    }
    loop {
        if cursor.node() == node {
            return Some((parent, cursor.field_name().unwrap_or_default()));
        }
        if !cursor.goto_next_sibling() {
            return None;
        }
    }
}

/// Whether a statement is nothing but a text, such as a docstring.
fn is_text(node: Node<'_>) -> bool {
    let inner = named(node);
    node.kind() == "expression_statement" && inner.iter().all(|inner| inner.kind() == "string")
}

fn named<'t>(node: Node<'t>) -> Vec<Node<'t>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).filter(|child| !child.is_extra()).collect()
}

#[cfg(test)]
mod tests;
