//! A change that git already holds: what is staged, or what a branch adds to another.
//!
//! Contents come from git's objects, so what is checked is what would be committed, whatever the
//! work tree holds by now. Nothing here reads a file of the work tree or follows a link.

use std::path::Path;

use git2::{Delta, DiffDelta, DiffFindOptions, DiffOptions, FileMode, Index, Patch, Tree};

use crate::base::RepoPath;
use crate::repo::{FileChange, FileState, Mode, Repo, RepoError};

/// A larger file is named as left out instead of being read.
const MAX_BYTES: usize = 4 << 20;

/// The files of a change in the order of their paths, and those that were left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    pub files: Vec<FileChange>,
    pub left_out: Vec<LeftOut>,
}

/// A changed file that was not read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct LeftOut {
    pub path: RepoPath,
    pub why: String,
}

/// What the next commit would change: the index against HEAD, or against nothing before the first
/// commit. `index_file` is the index that git named for a commit in progress (`GIT_INDEX_FILE`),
/// which is another one than usual when a commit takes only some paths.
pub fn staged(repo: &Repo, index_file: Option<&Path>) -> Result<Changes, RepoError> {
    let git = repo.git();
    let before = match repo.head()? {
        Some(commit) => Some(tree(repo, commit)?),
        None => None,
    };
    let index = match index_file {
        Some(path) => Index::open(path),
        None => git.index(),
    }
    .map_err(RepoError::git("read the index"))?;
    let diff = git
        .diff_tree_to_index(before.as_ref(), Some(&index), Some(&mut options()))
        .map_err(RepoError::git("compare the index with HEAD"))?;
    collect(repo, diff)
}

/// What the branch at HEAD adds: HEAD against its merge base with `revision`. What is not
/// committed is not part of it.
pub fn since(repo: &Repo, revision: &str) -> Result<Changes, RepoError> {
    let git = repo.git();
    let commit = |name: &str| {
        git.revparse_single(name)
            .and_then(|object| object.peel_to_commit())
            .map_err(RepoError::git(format!("find the commit `{name}`")))
    };
    let (base, head) = (commit(revision)?, commit("HEAD")?);
    let fork = git
        .merge_base(base.id(), head.id())
        .map_err(RepoError::git(format!("find where HEAD and `{revision}` parted")))?;
    let (before, after) = (tree(repo, fork)?, tree(repo, head.id())?);
    let diff = git
        .diff_tree_to_tree(Some(&before), Some(&after), Some(&mut options()))
        .map_err(RepoError::git(format!("compare HEAD with `{revision}`")))?;
    collect(repo, diff)
}

/// The numbers, from 1, of the lines that `change` adds, with the lines; none for a binary file.
/// Lines are without their endings.
pub fn added_lines(change: &FileChange) -> Vec<(u32, &[u8])> {
    let Some(after) = &change.after else { return Vec::new() };
    let before = change.before.as_ref().map_or(&[][..], |state| &state.bytes);
    let mut options = DiffOptions::new();
    options.context_lines(0);
    let Ok(patch) = Patch::from_buffers(before, None, &after.bytes, None, Some(&mut options))
    else {
        return Vec::new();
    };
    let lines: Vec<&[u8]> = after.bytes.split(|byte| *byte == b'\n').collect();
    let mut added = Vec::new();
    for hunk in 0..patch.num_hunks() {
        let Ok((hunk, _)) = patch.hunk(hunk) else { continue };
        for number in hunk.new_start()..hunk.new_start() + hunk.new_lines() {
            if let Some(line) = lines.get((number as usize).wrapping_sub(1)) {
                added.push((number, line.strip_suffix(b"\r").unwrap_or(line)));
            }
        }
    }
    added
}

fn options() -> DiffOptions {
    let mut options = DiffOptions::new();
    options.ignore_submodules(true).include_typechange(true);
    options
}

fn tree(repo: &Repo, commit: git2::Oid) -> Result<Tree<'_>, RepoError> {
    repo.git()
        .find_commit(commit)
        .and_then(|commit| commit.tree())
        .map_err(RepoError::git(format!("read the tree of {commit}")))
}

fn collect(repo: &Repo, mut diff: git2::Diff<'_>) -> Result<Changes, RepoError> {
    diff.find_similar(Some(DiffFindOptions::new().renames(true)))
        .map_err(RepoError::git("look for renamed files"))?;
    let mut changes = Changes::default();
    for delta in diff.deltas() {
        let path = delta.new_file().path_bytes().or_else(|| delta.old_file().path_bytes());
        // Git allows names in its objects that no work tree can hold; they cannot be shown safely.
        let Some(Ok(path)) = path.map(RepoPath::new) else { continue };
        match read(repo, &path, &delta)? {
            Read::Change(change) => changes.files.push(change),
            Read::LeftOut(why) => changes.left_out.push(LeftOut { path, why }),
            Read::Nothing => {}
        }
    }
    changes.files.sort_by(|a, b| a.path.cmp(&b.path));
    changes.left_out.sort();
    Ok(changes)
}

enum Read {
    Change(FileChange),
    LeftOut(String),
    Nothing,
}

fn read(repo: &Repo, path: &RepoPath, delta: &DiffDelta<'_>) -> Result<Read, RepoError> {
    if delta.status() == Delta::Conflicted {
        return Ok(Read::LeftOut("not merged yet".into()));
    }
    let (old, new) = (delta.old_file(), delta.new_file());
    for side in [&old, &new] {
        if size(repo, side)? > MAX_BYTES {
            return Ok(Read::LeftOut(format!("larger than {} MiB", MAX_BYTES >> 20)));
        }
    }
    let (before, after) = (state(repo, &old)?, state(repo, &new)?);
    if before.is_none() && after.is_none() {
        return Ok(Read::Nothing);
    }
    Ok(Read::Change(FileChange { path: path.clone(), before, after }))
}

