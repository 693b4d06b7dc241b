//! The definition that moves: found by its name, and whole, with what belongs to it.

use std::collections::BTreeSet;
use std::ops::Range;

use tree_sitter::Node;

use crate::base::RepoPath;
use crate::refactor::NoMove;
use crate::refactor::edits::whole_lines;
use crate::refactor::sources::{Family, File, Sources};
use crate::syntax::{Symbol, SymbolKind};

/// A definition at the top of a file.
pub(super) struct Definition {
    pub(super) name: String,
    pub(super) kind: SymbolKind,
    pub(super) path: RepoPath,
    pub(super) family: Family,
    /// Whole lines, first to last: the definition itself and what belongs to its type.
    pub(super) pieces: Vec<Range<usize>>,
    /// Where the statement itself begins, behind comments and attributes.
    pub(super) start: usize,
}

impl Definition {
    pub(super) fn has(&self, at: usize) -> bool {
        self.pieces.iter().any(|piece| piece.contains(&at))
    }

    /// Its text, pieces parted by one empty line.
    pub(super) fn text(&self, file: &File) -> String {
        self.text_with(file, &[])
    }

    /// The same with other texts in some places, which are given by the bytes of the file.
    pub(super) fn text_with(&self, file: &File, edits: &[(Range<usize>, &str)]) -> String {
        let pieces = self.pieces.iter().map(|piece| {
            let mut text = file.slice(piece.clone()).to_owned();
            let mut own: Vec<_> = edits.iter().filter(|it| piece.contains(&it.0.start)).collect();
            own.sort_by_key(|it| std::cmp::Reverse(it.0.start));
            for (range, with) in own {
                text.replace_range(range.start - piece.start..range.end - piece.start, with);
            }
            if text.ends_with('\n') { text } else { format!("{text}\n") }
        });
        pieces.collect::<Vec<_>>().join("\n")
    }
}

/// The one definition named `name`, in `from` if that is said, that is to go to `to`.
pub(super) fn find(
    sources: &Sources,
    name: &str,
    from: Option<&RepoPath>,
    to: &RepoPath,
) -> Result<Definition, NoMove> {
    let last = name.trim_end_matches("()").rsplit(['.', ':']).next().unwrap_or(name);
    let is_path = last != name.trim_end_matches("()");
    let (mut found, mut nested) = (Vec::new(), None);
    for path in sources.paths().filter(|path| from.is_none_or(|from| from == *path)) {
        let says = |text: &[u8]| bstr::ByteSlice::find(text, last.as_bytes()).is_some();
        if !sources.text(path).is_some_and(says) {
            continue;
        }
        let Some(file) = sources.file(path) else { continue };
        for symbol in file.symbols.iter().filter(|it| it.name == last) {
            let is_top = symbol.path == symbol.name && at_top(&file, symbol).is_some();
            match (is_top && !is_path, symbol.kind) {
                (_, SymbolKind::Implementation | SymbolKind::Field | SymbolKind::Section) => {}
                (true, _) => found.push((path.clone(), symbol.clone())),
                (false, _) => nested = Some(symbol.path.clone()),
            }
        }
    }
    // What its new file has is in its way, and is not what is meant.
    if found.iter().any(|(path, _)| path != to) {
        found.retain(|(path, _)| path != to);
    }
    let files: BTreeSet<&RepoPath> = found.iter().map(|(path, _)| path).collect();
    match (found.as_slice(), files.len(), nested) {
        ([], _, Some(path)) => Err(NoMove::Nested { name: path }),
        ([], ..) => Err(NoMove::Unknown { name: name.to_owned() }),
        ([(path, symbol)], ..) => whole(sources, path, symbol),
        (_, 1, _) => Err(NoMove::Twice { name: last.to_owned(), path: found[0].0.clone() }),
        _ => Err(NoMove::Several {
            name: last.to_owned(),
            places: files.into_iter().map(ToString::to_string).collect(),
        }),
    }
}

/// The files that have a definition of that name at their top.
pub fn homes(sources: &Sources, name: &str) -> Vec<RepoPath> {
    let says = |path: &&RepoPath| {
        let text = sources.text(path).unwrap_or_default();
        bstr::ByteSlice::find(text, name.as_bytes()).is_some()
    };
    let has = |path: &&RepoPath| {
        let is = |symbol: &Symbol| symbol.path == name && symbol.kind != SymbolKind::Implementation;
        sources.file(path).is_some_and(|file| file.symbols.iter().any(is))
    };
    sources.paths().filter(says).filter(has).cloned().collect()
}

/// The statement of the file that the symbol is, if nothing encloses it.
fn at_top<'f>(file: &'f File, symbol: &Symbol) -> Option<Node<'f>> {
    let name = *symbol.names_at.first()?;
    let mut cursor = file.tree.root().walk();
    let node = file.tree.root().children(&mut cursor).find(|it| it.byte_range().contains(&name))?;
    let conditional = ["if_statement", "try_statement", "with_statement", "for_statement"];
    (!conditional.contains(&node.kind())).then_some(node)
}

