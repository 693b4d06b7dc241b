//! What the definition uses: imports that go along, names that its old file shows it, and imports that
//! nothing there needs any more.

use std::collections::{BTreeMap, BTreeSet};

use crate::refactor::NoMove;
use crate::refactor::exported::is_listed;
use crate::refactor::moving::Work;
use crate::refactor::rules::Target;
use crate::refactor::sources::{Family, File, Sources};
use crate::refactor::statements::Added;
use crate::refactor::{python, rust};
use crate::syntax::SymbolKind;
use crate::syntax::imports::{Import, Imported, Item, Place, Wanted};

/// Adds to the new file what the definition needs there, and takes from the old what only it needed.
pub(super) fn bring(work: &mut Work<'_>) -> Result<(), NoMove> {
    let old = work.old.clone();
    let own = work.definition.name.clone();
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    for it in old.names.references.iter().filter(|it| work.definition.has(it.at) && it.name != own)
    {
        names.entry(it.name.clone()).or_insert(it.at);
    }
    let mut unknown = Vec::new();
    for (name, at) in &names {
        if !from_imports(work, &old, name)? && !from_file(work, &old, name, *at)? {
            unknown.push(name.clone());
        }
    }
    from_stars(work, &old, &unknown)?;
    if work.definition.family == Family::Rust {
        methods(work, &old)?;
    }
    futures(work, &old);
    let names: BTreeSet<String> = names.into_keys().collect();
    drop_unneeded(work, &old, &names);
    Ok(())
}

/// Whether the old file imports the name; then the new one does too.
fn from_imports(work: &mut Work<'_>, old: &File, name: &str) -> Result<bool, NoMove> {
    let is = |item: &Item| item.local == name || item.local.starts_with(&format!("{name}."));
    let mut found: Vec<(usize, &Import, &Item)> = Vec::new();
    for (at, import) in old.imports.iter().enumerate() {
        let fits = import.module == 0 && matches!(import.place, Place::Top | Place::Types);
        let exported = import.exports && work.definition.family == Family::TypeScript;
        if fits && !exported {
            found.extend(import.items.iter().filter(|it| is(it)).map(|item| (at, import, item)));
        }
    }
    let text = work.definition.text(old);
    if found.len() > 1 {
        found.retain(|(_, _, item)| text.contains(&item.local));
    }
    for (at, import, item) in &found {
        match work.rules.target(work.sources, old, import, item) {
            Target::Name(path, taken) if path == work.new.path => {
                if item.alias && taken != item.local {
                    let why = format!("it calls `{taken}` of `{path}` by another name");
                    return Err(work.refused(why));
                }
                continue;
            }
            Target::Module(path) if path == work.new.path => {
                return Err(work.refused(format!("it uses `{path}` through `{}`", item.local)));
            }
            _ => {}
        }
        let to = work.new.path.clone();
        let mut module = work.rules.respelled(work.sources, old, &item.from, &to)?;
        let name = match &item.what {
            Imported::Name(name) => name.clone(),
            Imported::Default => "default".to_owned(),
            Imported::Module if work.definition.family == Family::TypeScript => "*".to_owned(),
            _ => String::new(),
        };
        // `use a;` where `a` is a module beside: from the crate then.
        if work.definition.family == Family::Rust && item.from.is_empty() {
            let whole = work.rules.respelled(work.sources, old, &name, &to)?;
            module = whole.rsplit_once("::").map(|(above, _)| above.to_owned()).unwrap_or_default();
        }
        let is_alias = item.alias || name == "default";
        let alias = is_alias.then(|| item.local.clone());
        let types = item.types && import.mark != "type ";
        let local = item.local.clone();
        taken(work, &local, import, item)?;
        let mark = if work.definition.family == Family::TypeScript {
            import.mark.clone()
        } else {
            String::new()
        };
        let added = Added {
            wanted: Wanted { name, alias, types },
            mark,
            place: import.place,
            block: Some(block(old, *at)),
            peers: peers(old, *at),
            ..Added::new(module, "")
        };
        if import.place == Place::Types {
            let known =
                old.imports.iter().position(|it| it.items.iter().any(|it| it.from == "typing"));
            let run = Some(known.map_or(1, |at| block(old, at)));
            let typing = Added { block: run, ..Added::new("typing".into(), "TYPE_CHECKING") };
            work.statements(&to).add(typing);
        }
        work.statements(&to).add(added);
    }
    Ok(!found.is_empty())
}

