//! Modules of Rust: files by their paths in a crate.

use std::ops::Range;

use crate::base::RepoPath;
use crate::refactor::NoMove;
use crate::refactor::crates::ModuleId;
use crate::refactor::rules::{Qualified, Rules, Target};
use crate::refactor::sources::{File, Sources};
use crate::syntax::imports::{Import, Imported, Item};

pub(super) struct Rust;

/// How many imports may lead to one another.
const MOST_STEPS: usize = 8;

impl Rules for Rust {
    fn target(&self, sources: &Sources, file: &File, import: &Import, item: &Item) -> Target {
        let base = place(sources, file, import.module, &item.from, MOST_STEPS);
        let crates = sources.crates();
        match &item.what {
            Imported::Everything => base
                .and_then(|id| crates.file(&id).cloned())
                .map_or(Target::Elsewhere, Target::Everything),
            Imported::Name(name) => {
                let whole = match item.from.as_str() {
                    "" => name.clone(),
                    from => format!("{from}::{name}"),
                };
                let module = place(sources, file, import.module, &whole, MOST_STEPS);
                if let Some(path) = module.and_then(|id| crates.file(&id).cloned()) {
                    return Target::Module(path);
                }
                base.filter(|_| !item.from.is_empty())
                    .and_then(|id| crates.file(&id).cloned())
                    .map_or(Target::Elsewhere, |path| Target::Name(path, name.clone()))
            }
            Imported::Module | Imported::Default => Target::Elsewhere,
        }
    }

    fn named(&self, sources: &Sources, file: &File, unit: usize, module: &str) -> Target {
        place(sources, file, unit, module, MOST_STEPS)
            .and_then(|id| sources.crates().file(&id).cloned())
            .map_or(Target::Elsewhere, Target::Module)
    }

    fn qualified(&self, file: &File, name: &str) -> Vec<Qualified> {
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 128;
        let mut found = Vec::new();
        for at in bstr::ByteSlice::find_iter(file.text.as_slice(), name.as_bytes()) {
            let end = at + name.len();
            let Some(node) = file.tree.root().descendant_for_byte_range(at, end) else { continue };
            let leads = file.text[..at].ends_with(b"::");
            if node.byte_range() != (at..end) || !node.kind().contains("identifier") || !leads {
                continue;
            }
            let above = |kind: &str| {
                std::iter::successors(node.parent(), |it| it.parent()).any(|it| it.kind() == kind)
            };
            let before = &file.text[..at - 2];
            let start = before.iter().rposition(|byte| !is_word(*byte) && *byte != b':');
            let start = start.map_or(0, |before| before + 1);
            let module = file.slice(start..at - 2).to_owned();
            if above("use_declaration") || module.is_empty() || module.starts_with(':') {
                continue;
            }
            let unit = std::iter::successors(node.parent(), |it| it.parent())
                .find(|it| it.kind() == "mod_item")
                .map_or(0, |it| it.end_byte());
            found.push(Qualified { module, module_at: start..at - 2, at, unit });
        }
        found
    }

    fn spelled(
        &self,
        sources: &Sources,
        user: &File,
        unit: usize,
        to: &RepoPath,
        like: Option<&str>,
    ) -> Result<String, NoMove> {
        let crates = sources.crates();
        let refused = || NoMove::NotReached { user: user.path.clone(), to: to.clone() };
        let other = crates.id(to, true).ok_or_else(refused)?;
        let own = current(sources, user, unit).ok_or_else(refused)?;
        let join = |first: &str, rest: &[String]| [&[first.to_owned()], rest].concat().join("::");
        if own.root == other.root {
            // A child that is named without a path stays so.
            let first = like.and_then(|like| like.split("::").next()).unwrap_or("crate");
            let plain = !["crate", "self", "super"].contains(&first);
            let is_local =
                plain && like.is_some_and(|like| place(sources, user, unit, like, 0).is_some());
            if is_local && let Some(rest) = other.path.strip_prefix(own.path.as_slice()) {
                return Ok(rest.join("::"));
            }
            return Ok(join("crate", &other.path));
        }
        let name = crates.name_of(&other.root).ok_or_else(refused)?;
        Ok(join(name, &other.path))
    }

    fn respelled(
        &self,
        sources: &Sources,
        from: &File,
        module: &str,
        to: &RepoPath,
    ) -> Result<String, NoMove> {
        let first = module.split("::").next().unwrap_or_default();
        let is_absolute = first == "crate";
        let Some(id) = place(sources, from, 0, module, MOST_STEPS).filter(|_| !is_absolute) else {
            return Ok(module.to_owned());
        };
        let own = sources.crates().id(&from.path, true);
        if own.as_ref().map(|it| &it.root) != Some(&id.root) {
            return Ok(module.to_owned());
        }
        let _ = to;
        Ok([&["crate".to_owned()], id.path.as_slice()].concat().join("::"))
    }