fn whole(sources: &Sources, path: &RepoPath, symbol: &Symbol) -> Result<Definition, NoMove> {
    let unknown = || NoMove::Unknown { name: symbol.name.clone() };
    let file = sources.file(path).ok_or_else(unknown)?;
    let node = at_top(&file, symbol).ok_or_else(unknown)?;
    let family = Family::of(file.language).ok_or_else(unknown)?;
    let refused =
        |why: &str| Err(NoMove::NotPlain { name: symbol.name.clone(), why: why.to_owned() });
    match symbol.kind {
        SymbolKind::Macro => {
            return refused(
                "it is a macro, and where a macro is seen depends on the order of the text",
            );
        }
        SymbolKind::Module => return refused("it is a module; move its file instead"),
        _ => {}
    }
    let declared = file.names.bound.iter().filter(|it| it.name == symbol.name && it.module == 0);
    if declared.count() > 1 {
        return Err(NoMove::Twice { name: symbol.name.clone(), path: path.clone() });
    }
    let count = names_of(node);
    if count > 1 {
        return refused(
            "it is declared together with others; give it a declaration of its own first",
        );
    }
    if file.slice(node.byte_range()).starts_with("export default") {
        return refused("it is the default export, which every file names as it likes");
    }
    if file.names.rebound.contains(&symbol.name) {
        return refused("a function binds it anew (`global`), which an import would not see");
    }
    let mut nodes = vec![node];
    nodes.extend(belongings(&file, family, &symbol.name, node));
    let mut pieces = Vec::new();
    for node in &nodes {
        let range = with_comments(&file, *node);
        let lines = whole_lines(&file.text, &range);
        let outside = [lines.start..range.start, range.end..lines.end];
        let is_alone = outside.into_iter().all(|it| {
            let rest = file.slice(it).trim();
            rest.is_empty() || rest == ";" || is_comment(rest)
        });
        if !is_alone {
            return refused("it shares a line with other code");
        }
        pieces.push(lines);
    }
    pieces.sort_by_key(|it| it.start);
    Ok(Definition {
        name: symbol.name.clone(),
        kind: symbol.kind,
        path: path.clone(),
        family,
        pieces,
        start: node.start_byte(),
    })
}

fn is_comment(text: &str) -> bool {
    text.starts_with('#') || text.starts_with("//")
}

/// How many names a declaration declares.
fn names_of(node: Node<'_>) -> usize {
    let mut cursor = node.walk();
    let inner: Vec<Node<'_>> = node.named_children(&mut cursor).collect();
    match node.kind() {
        "export_statement" => {
            inner.into_iter().find(|it| it.kind().ends_with("declaration")).map_or(1, names_of)
        }
        "lexical_declaration" | "variable_declaration" => {
            inner.iter().filter(|it| it.kind() == "variable_declarator").count()
        }
        "const_declaration" | "type_declaration" | "var_declaration" => {
            let grouped = inner.iter().find(|it| it.kind() == "var_spec_list");
            let specs = grouped.map_or(inner.len(), |list| list.named_child_count());
            let mut cursor = node.walk();
            let in_brackets = node.children(&mut cursor).any(|it| it.kind() == "(");
            if in_brackets || grouped.is_some() { specs.max(2) } else { specs }
        }
        _ => 1,
    }
}

/// Blocks and methods of a type that stand in its file.
fn belongings<'f>(file: &'f File, family: Family, name: &str, own: Node<'f>) -> Vec<Node<'f>> {
    let mut cursor = file.tree.root().walk();
    let all: Vec<Node<'f>> = file.tree.root().named_children(&mut cursor).collect();
    let type_of = |node: Node<'f>| -> Option<String> {
        match (family, node.kind()) {
            (Family::Rust, "impl_item") => {
                let of = node.child_by_field_name("type")?;
                let of = of.child_by_field_name("type").unwrap_or(of);
                Some(file.slice(of.byte_range()).to_owned())
            }
            (Family::Go, "method_declaration") => {
                let receiver = file.slice(node.child_by_field_name("receiver")?.byte_range());
                let of = receiver.trim_matches(['(', ')'].as_slice());
                let of = of.split_whitespace().last()?.trim_start_matches('*');
                Some(of.split('[').next()?.to_owned())
            }
            _ => None,
        }
    };
    all.into_iter().filter(|it| *it != own && type_of(*it).as_deref() == Some(name)).collect()
}

/// From the first attribute or comment directly above to the end.
fn with_comments(file: &File, node: Node<'_>) -> Range<usize> {
    let mut start = node.start_byte();
    let mut above = node.prev_sibling();
    while let Some(it) = above {
        let text = file.slice(it.byte_range()).trim_end();
        let end = it.start_byte() + text.len();
        let gap = file.slice(end..start);
        let lines = gap.matches('\n').count();
        let is_attribute = matches!(it.kind(), "attribute_item" | "decorator");
        let is_comment = it.kind().contains("comment");
        let opens_file =
            text.starts_with("#!") || text.starts_with("//!") || text.starts_with("/*!");
        let line = whole_lines(&file.text, &it.byte_range());
        let stands_alone = file.slice(line.start..it.start_byte()).trim().is_empty();
        let belongs = is_attribute || is_comment && lines <= 1 && stands_alone && !opens_file;
        if !gap.trim().is_empty() || !belongs {
            break;
        }
        start = it.start_byte();
        above = it.prev_sibling();
    }
    start..node.end_byte()
}
