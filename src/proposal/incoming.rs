//! A patch of somebody else, as changes of the files that are here.
//!
//! It has to fit: the lines that a hunk replaces are there, at their place or, as git allows, some
//! lines away from it. A series of patches is one change: each goes on with what the others left.

use std::collections::{BTreeMap, BTreeSet};
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
    let mut series = Series { repo, files: BTreeMap::new() };
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
            _ => Some(series.there(from.as_ref().unwrap_or(&path))?),
        };
        let bytes = patched(&path, before.as_ref(), &mut text).map_err(|error| match error {
            Trouble::Git(error) => no_patch(error),
            Trouble::Unfit(line, why) => PatchError::DoesNotFit { path: path.clone(), line, why },
        })?;
        let after = match delta.status() {
            Delta::Deleted => None,
            _ => Some(FileState { bytes, mode: mode(&delta, before.as_ref()) }),
        };
        match (delta.status(), from) {
            (Delta::Renamed, Some(from)) => series.moves(&from, path, before, after),
            (Delta::Added | Delta::Copied, _) => series.touches(path, None, after),
            _ => series.changes(path, before, after),
        }
    }
    let (files, renames) = series.done();
    if files.is_empty() { Err(PatchError::Empty) } else { Ok((files, renames)) }
}

/// The files that a patch touches, as far as it is read.
struct Series<'a> {
    repo: &'a Repo,
    files: BTreeMap<RepoPath, Touched>,
}

/// A file that a patch touches, maybe more than once.
struct Touched {
    /// What lay there before the whole of it.
    before: Option<FileState>,
    after: Option<FileState>,
    /// Where the file that lies there now was before.
    from: Option<RepoPath>,
}

