//! Puts the definition into its new file, with what the file has to import for it.

use crate::base::RepoPath;
use crate::refactor::NoMove;
use crate::refactor::edits::{blank_lines, whole_lines};
use crate::refactor::moving::Work;
use crate::refactor::sources::{Family, File};
use crate::refactor::statements::{Added, Statements};
use crate::refactor::{members, rust};
use crate::syntax::SymbolKind;
use crate::syntax::imports::{Place, Wanted, written};

pub(super) fn arrive(work: &mut Work<'_>) -> Result<(), NoMove> {
    let text = text(work);
    let new = work.new.clone();
    let needed = work.statements.get(&new.path);
    let bare = new.imports.is_empty() && new.text.trim_ascii().is_empty();
    let header = match needed {
        Some(needed) if bare => header(&work.old, &new, needed),
        _ => String::new(),
    };
    let gap = "\n".repeat(gap(work));
    if bare {
        if let Some(statements) = work.statements.get_mut(&new.path) {
            statements.added.clear();
        }
        let parting = if header.is_empty() { String::new() } else { gap };
        work.edits(&new.path).replace(0..new.text.len(), format!("{header}{parting}{text}"));
    } else {
        let (at, before, after) = spot(work, &gap)?;
        work.edits(&new.path).insert(at, format!("{before}{text}{after}"));
    }
    if work.definition.family == Family::Rust {
        declare(work)?;
    }
    Ok(())
}

/// The definition as it stands in the new file: others may use it, if they do.
fn text(work: &Work<'_>) -> String {
    let Work { definition, old, .. } = work;
    let start = definition.start;
    // A list of exports stays behind.
    let shown = match definition.family {
        Family::TypeScript if old.slice(start..old.text.len()).starts_with("export ") => None,
        Family::TypeScript => Some((start..start, "export ")),
        _ => work.rules.shown(old, &definition.name, start),
    };
    let mut shown: Vec<(std::ops::Range<usize>, &str)> =
        shown.filter(|_| work.is_used).into_iter().collect();
    if definition.family == Family::Rust {
        shown.extend(members::to_show(work).into_iter().map(|at| (at..at, "pub(crate) ")));
    }
    definition.text_with(old, &shown)
}

/// Imports of a file that has none, in the runs in which the old file had them.
pub(super) fn header(old: &File, new: &File, needed: &Statements) -> String {
    let like = old.imports.first().map(|it| old.slice(it.bytes.clone())).unwrap_or_default();
    let mut all: Vec<&Added> = needed.added.iter().collect();
    let run = |it: &Added| (it.place == Place::Types, it.block.unwrap_or(usize::MAX));
    let python = new.language.name() == "python";
    // `import a` stands above `from a import b`.
    let is_from = |it: &Added| python && !it.wanted.name.is_empty();
    all.sort_by_key(|it| {
        (run(it), is_from(it), it.module.clone(), it.mark.clone(), it.wanted.clone())
    });
    let mut lines: Vec<((bool, usize), String)> = Vec::new();
    let mut at = 0;
    while at < all.len() {
        let first = all[at];
        let same = |it: &&&Added| {
            run(it) == run(first)
                && it.module == first.module
                && it.mark == first.mark
                && it.wanted.name.is_empty() == first.wanted.name.is_empty()
                && it.wanted.name != "*"
                && first.wanted.name != "*"
        };
        let group: Vec<&&Added> = all[at..].iter().take_while(same).collect();
        let count = group.len().max(1);
        let wanted: Vec<Wanted> = all[at..at + count]
            .iter()
            .map(|it| it.wanted.clone())
            .filter(|it| !it.name.is_empty())
            .collect();
        let line = written(new.language, &first.module, &wanted, &first.mark, first.exports, like);
        let types = first.place == Place::Types;
        lines.push((run(first), if types { format!("    {line}") } else { line }));
        at += count;
    }
    let mut header = String::new();
    let mut last: Option<(bool, usize)> = None;
    for (run, line) in lines {
        if last.is_some_and(|last| last != run) {
            header.push('\n');
        }
        if run.0 && !last.is_some_and(|last| last.0) {
            header.push_str("if TYPE_CHECKING:\n");
        }
        header.push_str(&format!("{line}\n"));
        last = Some(run);
    }
    header
}

