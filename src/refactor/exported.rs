//! Lists of what a file shows: `__all__`, and `export { … }` without a source.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::base::RepoPath;
use crate::refactor::NoMove;
use crate::refactor::moving::Work;
use crate::refactor::sources::{Family, File};
use crate::refactor::typescript::listed;
use crate::syntax::imports::{Import, Imported, Item, Place, Wanted, changed};

/// Whether a file may give on all that another one shows.
pub(super) fn exports(work: &Work<'_>, path: &RepoPath) -> bool {
    let text = work.sources.text(path).unwrap_or_default();
    let all = match work.definition.family {
        Family::Python if !work.rules.is_facade(path) => return false,
        Family::Python => "import *",
        Family::Rust => "::*",
        _ => "export *",
    };
    bstr::ByteSlice::find(text, all.as_bytes()).is_some()
}

/// Whether whoever takes everything of the old file got the name.
pub(super) fn is_in_star(work: &Work<'_>, name: &str) -> bool {
    match work.definition.family {
        Family::Python => match all_list(&work.old) {
            Some(list) => {
                list.items.iter().any(|it| it.local.trim_matches(['"', '\''].as_slice()) == name)
            }
            None => !name.starts_with('_'),
        },
        Family::TypeScript => work.rules.is_public(&work.old, name, work.definition.start),
        _ => true,
    }
}

/// Changes the lists of the old file and the new one.
pub(super) fn lists(work: &mut Work<'_>) -> Result<(), NoMove> {
    let (old, new, name) = (work.old.clone(), work.new.clone(), work.definition.name.clone());
    if work.definition.family == Family::TypeScript
        && let Some(listed) = listed(&old, &name)
    {
        if listed.alias {
            return Err(work.refused("it is exported under another name"));
        }
        work.is_used = true;
        match listed.is_whole {
            true => {
                let lines = crate::refactor::edits::whole_lines(&old.text, &listed.cut);
                work.statements(&old.path).lines.push(lines);
            }
            false => work.edits(&old.path).replace(listed.cut, ""),
        }
    }
    if work.definition.family != Family::Python {
        return Ok(());
    }
    let list = all_list(&old);
    let was_listed = list.as_ref().is_some_and(|list| list.items.iter().any(|it| is(it, &name)));
    if let Some(list) = list.filter(|_| was_listed && !work.is_kept) {
        let gone: BTreeSet<usize> =
            (0..list.items.len()).filter(|at| is(&list.items[*at], &name)).collect();
        let text = changed(old.language, &old.text, &list, &gone, "", &[]);
        let empty = if old.slice(list.bytes.clone()).starts_with('(') { "()" } else { "[]" };
        work.edits(&old.path).replace(list.bytes.clone(), text.unwrap_or_else(|| empty.to_owned()));
    }
    if let Some(list) = all_list(&new).filter(|_| was_listed) {
        let quote = list.items.first().map_or('"', |it| it.local.chars().next().unwrap_or('"'));
        let wanted = Wanted { name: format!("{quote}{name}{quote}"), alias: None, types: false };
        if !list.items.is_empty()
            && let Some(text) =
                changed(new.language, &new.text, &list, &BTreeSet::new(), "", &[wanted])
        {
            work.edits(&new.path).replace(list.bytes.clone(), text);
        }
    }
    Ok(())
}

fn is(item: &Item, name: &str) -> bool {
    item.local.trim_matches(['"', '\''].as_slice()) == name
}

/// The list that `__all__` is, its strings as if they were imported.
fn all_list(file: &File) -> Option<Import> {
    let root = file.tree.root();
    let mut cursor = root.walk();
    for node in root.children(&mut cursor).filter(|it| it.kind() == "expression_statement") {
        let assignment = node.named_child(0).filter(|it| it.kind() == "assignment");
        let Some(assignment) = assignment else { continue };
        let left = assignment.child_by_field_name("left")?;
        if file.slice(left.byte_range()) != "__all__" {
            continue;
        }
        let list = assignment.child_by_field_name("right")?;
        if !matches!(list.kind(), "list" | "tuple") {
            return None;
        }
        let mut cursor = list.walk();
        let strings = list.named_children(&mut cursor).filter(|it| it.kind() == "string");
        let item = |bytes: Range<usize>| Item {
            from: String::new(),
            what: Imported::Module,
            local: file.slice(bytes.clone()).to_owned(),
            alias: false,
            types: false,
            bytes: bytes.clone(),
            lists: vec![(list.start_byte(), bytes)],
        };
        return Some(Import {
            bytes: list.byte_range(),
            module: 0,
            place: Place::Top,
            from_at: None,
            items: strings.map(|it| item(it.byte_range())).collect(),
            mark: String::new(),
            exports: false,
            only_in: None,
        });
    }
    None
}

/// Whether the file lists the name in its `__all__`.
pub(super) fn is_listed(file: &File, name: &str) -> bool {
    all_list(file).is_some_and(|list| list.items.iter().any(|it| is(it, name)))
}
