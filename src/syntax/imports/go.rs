//! `import name "path"`, one by one or in brackets.

use tree_sitter::Node;

use super::{Import, Imported, Item, Place, Wanted, string};

pub(super) fn read(node: Node<'_>, text: &[u8]) -> Option<Import> {
    if node.kind() != "import_spec" {
        return None;
    }
    let path = node.child_by_field_name("path")?;
    let from = text.get(path.start_byte() + 1..path.end_byte().saturating_sub(1))?;
    let from = String::from_utf8_lossy(from).into_owned();
    let name = node.child_by_field_name("name").map(|it| string(text, it));
    let local = name.clone().unwrap_or_else(|| guessed(&from));
    let what = if local == "." { Imported::Everything } else { Imported::Module };
    let whole = node.parent().filter(|it| it.kind() == "import_declaration").unwrap_or(node);
    let item = Item {
        from,
        what,
        local,
        alias: name.is_some(),
        types: false,
        bytes: node.byte_range(),
        lists: vec![(whole.start_byte(), node.byte_range())],
    };
    Some(Import {
        bytes: whole.byte_range(),
        module: 0,
        place: Place::Top,
        from_at: Some(path.start_byte() + 1..path.end_byte() - 1),
        items: vec![item],
        mark: String::new(),
        exports: false,
        only_in: None,
    })
}

/// What a package at this path is called, as far as its path tells.
fn guessed(path: &str) -> String {
    let is_version = |part: &str| {
        part.strip_prefix('v')
            .is_some_and(|it| !it.is_empty() && it.bytes().all(|b| b.is_ascii_digit()))
    };
    let mut parts = path.rsplit('/');
    let mut last = parts.next().unwrap_or(path);
    if is_version(last) {
        last = parts.next().unwrap_or(last);
    }
    let last = match last.rsplit_once('.') {
        Some((name, version)) if is_version(version) => name,
        _ => last,
    };
    last.trim_start_matches("go-").trim_end_matches("-go").replace('-', "_")
}

pub(super) fn written(module: &str, wanted: &[Wanted]) -> String {
    match wanted.first().and_then(|it| it.alias.as_deref()) {
        Some(alias) => format!("{alias} \"{module}\""),
        None => format!("\"{module}\""),
    }
}
