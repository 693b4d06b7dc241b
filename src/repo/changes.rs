//! A change that git already holds: what is staged, or what a branch adds to another.
//!
//! Contents come from git's objects, so what is checked is what would be committed, whatever the
//! work tree holds by now. Nothing here reads a file of the work tree or follows a link.

use std::path::Path;

use git2::{
    Delta, DiffDelta, DiffFile, DiffFindOptions, DiffOptions, FileMode, Index, Patch, Tree,
};

use crate::base::RepoPath;
use crate::repo::{FileChange, Repo, RepoError};

/// A larger file is named as left out instead of being read.
const MAX_BYTES: usize = 4 << 20;

/// The files of a change, each list in the order of paths.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    pub files: Vec<FileChange>,
    pub not_read: Vec<NotRead>,
}

/// A changed file that was not read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct NotRead {
    pub path: RepoPath,
    /// The reason, to stand after a colon.
    pub why: String,
}

/// Says whether the policy lets a path be read.
pub type MayRead<'a> = &'a dyn Fn(&RepoPath) -> bool;

/// What the next commit would change: the index against HEAD, or against nothing before the first
/// commit. `index_file` is the index that git named for a commit in progress (`GIT_INDEX_FILE`),
/// which is another one than usual when a commit takes only some paths.
pub fn staged(
    repo: &Repo,
    index_file: Option<&Path>,
    may_read: MayRead<'_>,
) -> Result<Changes, RepoError> {
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
    collect(repo, diff, may_read)
}

