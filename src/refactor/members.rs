//! Fields and methods of a type of Rust that only its old module could see.

use crate::refactor::moving::Work;
use crate::refactor::sources::File;

/// Where members begin that the old file, or a module in it, names outside of what moves: they have to
/// be seen from there. Types are not known, so that a member of that name of another type counts too.
pub(super) fn to_show(work: &Work<'_>) -> Vec<usize> {
    let mut shown = methods(work);
    shown.extend(fields(work));
    let users = users(work);
    shown.retain(|(name, _)| users.iter().any(|file| names(work, file, name)));
    shown.into_iter().map(|(_, at)| at).collect()
}

/// The old file, and those of the modules in it.
fn users(work: &Work<'_>) -> Vec<std::rc::Rc<File>> {
    let crates = work.sources.crates();
    let Some(own) = crates.id(&work.old.path, true) else { return Vec::new() };
    let below = |path: &&crate::base::RepoPath| {
        let id = crates.id(path, true);
        crates.is_known(path)
            && id.is_some_and(|id| id.root == own.root && id.path.starts_with(&own.path))
    };
    work.sources.paths().filter(below).filter_map(|path| work.sources.file(path)).collect()
}

fn names(work: &Work<'_>, file: &File, name: &str) -> bool {
    let is_word = |byte: Option<&u8>| byte.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
    bstr::ByteSlice::find_iter(file.text.as_slice(), name.as_bytes()).any(|at| {
        let inside = file.path == work.old.path && work.definition.has(at);
        let before = at.checked_sub(1).and_then(|at| file.text.get(at));
        !inside && !is_word(before) && !is_word(file.text.get(at + name.len()))
    })
}

/// The private methods and constants of its own blocks.
fn methods(work: &Work<'_>) -> Vec<(String, usize)> {
    let old = &work.old;
    let root = old.tree.root();
    let mut cursor = root.walk();
    let blocks = root.children(&mut cursor).filter(|it| {
        let own = it.kind() == "impl_item" && it.child_by_field_name("trait").is_none();
        own && work.definition.has(it.start_byte())
    });
    let mut found = Vec::new();
    for body in blocks.filter_map(|it| it.child_by_field_name("body")) {
        let mut cursor = body.walk();
        let members = body.named_children(&mut cursor);
        for it in members.filter(|it| matches!(it.kind(), "function_item" | "const_item")) {
            let name = it.child_by_field_name("name").map(|it| old.slice(it.byte_range()));
            if let (Some(name), false) = (name, old.slice(it.byte_range()).starts_with("pub")) {
                found.push((name.to_owned(), it.start_byte()));
            }
        }
    }
    found
}

/// The private fields of a structure.
fn fields(work: &Work<'_>) -> Vec<(String, usize)> {
    let old = &work.old;
    let root = old.tree.root();
    let mut cursor = root.walk();
    let node = root.children(&mut cursor).find(|it| it.start_byte() == work.definition.start);
    let body =
        node.filter(|it| it.kind() == "struct_item").and_then(|it| it.child_by_field_name("body"));
    let Some(body) = body else { return Vec::new() };
    let mut cursor = body.walk();
    let all = body.named_children(&mut cursor).filter(|it| it.kind() == "field_declaration");
    let private = all.filter(|it| !old.slice(it.byte_range()).starts_with("pub"));
    private
        .filter_map(|it| {
            let name = it.child_by_field_name("name")?;
            Some((old.slice(name.byte_range()).to_owned(), it.start_byte()))
        })
        .collect()
}