impl Series<'_> {
    /// The file as the patches before left it, which has to be there.
    fn there(&self, path: &RepoPath) -> Result<FileState, PatchError> {
        let state = match self.files.get(path) {
            Some(touched) => touched.after.clone(),
            None => self.repo.read(path)?,
        };
        let why = "there is no such file";
        state.ok_or_else(|| PatchError::DoesNotFit { path: path.clone(), line: 1, why })
    }

    /// Another file lies at `path` now, or none.
    fn touches(&mut self, path: RepoPath, before: Option<FileState>, after: Option<FileState>) {
        let touched = Touched { before, after: None, from: None };
        let touched = self.files.entry(path).or_insert(touched);
        (touched.after, touched.from) = (after, None);
    }

    /// The file at `path` is another one now, or gone.
    fn changes(&mut self, path: RepoPath, before: Option<FileState>, after: Option<FileState>) {
        let touched = Touched { before, after: None, from: None };
        self.files.entry(path).or_insert(touched).after = after;
    }

    fn moves(
        &mut self,
        from: &RepoPath,
        to: RepoPath,
        before: Option<FileState>,
        after: Option<FileState>,
    ) {
        let first = match self.files.get(from) {
            Some(Touched { from: Some(first), .. }) => Some(first.clone()),
            // Where the patch itself made it, it comes from nowhere.
            Some(touched) => touched.before.is_some().then(|| from.clone()),
            None => Some(from.clone()),
        };
        self.touches(from.clone(), before, None);
        self.touches(to.clone(), None, after);
        if let Some(touched) = self.files.get_mut(&to) {
            touched.from = first;
        }
    }

    /// What all of it comes to. A file is moved where nothing lay before, and nothing stays behind.
    fn done(self) -> Incoming {
        let (mut renames, mut sources) = (Renames::new(), BTreeSet::new());
        for (path, touched) in &self.files {
            let is_new = touched.before.is_none() && touched.after.is_some();
            let Some(from) = touched.from.as_ref().filter(|_| is_new) else { continue };
            let is_gone = self.files.get(from).is_some_and(|source| source.after.is_none());
            if is_gone && sources.insert(from.clone()) {
                renames.insert(path.clone(), from.clone());
            }
        }
        let mut files = Vec::new();
        for (path, touched) in &self.files {
            let before = match renames.get(path) {
                Some(from) => self.files.get(from).and_then(|source| source.before.clone()),
                None => touched.before.clone(),
            };
            let after = touched.after.clone();
            let says_something = before != after || renames.contains_key(path);
            if says_something && !sources.contains(path) {
                files.push(FileChange { path: path.clone(), before, after });
            }
        }
        (files, renames)
    }
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
    use crate::repo::testing::{path, put, scratch, state};

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

    /// One patch of a series, as `git format-patch` writes it: what a file had and what it gets.
    fn step(old: Option<(&str, &str)>, new: Option<(&str, &str)>) -> String {
        let file = |side: Option<(&str, &str)>| side.map(|(_, text)| state(text));
        let name = |side: Option<(&str, &str)>| side.map(|(name, _)| path(name));
        let mut renames = Renames::new();
        if let (Some(from), Some(to)) = (name(old), name(new))
            && from != to
        {
            renames.insert(to, from);
        }
        let (before, after) = (file(old), file(new));
        let change = FileChange { path: name(new).or(name(old)).unwrap(), before, after };
        let text = String::from_utf8(patch(&[change], &renames)).unwrap();
        format!("From 0\nSubject: [PATCH] A step\n\n---\n f | 2 +-\n\n{text}-- \n2.39.0\n\n")
    }

    /// What a series comes to: each file with its text before and after.
    #[track_caller]
    fn check_series(steps: &[String], expected: &[&str]) {
        let (_dir, repo) = scratch(&[("f", "1\n2\n3\n4\n5\n"), ("h", "h\n")]);
        let (files, renames) = incoming(&repo, steps.concat().as_bytes()).unwrap();
        let text = |state: &Option<FileState>| match state {
            Some(state) => String::from_utf8(state.bytes.clone()).unwrap().replace('\n', ""),
            None => "-".to_owned(),
        };
        let line = |change: &FileChange| {
            let from = renames.get(&change.path).map(|from| format!("{from} is "));
            let (before, after) = (text(&change.before), text(&change.after));
            format!("{}{}: {before} {after}", from.unwrap_or_default(), change.path)
        };
        assert_eq!(files.iter().map(line).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_series_goes_on_with_what_it_left() {
        const F: Option<(&str, &str)> = Some(("f", "1\n2\n3\n4\n5\n"));
        const F1: Option<(&str, &str)> = Some(("f", "one\n2\n3\n4\n5\n"));
        const F2: Option<(&str, &str)> = Some(("f", "one\n2\n3\n4\nfive\n"));
        const G1: Option<(&str, &str)> = Some(("g", "one\n2\n3\n4\n5\n"));
        const G2: Option<(&str, &str)> = Some(("g", "one\n2\n3\n4\nfive\n"));
        const H: Option<(&str, &str)> = Some(("h", "h\n"));
        check_series(&[step(F, F1), step(F1, F2)], &["f: 12345 one234five"]);
        check_series(&[step(F, F1), step(F1, None)], &["f: 12345 -"]);
        check_series(&[step(F, None), step(None, F2)], &["f: 12345 one234five"]);
        check_series(&[step(None, G1), step(G1, G2)], &["g: - one234five"]);
        check_series(&[step(None, G1), step(G1, None), step(H, None)], &["h: h -"]);
        // Moved files, and what came to where they lay.
        check_series(&[step(F, F1), step(F1, G1), step(G1, G2)], &["f is g: 12345 one234five"]);
        check_series(&[step(F, G1), step(G1, None)], &["f: 12345 -"]);
        check_series(&[step(F, G1), step(G1, F2)], &["f: 12345 one234five"]);
        check_series(&[step(None, G1), step(G1, Some(("k", "x\n")))], &["k: - x"]);
        check_series(&[step(H, None), step(F, Some(("h", "x\n")))], &["f: 12345 -", "h: h x"]);
        let both = ["f: 12345 one234five", "g: - one2345"];
        check_series(&[step(F, G1), step(None, F2)], &both);
        let (_dir, repo) = scratch(&[("f", "1\n2\n3\n4\n5\n")]);
        let twice = incoming(&repo, step(F, F1).repeat(2).as_bytes()).unwrap_err();
        assert!(matches!(twice, PatchError::DoesNotFit { .. }), "{twice}");
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
