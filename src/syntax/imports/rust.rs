//! `use a::{b as c, d::*};`, each leaf with its whole path.

use tree_sitter::Node;

use super::{Import, Imported, Item, Place, Wanted, ancestors, named, string};

pub(super) fn read(node: Node<'_>, text: &[u8]) -> Option<Import> {
    if node.kind() != "use_declaration" {
        return None;
    }
    let argument = node.child_by_field_name("argument")?;
    let mut items = Vec::new();
    leaves(argument, "", &[], text, &mut items);
    let mark = named(node).into_iter().find(|it| it.kind() == "visibility_modifier");
    let mark = mark.map(|mark| format!("{} ", string(text, mark))).unwrap_or_default();
    let module = ancestors(node).find(|it| it.kind() == "mod_item").map_or(0, |it| it.end_byte());
    let inner = ancestors(node).any(|it| it.kind() == "block");
    let path = match argument.kind() {
        "scoped_identifier" | "scoped_use_list" => argument.child_by_field_name("path"),
        "use_as_clause" => {
            argument.child_by_field_name("path").and_then(|it| it.child_by_field_name("path"))
        }
        _ => None,
    };
    let shared = items.first().map(|it: &Item| it.from.clone());
    let is_shared = items.iter().all(|it| Some(&it.from) == shared.as_ref());
    Some(Import {
        bytes: node.byte_range(),
        module,
        place: if inner { Place::Inner } else { Place::Top },
        from_at: path.filter(|_| is_shared).map(|it| it.byte_range()),
        items,
        exports: !mark.is_empty(),
        mark,
        only_in: None,
    })
}

fn leaves(
    node: Node<'_>,
    from: &str,
    lists: &[(usize, std::ops::Range<usize>)],
    text: &[u8],
    items: &mut Vec<Item>,
) {
    let join = |rest: &str| match (from.is_empty(), rest.is_empty()) {
        (true, _) => rest.to_owned(),
        (_, true) => from.to_owned(),
        _ => format!("{from}::{rest}"),
    };
    let field = |node: Node<'_>, name| node.child_by_field_name(name).map(|it| string(text, it));
    let mut lists = lists.to_vec();
    let list = node.parent().filter(|it| it.kind() == "use_list");
    lists.insert(0, (list.map_or(0, |it| it.start_byte()), node.byte_range()));
    let mut add = |from: String, what, local, alias| {
        let (bytes, lists) = (node.byte_range(), lists.clone());
        items.push(Item { from, what, local, alias, types: false, bytes, lists });
    };
    match node.kind() {
        "self" => {
            let local = from.rsplit("::").next().unwrap_or_default().to_owned();
            let (above, name) = from.rsplit_once("::").unwrap_or(("", from));
            add(above.to_owned(), Imported::Name(name.to_owned()), local, false);
        }
        "identifier" | "crate" | "super" => {
            let name = string(text, node);
            add(from.to_owned(), Imported::Name(name.clone()), name, false);
        }
        "scoped_identifier" => {
            let name = field(node, "name").unwrap_or_default();
            let path = field(node, "path").unwrap_or_default();
            add(join(&path), Imported::Name(name.clone()), name, false);
        }
        "use_as_clause" => {
            let local = field(node, "alias").unwrap_or_default();
            let path = field(node, "path").unwrap_or_default();
            let whole = if path == "self" { from.to_owned() } else { join(&path) };
            let (above, name) = whole.rsplit_once("::").unwrap_or(("", &whole));
            add(above.to_owned(), Imported::Name(name.to_owned()), local, true);
        }
        "use_wildcard" => {
            let path = named(node).first().map(|it| string(text, *it)).unwrap_or_default();
            add(join(&path), Imported::Everything, String::new(), false);
        }
        "scoped_use_list" | "use_list" => {
            let path = field(node, "path").unwrap_or_default();
            let list = node.child_by_field_name("list").unwrap_or(node);
            let below = join(&path);
            for child in named(list).into_iter().filter(|it| !it.kind().ends_with("comment")) {
                leaves(child, &below, &lists, text, items);
            }
        }
        _ => {}
    }
}

pub(super) fn written(module: &str, wanted: &[Wanted], mark: &str) -> String {
    let names: Vec<String> = wanted
        .iter()
        .map(|it| match &it.alias {
            Some(alias) => format!("{} as {alias}", it.name),
            None => it.name.clone(),
        })
        .collect();
    let module = if module.is_empty() { String::new() } else { format!("{module}::") };
    match names.as_slice() {
        [] => format!("{mark}use {};", module.trim_end_matches(':')),
        [name] => format!("{mark}use {module}{name};"),
        _ => format!("{mark}use {module}{{{}}};", names.join(", ")),
    }
}

/// `a::{b}` as formatters have it: `a::b`.
pub(super) fn without_lone_braces(statement: &str) -> String {
    let mut text = statement.to_owned();
    let mut from = 0;
    while let Some(open) = text[from..].find("::{").map(|at| from + at + 2) {
        let Some(close) = text[open..].find(['}', ','].as_slice()).map(|at| open + at) else {
            break;
        };
        let inner = text[open + 1..close].trim().to_owned();
        let lone = text[close..].starts_with('}') && !inner.contains('{') && !inner.is_empty();
        let trailing = text[close..].starts_with(',')
            && text[close + 1..].trim_start().starts_with('}')
            && !inner.contains('{');
        if (lone || trailing) && inner != "self" && !inner.starts_with("self as") {
            let end = close + text[close..].find('}').unwrap_or_default();
            text.replace_range(open..=end, &inner);
            from = 0;
        } else {
            from = open;
        }
    }
    text
}
