//! `import a, { b as c } from "./d"` and `export { b } from "./d"`.

use tree_sitter::Node;

use super::{Import, Imported, Item, Place, Wanted, named, string};

pub(super) fn read(node: Node<'_>, text: &[u8]) -> Option<Import> {
    let exports = match node.kind() {
        "import_statement" => false,
        "export_statement" => true,
        _ => return None,
    };
    let source = node.child_by_field_name("source")?;
    let from = text.get(source.start_byte() + 1..source.end_byte().saturating_sub(1))?;
    let from = String::from_utf8_lossy(from).into_owned();
    let mut cursor = node.walk();
    let types = node.children(&mut cursor).any(|it| it.kind() == "type");
    let mut items = Vec::new();
    let mut add = |node: Node<'_>, what: Imported, local: String, alias: bool, types: bool| {
        let list = node.parent().map_or(0, |list| list.start_byte());
        let bytes = node.byte_range();
        let lists = vec![(list, bytes.clone())];
        items.push(Item { from: from.clone(), what, local, alias, types, bytes, lists });
    };
    let mut open = named(node);
    open.reverse();
    while let Some(it) = open.pop() {
        match it.kind() {
            "import_clause" | "named_imports" | "export_clause" => {
                open.extend(named(it).into_iter().rev());
            }
            "identifier" => add(it, Imported::Default, string(text, it), false, types),
            "namespace_import" | "namespace_export" => {
                let local = named(it).first().map(|it| string(text, *it)).unwrap_or_default();
                add(it, Imported::Module, local, true, types);
            }
            "import_specifier" | "export_specifier" => {
                let name = it.child_by_field_name("name").map(|it| string(text, it));
                let alias = it.child_by_field_name("alias").map(|it| string(text, it));
                let (Some(name), has_alias) = (name, alias.is_some()) else { continue };
                let local = alias.unwrap_or_else(|| name.clone());
                let mut cursor = it.walk();
                let types = types || it.children(&mut cursor).any(|it| it.kind() == "type");
                let what = match name.as_str() {
                    "default" => Imported::Default,
                    _ => Imported::Name(name),
                };
                add(it, what, local, has_alias, types);
            }
            _ => {}
        }
    }
    let mut cursor = node.walk();
    let star = node.children(&mut cursor).find(|it| exports && it.kind() == "*");
    if let Some(star) = star {
        add(star, Imported::Everything, String::new(), false, types);
    }
    let end = node.end_byte();
    Some(Import {
        bytes: node.start_byte()..end,
        module: 0,
        place: Place::Top,
        from_at: Some(source.start_byte() + 1..source.end_byte() - 1),
        items,
        mark: if types { "type ".to_owned() } else { String::new() },
        exports,
        only_in: None,
    })
}

/// Quotes and the end of the statement are those of `like`.
pub(super) fn written(
    module: &str,
    wanted: &[Wanted],
    mark: &str,
    exports: bool,
    like: &str,
) -> String {
    let quote = if like.contains('\'') { '\'' } else { '"' };
    let end = if like.is_empty() || like.trim_end().ends_with(';') { ";" } else { "" };
    let word = if exports { "export" } else { "import" };
    if let [Wanted { name, alias: Some(alias), .. }] = wanted
        && name == "*"
    {
        return format!("{word} {mark}* as {alias} from {quote}{module}{quote}{end}");
    }
    let names: Vec<String> = wanted
        .iter()
        .map(|it| {
            let types = if it.types && mark.is_empty() { "type " } else { "" };
            match &it.alias {
                Some(alias) => format!("{types}{} as {alias}", it.name),
                None => format!("{types}{}", it.name),
            }
        })
        .collect();
    let line = format!("{word} {mark}{{ {} }} from {quote}{module}{quote}{end}", names.join(", "));
    if line.len() <= 100 {
        return line;
    }
    let names = names.join(",\n  ");
    format!("{word} {mark}{{\n  {names},\n}} from {quote}{module}{quote}{end}")
}
