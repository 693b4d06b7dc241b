//! Files that a proposal moved: what its trees show as one file that goes and one that comes is one
//! change, with a hunk of its own for the place and others for the lines that differ.

use std::borrow::Cow;

use git2::Oid;

use crate::base::RepoPath;
use crate::proposal::hunks::without_lines;
use crate::proposal::{Hunk, HunkKind, Proposal, hunks};
use crate::repo::{FileChange, Renames, Repo, RepoError};

/// Which of `changes`, the way from tree `base` to tree `new`, are moves.
pub(super) fn found(
    repo: &Repo,
    base: Oid,
    new: Oid,
    changes: &[FileChange],
) -> Result<Renames, RepoError> {
    let goes = |path: &RepoPath| {
        changes.iter().any(|it| it.path == *path && it.before.is_some() && it.after.is_none())
    };
    let comes = |path: &RepoPath| {
        changes.iter().any(|it| it.path == *path && it.before.is_none() && it.after.is_some())
    };
    // Most proposals move nothing, and need not be looked through.
    if !changes.iter().any(|it| goes(&it.path)) || !changes.iter().any(|it| comes(&it.path)) {
        return Ok(Renames::new());
    }
    let mut renames = repo.renames(base, new)?;
    renames.retain(|to, from| comes(to) && goes(from));
    Ok(renames)
}

/// `changes` with each moved file as one: at its new path, `before` what it had at the old one.
pub(super) fn joined<'a>(changes: &'a [FileChange], renames: &Renames) -> Cow<'a, [FileChange]> {
    if renames.is_empty() {
        return Cow::Borrowed(changes);
    }
    let before = |path: &RepoPath| {
        changes.iter().find(|it| it.path == *path).and_then(|it| it.before.clone())
    };
    let is_source = |path: &RepoPath| renames.values().any(|from| from == path);
    let kept = changes.iter().filter(|it| !(is_source(&it.path) && it.after.is_none()));
    let as_one = |change: &FileChange| match renames.get(&change.path) {
        Some(from) => FileChange { before: before(from), ..change.clone() },
        None => change.clone(),
    };
    kept.map(as_one).collect()
}

/// The hunks of `changes`, in which moved files are one, numbered from 1.
pub(super) fn hunks_with(changes: &[FileChange], renames: &Renames) -> Vec<Hunk> {
    if renames.is_empty() {
        return hunks(changes);
    }
    let mut all = Vec::new();
    for change in changes {
        if let Some(from) = renames.get(&change.path) {
            let note = format!("renamed from `{from}`");
            all.push(without_lines(change.path.clone(), HunkKind::Rename, note));
        }
        all.extend(hunks(std::slice::from_ref(change)));
    }
    for (number, hunk) in (1..).zip(&mut all) {
        hunk.number = number;
    }
    all
}

impl Proposal {
    /// What it changes, by path, where a moved file is one change at its new path.
    pub fn files(&self) -> Cow<'_, [FileChange]> {
        joined(&self.changes, &self.renames)
    }

    /// The hunks that it is made of, numbered from 1.
    pub fn hunks(&self) -> Vec<Hunk> {
        hunks_with(&self.files(), &self.renames)
    }
}

#[cfg(test)]
#[path = "renames_tests.rs"]
mod tests;