/// Empty lines around definitions, as formatters have them.
fn gap(work: &Work<'_>) -> usize {
    let is_block = !matches!(
        work.definition.kind,
        SymbolKind::Constant | SymbolKind::Variable | SymbolKind::Type
    );
    if work.definition.family != Family::Python {
        return 1;
    }
    let ends_with_block = work
        .new
        .tree
        .root()
        .named_child_count()
        .checked_sub(1)
        .and_then(|at| work.new.tree.root().named_child(u32::try_from(at).ok()?));
    let ends_with_block = ends_with_block.is_some_and(|it| it.kind().ends_with("definition"));
    if is_block || ends_with_block { 2 } else { 1 }
}

/// Where it goes in a file that has code, and the empty lines before it and behind it.
fn spot(work: &Work<'_>, gap: &str) -> Result<(usize, String, String), NoMove> {
    let new = &work.new;
    let name = &work.definition.name;
    let early =
        work.definition.family == Family::Python || work.definition.family == Family::TypeScript;
    if early && used_at_once(new, name) {
        let needs = work.old.names.references.iter().any(|it| {
            work.definition.has(it.at)
                && new.names.bound.iter().any(|bound| bound.module == 0 && bound.name == it.name)
        });
        if needs {
            return Err(work
                .refused(format!("`{}` uses it before what it needs there is defined", new.path)));
        }
        let last = new.imports.iter().rev().find(|it| it.place == Place::Top);
        let at = last.map_or(0, |it| whole_lines(&new.text, &it.bytes).end);
        let (_, below) = blank_lines(&new.text, at);
        let after = gap.get(below.min(gap.len())..).unwrap_or_default().to_owned();
        let before = if at == 0 { String::new() } else { gap.to_owned() };
        return Ok((at, before, after));
    }
    if let Some(at) = tail(new, work.definition.family) {
        let above = blank_lines(&new.text, at).0;
        let before = gap.get(above.min(gap.len())..).unwrap_or_default();
        return Ok((at, before.to_owned(), gap.to_owned()));
    }
    let end = if new.text.ends_with(b"\n") { "" } else { "\n" };
    let blank = blank_lines(&new.text, new.text.len()).0;
    let before = gap.get(blank.min(gap.len())..).unwrap_or_default();
    Ok((new.text.len(), format!("{end}{before}"), String::new()))
}

/// Whether the file uses the name as soon as it is read, not only when functions are called.
fn used_at_once(file: &File, name: &str) -> bool {
    file.names.references.iter().filter(|it| it.name == name).any(|it| {
        let node = file.tree.root().descendant_for_byte_range(it.at, it.at + name.len());
        let mut above = std::iter::successors(node, |node| node.parent());
        !above.any(|it| {
            let inner = matches!(it.kind(), "block" | "statement_block");
            inner
                && it.parent().is_some_and(|it| {
                    it.kind().contains("function") || it.kind().contains("method")
                })
                || it.kind() == "arrow_function"
        })
    })
}

/// The line where what ends a file begins: its tests, or what it does as a program.
fn tail(file: &File, family: Family) -> Option<usize> {
    let root = file.tree.root();
    let count = u32::try_from(root.named_child_count()).ok()?;
    let last = root.named_child(count.checked_sub(1)?)?;
    let text = file.slice(last.byte_range());
    let is_tail = match family {
        Family::Python => last.kind() == "if_statement" && text.starts_with("if __name__"),
        Family::Rust => {
            let attribute = last.prev_named_sibling().filter(|it| it.kind() == "attribute_item");
            let is_test =
                attribute.is_some_and(|it| file.slice(it.byte_range()).contains("cfg(test)"));
            last.kind() == "mod_item" && is_test
        }
        _ => false,
    };
    let mut first = last;
    while let Some(above) = first.prev_named_sibling().filter(|it| {
        let gap = file.slice(it.end_byte()..first.start_byte());
        let own = it.kind() == "attribute_item" || it.kind().contains("comment");
        own && gap.matches('\n').count() <= 1 && gap.trim().is_empty()
    }) {
        first = above;
    }
    is_tail.then(|| whole_lines(&file.text, &first.byte_range()).start)
}

