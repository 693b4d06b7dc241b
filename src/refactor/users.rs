//! Who uses the definition: the file that it leaves, and every other.

use std::rc::Rc;

use crate::refactor::NoMove;
use crate::refactor::exported::exports;
use crate::refactor::moving::Work;
use crate::refactor::rules::{Qualified, Target};
use crate::refactor::sources::{Family, File};
use crate::refactor::statements::Added;
use crate::syntax::SymbolKind;
use crate::syntax::imports::{Import, Imported, Item, Place, Wanted};

/// Takes it out of its file, which imports it back where it still uses it.
pub(super) fn leave(work: &mut Work<'_>) -> Result<(), NoMove> {
    let old = work.old.clone();
    let name = work.definition.name.clone();
    let pieces = work.definition.pieces.clone();
    work.statements(&old.path).lines.extend(pieces);
    let outside = |module: usize| {
        let uses = |it: &&crate::syntax::Reference| {
            it.name == name && it.module == module && !work.definition.has(it.at)
        };
        old.names.references.iter().filter(uses).any(|it| !is_listed(&old, it.at))
    };
    let is_public = work.rules.is_public(&old, &name, work.definition.start);
    let is_facade = work.rules.is_facade(&old.path) && is_public;
    let uses = outside(0);
    let mut inline: Vec<usize> = old.imports.iter().map(|it| it.module).collect();
    inline.retain(|unit| *unit != 0 && outside(*unit) && takes_all(work, &old, *unit));
    inline.dedup();
    work.is_kept = uses || is_facade;
    work.is_used = work.is_kept || !inline.is_empty();
    if work.is_kept || !inline.is_empty() {
        let module = work.rules.spelled(work.sources, &old, 0, &work.new.path, None)?;
        let mut added = Added { mark: type_mark(work), ..Added::new(module, &name) };
        let units = if work.is_kept { vec![0] } else { inline };
        if is_facade && work.definition.family != Family::Python {
            added.exports = true;
            if work.definition.family == Family::Rust {
                added.mark = "pub ".to_owned();
            } else if uses {
                let plain = Added { exports: false, ..added.clone() };
                work.statements(&old.path).add(plain);
            }
        }
        for unit in units {
            work.statements(&old.path).add(Added { unit, ..added.clone() });
        }
    }
    Ok(())
}

/// Whether the name stands in a list of exports, which says nothing of a use.
fn is_listed(file: &File, at: usize) -> bool {
    let node = file.tree.root().descendant_for_byte_range(at, at + 1);
    node.and_then(|node| node.parent()).is_some_and(|it| it.kind() == "export_specifier")
}

/// Whether the inline module takes all names of the module around it.
fn takes_all(work: &Work<'_>, file: &File, unit: usize) -> bool {
    file.imports.iter().filter(|it| it.module == unit).any(|import| {
        import.items.iter().any(|item| {
            let target = work.rules.target(work.sources, file, import, item);
            target == Target::Everything(file.path.clone())
        })
    })
}

/// `type ` where it is nothing but a type, in a language that says so.
fn type_mark(work: &Work<'_>) -> String {
    let is_type = matches!(work.definition.kind, SymbolKind::Interface | SymbolKind::Type);
    let typed = work.definition.family == Family::TypeScript;
    if is_type && typed { "type ".to_owned() } else { String::new() }
}

/// Has every other file take it from where it is now.
pub(super) fn others(work: &mut Work<'_>) -> Result<(), NoMove> {
    let is_public = work.rules.is_public(&work.old, &work.definition.name, work.definition.start);
    let stays = work.rules.is_facade(&work.old.path) && is_public;
    for path in work.sources.of_family(work.definition.family) {
        let name = work.definition.name.as_bytes();
        let text = work.sources.text(&path).unwrap_or_default();
        let all = exports(work, &path);
        if bstr::ByteSlice::find(text, name).is_none() && !all {
            continue;
        }
        let Some(file) = work.sources.file(&path) else { continue };
        let is_new = path == work.new.path;
        // Whoever takes it from a package goes on doing so.
        if stays && !is_new && path != work.old.path {
            continue;
        }
        imported(work, &file, is_new)?;
        if path != work.old.path {
            qualified(work, &file, is_new)?;
        } else if work.definition.family == Family::Rust {
            qualified(work, &file, false)?;
        }
    }
    Ok(())
}

