//! A copy of the repository that many candidates are tested in, one after another.
//!
//! Before each, whatever the one before did in it is undone: files that are not as they were written
//! are written again, files that were not there are removed. A file is as it was if the system says
//! that nothing has touched it since: the time that tells cannot be set by anybody.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File, Metadata};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};

use git2::Oid;
use tempfile::TempDir;

use crate::base::RepoPath;
use crate::repo::{FileChange, Repo, RepoError};
use crate::session::scratch::{Entry, entries, put, state};

/// The copy, and a folder beside it in which build programs keep what they made.
#[derive(Debug)]
pub(super) struct Kept {
    /// Without links in it.
    copy: PathBuf,
    cache: PathBuf,
    entries: Vec<Entry>,
    /// Of each file of the tree as it was written.
    stamps: HashMap<RepoPath, Stamp>,
    /// The folders above the files.
    folders: HashSet<RepoPath>,
    /// Held as long as the place is ours; another process has to take another one.
    _lock: Option<File>,
    _temporary: Option<TempDir>,
}

/// What changes whenever a file does: number, size, and the time of the last change of anything.
type Stamp = (u64, u64, i64, i64);

impl Kept {
    /// Copies the files of `tree` to where this work tree is tested: always the same place, so that
    /// what was compiled for it can be used again, or one for this time where that is taken.
    pub(super) fn new(repo: &Repo, tree: Oid, cache: Option<&Path>) -> Result<Self, RepoError> {
        let (place, lock, temporary) = place(cache.map(Path::to_owned).or_else(|| folder(repo)))?;
        Self::at(&place, lock, temporary, repo, tree)
    }

    fn at(
        place: &Path,
        _lock: Option<File>,
        _temporary: Option<TempDir>,
        repo: &Repo,
        tree: Oid,
    ) -> Result<Self, RepoError> {
        let place = place.canonicalize().map_err(RepoError::io("find", place))?;
        let (copy, cache) = (place.join("copy"), place.join("cache"));
        if copy.symlink_metadata().is_ok() {
            remove(&copy)?;
        }
        for folder in [&copy, &cache] {
            fs::create_dir_all(folder).map_err(RepoError::io("make", folder))?;
        }
        let entries = entries(repo, tree)?;
        let folders = entries.iter().flat_map(|(path, ..)| above(path)).collect();
        let stamps = HashMap::new();
        let mut kept = Self { copy, cache, entries, stamps, folders, _lock, _temporary };
        kept.write_what_differs(repo)?;
        Ok(kept)
    }

    pub(super) fn root(&self) -> &Path {
        &self.copy
    }

    pub(super) fn cache(&self) -> &Path {
        &self.cache
    }

    /// The files of the tree that was copied.
    pub(super) fn files(&self) -> impl Iterator<Item = &RepoPath> {
        self.entries.iter().map(|(path, ..)| path)
    }

    /// Makes the copy the tree with `changes` on top, whatever happened in it.
    pub(super) fn set(&mut self, repo: &Repo, changes: &[FileChange]) -> Result<(), RepoError> {
        self.remove_what_is_new(Path::new(""))?;
        self.write_what_differs(repo)?;
        for change in changes {
            put(&self.copy, &change.path, change.after.as_ref())?;
        }
        Ok(())
    }

    /// Puts a link to a folder of the original where the tree has nothing of that name.
    pub(super) fn link(&self, original: &Path, name: &Path) -> Result<(), RepoError> {
        let (from, to) = (original.join(name), self.copy.join(name));
        let parent = to.parent().is_some_and(Path::is_dir);
        if from.is_dir() && parent && to.symlink_metadata().is_err() {
            symlink(&from, &to).map_err(RepoError::io("link", &to))?;
        }
        Ok(())
    }

    /// Puts links to files of the original whose names end so beside the files of the tree, where
    /// the tree has nothing of that name.
    pub(super) fn link_made(&self, original: &Path, endings: &[&str]) -> Result<(), RepoError> {
        if endings.is_empty() {
            return Ok(());
        }
        let root = PathBuf::new();
        let folders = self.folders.iter().map(|folder| folder.as_os().to_owned());
        for folder in folders.chain([root]) {
            let Ok(found) = fs::read_dir(original.join(&folder)) else { continue };
            let names = found.flatten().map(|found| found.file_name());
            let fits = |name: &std::ffi::OsString| {
                name.to_str().is_some_and(|name| endings.iter().any(|end| name.ends_with(end)))
            };
            for name in names.filter(fits).map(|name| folder.join(name)) {
                let (from, to) = (original.join(&name), self.copy.join(&name));
                let is_file = from.symlink_metadata().is_ok_and(|found| found.is_file());
                let parent = to.parent().is_some_and(Path::is_dir);
                if is_file && parent && to.symlink_metadata().is_err() {
                    symlink(&from, &to).map_err(RepoError::io("link", &to))?;
                }
            }
        }
        Ok(())
    }

    fn write_what_differs(&mut self, repo: &Repo) -> Result<(), RepoError> {
        for entry in &self.entries {
            let (path, place) = (&entry.0, entry.0.under(&self.copy));
            let now = place.symlink_metadata().ok();
            if now.is_some() && now.as_ref().map(stamp) == self.stamps.get(path).copied() {
                continue;
            }
            if now.is_some_and(|now| now.is_dir()) {
                remove(&place)?;
            }
            put(&self.copy, path, Some(&state(repo, entry)?))?;
            let written = place.symlink_metadata().map_err(RepoError::io("look at", &place))?;
            self.stamps.insert(path.clone(), stamp(&written));
        }
        Ok(())
    }