/// Refuses where the new file has something else of that name.
fn taken(work: &Work<'_>, local: &str, import: &Import, item: &Item) -> Result<(), NoMove> {
    let new = &work.new;
    let first = local.split('.').next().unwrap_or(local);
    let refused = || NoMove::Taken { name: first.to_owned(), path: new.path.clone() };
    if new.names.bound.iter().any(|it| it.module == 0 && it.name == first) {
        return Err(refused());
    }
    let target = work.rules.target(work.sources, &work.old, import, item);
    for other in new.imports.iter().filter(|it| it.module == 0 && it.place != Place::Inner) {
        for it in other.items.iter().filter(|it| it.local == local) {
            let there = work.rules.target(work.sources, new, other, it);
            let same = match (&there, &target) {
                (Target::Elsewhere, Target::Elsewhere) => {
                    it.from == item.from && it.what == item.what
                }
                _ => there == target,
            };
            if !same {
                return Err(refused());
            }
        }
    }
    Ok(())
}

/// Whether the old file defines the name; then the new one imports it from there.
fn from_file(work: &mut Work<'_>, old: &File, name: &str, at: usize) -> Result<bool, NoMove> {
    let family = work.definition.family;
    let bound = old.names.bound.iter().filter(|it| it.module == 0 && it.name == name);
    let bound: Vec<usize> = bound.map(|it| it.at).collect();
    if bound.iter().any(|at| work.definition.has(*at)) {
        return Ok(true);
    }
    let guarded = old
        .imports
        .iter()
        .any(|it| it.place == Place::Guarded && it.items.iter().any(|item| item.local == name));
    if bound.is_empty() && !guarded {
        return Ok(false);
    }
    let path = old.path.clone();
    if old.names.rebound.contains(name) {
        let why = format!("it uses `{name}` of `{path}`, which functions bind anew (`global`)");
        return Err(work.refused(why));
    }
    if family == Family::TypeScript && is_assigned(old, at) {
        let why = format!("it assigns to `{name}` of `{path}`, which an import cannot");
        return Err(work.refused(why));
    }
    let new = work.new.clone();
    let here = |it: &&Item| it.local == name;
    let known = new.imports.iter().filter(|it| it.module == 0).any(|import| {
        import.items.iter().filter(here).any(|item| {
            work.rules.target(work.sources, &new, import, item)
                == Target::Name(path.clone(), name.to_owned())
        })
    });
    if known {
        return Ok(true);
    }
    let other = new.imports.iter().flat_map(|it| &it.items).any(|it| it.local == name);
    if other || new.names.bound.iter().any(|it| it.module == 0 && it.name == name) {
        return Err(NoMove::Taken { name: name.to_owned(), path: new.path.clone() });
    }
    let symbol = old.symbols.iter().find(|it| it.path == name);
    let start = bound.first().and_then(|at| {
        let root = old.tree.root();
        let mut cursor = root.walk();
        root.children(&mut cursor).find(|it| it.byte_range().contains(at)).map(|it| it.start_byte())
    });
    let sees = family == Family::Rust && is_below(work, &path);
    if let (Some(start), false) = (start, sees)
        && let Some((range, shown)) = work.rules.shown(old, name, start)
    {
        work.edits(&path).replace(range, shown);
    }
    let module = work.rules.spelled(work.sources, &new, 0, &path, None)?;
    let is_type =
        symbol.is_some_and(|it| matches!(it.kind, SymbolKind::Interface | SymbolKind::Type));
    let mark = if is_type && family == Family::TypeScript { "type " } else { "" };
    let own = old.imports.iter().position(|it| {
        let first = |text: &str| text.split(['.', ':']).next().unwrap_or_default().to_owned();
        it.items.first().is_some_and(|item| first(&item.from) == first(&module))
    });
    let added = Added {
        mark: mark.to_owned(),
        block: own.map(|at| block(old, at)),
        ..Added::new(module, name)
    };
    work.statements(&new.path).add(added);
    Ok(true)
}

/// Whether the new file is a module inside of the old one, and so sees what is private there.
fn is_below(work: &Work<'_>, path: &crate::base::RepoPath) -> bool {
    let crates = work.sources.crates();
    match (crates.id(path, true), crates.id(&work.new.path, true)) {
        (Some(old), Some(new)) => old.root == new.root && new.path.starts_with(&old.path),
        _ => false,
    }
}

