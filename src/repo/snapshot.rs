//! The work tree as it is now, as a git tree: HEAD with everything that is not committed put in.
//!
//! Bytes are taken as they stand on disk. Index, HEAD and stash are only read.

use git2::{Oid, Status, StatusOptions};

use crate::base::RepoPath;
use crate::repo::{FileState, Repo, RepoError};

/// Untracked files above this many bytes are not captured: git would keep them for weeks.
const LARGEST_UNTRACKED: u64 = 10 << 20;

/// The state of the work tree that a proposal is made on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The commit that HEAD named, or `None` before the first one.
    pub head: Option<Oid>,
    /// The tree of the whole work tree, ignored files left out.
    pub base_tree: Oid,
    /// The files in which `base_tree` differs from HEAD's tree.
    pub dirty: Vec<RepoPath>,
    /// Files that were not captured: too big, unreadable, or a repository of their own.
    pub left_out: Vec<RepoPath>,
}

impl Repo {
    /// Captures the work tree. Costs as much as `git status`, and the bytes of what is dirty.
    pub fn snapshot(&self) -> Result<Snapshot, RepoError> {
        let head = self.head()?;
        let head_tree = self.tree_of(head)?;
        let mut captured = Vec::new();
        let mut left_out = Vec::new();
        for (path, status) in self.uncommitted()? {
            match self.capture(&path, status) {
                Some(state) => captured.push((path, state)),
                None => left_out.push(path),
            }
        }
        let files = captured.iter().map(|(path, state)| (path, state.as_ref()));
        let base_tree = self.write_tree(head_tree, files)?;
        let dirty = captured.into_iter().map(|(path, _)| path).collect();
        Ok(Snapshot { head, base_tree, dirty, left_out })
    }

    /// The tree of a commit, or the empty tree where there is none.
    pub fn tree_of(&self, commit: Option<Oid>) -> Result<Oid, RepoError> {
        let Some(commit) = commit else { return self.empty_tree() };
        let commit = self.git().find_commit(commit).map_err(RepoError::git("read a commit"))?;
        Ok(commit.tree_id())
    }

    /// What differs between HEAD, index and work tree, by path; ignored files are left out.
    fn uncommitted(&self) -> Result<Vec<(RepoPath, Status)>, RepoError> {
        let mut options = StatusOptions::new();
        options.include_untracked(true).recurse_untracked_dirs(true).exclude_submodules(true);
        let statuses =
            self.git().statuses(Some(&mut options)).map_err(RepoError::git("read the status"))?;
        let mut files = Vec::new();
        for entry in statuses.iter() {
            // The name of a repository inside this one ends in a slash.
            let name = entry.path_bytes().strip_suffix(b"/").unwrap_or(entry.path_bytes());
            files.push((RepoPath::new(name).map_err(RepoError::Path)?, entry.status()));
        }
        Ok(files)
    }

    /// The file as it is on disk (`Some(None)` is "not there"), or `None` for what is left out.
    fn capture(&self, path: &RepoPath, status: Status) -> Option<Option<FileState>> {
        let Some(metadata) = self.stat(path).ok()? else { return Some(None) };
        let too_big = status.contains(Status::WT_NEW) && metadata.len() > LARGEST_UNTRACKED;
        if too_big { None } else { self.read(path).ok() }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::path::Path;

    use super::*;
    use crate::repo::testing::{commit_all, put, scratch, unborn};

    /// Commits `committed`, lets `edit` change the work tree, and lists the captured difference.
    #[track_caller]
    fn check(committed: &[(&str, &str)], edit: impl FnOnce(&Path), expected: &str) {
        let (dir, repo) = scratch(committed);
        let index = fs::read(dir.path().join(".git/index")).unwrap();
        edit(dir.path());
        let snapshot = repo.snapshot().unwrap();
        let head = repo.tree_of(snapshot.head).unwrap();
        let changes = repo.compare(head, snapshot.base_tree).unwrap();
        let text: Vec<String> = changes.iter().map(describe).collect();
        assert_eq!(text.join(" | "), expected);
        assert_eq!(fs::read(dir.path().join(".git/index")).unwrap(), index, "index was touched");
    }

    fn describe(change: &crate::repo::FileChange) -> String {
        match &change.after {
            None => format!("{} gone", change.path),
            Some(now) => format!("{} {:?} {}", change.path, now.mode, now.bytes.escape_ascii()),
        }
    }

    #[test]
    fn a_clean_tree_is_heads_tree() {
        check(&[("a", "1\n"), ("d/b", "2\n")], |_| (), "");
    }

    #[test]
    fn edits_additions_removals_modes_and_links_are_captured() {
        let edit = |root: &Path| {
            put(root, "a", "1\r\n");
            put(root, "new/deep", "x");
            put(root, "ignored.log", "no");
            fs::remove_file(root.join("d/b")).unwrap();
            fs::set_permissions(root.join("c"), PermissionsExt::from_mode(0o755)).unwrap();
            symlink("nowhere", root.join("l")).unwrap();
        };
        check(
            &[("a", "1\n"), ("c", "run"), ("d/b", "2\n"), (".gitignore", "*.log\n")],
            edit,
            "a Regular 1\\r\\n | c Executable run | d/b gone | l Symlink nowhere | \
             new/deep Regular x",
        );
    }

    #[test]
    fn a_repository_without_commits_has_a_base_too() {
        let (dir, repo) = unborn();
        put(dir.path(), "first", "1\n");
        let snapshot = repo.snapshot().unwrap();
        assert_eq!(snapshot.head, None);
        let first = repo.read_in(snapshot.base_tree, &snapshot.dirty[0]).unwrap();
        assert_eq!(first.unwrap().bytes, b"1\n");
    }

    #[test]
    fn what_is_too_big_is_named() {
        let (dir, repo) = scratch(&[("a", "1\n")]);
        let big = fs::File::create(dir.path().join("big")).unwrap();
        big.set_len(LARGEST_UNTRACKED + 1).unwrap();
        let snapshot = repo.snapshot().unwrap();
        assert_eq!(snapshot.left_out, [RepoPath::new("big").unwrap()]);
        assert!(snapshot.dirty.is_empty());
    }

    #[test]
    fn a_repository_inside_is_left_out() {
        let (dir, repo) = scratch(&[("a", "1\n")]);
        git2::Repository::init(dir.path().join("inner")).unwrap();
        put(dir.path(), "inner/file", "x");
        let snapshot = repo.snapshot().unwrap();
        assert_eq!(snapshot.left_out, [RepoPath::new("inner").unwrap()]);
    }

    #[test]
    fn what_is_staged_counts_as_it_is_on_disk() {
        let (dir, repo) = scratch(&[("a", "1\n")]);
        put(dir.path(), "a", "staged\n");
        let mut index = repo.git().index().unwrap();
        index.add_path(Path::new("a")).unwrap();
        index.write().unwrap();
        put(dir.path(), "a", "disk\n");
        let snapshot = repo.snapshot().unwrap();
        let a = repo.read_in(snapshot.base_tree, &snapshot.dirty[0]).unwrap().unwrap();
        assert_eq!(a.bytes, b"disk\n");
        commit_all(&repo);
    }
}