    /// Removes what is in no place of the tree, below one of its folders. No link is followed.
    fn remove_what_is_new(&self, below: &Path) -> Result<(), RepoError> {
        let folder = self.copy.join(below);
        open_to_us(&folder)?;
        for found in fs::read_dir(&folder).map_err(RepoError::io("list", &folder))? {
            let found = found.map_err(RepoError::io("list", &folder))?;
            let name = below.join(found.file_name());
            let known = RepoPath::new(name.as_os_str().as_bytes());
            let is_folder = found.file_type().is_ok_and(|kind| kind.is_dir());
            let stays = known.is_ok_and(|path| match is_folder {
                true => self.folders.contains(&path),
                false => self.stamps.contains_key(&path),
            });
            match (stays, is_folder) {
                (true, true) => self.remove_what_is_new(&name)?,
                (true, false) => {}
                (false, _) => remove(&found.path())?,
            }
        }
        Ok(())
    }
}

fn stamp(file: &Metadata) -> Stamp {
    (file.ino(), file.size(), file.ctime(), file.ctime_nsec())
}

fn above(path: &RepoPath) -> Vec<RepoPath> {
    let parts: Vec<&[u8]> = path.parts().collect();
    (1..parts.len()).filter_map(|count| RepoPath::new(parts[..count].join(&b'/')).ok()).collect()
}

/// Removes a file, or a folder with all that is in it, also where its modes are in the way.
#[allow(clippy::disallowed_methods, reason = "these files are the copy's own")]
fn remove(path: &Path) -> Result<(), RepoError> {
    let is_folder = path.symlink_metadata().is_ok_and(|found| found.is_dir());
    if !is_folder {
        return fs::remove_file(path).map_err(RepoError::io("remove", path));
    }
    open_to_us(path)?;
    for found in fs::read_dir(path).map_err(RepoError::io("list", path))? {
        remove(&found.map_err(RepoError::io("list", path))?.path())?;
    }
    fs::remove_dir(path).map_err(RepoError::io("remove", path))
}

/// A test may have taken away our own right to change a folder.
fn open_to_us(folder: &Path) -> Result<(), RepoError> {
    use std::os::unix::fs::PermissionsExt;
    let found = folder.symlink_metadata().map_err(RepoError::io("look at", folder))?;
    if found.permissions().mode() & 0o700 != 0o700 {
        let ours = fs::Permissions::from_mode(0o755);
        fs::set_permissions(folder, ours).map_err(RepoError::io("open", folder))?;
    }
    Ok(())
}

type Place = (PathBuf, Option<File>, Option<TempDir>);

/// The folder with the lock on it, or a temporary one where another process has it.
fn place(folder: Option<PathBuf>) -> Result<Place, RepoError> {
    if let Some(folder) = folder
        && fs::create_dir_all(&folder).is_ok()
        && let Ok(lock) = File::create(folder.join("lock"))
        && lock.try_lock().is_ok()
    {
        return Ok((folder, Some(lock), None));
    }
    let temporary = tempfile::Builder::new().prefix("countersign-").tempdir();
    let temporary = temporary.map_err(RepoError::io("make", Path::new("a copy to test in")))?;
    Ok((temporary.path().to_owned(), None, Some(temporary)))
}

/// Where this work tree is tested, in the user's cache.
fn folder(repo: &Repo) -> Option<PathBuf> {
    use etcetera::BaseStrategy;
    let cache = etcetera::base_strategy::Xdg::new().ok()?.cache_dir();
    Some(cache.join("countersign").join("checks").join(repo.work_tree_id()))
}

impl Drop for Kept {
    /// What was compiled stays, the copy goes. Where it cannot, the next one removes it.
    fn drop(&mut self) {
        let _ = remove(&self.copy);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_test_did_to_the_copy_is_undone_before_the_next() {
        use crate::repo::testing::{path, scratch, state};
        let (_dir, repo) = scratch(&[("a", "1\n"), ("d/b", "2\n"), ("d/e/c", "3\n")]);
        let tree = repo.snapshot().unwrap().base_tree;
        let place = tempfile::tempdir().unwrap();
        let mut kept = Kept::at(place.path(), None, None, &repo, tree).unwrap();
        let root = kept.root().to_owned();
        let change = |name: &str, after: Option<&str>| FileChange {
            path: path(name),
            before: None,
            after: after.map(state),
        };
        kept.set(
            &repo,
            &[change("a", Some("changed\n")), change("new/x", Some("x")), change("d/b", None)],
        )
        .unwrap();
        assert_eq!(fs::read_to_string(root.join("a")).unwrap(), "changed\n");
        assert!(root.join("new/x").is_file() && !root.join("d/b").exists());

        // A file becomes a folder, one is written in place, folders and links are new.
        fs::remove_file(root.join("a")).unwrap();
        fs::create_dir_all(root.join("a/deep")).unwrap();
        fs::OpenOptions::new()
            .write(true)
            .open(root.join("d/e/c"))
            .and_then(|mut file| std::io::Write::write_all(&mut file, b"44\n"))
            .unwrap();
        fs::create_dir_all(root.join("__pycache__/deep")).unwrap();
        std::os::unix::fs::symlink("/etc", root.join("d/link")).unwrap();
        kept.set(&repo, &[]).unwrap();
        let text = |name: &str| fs::read_to_string(root.join(name)).unwrap();
        assert_eq!([text("a"), text("d/b"), text("d/e/c")], ["1\n", "2\n", "3\n"]);
        assert!(!root.join("new").exists() && !root.join("__pycache__").exists());
        assert!(root.join("d/link").symlink_metadata().is_err());
        drop(kept);
        assert!(!root.exists());
    }
}