    fn is_facade(&self, path: &RepoPath) -> bool {
        matches!(path.file_name(), b"lib.rs" | b"mod.rs")
    }

    fn is_public(&self, file: &File, _: &str, start: usize) -> bool {
        file.slice(start..file.text.len()).starts_with("pub ")
    }

    fn shown(&self, file: &File, _: &str, start: usize) -> Option<(Range<usize>, &'static str)> {
        let rest = file.slice(start..file.text.len());
        if rest.starts_with("pub ") || rest.starts_with("pub(crate)") {
            return None;
        }
        let old = match rest.strip_prefix("pub(").and_then(|rest| rest.find(')')) {
            Some(end) => start..start + "pub(".len() + end + ") ".len(),
            None => start..start,
        };
        Some((old, "pub(crate) "))
    }
}

/// The module that an inline module of a file is.
pub(super) fn current(sources: &Sources, file: &File, unit: usize) -> Option<ModuleId> {
    let mut id = sources.crates().id(&file.path, true)?;
    id.path.extend(inline(file, unit));
    Some(id)
}

/// The names of the inline modules down to the one that ends at `unit`.
fn inline(file: &File, unit: usize) -> Vec<String> {
    let mut names = Vec::new();
    let mut node = file.tree.root();
    if unit == 0 {
        return names;
    }
    loop {
        let mut cursor = node.walk();
        let inner = node
            .named_children(&mut cursor)
            .find(|it| it.kind() == "mod_item" && it.start_byte() < unit && unit <= it.end_byte());
        let Some(inner) = inner else { break };
        let name = inner.child_by_field_name("name").map(|it| file.slice(it.byte_range()));
        names.extend(name.map(str::to_owned));
        match inner.child_by_field_name("body") {
            Some(body) if inner.end_byte() != unit => node = body,
            _ => break,
        }
    }
    names
}

/// The module that a path names, as far as files and their imports tell.
fn place(
    sources: &Sources,
    file: &File,
    unit: usize,
    path: &str,
    steps: usize,
) -> Option<ModuleId> {
    let crates = sources.crates();
    let here = current(sources, file, unit)?;
    let mut parts = path.split("::").peekable();
    let first = *parts.peek()?;
    let mut id = match first {
        "crate" => ModuleId { root: here.root.clone(), path: Vec::new() },
        "self" => here,
        "super" => {
            let mut id = here;
            id.path.pop()?;
            parts.next();
            while parts.next_if_eq(&"super").is_some() {
                id.path.pop()?;
            }
            return Some(ModuleId {
                root: id.root,
                path: [id.path, parts.map(str::to_owned).collect()].concat(),
            });
        }
        name => {
            let mut child = here.clone();
            child.path.push(name.to_owned());
            let local = file.imports.iter().filter(|it| it.module == unit);
            let local = local.flat_map(|it| &it.items).find(|it| it.local == name);
            let library = crates.library(name);
            if crates.file(&child).is_some() {
                child
            } else if let (Some(item), true) = (local, steps > 0)
                && let Imported::Name(inner) = &item.what
                && !(item.from.is_empty() && inner == name)
            {
                let from =
                    if item.from.is_empty() { String::new() } else { format!("{}::", item.from) };
                place(sources, file, unit, &format!("{from}{inner}"), steps - 1)?
            } else {
                ModuleId { root: library?.clone(), path: Vec::new() }
            }
        }
    };
    parts.next();
    id.path.extend(parts.map(str::to_owned));
    Some(id)
}

/// Names that are there without an import.
pub(super) fn is_builtin(name: &str) -> bool {
    const NAMES: &str = " Self String Vec Option Some None Result Ok Err Box Drop Fn FnMut FnOnce Copy Send \
        Sized Sync Unpin Clone PartialEq PartialOrd Eq Ord AsRef AsMut Into From Default Iterator Extend \
        IntoIterator DoubleEndedIterator ExactSizeIterator ToOwned ToString TryFrom TryInto FromIterator \
        Hash Debug derive cfg test allow warn deny expect inline must_use doc drop std core alloc \
        println print eprintln eprint format write writeln vec assert assert_eq assert_ne debug_assert \
        debug_assert_eq debug_assert_ne panic unreachable matches include_str include_bytes env option_env \
        concat stringify line file column module_path thread_local dbg not all any feature repr cold \
        crate self super u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize f32 f64 bool char str ";
    NAMES.contains(&format!(" {name} "))
}