fn imported(work: &mut Work<'_>, file: &Rc<File>, is_new: bool) -> Result<(), NoMove> {
    let (old, name) = (work.old.path.clone(), work.definition.name.clone());
    for (at, import) in file.imports.iter().enumerate() {
        for (place, item) in import.items.iter().enumerate() {
            match work.rules.target(work.sources, file, import, item) {
                Target::Name(path, taken) if path == old && taken == name => {
                    if is_new && item.alias {
                        let why = format!("`{}` calls it `{}`", file.path, item.local);
                        return Err(work.refused(why));
                    }
                    if is_new && import.exports && work.definition.family != Family::Python {
                        return Err(work.refused(format!("`{}` exports it already", file.path)));
                    }
                    work.statements(&file.path).remove(at, place);
                    if !is_new {
                        work.is_used = true;
                        let added = repointed(work, file, (at, import), item)?;
                        work.statements(&file.path).add(added);
                    }
                }
                Target::Everything(path) if path == old && !is_new && path != file.path => {
                    taken_with_all(work, file, (at, import))?;
                }
                _ => {}
            }
        }
    }
    Ok(())
}

/// The same item from the new file.
fn repointed(
    work: &Work<'_>,
    file: &File,
    (at, import): (usize, &Import),
    item: &Item,
) -> Result<Added, NoMove> {
    let (unit, to) = (import.module, &work.new.path);
    let module = work.rules.spelled(work.sources, file, unit, to, Some(&item.from))?;
    let alias = item.alias.then(|| item.local.clone());
    let own_type = item.types && import.mark != "type ";
    let name = work.definition.name.clone();
    Ok(Added {
        wanted: Wanted { name, alias, types: own_type },
        mark: import.mark.clone(),
        exports: import.exports && work.definition.family != Family::Python,
        place: import.place,
        unit,
        near: Some(at),
        ..Added::new(module, "")
    })
}

/// A file that takes, or gives on, everything of the old one.
fn taken_with_all(
    work: &mut Work<'_>,
    file: &File,
    (at, import): (usize, &Import),
) -> Result<(), NoMove> {
    let name = work.definition.name.clone();
    let python = work.definition.family == Family::Python;
    let gives_on = if python { work.rules.is_facade(&file.path) } else { import.exports };
    let refers =
        file.names.references.iter().any(|it| it.name == name && it.module == import.module);
    let bound = file.names.bound.iter().any(|it| it.name == name && it.module == import.module);
    let was_shown = crate::refactor::exported::is_in_star(work, &name);
    if !(gives_on || refers) || bound || !was_shown {
        return Ok(());
    }
    work.is_used = true;
    let also = file.imports.iter().any(|other| {
        other.module == import.module
            && (python || other.exports == import.exports)
            && other.items.iter().any(|item| {
                let target = work.rules.target(work.sources, file, other, item);
                target == Target::Everything(work.new.path.clone())
            })
    });
    if also {
        return Ok(());
    }
    let like = import.items.first().map(|it| it.from.as_str());
    let module = work.rules.spelled(work.sources, file, import.module, &work.new.path, like)?;
    let typed = type_mark(work);
    let mark = if typed.is_empty() { import.mark.clone() } else { typed };
    let added = Added {
        mark,
        exports: import.exports && !python,
        place: import.place,
        unit: import.module,
        near: Some(at),
        ..Added::new(module, &name)
    };
    work.statements(&file.path).add(added);
    Ok(())
}

/// `module.name` where the module is the old file.
fn qualified(work: &mut Work<'_>, file: &Rc<File>, is_new: bool) -> Result<(), NoMove> {
    let name = work.definition.name.clone();
    let all = work.rules.qualified(file, &name);
    let own_pieces = |it: &Qualified| file.path == work.old.path && work.definition.has(it.at);
    let all: Vec<Qualified> = all
        .into_iter()
        .filter(|it| {
            let target = work.rules.named(work.sources, file, it.unit, &it.module);
            target == Target::Module(work.old.path.clone()) && !own_pieces(it)
        })
        .collect();
    if all.is_empty() {
        return Ok(());
    }
    work.is_used |= !is_new;
    for it in &all {
        let range = it.module_at.clone();
        if is_new {
            work.edits(&file.path).replace(range.start..it.at, "");
            continue;
        }
        let new = match work.definition.family {
            Family::Rust => {
                let (to, like) = (&work.new.path, Some(it.module.as_str()));
                work.rules.spelled(work.sources, file, it.unit, to, like)?
            }
            _ => module_name(work, file, &it.module)?,
        };
        work.edits(&file.path).replace(range, new);
    }
    unneeded(work, file, &all);
    Ok(())
}

