//! Git trees of raw bytes: read a file, compare two trees, write a changed one.
//!
//! Nothing here touches HEAD, the index, the stash or the work tree.

use std::collections::BTreeMap;

use git2::{Delta, Diff, DiffFile, DiffFindOptions, DiffOptions, FileMode, ObjectType, Oid, Tree};

use crate::base::RepoPath;
use crate::repo::{FileChange, FileState, Mode, Renames, Repo, RepoError};

/// An edit to a tree below one directory: the parts of the path that are left, and what is there.
type Edit<'a> = (&'a [&'a [u8]], Option<(Oid, Mode)>);

/// What happens to one name of a directory: the file that it becomes, and the edits below it.
type Entry<'a> = (Option<(Oid, Mode)>, Vec<Edit<'a>>);

impl Repo {
    /// The file at `path` in `tree`, or `None` where there is none.
    pub fn read_in(&self, tree: Oid, path: &RepoPath) -> Result<Option<FileState>, RepoError> {
        let tree = self.git().find_tree(tree).map_err(RepoError::git("read a tree"))?;
        match tree.get_path(path.as_os()) {
            Ok(entry) => match mode_of(entry.filemode()) {
                Some(mode) => self.blob(entry.id(), mode).map(Some),
                None => Ok(None),
            },
            Err(error) if error.code() == git2::ErrorCode::NotFound => Ok(None),
            Err(error) => Err(RepoError::git(format!("look up `{path}`"))(error)),
        }
    }

    /// How `new` differs from `old`, by path; renames are a removal and an addition.
    pub fn compare(&self, old: Oid, new: Oid) -> Result<Vec<FileChange>, RepoError> {
        let diff = self.difference(old, new)?;
        let mut changes = Vec::new();
        for delta in diff.deltas().filter(|delta| delta.status() != Delta::Unmodified) {
            let name = delta.new_file().path_bytes().or(delta.old_file().path_bytes());
            let path = RepoPath::new(name.unwrap_or_default()).map_err(RepoError::Path)?;
            let before = self.side(&delta.old_file())?;
            let after = self.side(&delta.new_file())?;
            changes.push(FileChange { path, before, after });
        }
        changes.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(changes)
    }

    /// Which of the files that `new` has and `old` has not were moved there, found by what they say as
    /// git finds it: a file that went, and at least half of it is there again.
    pub fn renames(&self, old: Oid, new: Oid) -> Result<Renames, RepoError> {
        let mut diff = self.difference(old, new)?;
        diff.find_similar(Some(DiffFindOptions::new().renames(true)))
            .map_err(RepoError::git("look for renamed files"))?;
        let path = |file: DiffFile<'_>| {
            RepoPath::new(file.path_bytes().unwrap_or_default()).map_err(RepoError::Path)
        };
        let renamed = diff.deltas().filter(|delta| delta.status() == Delta::Renamed);
        renamed.map(|delta| Ok((path(delta.new_file())?, path(delta.old_file())?))).collect()
    }

    fn difference(&self, old: Oid, new: Oid) -> Result<Diff<'_>, RepoError> {
        let doing = || RepoError::git("compare two trees");
        let find = |tree| self.git().find_tree(tree).map_err(doing());
        let mut options = DiffOptions::new();
        options.include_typechange(true).ignore_submodules(true);
        self.git()
            .diff_tree_to_tree(Some(&find(old)?), Some(&find(new)?), Some(&mut options))
            .map_err(doing())
    }

    /// Writes the tree that has `files` (`None` is "not there") and otherwise what `base` has.
    pub fn write_tree<'a>(
        &self,
        base: Oid,
        files: impl IntoIterator<Item = (&'a RepoPath, Option<&'a FileState>)>,
    ) -> Result<Oid, RepoError> {
        let mut edits = Vec::new();
        for (path, state) in files {
            let entry = state.map(|state| Ok((self.write_blob(&state.bytes)?, state.mode)));
            edits.push((path.parts().collect::<Vec<_>>(), entry.transpose()?));
        }
        let edits: Vec<Edit<'_>> =
            edits.iter().map(|(parts, to)| (parts.as_slice(), *to)).collect();
        let base = self.git().find_tree(base).map_err(RepoError::git("read a tree"))?;
        match self.write_level(Some(base), &edits)? {
            Some(tree) => Ok(tree),
            None => self.empty_tree(),
        }
    }

    /// The tree without entries.
    pub fn empty_tree(&self) -> Result<Oid, RepoError> {
        let builder = self.git().treebuilder(None);
        builder.and_then(|builder| builder.write()).map_err(RepoError::git("write a tree"))
    }

    /// Writes one directory; `None` when nothing is left in it.
    fn write_level(
        &self,
        base: Option<Tree<'_>>,
        edits: &[Edit<'_>],
    ) -> Result<Option<Oid>, RepoError> {
        let doing = || RepoError::git("write a tree");
        let mut builder = self.git().treebuilder(base.as_ref()).map_err(doing())?;
        let mut names: BTreeMap<&[u8], Entry<'_>> = BTreeMap::new();
        for (parts, to) in edits {
            match parts {
                [] => {}
                [name] => names.entry(name).or_default().0 = *to,
                [name, below @ ..] => names.entry(name).or_default().1.push((below, *to)),
            }
        }
        for (name, (file, below)) in names {
            let old = base.as_ref().and_then(|tree| tree.get_name_bytes(name));
            let old_tree = old.as_ref().filter(|entry| entry.kind() == Some(ObjectType::Tree));
            let entry = match (file, old_tree, below.as_slice()) {
                (Some((oid, mode)), _, _) => Some((oid, filemode(mode))),
                (None, Some(_), []) => continue,
                (None, None, []) => None,
                (None, subtree, below) => {
                    let subtree = subtree.map(|entry| self.git().find_tree(entry.id())).transpose();
                    self.write_level(subtree.map_err(doing())?, below)?
                        .map(|tree| (tree, i32::from(FileMode::Tree)))
                }
            };
            match entry {
                Some((oid, mode)) => {
                    builder.insert(name.to_vec(), oid, mode).map_err(doing())?;
                }
                None if old.is_some() => builder.remove(name.to_vec()).map_err(doing())?,
                None => {}
            }
        }
        if builder.is_empty() { Ok(None) } else { builder.write().map(Some).map_err(doing()) }
    }

    fn write_blob(&self, bytes: &[u8]) -> Result<Oid, RepoError> {
        self.git().blob(bytes).map_err(RepoError::git("write an object"))
    }

    /// What one side of a difference holds, or `None` where it is no file.
    pub(super) fn side(&self, file: &DiffFile<'_>) -> Result<Option<FileState>, RepoError> {
        match mode_of(i32::from(file.mode())) {
            Some(mode) if file.exists() => self.blob(file.id(), mode).map(Some),
            _ => Ok(None),
        }
    }

    fn blob(&self, oid: Oid, mode: Mode) -> Result<FileState, RepoError> {
        let blob = self.git().find_blob(oid).map_err(RepoError::git("read an object"))?;
        Ok(FileState { bytes: blob.content().to_vec(), mode })
    }
}

