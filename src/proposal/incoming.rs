//! A patch of somebody else, as changes of the files that are here.
//!
//! It has to fit: the lines that a hunk replaces are there, at their place or, as git allows, some
//! lines away from it.

use std::ops::Range;

use git2::{Delta, Diff, DiffDelta, FileMode, Patch};

use crate::base::{Hint, RepoPath};
use crate::proposal::hunks::lines;
use crate::repo::{FileChange, FileState, Mode, Renames, Repo, RepoError};

/// A longer patch is not for a person to read.
pub const MAX_PATCH: usize = 64 << 20;

/// Changes of files, and which of them are moves.
pub type Incoming = (Vec<FileChange>, Renames);

/// Why a patch cannot be reviewed.
#[derive(Debug, thiserror::Error)]
pub enum PatchError {
    #[error(transparent)]
    Repo(#[from] RepoError),
    #[error("this is no patch: {0}")]
    NoPatch(String),
    #[error("the patch is empty")]
    Empty,
    #[error("the patch has more than {} MB", MAX_PATCH >> 20)]
    TooLong,
    #[error("the patch does not fit `{path}` at line {line}: {why}")]
    DoesNotFit { path: RepoPath, line: usize, why: &'static str },
    #[error("the patch names `{0}`, which is binary, and does not carry it")]
    Binary(RepoPath),
}

impl Hint for PatchError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Repo(error) => return error.hint(),
            Self::NoPatch(_) | Self::Empty => {
                "hand over what `git diff` prints, for example `git diff main | countersign review -`"
                    .to_owned()
            }
            Self::TooLong => "review it in parts".to_owned(),
            Self::DoesNotFit { .. } => {
                "the patch was made for another version of the file; nothing was changed".to_owned()
            }
            Self::Binary(_) => "take it from where it comes, with git".to_owned(),
        })
    }
}

/// Reads `patch`, in git's format, against the work tree.
pub fn incoming(repo: &Repo, patch: &[u8]) -> Result<Incoming, PatchError> {
    if patch.len() > MAX_PATCH {
        return Err(PatchError::TooLong);
    }
    if patch.trim_ascii().is_empty() {
        return Err(PatchError::Empty);
    }
    let no_patch = |error: git2::Error| PatchError::NoPatch(error.message().to_owned());
    let diff = Diff::from_buffer(patch).map_err(no_patch)?;
    let (mut files, mut renames) = (Vec::new(), Renames::new());
    for (index, delta) in diff.deltas().enumerate() {
        let (path, from) = (path_of(&delta)?, from(&delta)?);
        let Some(mut text) = Patch::from_diff(&diff, index).map_err(no_patch)? else {
            return Err(PatchError::Binary(path));
        };
        if delta.flags().is_binary() {
            return Err(PatchError::Binary(path));
        }
        let before = match delta.status() {
            Delta::Added => None,
            _ => there(repo, from.as_ref().unwrap_or(&path))?,
        };
        let bytes = patched(&path, before.as_ref(), &mut text).map_err(|error| match error {
            Trouble::Git(error) => no_patch(error),
            Trouble::Unfit(line, why) => PatchError::DoesNotFit { path: path.clone(), line, why },
        })?;
        let after = match delta.status() {
            Delta::Deleted => None,
            _ => Some(FileState { bytes, mode: mode(&delta, before.as_ref()) }),
        };
        match from {
            Some(from) if delta.status() == Delta::Renamed => {
                renames.insert(path.clone(), from);
                files.push(FileChange { path, before, after });
            }
            Some(_) => files.push(FileChange { path, before: None, after }),
            None => files.push(FileChange { path, before, after }),
        }
    }
    files.retain(|it: &FileChange| it.before != it.after || renames.contains_key(&it.path));
    files.sort_by(|a, b| a.path.cmp(&b.path));
    if files.is_empty() { Err(PatchError::Empty) } else { Ok((files, renames)) }
}

fn path_of(delta: &DiffDelta<'_>) -> Result<RepoPath, RepoError> {
    let side = if delta.status() == Delta::Deleted { delta.old_file() } else { delta.new_file() };
    RepoPath::new(side.path_bytes().unwrap_or_default()).map_err(RepoError::Path)
}

