//! A change that stands in the work tree: what differs from a commit, committed since or not.
//!
//! Bytes of the work tree are taken as they stand on disk, untracked files as git would add them.

use git2::{Delta, DiffDelta, DiffFile, DiffFindOptions, DiffOptions, FileMode, Tree};

use crate::base::RepoPath;
use crate::repo::changes::NotRead;
use crate::repo::{FileChange, FileState, Renames, Repo, RepoError};

/// A larger file is named as left out instead of being read.
const MAX_BYTES: u64 = 4 << 20;

/// What the work tree has that a commit has not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pending {
    /// By path. Of a renamed file `before` is what it had where it lay.
    pub files: Vec<FileChange>,
    pub renames: Renames,
    pub not_read: Vec<NotRead>,
}

/// The work tree against HEAD, or against nothing before the first commit.
pub fn uncommitted(repo: &Repo) -> Result<Pending, RepoError> {
    let tree = match repo.head()? {
        Some(commit) => Some(tree(repo, commit)?),
        None => None,
    };
    collect(repo, tree.as_ref())
}

/// The work tree against the commit where HEAD and `revision` parted.
pub fn since_base(repo: &Repo, revision: &str) -> Result<Pending, RepoError> {
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
    collect(repo, Some(&tree(repo, fork)?))
}

fn tree(repo: &Repo, commit: git2::Oid) -> Result<Tree<'_>, RepoError> {
    let found = repo.git().find_commit(commit).and_then(|commit| commit.tree());
    found.map_err(RepoError::git(format!("read the tree of {commit}")))
}

fn collect(repo: &Repo, base: Option<&Tree<'_>>) -> Result<Pending, RepoError> {
    let mut options = DiffOptions::new();
    options.ignore_submodules(true).include_typechange(true);
    options.include_untracked(true).recurse_untracked_dirs(true).show_untracked_content(true);
    let mut diff = repo
        .git()
        .diff_tree_to_workdir_with_index(base, Some(&mut options))
        .map_err(RepoError::git("compare the work tree"))?;
    diff.find_similar(Some(DiffFindOptions::new().renames(true).for_untracked(true)))
        .map_err(RepoError::git("look for renamed files"))?;
    let mut pending = Pending::default();
    for delta in diff.deltas() {
        add(repo, &delta, &mut pending)?;
    }
    pending.files.sort_by(|a, b| a.path.cmp(&b.path));
    pending.not_read.sort();
    Ok(pending)
}

fn add(repo: &Repo, delta: &DiffDelta<'_>, pending: &mut Pending) -> Result<(), RepoError> {
    let name = delta.new_file().path_bytes().or(delta.old_file().path_bytes());
    // The name of a repository inside this one ends in a slash: it is not a part of this one.
    let name = name.unwrap_or_default();
    if name.ends_with(b"/") {
        return Ok(());
    }
    let path = RepoPath::new(name).map_err(RepoError::Path)?;
    let after = match on_disk(repo, &path, delta)? {
        Ok(after) => after,
        Err(why) => {
            pending.not_read.push(NotRead { path, why });
            return Ok(());
        }
    };
    let before = match delta.status() {
        Delta::Untracked | Delta::Added => None,
        _ => repo.side(&delta.old_file())?,
    };
    if delta.status() == Delta::Renamed {
        let from = delta.old_file().path_bytes().unwrap_or_default().to_vec();
        let from = RepoPath::new(&from[..]).map_err(RepoError::Path)?;
        pending.renames.insert(path.clone(), from);
    } else if before == after {
        return Ok(());
    }
    pending.files.push(FileChange { path, before, after });
    Ok(())
}