/// The mode of a tree entry, or `None` for what is no file: a tree, a submodule.
fn mode_of(filemode: i32) -> Option<Mode> {
    match filemode {
        0o100_755 => Some(Mode::Executable),
        0o100_644 | 0o100_664 => Some(Mode::Regular),
        0o120_000 => Some(Mode::Symlink),
        _ => None,
    }
}

fn filemode(mode: Mode) -> i32 {
    i32::from(match mode {
        Mode::Regular => FileMode::Blob,
        Mode::Executable => FileMode::BlobExecutable,
        Mode::Symlink => FileMode::Link,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::repo::testing::{scratch, state};

    type Files = BTreeMap<RepoPath, FileState>;

    fn tree_of(repo: &Repo, files: &Files) -> Oid {
        let empty = repo.empty_tree().unwrap();
        repo.write_tree(empty, files.iter().map(|(path, state)| (path, Some(state)))).unwrap()
    }

    /// Few names, so that files and directories of the same name meet.
    fn files() -> impl Strategy<Value = Files> {
        let file = (proptest::collection::vec("[ab\u{e9}]", 1..4), "[xy]{0,2}");
        proptest::collection::vec(file, 0..6).prop_map(|list| {
            let mut files = Files::new();
            for (parts, text) in list {
                let path = RepoPath::new(parts.join("/")).unwrap();
                let clash = |other: &RepoPath| {
                    path.as_os().starts_with(other.as_os())
                        || other.as_os().starts_with(path.as_os())
                };
                if !files.keys().any(clash) {
                    files.insert(path, state(&text));
                }
            }
            files
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn applying_the_difference_gives_the_other_tree(old in files(), new in files()) {
            let (_dir, repo) = scratch(&[]);
            let (old, new) = (tree_of(&repo, &old), tree_of(&repo, &new));
            let changes = repo.compare(old, new).unwrap();
            let edits = changes.iter().map(|change| (&change.path, change.after.as_ref()));
            prop_assert_eq!(repo.write_tree(old, edits).unwrap(), new);
        }

        #[test]
        fn a_tree_gives_back_what_it_was_made_of(files in files()) {
            let (_dir, repo) = scratch(&[]);
            let tree = tree_of(&repo, &files);
            for (path, state) in &files {
                let read = repo.read_in(tree, path).unwrap();
                prop_assert_eq!(read.as_ref(), Some(state));
            }
        }
    }
}