fn size(repo: &Repo, side: &git2::DiffFile<'_>) -> Result<usize, RepoError> {
    if !is_file(side) {
        return Ok(0);
    }
    let (size, _) = repo
        .git()
        .odb()
        .and_then(|odb| odb.read_header(side.id()))
        .map_err(RepoError::git(format!("read the object {}", side.id())))?;
    Ok(size)
}

fn state(repo: &Repo, side: &git2::DiffFile<'_>) -> Result<Option<FileState>, RepoError> {
    let mode = match side.mode() {
        FileMode::Blob | FileMode::BlobGroupWritable => Mode::Regular,
        FileMode::BlobExecutable => Mode::Executable,
        FileMode::Link => Mode::Symlink,
        _ => return Ok(None),
    };
    if !is_file(side) {
        return Ok(None);
    }
    let blob = repo
        .git()
        .find_blob(side.id())
        .map_err(RepoError::git(format!("read the object {}", side.id())))?;
    Ok(Some(FileState { bytes: blob.content().to_vec(), mode }))
}

/// Whether there is something to read: not a submodule, and not the missing side of a change.
fn is_file(side: &git2::DiffFile<'_>) -> bool {
    !side.id().is_zero() && side.mode() != FileMode::Commit
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn change(before: Option<&[u8]>, after: &[u8]) -> FileChange {
        let state = |bytes: &[u8]| FileState { bytes: bytes.to_vec(), mode: Mode::Regular };
        FileChange {
            path: RepoPath::new("a").unwrap(),
            before: before.map(state),
            after: Some(state(after)),
        }
    }

    #[track_caller]
    fn check(before: Option<&str>, after: &str, expected: &[(u32, &str)]) {
        let change = change(before.map(str::as_bytes), after.as_bytes());
        let added = added_lines(&change);
        let expected: Vec<(u32, &[u8])> =
            expected.iter().map(|(n, s)| (*n, s.as_bytes())).collect();
        assert_eq!(added, expected);
    }

    #[test]
    fn only_added_lines_are_given() {
        check(None, "a\nb", &[(1, "a"), (2, "b")]);
        check(Some("a\nc\n"), "a\nb\r\nc\n", &[(2, "b")]);
        check(Some("a\nb\n"), "a\n", &[]);
        check(Some("a\nb\nc\n"), "x\nb\ny\n", &[(1, "x"), (3, "y")]);
        check(None, "", &[]);
        check(None, "a\0b\n", &[]);
    }

    /// A repository with these files committed first, then these staged.
    #[allow(clippy::disallowed_methods, reason = "a test makes its own files")]
    fn repository(
        committed: &[(&str, &str)],
        staged: &[(&str, &str)],
    ) -> (tempfile::TempDir, Repo) {
        let folder = tempfile::tempdir().unwrap();
        let git = git2::Repository::init(folder.path()).unwrap();
        let stage = |files: &[(&str, &str)]| {
            let mut index = git.index().unwrap();
            for (path, text) in files {
                std::fs::write(folder.path().join(path), text).unwrap();
                index.add_path(Path::new(path)).unwrap();
            }
            index.write().unwrap();
            index.write_tree().unwrap()
        };
        if !committed.is_empty() {
            let tree = stage(committed);
            let ada = git2::Signature::now("Ada", "ada@example.com").unwrap();
            let tree = git.find_tree(tree).unwrap();
            git.commit(Some("HEAD"), &ada, &ada, "start", &tree, &[]).unwrap();
        }
        stage(staged);
        let repo = Repo::discover(folder.path()).unwrap();
        (folder, repo)
    }

    fn paths(changes: &Changes) -> Vec<String> {
        changes.files.iter().map(|change| change.path.to_string()).collect()
    }

    #[test]
    fn the_first_commit_is_all_new() {
        let (_folder, repo) = repository(&[], &[("b", "2\n"), ("a", "1\n")]);
        let changes = staged(&repo, None).unwrap();
        assert_eq!(paths(&changes), ["a", "b"]);
        assert!(changes.files.iter().all(|change| change.before.is_none()));
    }

    #[test]
    fn what_is_staged_counts_not_what_lies_on_disk() {
        let (folder, repo) = repository(&[("a", "1\n"), ("b", "1\n")], &[("a", "2\n")]);
        #[allow(clippy::disallowed_methods, reason = "a test makes its own files")]
        std::fs::write(folder.path().join("a"), "3\n").unwrap();
        let changes = staged(&repo, None).unwrap();
        assert_eq!(paths(&changes), ["a"]);
        assert_eq!(changes.files[0].before.as_ref().unwrap().bytes, b"1\n");
        assert_eq!(changes.files[0].after.as_ref().unwrap().bytes, b"2\n");
    }

    #[test]
    fn a_large_file_is_named_not_read() {
        let big = "x\n".repeat(MAX_BYTES);
        let (_folder, repo) = repository(&[], &[("big", &big), ("small", "1\n")]);
        let changes = staged(&repo, None).unwrap();
        assert_eq!(paths(&changes), ["small"]);
        assert_eq!(changes.left_out[0].why, "larger than 4 MiB");
    }

    proptest! {
        #[test]
        fn any_bytes_can_be_compared(before in any::<Vec<u8>>(), after in any::<Vec<u8>>()) {
            let change = change(Some(&before), &after);
            for (number, line) in added_lines(&change) {
                prop_assert!(number >= 1);
                prop_assert!(!line.contains(&b'\n'));
            }
        }
    }
}
