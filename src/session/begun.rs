//! How an answer begins, where there is no doubt about it.

use crate::base::RepoPath;
use crate::proposal::Editable;
use crate::session::find::{Found, Target};
use crate::syntax::{self, Language};

/// The longest file, in lines, that is written anew for tests that fail.
const SHORT: usize = 40;

/// The one definition that the answer has to begin with, where there is no doubt about it: with a
/// file as a whole there is none of it.
pub(super) fn begun<'a>(
    found: &'a Found,
    editable: &'a [Editable],
    whole_file_lines: usize,
) -> Option<(&'a Editable, Option<&'a str>)> {
    let file = |path: &RepoPath| editable.iter().find(|file| file.path == *path);
    match (&found.stubs[..], &found.targets[..]) {
        ([Target { path, symbol, .. }], _) | ([], [Target { path, symbol, .. }]) => {
            Some((file(path)?, Some(symbol)))
        }
        ([first, rest @ ..], _) if rest.iter().all(|other| other.path == first.path) => {
            let file = file(&first.path)?;
            (lines(file) <= whole_file_lines && is_all_stubs(file, &found.stubs))
                .then_some((file, None))
        }
        _ => None,
    }
}

/// The short file that has all that the task is about. Asked for one definition of it, small models give
/// again what is there.
pub(super) fn written_anew<'a>(found: &Found, editable: &'a [Editable]) -> Option<&'a Editable> {
    let [first, rest @ ..] = &found.targets[..] else { return None };
    let file = editable.iter().find(|file| file.path == first.path)?;
    let only = found.stubs.iter().chain(rest).all(|other| other.path == first.path);
    (only && lines(file) <= SHORT).then_some(file)
}

fn lines(file: &Editable) -> usize {
    file.text.iter().filter(|byte| **byte == b'\n').count()
}

/// Whether a file has no other functions than these.
fn is_all_stubs(file: &Editable, stubs: &[Target]) -> bool {
    Language::of(&file.path, &file.text).is_some_and(|language| {
        syntax::symbols(language, &file.text)
            .iter()
            .filter(|symbol| symbol.kind.is_definition() && !symbol.kind.has_members())
            .all(|symbol| stubs.iter().any(|stub| stub.symbol == symbol.path))
    })
}
