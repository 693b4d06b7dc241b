//! A call and its arguments, read from the tree of its file.

use std::ops::Range;

use tree_sitter::Node;

use crate::refactor::sources::{Family, File};

/// A call of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Call {
    /// Where the name of the function begins.
    pub(super) at: usize,
    /// All of it.
    pub(super) bytes: Range<usize>,
    /// Between the brackets.
    pub(super) list: Range<usize>,
    pub(super) arguments: Vec<Argument>,
    /// What stands before the dot, if anything does.
    pub(super) before: Option<Range<usize>>,
}

/// One argument of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Argument {
    pub(super) bytes: Range<usize>,
    /// The parameter that it names, and the value behind that.
    pub(super) name: Option<(Range<usize>, Range<usize>)>,
    /// It stands for several: `*args`, `...rest`.
    pub(super) spread: bool,
}

/// What stands at a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Use {
    Call(Call),
    /// It is handed on, kept, decorated with.
    Value,
}

/// Whether the name at `at` is that of a function that is called there.
pub(super) fn used(file: &File, at: usize, name: &str) -> Option<Use> {
    let node = file.tree.root().descendant_for_byte_range(at, at + name.len())?;
    if node.byte_range() != (at..at + name.len()) {
        return None;
    }
    let (mut callee, mut before) = (node, None);
    while let Some(parent) = callee.parent() {
        let (last, first) = match parent.kind() {
            "attribute" => ("attribute", "object"),
            "member_expression" => ("property", "object"),
            "selector_expression" => ("field", "operand"),
            "field_expression" => ("field", "value"),
            "scoped_identifier" => ("name", "path"),
            "generic_function" => ("function", ""),
            "index_expression" => ("operand", ""),
            "type_instantiation_expression" => ("type", ""),
            "non_null_expression" | "parenthesized_expression" => break,
            _ => break,
        };
        if parent.child_by_field_name(last) != Some(callee) {
            break;
        }
        before = parent.child_by_field_name(first).map(|it| it.byte_range()).or(before);
        callee = parent;
    }
    let parent = callee.parent()?;
    if parent.kind() == "token_tree" {
        return in_macro(file, callee).map(|call| Use::Call(Call { before, at, ..call }));
    }
    let function =
        parent.child_by_field_name("function").or(parent.child_by_field_name("constructor"));
    let list = parent.child_by_field_name("arguments");
    let (true, Some(list)) = (function == Some(callee), list) else { return Some(Use::Value) };
    if !matches!(list.kind(), "argument_list" | "arguments") || list.is_missing() {
        return Some(Use::Value);
    }
    let mut cursor = list.walk();
    let nodes = list.named_children(&mut cursor).filter(|it| !it.is_extra());
    let arguments = nodes.filter(|it| it.kind() != "attribute_item").map(argument).collect();
    let list = list.start_byte() + 1..list.end_byte() - 1;
    let bytes = parent.byte_range();
    Some(Use::Call(Call { at, bytes, list, arguments, before }))
}

fn argument(node: Node<'_>) -> Argument {
    let field = |name: &str| node.child_by_field_name(name).map(|it| it.byte_range());
    let spread = matches!(
        node.kind(),
        "list_splat" | "dictionary_splat" | "spread_element" | "variadic_argument"
    );
    let name = match node.kind() {
        "keyword_argument" => field("name").zip(field("value")),
        _ => None,
    };
    Argument { bytes: node.byte_range(), name, spread }
}

/// A call among the tokens of a macro of Rust: a name, and behind it tokens in brackets.
fn in_macro(file: &File, name: Node<'_>) -> Option<Call> {
    let list = name.next_sibling().filter(|it| it.kind() == "token_tree")?;
    let text = file.slice(list.byte_range());
    let between = file.slice(name.end_byte()..list.start_byte());
    if !text.starts_with('(') || !text.ends_with(')') || !between.is_empty() {
        return None;
    }
    let inside = list.start_byte() + 1..list.end_byte() - 1;
    let mut cursor = list.walk();
    let mut arguments: Vec<Argument> = Vec::new();
    let mut open: Option<Range<usize>> = None;
    let mut close = |open: &mut Option<Range<usize>>| {
        let found = open.take().map(|bytes| Argument { bytes, name: None, spread: false });
        arguments.extend(found);
    };
    for token in list.children(&mut cursor).filter(|it| !it.is_extra()) {
        let is_edge = token.start_byte() < inside.start || token.end_byte() > inside.end;
        match file.slice(token.byte_range()) {
            _ if is_edge => {}
            "," => close(&mut open),
            // Commas between bars part no arguments.
            "|" | "<" => return None,
            _ => {
                let start = open.as_ref().map_or(token.start_byte(), |it| it.start);
                open = Some(start..token.end_byte());
            }
        }
    }
    close(&mut open);
    let bytes = name.start_byte()..list.end_byte();
    Some(Call { at: name.start_byte(), bytes, list: inside, arguments, before: None })
}

/// Whether the family lets a call name its arguments.
pub(super) fn has_names(family: Family) -> bool {
    family == Family::Python
}
