//! A throw-away copy of the repository in which a change is tested; the work tree stays untouched.

use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use git2::{ObjectType, Oid, TreeWalkMode, TreeWalkResult};
use tempfile::TempDir;

use crate::base::RepoPath;
use crate::repo::{FileChange, FileState, Mode, Repo, RepoError};

/// The copy; it is removed when this is dropped.
#[derive(Debug)]
pub(crate) struct Scratch {
    folder: TempDir,
}

/// A file of a tree: where it is, what git calls its bytes, and its mode.
pub(super) type Entry = (RepoPath, Oid, Mode);

impl Scratch {
    /// Copies the files of `tree`, as git has them, and puts `changes` on top.
    pub(crate) fn new(repo: &Repo, tree: Oid, changes: &[FileChange]) -> Result<Self, RepoError> {
        let folder = tempfile::Builder::new()
            .prefix("countersign-")
            .tempdir()
            .map_err(|source| failed(Path::new("scratch"), source))?;
        let scratch = Self { folder };
        for entry in entries(repo, tree)? {
            put(scratch.root(), &entry.0, Some(&state(repo, &entry)?))?;
        }
        for change in changes {
            put(scratch.root(), &change.path, change.after.as_ref())?;
        }
        Ok(scratch)
    }

    /// The root of the copy.
    pub(crate) fn root(&self) -> &Path {
        self.folder.path()
    }
}

/// Every file of `tree`, in the order of git; repositories inside of it are left out.
pub(super) fn entries(repo: &Repo, tree: Oid) -> Result<Vec<Entry>, RepoError> {
    let tree = repo.git().find_tree(tree).map_err(RepoError::git("read the tree to test"))?;
    let mut entries = Vec::new();
    let walked = tree.walk(TreeWalkMode::PreOrder, |folder, entry| {
        let path = RepoPath::new([folder.as_bytes(), entry.name_bytes()].concat());
        if let (Some(ObjectType::Blob), Ok(path)) = (entry.kind(), path) {
            let mode = match entry.filemode() {
                0o120_000 => Mode::Symlink,
                0o100_755 => Mode::Executable,
                _ => Mode::Regular,
            };
            entries.push((path, entry.id(), mode));
        }
        TreeWalkResult::Ok
    });
    walked.map_err(RepoError::git("walk the tree to test"))?;
    Ok(entries)
}

/// A file of a tree with its bytes.
pub(super) fn state(repo: &Repo, (path, blob, mode): &Entry) -> Result<FileState, RepoError> {
    let found = repo.git().find_blob(*blob).map_err(RepoError::git(format!("read `{path}`")))?;
    Ok(FileState { bytes: found.content().to_vec(), mode: *mode })
}

/// Makes the directories above `path`. None may be a link: a write through one would leave the
/// copy.
fn make_parents(root: &Path, path: &RepoPath) -> Result<(), RepoError> {
    let mut place = root.to_owned();
    let parts: Vec<_> = path.parts().collect();
    for part in parts.iter().take(parts.len().saturating_sub(1)) {
        place.push(OsStr::from_bytes(part));
        match fs::create_dir(&place) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                return Err(failed(&place, error));
            }
            _ if place.is_symlink() => {
                return Err(RepoError::BehindLink { path: path.clone(), link: place });
            }
            _ => {}
        }
    }
    Ok(())
}

#[allow(clippy::disallowed_methods, reason = "these files are the copy's own, not the work tree's")]
/// Makes a file of the copy what it should be; `None` is "not there".
pub(super) fn put(
    root: &Path,
    path: &RepoPath,
    state: Option<&FileState>,
) -> Result<(), RepoError> {
    let target = path.under(root);
    let wrong = |source| failed(&target, source);
    if target.symlink_metadata().is_ok() {
        fs::remove_file(&target).map_err(wrong)?;
    }
    let Some(state) = state else { return Ok(()) };
    make_parents(root, path)?;
    if state.mode == Mode::Symlink {
        return symlink(OsStr::from_bytes(&state.bytes), &target).map_err(wrong);
    }
    fs::write(&target, &state.bytes).map_err(wrong)?;
    let bits = if state.mode == Mode::Executable { 0o755 } else { 0o644 };
    fs::set_permissions(&target, Permissions::from_mode(bits)).map_err(wrong)
}

fn failed(path: &Path, source: std::io::Error) -> RepoError {
    RepoError::Io { doing: "write the copy to test", path: path.to_owned(), source }
}