/// What the branch at HEAD adds: HEAD against its merge base with `revision`. What is not
/// committed is not part of it.
pub fn since(repo: &Repo, revision: &str, may_read: MayRead<'_>) -> Result<Changes, RepoError> {
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
    collect(repo, diff, may_read)
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

fn collect(
    repo: &Repo,
    mut diff: git2::Diff<'_>,
    may_read: MayRead<'_>,
) -> Result<Changes, RepoError> {
    // A renamed file brings only what was changed in it.
    diff.find_similar(Some(DiffFindOptions::new().renames(true)))
        .map_err(RepoError::git("look for renamed files"))?;
    let mut changes = Changes::default();
    for delta in diff.deltas() {
        let name = delta.new_file().path_bytes().or(delta.old_file().path_bytes());
        let path = RepoPath::new(name.unwrap_or_default()).map_err(RepoError::Path)?;
        if let Some(why) = why_not(repo, &path, &delta, may_read)? {
            changes.not_read.push(NotRead { path, why });
            continue;
        }
        let (before, after) = (repo.side(&delta.old_file())?, repo.side(&delta.new_file())?);
        if before.is_some() || after.is_some() {
            changes.files.push(FileChange { path, before, after });
        }
    }
    changes.files.sort_by(|a, b| a.path.cmp(&b.path));
    changes.not_read.sort();
    Ok(changes)
}

fn why_not(
    repo: &Repo,
    path: &RepoPath,
    delta: &DiffDelta<'_>,
    may_read: MayRead<'_>,
) -> Result<Option<String>, RepoError> {
    if delta.status() == Delta::Conflicted {
        return Ok(Some("not merged yet".to_owned()));
    }
    if !may_read(path) {
        return Ok(Some("the policy keeps it from being read".to_owned()));
    }
    let size = size(repo, &delta.old_file())?.max(size(repo, &delta.new_file())?);
    Ok((size > MAX_BYTES).then(|| format!("larger than {} MiB", MAX_BYTES >> 20)))
}

/// The size in bytes, without reading the contents; 0 for what is no file.
fn size(repo: &Repo, side: &DiffFile<'_>) -> Result<usize, RepoError> {
    if !side.exists() || side.mode() == FileMode::Commit {
        return Ok(0);
    }
    let odb = repo.git().odb().map_err(RepoError::git("open the objects"))?;
    let (size, _) = odb.read_header(side.id()).map_err(RepoError::git("read an object"))?;
    Ok(size)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tempfile::TempDir;

    use super::*;
    use crate::repo::testing::{commit_all, put, scratch, unborn};
    use crate::repo::{FileState, Mode};

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

    /// A repository with these files committed (unless there are none), then these staged.
    fn repository(committed: &[(&str, &str)], staged: &[(&str, &str)]) -> (TempDir, Repo) {
        let (dir, repo) = if committed.is_empty() { unborn() } else { scratch(committed) };
        let mut index = repo.git().index().unwrap();
        for (path, text) in staged {
            put(dir.path(), path, text);
            index.add_path(Path::new(path)).unwrap();
        }
        index.write().unwrap();
        (dir, repo)
    }

    fn paths(changes: &Changes) -> Vec<String> {
        changes.files.iter().map(|change| change.path.to_string()).collect()
    }

    #[test]
    fn the_first_commit_is_all_new() {
        let (_dir, repo) = repository(&[], &[("b", "2\n"), ("a", "1\n")]);
        let changes = staged(&repo, None, &|_| true).unwrap();
        assert_eq!(paths(&changes), ["a", "b"]);
        assert!(changes.files.iter().all(|change| change.before.is_none()));
    }

    #[test]
    fn what_is_staged_counts_not_what_lies_on_disk() {
        let (dir, repo) = repository(&[("a", "1\n"), ("b", "1\n")], &[("a", "2\n")]);
        put(dir.path(), "a", "3\n");
        let changes = staged(&repo, None, &|_| true).unwrap();
        assert_eq!(paths(&changes), ["a"]);
        assert_eq!(changes.files[0].before.as_ref().unwrap().bytes, b"1\n");
        assert_eq!(changes.files[0].after.as_ref().unwrap().bytes, b"2\n");
    }

    #[test]
    fn a_large_file_is_named_not_read() {
        let big = "x\n".repeat(MAX_BYTES);
        let (_dir, repo) = repository(&[], &[("big", &big), ("small", "1\n")]);
        let changes = staged(&repo, None, &|_| true).unwrap();
        assert_eq!(paths(&changes), ["small"]);
        assert_eq!(changes.not_read[0].why, "larger than 4 MiB");
    }

    #[test]
    fn what_may_not_be_read_is_named() {
        let (_dir, repo) = repository(&[], &[("a", "1\n"), ("secret", "1\n")]);
        let changes = staged(&repo, None, &|path| path.as_bytes() != b"secret").unwrap();
        assert_eq!(paths(&changes), ["a"]);
        assert_eq!(changes.not_read[0].path.to_string(), "secret");
    }

    #[test]
    fn a_branch_brings_what_it_has_since_it_parted_and_a_renamed_file_only_its_changes() {
        let text = "1\n2\n3\n4\n5\n";
        let (dir, repo) = repository(&[("a", text), ("b", "1\n")], &[]);
        let fork = repo.head().unwrap().unwrap();
        let git = repo.git();
        git.branch("topic", &git.find_commit(fork).unwrap(), false).unwrap();
        put(dir.path(), "b", "on main\n");
        commit_all(&repo);
        git.set_head("refs/heads/topic").unwrap();
        git.checkout_head(Some(git2::build::CheckoutBuilder::new().force())).unwrap();
        std::fs::remove_file(dir.path().join("a")).unwrap();
        put(dir.path(), "c", format!("{text}6\n"));
        let mut index = git.index().unwrap();
        index.remove_path(Path::new("a")).unwrap();
        index.write().unwrap();
        commit_all(&repo);
        let changes = since(&repo, "main", &|_| true).unwrap();
        assert_eq!(paths(&changes), ["c"]);
        assert_eq!(added_lines(&changes.files[0]), [(6, &b"6"[..])]);
        assert!(since(&repo, "nowhere", &|_| true).is_err());
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
