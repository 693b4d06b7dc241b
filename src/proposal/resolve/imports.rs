//! Adds the imports that a reply left out and that its code needs.
//!
//! A model that writes a file anew begins with what it changes and forgets what stood above. An import
//! that was there, whose name the new text uses and nothing in it imports, cannot have been meant to go;
//! put back, it stands as it did, so that nothing of it is to be decided.

use std::collections::{BTreeMap, BTreeSet};

use crate::proposal::resolve::standard::{self, may_bind_more};
use crate::proposal::resolve::top;
use crate::repo::FileChange;
use crate::syntax::imports::{Import, Imported, Item, Place, Wanted, imports, written};
use crate::syntax::{self, Language, Names, Reference};

/// The new text of `change` with the imports that it lacks; none where it lacks nothing.
pub(super) fn completed(change: &FileChange) -> Option<Vec<u8>> {
    let after = change.after.as_ref()?;
    let language = Language::of(&change.path, &after.bytes)?;
    let new = &after.bytes;
    let old = change.before.as_ref().map_or(&[][..], |it| &it.bytes);
    let (old_tree, tree) = (syntax::parse(language, old)?, syntax::parse(language, new)?);
    let (old_imports, new_imports) =
        (imports(language, &old_tree, old), imports(language, &tree, new));
    let bound: BTreeSet<&str> =
        new_imports.iter().flat_map(|it| &it.items).map(|it| first(&it.local)).collect();
    let names = syntax::names(language, &tree, new);
    let unbound: Vec<&Reference> =
        unbound(&names).filter(|it| !bound.contains(it.name.as_str())).collect();
    let top: Vec<&Import> = old_imports.iter().filter(is_at_the_top).collect();
    let lacks = |local: &str| unbound.iter().any(|it| it.name == first(local));
    let mut lines = stated(language, old, &top, lacks);
    // Whatever an old text did without, a new one can do without.
    let old_names = syntax::names(language, &old_tree, old);
    let before: BTreeSet<&str> = self::unbound(&old_names).map(|it| it.name.as_str()).collect();
    if !may_bind_more(&new_imports) {
        let is_new = |it: &&Reference| it.module == 0 && !before.contains(it.name.as_str());
        let unbound: Vec<&Reference> = unbound.into_iter().filter(is_new).collect();
        lines.extend(standard::lines(language, new, &unbound));
    }
    if lines.is_empty() {
        return None;
    }
    let place = top::place(&tree, new);
    let gap = match (new_imports.iter().any(|it| it.bytes.start == place), top.last()) {
        (true, _) => 0,
        // What follows the last of Go's is the end of their statement.
        (false, Some(last)) if language.name() != "go" => blank_lines(&old[last.bytes.end..]),
        (false, _) => 1 + usize::from(language.name() == "python"),
    };
    let newline = if new.windows(2).any(|it| it == b"\r\n") { "\r\n" } else { "\n" };
    let mut added: String = lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect();
    added.extend(std::iter::repeat_n('\n', gap));
    let added = added.replace('\n', newline);
    Some([&new[..place], added.as_bytes(), &new[place..]].concat())
}

/// The imports of `code` that `text` does not have, as statements; none in a language whose imports are
/// not read.
pub(super) fn new_ones(language: Language, text: &[u8], code: &[u8]) -> Option<Vec<String>> {
    let (tree, code_tree) = (syntax::parse(language, text)?, syntax::parse(language, code)?);
    let (known, given) = (imports(language, &tree, text), imports(language, &code_tree, code));
    let top: Vec<&Import> = given.iter().filter(is_at_the_top).collect();
    if top.is_empty() {
        return None;
    }
    let items = known.iter().filter(is_at_the_top).flat_map(|it| &it.items);
    let bound: BTreeSet<&str> =
        items.filter(|it| it.what != Imported::Everything).map(|it| it.local.as_str()).collect();
    let mut lines = stated(language, code, &top, |local| !bound.contains(local));
    // What binds no name is imported for what it does.
    let bare = top.iter().filter(|it| it.items.is_empty());
    lines.extend(bare.map(|it| String::from_utf8_lossy(&code[it.bytes.clone()]).into_owned()));
    Some(lines)
}

/// Those of `imports` that bind what a file lacks, as they stand in `old`.
fn stated(
    language: Language,
    old: &[u8],
    imports: &[&Import],
    lacks: impl Fn(&str) -> bool,
) -> Vec<String> {
    let mut lines = Vec::new();
    for import in imports {
        let missing: Vec<_> = import.items.iter().filter(|it| lacks(&it.local)).collect();
        if language.name() == "go" {
            // All of them stand in one statement.
            let text = |it: &&Item| String::from_utf8_lossy(&old[it.bytes.clone()]).into_owned();
            lines.extend(missing.iter().map(|it| format!("import {}", text(it))));
            continue;
        }
        if missing.is_empty() {
            continue;
        }
        let like = String::from_utf8_lossy(&old[import.bytes.clone()]);
        if missing.len() == import.items.len() {
            lines.push(like.into_owned());
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
        let written = wanted
            .iter()
            .map(|(module, wanted)| written(language, module, wanted, &import.mark, false, &like));
        lines.extend(written);
    }
    lines
}

/// Whether a file has it for all of its code.
fn is_at_the_top(import: &&Import) -> bool {
    import.place == Place::Top && import.module == 0 && import.only_in.is_none()
}

/// What an import binds of `a.b`.
fn first(local: &str) -> &str {
    local.split('.').next().unwrap_or(local)
}

/// What the code refers to and binds nowhere, but for imports.
fn unbound(names: &Names) -> impl Iterator<Item = &Reference> {
    let bound: BTreeSet<&str> = names.bound.iter().map(|it| it.name.as_str()).collect();
    names.references.iter().filter(move |it| !bound.contains(it.name.as_str()))
}

/// How many empty lines follow the line that `text` begins in.
fn blank_lines(text: &[u8]) -> usize {
    let lines = text.split(|byte| *byte == b'\n').skip(1);
    lines.take_while(|line| line.trim_ascii().is_empty()).count()
}
