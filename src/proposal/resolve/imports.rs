//! Puts back imports that a reply left out and that its code still needs.
//!
//! A model that writes a file anew begins with what it changes and forgets what stood above. An import
//! that was there, whose name the new text uses and nothing in it imports, cannot have been meant to go;
//! put back, it stands as it did, so that nothing of it is to be decided.

use std::collections::{BTreeMap, BTreeSet};

use tree_sitter::Node;

use crate::repo::FileChange;
use crate::syntax::imports::{Import, Imported, Place, Wanted, imports, written};
use crate::syntax::{self, Language, Tree};

/// Nodes that stand above the first import, besides comments and texts that stand alone.
const ABOVE: [&str; 4] =
    ["inner_attribute_item", "hash_bang_line", "future_import_statement", "package_clause"];

/// The new text of `change` with the imports that it lacks; none where it lacks nothing.
pub(super) fn put_back(change: &FileChange) -> Option<Vec<u8>> {
    let (before, after) = (change.before.as_ref()?, change.after.as_ref()?);
    let language = Language::of(&change.path, &after.bytes)?;
    let (old, new) = (&before.bytes, &after.bytes);
    let old_imports = read(language, old, &syntax::parse(language, old)?);
    let end = old_imports.last()?.bytes.end;
    let tree = syntax::parse(language, new)?;
    let new_imports = imports(language, &tree, new);
    let bound: BTreeSet<&str> =
        new_imports.iter().flat_map(|it| &it.items).map(|it| first(&it.local)).collect();
    let used = unbound(language, &tree, new);
    let lacks = |local: &str| used.contains(first(local)) && !bound.contains(first(local));
    let mut lines = String::new();
    for import in &old_imports {
        let missing: Vec<_> = import.items.iter().filter(|it| lacks(&it.local)).collect();
        if missing.is_empty() {
            continue;
        }
        if missing.len() == import.items.len() {
            lines += &String::from_utf8_lossy(&old[import.bytes.clone()]);
            lines.push('\n');
            continue;
        }
        let mut wanted: BTreeMap<&str, Vec<Wanted>> = BTreeMap::new();
        for item in missing {
            // What else a statement with several items can lack is told by the tests.
            let Imported::Name(name) = &item.what else { continue };
            let alias = item.alias.then(|| item.local.clone());
            let it = Wanted { name: name.clone(), alias, types: item.types };
            wanted.entry(&item.from).or_default().push(it);
        }
        let like = String::from_utf8_lossy(&old[import.bytes.clone()]);
        for (module, wanted) in wanted {
            lines += &written(language, module, &wanted, &import.mark, false, &like);
            lines.push('\n');
        }
    }
    (!lines.is_empty()).then(|| {
        let place = place(&tree, new);
        let is_alone = !new_imports.iter().any(|it| it.bytes.start == place);
        let gap = if is_alone { blank_lines(&old[end..]) } else { 0 };
        lines.extend(std::iter::repeat_n('\n', gap));
        let crlf = new.windows(2).any(|it| it == b"\r\n");
        let lines = if crlf { lines.replace('\n', "\r\n") } else { lines };
        [&new[..place], lines.as_bytes(), &new[place..]].concat()
    })
}

/// The imports at the top of a file, in languages of which a lost one can be put back by lines.
fn read(language: Language, text: &[u8], tree: &Tree) -> Vec<Import> {
    if language.name() == "go" {
        // They stand in one statement.
        return Vec::new();
    }
    let mut found = imports(language, tree, text);
    found.retain(|it| it.place == Place::Top && it.module == 0 && it.only_in.is_none());
    found
}

/// What an import binds of `a.b`.
fn first(local: &str) -> &str {
    local.split('.').next().unwrap_or(local)
}

/// The names that the code refers to and binds nowhere, but for imports.
fn unbound(language: Language, tree: &Tree, text: &[u8]) -> BTreeSet<String> {
    let names = syntax::names(language, tree, text);
    let bound: BTreeSet<&str> = names.bound.iter().map(|it| it.name.as_str()).collect();
    let all = names.references.iter().map(|it| &it.name);
    all.filter(|it| !bound.contains(it.as_str())).cloned().collect()
}

/// Where the first statement that may follow an import begins.
fn place(tree: &Tree, text: &[u8]) -> usize {
    let mut cursor = tree.root().walk();
    let is_above = |node: &Node<'_>| {
        let kind = node.kind();
        let text_alone = kind == "expression_statement"
            && node.named_child(0).is_some_and(|it| it.kind().contains("string"));
        kind.contains("comment") || text_alone || ABOVE.contains(&kind)
    };
    let mut nodes = tree.root().named_children(&mut cursor).skip_while(is_above);
    let start = nodes.next().map_or(text.len(), |it| it.start_byte());
    text[..start].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1)
}

/// How many empty lines follow the line that `text` begins in.
fn blank_lines(text: &[u8]) -> usize {
    let lines = text.split(|byte| *byte == b'\n').skip(1);
    lines.take_while(|line| line.trim_ascii().is_empty()).count()
}