/// Where a file was that is renamed or copied.
fn from(delta: &DiffDelta<'_>) -> Result<Option<RepoPath>, RepoError> {
    if !matches!(delta.status(), Delta::Renamed | Delta::Copied) {
        return Ok(None);
    }
    let path = RepoPath::new(delta.old_file().path_bytes().unwrap_or_default());
    path.map(Some).map_err(RepoError::Path)
}

fn there(repo: &Repo, path: &RepoPath) -> Result<Option<FileState>, PatchError> {
    let why = "there is no such file";
    let state = repo.read(path)?;
    state.map(Some).ok_or_else(|| PatchError::DoesNotFit { path: path.clone(), line: 1, why })
}

fn mode(delta: &DiffDelta<'_>, before: Option<&FileState>) -> Mode {
    let is_changed = delta.old_file().mode() != delta.new_file().mode();
    match (delta.new_file().mode(), before) {
        (_, Some(before)) if !is_changed => before.mode,
        (FileMode::BlobExecutable, _) => Mode::Executable,
        (FileMode::Link, _) => Mode::Symlink,
        _ => Mode::Regular,
    }
}

enum Trouble {
    Git(git2::Error),
    /// The line, from 1, and why.
    Unfit(usize, &'static str),
}

/// The bytes of a file with the hunks of `patch` in them.
fn patched(
    path: &RepoPath,
    before: Option<&FileState>,
    patch: &mut Patch<'_>,
) -> Result<Vec<u8>, Trouble> {
    let _ = path;
    let old = lines(before.map_or(&[][..], |state| &state.bytes));
    let mut bytes = Vec::new();
    let mut kept = 0;
    for index in 0..patch.num_hunks() {
        let (start, sides) = sides(patch, index).map_err(Trouble::Git)?;
        let Some(place) = place(&old, &sides.old, start, kept) else {
            return Err(Trouble::Unfit(start + 1, "other lines stand there"));
        };
        bytes.extend(old[kept..place.start].concat());
        bytes.extend(sides.new.concat());
        kept = place.end;
    }
    bytes.extend(old[kept..].concat());
    Ok(bytes)
}

/// The lines of a hunk on either side.
#[derive(Default)]
struct Sides {
    old: Vec<Vec<u8>>,
    new: Vec<Vec<u8>>,
}

/// Where a hunk starts, counted from 0, and its lines.
fn sides(patch: &Patch<'_>, hunk: usize) -> Result<(usize, Sides), git2::Error> {
    let (header, count) = patch.hunk(hunk)?;
    let start = header.old_start() as usize;
    let start = if header.old_lines() == 0 { start } else { start.saturating_sub(1) };
    let mut sides = Sides::default();
    for index in 0..count {
        let line = patch.line_in_hunk(hunk, index)?;
        let content = line.content().to_vec();
        match line.origin() {
            ' ' => {
                sides.old.push(content.clone());
                sides.new.push(content);
            }
            '-' => sides.old.push(content),
            '+' => sides.new.push(content),
            // The line before had no line feed; which side it is on says the sign.
            '=' => {
                unend(sides.old.last_mut());
                unend(sides.new.last_mut());
            }
            '>' => unend(sides.old.last_mut()),
            '<' => unend(sides.new.last_mut()),
            _ => {}
        }
    }
    Ok((start, sides))
}

fn unend(line: Option<&mut Vec<u8>>) {
    if let Some(line) = line.filter(|line| line.ends_with(b"\n")) {
        line.pop();
    }
}

/// Where `wanted` stands in `old`, nearest to `start` and not before `from`.
fn place(old: &[&[u8]], wanted: &[Vec<u8>], start: usize, from: usize) -> Option<Range<usize>> {
    let last = old.len().checked_sub(wanted.len())?;
    if from > last {
        return None;
    }
    if wanted.is_empty() {
        // Nothing says where but the number, so it has to be right.
        return (start >= from && start <= old.len()).then_some(start..start);
    }
    let fits = |at: &usize| old[*at..at + wanted.len()].iter().eq(wanted);
    let found = (from..=last).filter(fits).min_by_key(|at| at.abs_diff(start))?;
    Some(found..found + wanted.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::proposal::patch;
    use crate::repo::testing::{put, scratch, state};

    fn change(before: &str, after: &str) -> FileChange {
        let (before, after) = (Some(state(before)), Some(state(after)));
        FileChange { path: "f".parse().unwrap(), before, after }
    }

    /// What the patch from `before` to `after` makes of a file that has `now`.
    #[track_caller]
    fn check(before: &str, after: &str, now: &str, expected: Result<&str, &str>) {
        let (_dir, repo) = scratch(&[("f", now)]);
        let patch = patch(&[change(before, after)], &Renames::new());
        let result = incoming(&repo, &patch).map_err(|error| error.to_string());
        let result = result.map(|(files, _)| files[0].after.clone().unwrap().bytes);
        let expected = expected.map(|text| text.as_bytes().to_vec()).map_err(str::to_owned);
        assert_eq!(result, expected);
    }

    #[test]
    fn a_patch_fits_at_its_place_or_near_it() {
        check("a\nb\nc\n", "a\nB\nc\n", "a\nb\nc\n", Ok("a\nB\nc\n"));
        check("a\nb\nc\n", "a\nB\nc\n", "0\n0\na\nb\nc\n", Ok("0\n0\na\nB\nc\n"));
        check(
            "a\nb\nc\n",
            "a\nB\nc\n",
            "a\nx\nc\n",
            Err("the patch does not fit `f` at line 1: other lines stand there"),
        );
        check("a", "b", "a", Ok("b"));
        check("a", "a\nb", "a", Ok("a\nb"));
    }

    #[test]
    fn what_is_no_patch_is_refused() {
        let (_dir, repo) = scratch(&[("f", "x\n")]);
        let error = |text: &[u8]| incoming(&repo, text).unwrap_err();
        assert!(matches!(error(b" \n"), PatchError::Empty));
        assert!(matches!(error(b"hello\n"), PatchError::Empty | PatchError::NoPatch(_)));
        let away = b"diff --git a/g b/g\n--- a/g\n+++ b/g\n@@ -1 +1 @@\n-x\n+y\n";
        assert_eq!(
            error(away).to_string(),
            "the patch does not fit `g` at line 1: there is no such file"
        );
        let outside = b"diff --git a/../g b/../g\n--- a/../g\n+++ b/../g\n@@ -1 +1 @@\n-x\n+y\n";
        assert!(matches!(error(outside), PatchError::Repo(_)));
    }

    #[test]
    fn a_rename_is_one() {
        let (_dir, repo) = scratch(&[("f", "x\n")]);
        let text = b"diff --git a/f b/g\nsimilarity index 100%\nrename from f\nrename to g\n";
        let (files, renames) = incoming(&repo, text).unwrap();
        assert_eq!(files[0].path.to_string(), "g");
        assert_eq!(files[0].before, files[0].after);
        assert_eq!(renames[&files[0].path].to_string(), "f");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn our_own_patches_come_back(
            before in "([ab]?\r?\n){1,30}[ab]?", after in "([ab]?\r?\n){1,30}[ab]?",
        ) {
            let change = change(&before, &after);
            prop_assume!(change.before != change.after);
            let (dir, repo) = scratch(&[]);
            put(dir.path(), "f", &before);
            let (files, _) = incoming(&repo, &patch(std::slice::from_ref(&change), &Renames::new())).unwrap();
            prop_assert_eq!(&files[0].after, &change.after);
        }

        #[test]
        fn no_bytes_make_it_panic(text in "(diff --git a/f b/f\n|--- a/f\n|\\+\\+\\+ b/f\n|@@ -1,2 \\+1 @@\n|[-+ \\\\]x\n|\\PC|\n){0,30}") {
            let (_dir, repo) = scratch(&[("f", "x\n")]);
            let _ = incoming(&repo, text.as_bytes());
        }
    }
}
