//! Files of Python that would import one another as they are loaded.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::RepoPath;
use crate::refactor::NoMove;
use crate::refactor::moving::Work;
use crate::refactor::rules::Target;
use crate::refactor::sources::Sources;
use crate::syntax::imports::Place;

/// Refuses a change after which a file that imports something new is imported by it in turn, unless
/// that was so with the old file as well.
pub(super) fn look(work: &mut Work<'_>, files: &BTreeMap<RepoPath, Vec<u8>>) -> Result<(), NoMove> {
    let after = work.sources.with(files);
    for path in files.keys() {
        let old = taken(work, work.sources, path);
        for new in taken(work, &after, path).difference(&old) {
            if !leads(work, &after, new, path) {
                continue;
            }
            let before =
                old.contains(&work.old.path) && leads(work, work.sources, &work.old.path, path);
            if !before || *new == work.old.path {
                return Err(NoMove::Cycle { one: path.clone(), other: new.clone() });
            }
            let why = format!(
                "imports `{new}`, and is imported by it, as it was with `{}`",
                work.old.path
            );
            work.doubt(path, 1, why);
        }
    }
    Ok(())
}

/// The files that a file imports as it is loaded.
fn taken(work: &Work<'_>, sources: &Sources, path: &RepoPath) -> BTreeSet<RepoPath> {
    let Some(file) = sources.file(path) else { return BTreeSet::new() };
    let mut found = BTreeSet::new();
    for import in file.imports.iter().filter(|it| matches!(it.place, Place::Top | Place::Guarded)) {
        for item in &import.items {
            match work.rules.target(sources, &file, import, item) {
                Target::Module(path) | Target::Name(path, _) | Target::Everything(path) => {
                    found.insert(path);
                }
                Target::Elsewhere => {}
            }
        }
    }
    found
}

/// Whether `from` imports `to`, itself or through others.
fn leads(work: &Work<'_>, sources: &Sources, from: &RepoPath, to: &RepoPath) -> bool {
    let mut seen = BTreeSet::new();
    let mut open = vec![from.clone()];
    while let Some(path) = open.pop() {
        if path == *to {
            return true;
        }
        if seen.insert(path.clone()) {
            open.extend(taken(work, sources, &path));
        }
    }
    false
}
