//! `import a.b as c` and `from .a import b as c`.

use tree_sitter::Node;

use super::{Import, Imported, Item, Place, Wanted, ancestors, named, string};

pub(super) fn read(node: Node<'_>, text: &[u8]) -> Option<Import> {
    let from = match node.kind() {
        "import_statement" => None,
        "future_import_statement" => Some("__future__".to_owned()),
        "import_from_statement" => Some(string(text, node.child_by_field_name("module_name")?)),
        _ => return None,
    };
    let mut cursor = node.walk();
    let mut items: Vec<Item> = node
        .children_by_field_name("name", &mut cursor)
        .map(|name| item(name, from.as_deref(), node.start_byte(), text))
        .collect();
    let mut cursor = node.walk();
    let star = node.children(&mut cursor).find(|it| it.kind() == "wildcard_import");
    items.extend(star.map(|star| Item {
        from: from.clone().unwrap_or_default(),
        what: Imported::Everything,
        local: String::new(),
        alias: false,
        types: false,
        bytes: star.byte_range(),
        lists: vec![(node.start_byte(), star.byte_range())],
    }));
    let from_at = node.child_by_field_name("module_name").map(|it| it.byte_range());
    Some(Import {
        bytes: node.byte_range(),
        module: 0,
        place: place(node, text),
        from_at: from_at.filter(|_| from.is_some()),
        items,
        mark: String::new(),
        exports: true,
        only_in: only_in(node),
    })
}

fn item(node: Node<'_>, from: Option<&str>, list: usize, text: &[u8]) -> Item {
    let alias = node.child_by_field_name("alias").map(|alias| string(text, alias));
    let name = node.child_by_field_name("name").unwrap_or(node);
    let name = string(text, name);
    let local = alias.clone().unwrap_or_else(|| name.clone());
    Item {
        from: from.map_or_else(|| name.clone(), str::to_owned),
        what: if from.is_some() { Imported::Name(name) } else { Imported::Module },
        local,
        alias: alias.is_some(),
        types: false,
        bytes: node.byte_range(),
        lists: vec![(list, node.byte_range())],
    }
}

fn place(node: Node<'_>, text: &[u8]) -> Place {
    let mut place = Place::Top;
    for above in ancestors(node) {
        match above.kind() {
            "function_definition" | "class_definition" => return Place::Inner,
            "if_statement" => {
                let condition = above.child_by_field_name("condition");
                let condition = condition.map(|it| string(text, it)).unwrap_or_default();
                let types = condition == "TYPE_CHECKING" || condition.ends_with(".TYPE_CHECKING");
                place =
                    if types && place != Place::Guarded { Place::Types } else { Place::Guarded };
            }
            "module" | "block" => {}
            _ => place = Place::Guarded,
        }
    }
    place
}

/// The `if` whose one statement this is, if it has no other branch.
fn only_in(node: Node<'_>) -> Option<std::ops::Range<usize>> {
    let block = node.parent().filter(|it| it.kind() == "block" && it.named_child_count() == 1)?;
    let whole = block.parent().filter(|it| it.kind() == "if_statement")?;
    let has_other =
        named(whole).iter().any(|it| matches!(it.kind(), "else_clause" | "elif_clause"));
    (!has_other).then(|| whole.byte_range())
}

pub(super) fn written(module: &str, wanted: &[Wanted]) -> String {
    let names: Vec<String> = wanted
        .iter()
        .map(|it| match &it.alias {
            Some(alias) => format!("{} as {alias}", it.name),
            None => it.name.clone(),
        })
        .collect();
    if names.is_empty() {
        return format!("import {module}");
    }
    let line = format!("from {module} import {}", names.join(", "));
    // What formatters of Python hold a line to.
    if line.len() <= 88 {
        return line;
    }
    format!("from {module} import (\n    {},\n)", names.join(",\n    "))
}