fn is_assigned(file: &File, at: usize) -> bool {
    let name = file.names.references.iter().find(|it| it.at == at).map(|it| it.name.clone());
    let all = file.names.references.iter().filter(|it| Some(&it.name) == name.as_ref());
    all.into_iter().any(|it| {
        let node = file.tree.root().descendant_for_byte_range(it.at, it.at + it.name.len());
        node.and_then(|node| Some((node, node.parent()?))).is_some_and(|(node, parent)| {
            matches!(parent.kind(), "assignment_expression" | "augmented_assignment_expression")
                && parent.child_by_field_name("left") == Some(node)
                || parent.kind() == "update_expression"
        })
    })
}

/// Names that nothing here binds may come from files of which everything is taken.
fn from_stars(work: &mut Work<'_>, old: &File, unknown: &[String]) -> Result<(), NoMove> {
    let builtin: fn(&str) -> bool = match work.definition.family {
        Family::Python => python::is_builtin,
        Family::Rust => rust::is_builtin,
        _ => return Ok(()),
    };
    let mut left: Vec<String> = unknown.iter().filter(|it| !builtin(it)).cloned().collect();
    let to = work.new.path.clone();
    for import in old.imports.iter().filter(|it| it.module == 0 && it.place != Place::Inner) {
        for item in import.items.iter().filter(|it| it.what == Imported::Everything) {
            let target = work.rules.target(work.sources, old, import, item);
            let module = work.rules.respelled(work.sources, old, &item.from, &to)?;
            let Target::Everything(path) = target else {
                if !left.is_empty() && work.definition.family == Family::Python {
                    let names = left.join("`, `");
                    let why = format!(
                        "`{names}` may come from `{}`, of which `{}` takes everything",
                        item.from, old.path
                    );
                    return Err(work.refused(why));
                }
                if !left.is_empty() || calls_methods(work, old) {
                    let line = old.line(import.bytes.start);
                    let why = format!("`{module}::*` goes along, though it may not be needed");
                    work.doubt(&old.path, line, why);
                    work.statements(&to).add(Added::new(module, "*"));
                }
                continue;
            };
            let found: Vec<String> =
                left.iter().filter(|it| binds(work.sources, &path, it)).cloned().collect();
            for name in found {
                left.retain(|it| *it != name);
                if path != to {
                    work.statements(&to).add(Added::new(module.clone(), &name));
                }
            }
        }
    }
    Ok(())
}

fn binds(sources: &Sources, path: &crate::base::RepoPath, name: &str) -> bool {
    sources.file(path).is_some_and(|file| {
        file.names.bound.iter().any(|it| it.module == 0 && it.name == name)
            || file.imports.iter().flat_map(|it| &it.items).any(|it| it.local == name)
    })
}

fn calls_methods(work: &Work<'_>, old: &File) -> bool {
    let text = work.definition.text(old);
    text.match_indices('.').any(|(at, _)| {
        let rest = text[at + 1..].trim_start_matches(|c: char| c.is_alphanumeric() || c == '_');
        rest.starts_with(['(', ':'].as_slice())
    })
}

/// Traits that are imported for their methods alone: no name in the text says that they are used.
fn methods(work: &mut Work<'_>, old: &File) -> Result<(), NoMove> {
    if !calls_methods(work, old) {
        return Ok(());
    }
    let text = work.definition.text(old);
    let to = work.new.path.clone();
    for import in old
        .imports
        .iter()
        .filter(|it| it.module == 0 && it.place == Place::Top && it.mark.is_empty())
    {
        for item in &import.items {
            let Imported::Name(name) = &item.what else { continue };
            let is_type = name.starts_with(char::is_uppercase);
            if !is_type || old.names.references.iter().any(|it| it.name == item.local) {
                continue;
            }
            let is_needed = match trait_methods(
                work.sources,
                work.rules.target(work.sources, old, import, item),
                name,
            ) {
                Some(methods) => methods.iter().any(|it| {
                    text.contains(&format!(".{it}(")) || text.contains(&format!("::{it}("))
                }),
                None => {
                    let line = old.line(import.bytes.start);
                    work.doubt(
                        &old.path,
                        line,
                        format!("`{name}` goes along, in case its methods are called"),
                    );
                    true
                }
            };
            if is_needed {
                let module = work.rules.respelled(work.sources, old, &item.from, &to)?;
                let alias = item.alias.then(|| item.local.clone());
                let wanted = Wanted { name: name.clone(), alias, types: false };
                work.statements(&to).add(Added { wanted, ..Added::new(module, "") });
            }
        }
    }
    Ok(())
}

