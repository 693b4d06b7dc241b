//! What does a file take from others, and under which names?
//!
//! Imports as data, by the language's tree; how one is written, and a statement without some of its
//! items. Where a module lies is not known here.

mod go;
mod python;
mod rust;
mod typescript;

use std::collections::BTreeSet;
use std::ops::Range;

use tree_sitter::Node;

use crate::syntax::{Language, Tree};

/// One statement that imports, or exports what is another file's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// The statement in bytes, without what ends its line.
    pub bytes: Range<usize>,
    /// Where the inline module that it stands in ends; 0 in the file's own.
    pub module: usize,
    pub place: Place,
    /// Where its one module is named, if all of its items come from there.
    pub from_at: Option<Range<usize>>,
    pub items: Vec<Item>,
    /// What stands before it and belongs to all items: `pub(crate) `, `type `.
    pub mark: String,
    /// Others can import it from here.
    pub exports: bool,
    /// The block whose only statement it is: `if TYPE_CHECKING:` and the like.
    pub only_in: Option<Range<usize>>,
}

/// Where an import stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Top,
    /// For types alone: it never runs.
    Types,
    /// Under a condition, in `try`.
    Guarded,
    /// In a function.
    Inner,
}

/// One name that a statement binds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The module as it is written.
    pub from: String,
    pub what: Imported,
    /// What it is called here; dots and all for `import a.b`.
    pub local: String,
    /// Whether that is a name of its own.
    pub alias: bool,
    pub types: bool,
    pub bytes: Range<usize>,
    /// The lists that it stands in, from the innermost: where the list begins, and its element there.
    pub lists: Vec<(usize, Range<usize>)>,
}

/// What an item names in its module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Imported {
    Module,
    Name(String),
    Default,
    Everything,
}

/// A name to be imported, and the name that it gets.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wanted {
    pub name: String,
    pub alias: Option<String>,
    pub types: bool,
}

/// The imports of a parsed text, first to last; none for a language that is not read here.
pub fn imports(language: Language, tree: &Tree, text: &[u8]) -> Vec<Import> {
    let read: fn(Node<'_>, &[u8]) -> Option<Import> = match language.name() {
        "python" => python::read,
        "typescript" | "tsx" | "javascript" => typescript::read,
        "rust" => rust::read,
        "go" => go::read,
        _ => return Vec::new(),
    };
    let mut found = Vec::new();
    let mut cursor = tree.root().walk();
    loop {
        if cursor.node().is_named() {
            found.extend(read(cursor.node(), text));
        }
        if cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return found;
            }
        }
    }
}

/// A statement that imports `wanted` from `module`, in the manner of `like`.
pub fn written(
    language: Language,
    module: &str,
    wanted: &[Wanted],
    mark: &str,
    exports: bool,
    like: &str,
) -> String {
    match language.name() {
        "python" => python::written(module, wanted),
        "rust" => rust::written(module, wanted, mark),
        "go" => go::written(module, wanted),
        _ => typescript::written(module, wanted, mark, exports, like),
    }
}

/// The text of a statement without the items at `gone`, and with `wanted` of `module` among those of
/// its items that come from there; `None` where no item would be left.
pub fn changed(
    language: Language,
    text: &[u8],
    import: &Import,
    gone: &BTreeSet<usize>,
    module: &str,
    wanted: &[Wanted],
) -> Option<String> {
    // `use a::b;` has no list that could take another name.
    if let ([item], [_, ..]) = (import.items.as_slice(), wanted)
        && language.name() == "rust"
        && item.lists.iter().all(|(list, _)| *list == 0)
        && let Imported::Name(name) = &item.what
    {
        let alias = item.alias.then(|| item.local.clone());
        let mut all = vec![Wanted { name: name.clone(), alias, types: false }];
        all.extend(wanted.iter().cloned());
        all.sort();
        return Some(rust::written(module, &all, &import.mark));
    }
    let mut cuts: Vec<Range<usize>> = Vec::new();
    for (at, item) in import.items.iter().enumerate().filter(|(at, _)| gone.contains(at)) {
        if wanted.is_empty() && gone.len() == import.items.len() {
            return None;
        }
        let is_gone = |list: usize, element: &Range<usize>| {
            let inside = |it: &Item| it.lists.contains(&(list, element.clone()));
            import.items.iter().enumerate().all(|(at, it)| gone.contains(&at) || !inside(it))
        };
        // The widest element that nothing is left of.
        let Some((list, element)) =
            item.lists.iter().rev().find(|(list, element)| is_gone(*list, element))
        else {
            continue;
        };
        let first = import.items.iter().position(|it| it.lists.contains(&(*list, element.clone())));
        if first == Some(at) {
            cuts.push(cut(text, import, *list, element, &is_gone));
        }
    }
    let mut statement = String::new();
    let mut done = import.bytes.start;
    cuts.sort_by_key(|cut| cut.start);
    let additions = additions(language, text, import, gone, (module, wanted));
    let end = import.bytes.end;
    let mut pieces: Vec<(Range<usize>, String)> =
        cuts.into_iter().map(|cut| (cut, String::new())).collect();
    pieces.extend(additions);
    pieces.sort_by_key(|(range, _)| (range.start, range.end));
    for (range, new) in pieces {
        if range.start > done {
            statement.push_str(&String::from_utf8_lossy(&text[done..range.start]));
        }
        statement.push_str(&new);
        done = done.max(range.end);
    }
    statement.push_str(&String::from_utf8_lossy(&text[done..end]));
    if language.name() == "rust" {
        statement = rust::without_lone_braces(&statement);
    }
    Some(statement)
}