/// What the new file is called in `file`, which calls the old one `module`; imports it if need be.
fn module_name(work: &mut Work<'_>, file: &File, module: &str) -> Result<String, NoMove> {
    for import in file.imports.iter().filter(|it| it.place == Place::Top) {
        for item in import.items.iter().filter(|it| !it.local.is_empty()) {
            let target = work.rules.target(work.sources, file, import, item);
            if target == Target::Module(work.new.path.clone()) {
                return Ok(item.local.clone());
            }
        }
    }
    let old = Target::Module(work.old.path.clone());
    let mut like = None;
    for (at, import) in file.imports.iter().enumerate() {
        for item in &import.items {
            let starts = module == item.local || module.starts_with(&format!("{}.", item.local));
            let is_old = work.rules.target(work.sources, file, import, item) == old;
            if starts && (is_old || like.is_none()) && !item.local.is_empty() {
                like = Some((at, import, item));
            }
        }
    }
    let Some((at, import, item)) = like else {
        let why =
            format!("`{}` reaches it through `{module}`, which it does not import", file.path);
        return Err(work.refused(why));
    };
    let to = work.new.path.clone();
    let base = Added {
        place: import.place,
        near: Some(at),
        mark: import.mark.clone(),
        ..Added::new(String::new(), "")
    };
    let stem = to.to_string();
    let stem = stem.rsplit('/').next().and_then(|it| it.split('.').next()).unwrap_or_default();
    let (added, local) = match (&item.what, work.definition.family) {
        (Imported::Module, Family::Python) if !item.alias => {
            let whole = work.rules.spelled(work.sources, file, 0, &to, Some(module))?;
            (Added { module: whole.clone(), ..base }, whole)
        }
        (_, Family::Python) => {
            let like = match item.from.starts_with('.') {
                true => ".".to_owned(),
                false => module_like(work, file, item),
            };
            let whole = work.rules.spelled(work.sources, file, 0, &to, Some(&like))?;
            let dots = whole.bytes().take_while(|byte| *byte == b'.').count();
            let (above, last) = match whole[dots..].rsplit_once('.') {
                Some((above, last)) => (format!("{}{above}", &whole[..dots]), last.to_owned()),
                None if dots > 0 => (whole[..dots].to_owned(), whole[dots..].to_owned()),
                None => (String::new(), whole.clone()),
            };
            let wanted = Wanted { name: last.clone(), alias: None, types: false };
            match above.as_str() {
                "" => (Added { module: last.clone(), ..base }, last),
                _ => (Added { module: above, wanted, ..base }, last),
            }
        }
        _ => {
            let like = Some(item.from.as_str());
            let whole = work.rules.spelled(work.sources, file, 0, &to, like)?;
            let name = camel(stem);
            let wanted = Wanted { name: "*".into(), alias: Some(name.clone()), types: false };
            (Added { module: whole, wanted, ..base }, name)
        }
    };
    let first = local.split('.').next().unwrap_or_default();
    let top = item.local.split('.').next().unwrap_or_default();
    let is_taken = file.names.references.iter().chain(&file.names.bound).any(|it| it.name == first)
        && first != top;
    if is_taken {
        let why =
            format!("`{}` would call its new file `{first}`, and has another `{first}`", file.path);
        return Err(work.refused(why));
    }
    work.statements(&file.path).add(added);
    Ok(local)
}

/// The absolute name of the old file as an item that names it says.
fn module_like(work: &Work<'_>, file: &File, item: &Item) -> String {
    let Imported::Name(name) = &item.what else { return item.from.clone() };
    let whole = format!("{}.{name}", item.from);
    match work.rules.named(work.sources, file, 0, &item.local) {
        Target::Module(_) => whole,
        _ => item.from.clone(),
    }
}

fn camel(stem: &str) -> String {
    let mut parts = stem.split(|c: char| !c.is_alphanumeric() && c != '_');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        let mut chars = part.chars();
        let head = chars.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
        format!("{text}{head}{}", chars.as_str())
    })
}

/// Takes out the imports of the old module that nothing but these places used.
fn unneeded(work: &mut Work<'_>, file: &File, changed: &[Qualified]) {
    let old = Target::Module(work.old.path.clone());
    for (at, import) in file.imports.iter().enumerate() {
        for (place, item) in import.items.iter().enumerate() {
            if work.rules.target(work.sources, file, import, item) != old
                || !import.mark.trim().is_empty()
            {
                continue;
            }
            let first = item.local.split(['.', ':']).next().unwrap_or_default();
            let left = file.names.references.iter().any(|it| {
                let rest = file.slice(it.at..file.text.len());
                it.name == first
                    && rest.starts_with(&item.local)
                    && !changed.iter().any(|change| change.module_at.start == it.at)
            });
            if !left && changed.iter().any(|it| it.module.starts_with(&item.local)) {
                work.statements(&file.path).remove(at, place);
            }
        }
    }
}