/// The methods of a trait, where they are known.
fn trait_methods(sources: &Sources, target: Target, name: &str) -> Option<Vec<String>> {
    if let Target::Name(path, name) = target {
        let file = sources.file(&path)?;
        let start = format!("{name}.");
        let own = file.symbols.iter().filter_map(|it| it.path.strip_prefix(&start));
        return Some(own.map(str::to_owned).collect());
    }
    let methods: &[&str] = match name {
        "Write" => {
            &["write", "write_all", "flush", "write_fmt", "write_str", "write_char", "by_ref"]
        }
        "Read" => {
            &["read", "read_to_string", "read_to_end", "read_exact", "bytes", "take", "chain"]
        }
        "BufRead" => &["lines", "read_line", "fill_buf", "consume", "read_until", "split"],
        "Seek" => &["seek", "rewind", "stream_position"],
        "FromStr" => &["from_str"],
        "Borrow" => &["borrow"],
        "Hasher" => &["finish", "write"],
        "IsTerminal" => &["is_terminal"],
        _ => return None,
    };
    Some(methods.iter().map(|it| (*it).to_owned()).collect())
}

/// `from __future__` changes what annotations are: a new file begins like the old one.
fn futures(work: &mut Work<'_>, old: &File) {
    let to = work.new.path.clone();
    let new = work.new.clone();
    for import in &old.imports {
        for item in import.items.iter().filter(|it| it.from == "__future__") {
            let Imported::Name(name) = &item.what else { continue };
            if work.is_new() {
                let added = Added { block: Some(0), ..Added::new("__future__".into(), name) };
                work.statements(&to).add(added);
            } else if !new
                .imports
                .iter()
                .flat_map(|it| &it.items)
                .any(|it| it.from == "__future__" && it.local == *name)
            {
                let why = format!(
                    "`{}` says `from __future__ import {name}`, and `{to}` does not",
                    old.path
                );
                work.doubt(&to, 1, why);
            }
        }
    }
}

/// Takes out imports of the old file that only the definition used.
fn drop_unneeded(work: &mut Work<'_>, old: &File, names: &BTreeSet<String>) {
    if work.rules.is_facade(&old.path) && work.definition.family == Family::Python {
        return;
    }
    for (at, import) in old.imports.iter().enumerate() {
        let exported = import.exports && work.definition.family != Family::Python;
        let line = crate::refactor::edits::whole_lines(&old.text, &import.bytes);
        let is_meant = old.slice(import.bytes.end..line.end).contains("noqa");
        if import.module != 0
            || import.place == Place::Inner
            || import.place == Place::Guarded
            || exported
            || is_meant
        {
            continue;
        }
        for (place, item) in import.items.iter().enumerate() {
            let first = item.local.split('.').next().unwrap_or_default();
            let left = old.names.references.iter().any(|it| {
                it.name == first
                    && !work.definition.has(it.at)
                    && old.slice(it.at..old.text.len()).starts_with(&item.local)
            });
            let taken = || is_listed(old, &item.local) || is_imported_from(work, old, &item.local);
            if names.contains(first) && !left && item.from != "__future__" && !taken() {
                work.statements(&old.path).remove(at, place);
            }
        }
    }
}

/// Whether another file takes the name from this one, which only imports it.
fn is_imported_from(work: &Work<'_>, old: &File, name: &str) -> bool {
    work.sources.of_family(work.definition.family).into_iter().any(|path| {
        let text = work.sources.text(&path).unwrap_or_default();
        if path == old.path || bstr::ByteSlice::find(text, name.as_bytes()).is_none() {
            return false;
        }
        let Some(file) = work.sources.file(&path) else { return false };
        let by_name = file.imports.iter().any(|import| {
            import.items.iter().filter(|it| it.what == Imported::Name(name.to_owned())).any(
                |item| {
                    let target = work.rules.target(work.sources, &file, import, item);
                    target == Target::Name(old.path.clone(), name.to_owned())
                },
            )
        });
        by_name
            || work.rules.qualified(&file, name).iter().any(|it| {
                work.rules.named(work.sources, &file, it.unit, &it.module)
                    == Target::Module(old.path.clone())
            })
    })
}

/// Which run of imports without empty lines a statement stands in.
fn block(file: &File, at: usize) -> usize {
    let pairs = file.imports.windows(2).take(at);
    pairs.filter(|pair| file.slice(pair[0].bytes.end..pair[1].bytes.start).contains("\n\n")).count()
}

fn peers(file: &File, at: usize) -> Vec<String> {
    let own = block(file, at);
    let all = (0..file.imports.len()).filter(|it| block(file, *it) == own);
    all.filter_map(|it| file.imports[it].items.first()).map(|it| it.from.clone()).collect()
}