/// The bytes that go with an element of a list: its line where it has one of its own, or its comma.
fn cut(
    text: &[u8],
    import: &Import,
    list: usize,
    element: &Range<usize>,
    is_gone: &dyn Fn(usize, &Range<usize>) -> bool,
) -> Range<usize> {
    let mut all: Vec<Range<usize>> = import
        .items
        .iter()
        .flat_map(|it| it.lists.iter().filter(|(it, _)| *it == list))
        .map(|(_, element)| element.clone())
        .collect();
    all.sort_by_key(|it| it.start);
    all.dedup();
    let start =
        text[..element.start].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let end = text[element.end..].iter().position(|byte| *byte == b'\n');
    let end = end.map_or(text.len(), |at| element.end + at + 1);
    let alone = text[start..element.start].trim_ascii().is_empty()
        && all.iter().all(|it| it == element || it.end <= start || it.start >= end);
    if alone && start > import.bytes.start && end <= import.bytes.end {
        return start..end;
    }
    let at = all.iter().position(|it| it == element).unwrap_or_default();
    if let Some(next) = all.get(at + 1) {
        return element.start..next.start;
    }
    // The last one takes the comma before it, from the last that stays.
    let before = all[..at].iter().rev().find(|it| !is_gone(list, it));
    before.map_or(element.clone(), |before| before.end..element.end)
}

/// Where the wanted names go: behind the first name that is greater, or at the end of the list.
fn additions(
    language: Language,
    text: &[u8],
    import: &Import,
    gone: &BTreeSet<usize>,
    (module, wanted): (&str, &[Wanted]),
) -> Vec<(Range<usize>, String)> {
    let kept: Vec<&Item> = import
        .items
        .iter()
        .enumerate()
        .filter(|(at, item)| !gone.contains(at) && item.from == module)
        .map(|(_, item)| item)
        .collect();
    let mut found = Vec::new();
    for it in wanted {
        let name = item(language, it);
        let outer = |item: &Item| item.lists.first().map(|(_, element)| element.clone());
        let sorted = kept.windows(2).all(|pair| order(&pair[0].local) <= order(&pair[1].local));
        let next = kept.iter().find(|item| sorted && order(&item.local) > order(&it.name));
        let place = match next {
            Some(next) => outer(next).map(|element| (element, true)),
            None => kept.last().and_then(|last| outer(last)).map(|element| (element, false)),
        };
        let Some((element, is_before)) = place else { continue };
        let line =
            text[..element.start].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let alone = line > import.bytes.start && text[line..element.start].trim_ascii().is_empty();
        let indent = String::from_utf8_lossy(&text[line..element.start]).into_owned();
        let between = if alone { format!(",\n{indent}") } else { ", ".to_owned() };
        found.push(match is_before {
            true => (element.start..element.start, format!("{name}{between}")),
            false => (element.end..element.end, format!("{between}{name}")),
        });
    }
    found
}

/// How sorters order names: constants, classes, the rest is too much to know; letters alone.
fn order(name: &str) -> String {
    name.to_lowercase()
}

fn item(language: Language, wanted: &Wanted) -> String {
    let types = if wanted.types { "type " } else { "" };
    match &wanted.alias {
        Some(alias) => format!("{types}{} as {alias}", wanted.name),
        None if language.name() == "python" => wanted.name.clone(),
        None => format!("{types}{}", wanted.name),
    }
}

fn string(text: &[u8], node: Node<'_>) -> String {
    String::from_utf8_lossy(&text[node.byte_range()]).into_owned()
}

/// The children of a node that have names in its grammar.
fn named<'t>(node: Node<'t>) -> Vec<Node<'t>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).collect()
}

/// The ancestors of a node, the nearest first.
fn ancestors<'t>(node: Node<'t>) -> impl Iterator<Item = Node<'t>> {
    std::iter::successors(node.parent(), |node| node.parent())
}

#[cfg(test)]
mod tests;