/// `mod name;` for a new file, in the file of the module that it lies in.
fn declare(work: &mut Work<'_>) -> Result<(), NoMove> {
    let crates = work.sources.crates();
    let to = work.new.path.clone();
    let refused = || NoMove::NotReached { user: work.old.path.clone(), to: to.clone() };
    if crates.is_shared(&work.old.path) || crates.is_shared(&to) {
        return Err(work.refused("several crates have its file as a module of theirs"));
    }
    if !crates.is_known(&work.old.path) {
        return Err(work.refused("no crate here has its file as a module"));
    }
    let id = crates.id(&to, true).ok_or_else(refused)?;
    let name = id.path.last().cloned().ok_or_else(refused)?;
    let above = crate::refactor::crates::ModuleId {
        root: id.root.clone(),
        path: id.path[..id.path.len() - 1].to_vec(),
    };
    let parent = crates.file(&above).cloned().ok_or_else(refused)?;
    let file = work.sources.file(&parent).ok_or_else(refused)?;
    let users: Vec<RepoPath> = work.statements.keys().chain(work.edits.keys()).cloned().collect();
    let far =
        users.iter().filter_map(|path| rust::current(work.sources, &*work.sources.file(path)?, 0));
    let (mut other_crate, mut outside) = (false, false);
    for user in far {
        other_crate |= user.root != above.root;
        outside |= user.root == above.root && !user.path.starts_with(&above.path);
    }
    let declared = |name: &str| modules(&file).into_iter().find(|it| it.0 == name);
    if crates.is_known(&to) {
        let visible = declared(&name).is_none_or(|it| it.1.starts_with("pub"));
        return if (other_crate || outside) && !visible { Err(refused()) } else { Ok(()) };
    }
    let old = crates.id(&work.old.path, true);
    let like = old.filter(|old| {
        old.path.split_last().map(|it| it.1) == Some(above.path.as_slice())
            && old.root == above.root
    });
    let like = like.and_then(|old| declared(old.path.last()?)).map(|it| it.1);
    let mark = match like {
        Some(mark) if !mark.is_empty() => format!("{mark} "),
        _ if other_crate => "pub ".to_owned(),
        _ if outside => "pub(crate) ".to_owned(),
        _ => String::new(),
    };
    let all = modules(&file);
    let line = format!("{mark}mod {name};\n");
    let behind = all.iter().rev().find(|it| it.0 < name).map(|it| (it.2.end, String::new()));
    let place = behind.or(all.first().map(|it| (it.2.start, String::new())));
    let (at, after) = match place {
        Some(place) => place,
        None => {
            let added = Added::new("crate".into(), "");
            let spot = crate::refactor::place::default_spot(&file, &added, "");
            (spot.at.min(first_item(&file)), "\n".to_owned())
        }
    };
    work.edits(&parent).insert(at, format!("{line}{after}"));
    Ok(())
}

/// Where the first line is that is no documentation and no attribute of the whole file.
fn first_item(file: &File) -> usize {
    let root = file.tree.root();
    let mut cursor = root.walk();
    let mut all = root.children(&mut cursor);
    let first = all.find(|it| {
        let text = file.slice(it.byte_range());
        it.kind() != "inner_attribute_item" && !text.starts_with("//!") && !text.starts_with("/*!")
    });
    first.map_or(file.text.len(), |it| whole_lines(&file.text, &it.byte_range()).start)
}

/// The modules that a file declares: name, visibility, lines.
fn modules(file: &File) -> Vec<(String, String, std::ops::Range<usize>)> {
    let root = file.tree.root();
    let mut cursor = root.walk();
    let all = root
        .children(&mut cursor)
        .filter(|it| it.kind() == "mod_item" && it.child_by_field_name("body").is_none());
    all.filter_map(|it| {
        let name = file.slice(it.child_by_field_name("name")?.byte_range()).to_owned();
        let mark = it.named_child(0).filter(|it| it.kind() == "visibility_modifier");
        let mark = mark.map(|it| file.slice(it.byte_range()).to_owned()).unwrap_or_default();
        Some((name, mark, whole_lines(&file.text, &it.byte_range())))
    })
    .collect()
}
