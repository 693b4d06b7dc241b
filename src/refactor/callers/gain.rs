//! Puts another parameter into a signature.

use std::ops::Range;
use std::rc::Rc;

use crate::base::RepoPath;
use crate::refactor::callers::fit::inserted;
use crate::refactor::callers::parameters::{ParameterKind, Signature, signatures};
use crate::refactor::callers::{Asked, Gain};
use crate::refactor::sources::{Family, File, Sources};

/// The one function that is meant.
pub(super) fn meant(sources: &Sources, gain: &Gain) -> Option<(Rc<File>, Signature)> {
    let name = gain.function.replace("::", ".");
    let last = name.rsplit('.').next().unwrap_or(&name).to_owned();
    let ends = |path: &RepoPath| {
        let path = path.to_string();
        gain.from.as_ref().is_none_or(|from| path == *from || path.ends_with(&format!("/{from}")))
    };
    let says = |path: &&RepoPath| {
        let text = sources.text(path).unwrap_or_default();
        bstr::ByteSlice::find(text, last.as_bytes()).is_some()
    };
    let is_it = |it: &Signature| {
        it.symbol == name || it.name == name || it.symbol.ends_with(&format!(".{name}"))
    };
    let mut found = Vec::new();
    for path in sources.paths().filter(|path| ends(path)).filter(says) {
        let is_test = crate::retrieval::is_test(path);
        let Some(file) = sources.file(path).filter(|_| !is_test || gain.from.is_some()) else {
            continue;
        };
        found.extend(signatures(&file).into_iter().filter(is_it).map(|it| (file.clone(), it)));
    }
    match found.len() {
        1 => found.pop(),
        _ => None,
    }
}

/// The name that a declaration gives.
pub(super) fn name_of(declaration: &str) -> &str {
    let ends = |c: char| !c.is_alphanumeric() && c != '_';
    let start = declaration.trim_start_matches("mut ").trim_start();
    start.split(ends).next().unwrap_or_default()
}

/// The parameter as it is written in full: another function's where only its name is said.
pub(super) fn declared(asked: &Asked, gain: &Gain) -> String {
    let name = name_of(&gain.declaration);
    let bare = gain.declaration.trim() == name;
    let others = asked.gains.iter().map(|it| it.declaration.as_str());
    let mut full = others.filter(|it| name_of(it) == name && it.trim() != name);
    full.next().filter(|_| bare).unwrap_or(&gain.declaration).trim().to_owned()
}

/// The default in a declaration.
pub(super) fn default_of(declaration: &str) -> Option<&str> {
    // `=>` and `==` are part of types and values.
    let bytes = declaration.as_bytes();
    let mut found = None;
    for at in 0..bytes.len() {
        let before = at.checked_sub(1).and_then(|at| bytes.get(at)).copied().unwrap_or(b' ');
        let after = bytes.get(at + 1).copied().unwrap_or(b' ');
        if bytes[at] == b'=' && !b"=!<>".contains(&before) && !b"=>".contains(&after) {
            found.get_or_insert(at);
        }
    }
    found.map(|at| declaration[at + 1..].trim()).filter(|it| !it.is_empty())
}

/// What puts `declaration` into the signature, at a place from 1 or where it may stand.
pub(super) fn put(
    file: &File,
    signature: &Signature,
    declaration: &str,
    place: Option<usize>,
    optional: bool,
) -> Option<(Range<usize>, String)> {
    let family = Family::of(file.language)?;
    if signature.bare {
        let old = file.slice(signature.list.clone());
        return Some((signature.list.clone(), format!("({old}, {declaration})")));
    }
    let all = &signature.parameters;
    let receivers = all.iter().filter(|it| it.kind == ParameterKind::Receiver).count();
    let ends = |it: &ParameterKind| {
        matches!(it, ParameterKind::Rest | ParameterKind::Names | ParameterKind::OnlyByName)
    };
    let last = all.iter().position(|it| ends(&it.kind)).unwrap_or(all.len());
    let may_stand = |at: usize| {
        let before = all.iter().take(at).any(|it| it.optional && !ends(&it.kind));
        let after = all.iter().skip(at).any(|it| !it.optional && !ends(&it.kind));
        at <= last && (optional || !before) && (!optional || !after)
    };
    let wished = place.map(|place| receivers + place - 1).filter(|at| may_stand(*at));
    let first_optional = all.iter().position(|it| it.optional).unwrap_or(last).min(last);
    let at = wished.unwrap_or(if optional { last } else { first_optional });
    let bytes: Vec<Range<usize>> = all.iter().map(|it| it.bytes.clone()).collect();
    let previous = at.checked_sub(1).and_then(|at| bytes.get(at));
    // Names that share a type cannot be parted.
    let shared = family == Family::Go
        && previous.is_some_and(|it| {
            let rest = file.slice(it.end..signature.list.end);
            let typed = file.slice(it.clone()).trim().contains([' ', '.', '*', '[', '(']);
            !typed
                && rest.trim_start().starts_with(',')
                && all.get(at - 1).is_some_and(|it| it.name != "_")
        });
    (!shared).then(|| inserted(file, &signature.list, &bytes, at, declaration))
}