/// The file as it stands on disk, or why it is not read.
fn on_disk(
    repo: &Repo,
    path: &RepoPath,
    delta: &DiffDelta<'_>,
) -> Result<Result<Option<FileState>, String>, RepoError> {
    if delta.status() == Delta::Conflicted {
        return Ok(Err("not merged yet".to_owned()));
    }
    // What cannot be looked at cannot be read either, and that says why.
    let size = repo.stat(path).ok().flatten().map_or(0, |metadata| metadata.len());
    if size.max(committed(repo, &delta.old_file())?) > MAX_BYTES {
        return Ok(Err(format!("larger than {} MiB", MAX_BYTES >> 20)));
    }
    match repo.read(path) {
        Ok(state) => Ok(Ok(state)),
        // What git calls deleted is not there, whatever stands in its place.
        Err(RepoError::BehindLink { .. } | RepoError::NotAFile(_))
            if delta.status() == Delta::Deleted =>
        {
            Ok(Ok(None))
        }
        Err(RepoError::BehindLink { .. }) => Ok(Err("behind a symbolic link".to_owned())),
        Err(RepoError::NotAFile(_)) => Ok(Err("no file".to_owned())),
        Err(RepoError::Io { source, .. }) => Ok(Err(source.to_string())),
        Err(error) => Err(error),
    }
}

/// The size of what git has, without reading it; 0 for what is no file.
fn committed(repo: &Repo, side: &DiffFile<'_>) -> Result<u64, RepoError> {
    if !side.exists() || side.mode() == FileMode::Commit || side.id().is_zero() {
        return Ok(0);
    }
    let odb = repo.git().odb().map_err(RepoError::git("open the objects"))?;
    // What lies in the work tree only has an id, and is no object.
    Ok(odb.read_header(side.id()).map_or(0, |(size, _)| size as u64))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::path::Path;

    use super::*;
    use crate::repo::testing::{put, scratch, unborn};

    /// What differs, a line each: how, and from where.
    fn shown(pending: &Pending) -> Vec<String> {
        let line = |change: &FileChange| {
            let sign = match (&change.before, &change.after) {
                (None, _) => "new",
                (_, None) => "gone",
                _ => "changed",
            };
            let from = pending.renames.get(&change.path);
            let from = from.map(|from| format!(" from {from}")).unwrap_or_default();
            format!("{sign} {}{from}", change.path)
        };
        pending.files.iter().map(line).collect()
    }

    #[track_caller]
    fn check(committed: &[(&str, &str)], edit: impl FnOnce(&Path), expected: &[&str]) {
        let (dir, repo) = if committed.is_empty() { unborn() } else { scratch(committed) };
        edit(dir.path());
        assert_eq!(shown(&uncommitted(&repo).unwrap()), expected);
    }

    #[test]
    fn what_is_not_committed_is_found() {
        let files = [("a", "1\n"), ("gone", "x\n"), (".gitignore", "*.log\n")];
        let edit = |root: &Path| {
            put(root, "a", "2\n");
            put(root, "d/new", "n\n");
            put(root, "x.log", "ignored\n");
            fs::remove_file(root.join("gone")).unwrap();
        };
        check(&files, edit, &["changed a", "new d/new", "gone gone"]);
        check(&[], |root| put(root, "a", "1\n"), &["new a"]);
    }

    #[test]
    fn what_took_the_place_of_files_stops_nothing() {
        let files = [("a", "1\n"), ("d/f", "1\n"), ("other", "1\n")];
        let edit = |root: &Path| {
            // A link in the place of a folder, and a folder in the place of a file.
            fs::remove_dir_all(root.join("d")).unwrap();
            symlink("elsewhere", root.join("d")).unwrap();
            fs::remove_file(root.join("a")).unwrap();
            put(root, "a/x", "new\n");
            put(root, "other", "2\n");
        };
        check(&files, edit, &["gone a", "new a/x", "new d", "gone d/f", "changed other"]);
    }

    #[test]
    fn a_renamed_file_brings_what_it_had() {
        let text = "1\n2\n3\n4\n5\n6\n7\n8\n";
        let edit = |root: &Path| {
            fs::remove_file(root.join("a")).unwrap();
            put(root, "b", format!("{text}9\n"));
        };
        check(&[("a", text)], edit, &["changed b from a"]);
        let edit = |root: &Path| fs::rename(root.join("a"), root.join("b")).unwrap();
        check(&[("a", text)], edit, &["changed b from a"]);
    }
}
