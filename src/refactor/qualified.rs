//! Names behind the module that they are taken from: `a.b.name`.

use tree_sitter::Node;

use crate::refactor::rules::Qualified;
use crate::refactor::sources::File;

/// All places where `name` is a member of names joined by dots, where the first of these is not bound
/// by a function around it.
pub(super) fn behind_dots(file: &File, name: &str) -> Vec<Qualified> {
    let mut found = Vec::new();
    for at in bstr::ByteSlice::find_iter(file.text.as_slice(), name.as_bytes()) {
        let end = at + name.len();
        let Some(node) = file.tree.root().descendant_for_byte_range(at, end) else { continue };
        if node.byte_range() != (at..end) {
            continue;
        }
        let Some(parent) = node.parent() else { continue };
        let (object, member) = match parent.kind() {
            "attribute" => ("object", "attribute"),
            "member_expression" => ("object", "property"),
            "nested_type_identifier" => ("module", "name"),
            "nested_identifier" => ("object", "property"),
            "selector_expression" => ("operand", "field"),
            "qualified_type" => ("package", "name"),
            _ => continue,
        };
        let is_member = parent.child_by_field_name(member) == Some(node);
        let Some(object) = parent.child_by_field_name(object).filter(|_| is_member) else {
            continue;
        };
        let first = first(object);
        let free = file.names.references.iter().any(|it| it.at == first.start_byte());
        let text = file.slice(object.byte_range());
        let plain =
            text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.".contains(&b) || b >= 128);
        if free && plain {
            let (module, module_at) = (text.to_owned(), object.byte_range());
            found.push(Qualified { module, module_at, at, unit: 0 });
        }
    }
    found
}

/// The leftmost node.
fn first(node: Node<'_>) -> Node<'_> {
    let mut node = node;
    while let Some(child) = node.child(0) {
        node = child;
    }
    node
}
