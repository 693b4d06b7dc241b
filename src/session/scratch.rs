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

impl Scratch {
    /// Copies the files of `tree`, as git has them, and puts `changes` on top.
    pub(crate) fn new(repo: &Repo, tree: Oid, changes: &[FileChange]) -> Result<Self, RepoError> {
        let folder = tempfile::Builder::new()
            .prefix("countersign-")
            .tempdir()
            .map_err(|source| failed(Path::new("scratch"), source))?;
        let scratch = Self { folder };
        scratch.copy(repo, tree)?;
        for change in changes {
            scratch.put(&change.path, change.after.as_ref())?;
        }
        Ok(scratch)
    }

    /// The root of the copy.
    pub(crate) fn root(&self) -> &Path {
        self.folder.path()
    }

    fn copy(&self, repo: &Repo, tree: Oid) -> Result<(), RepoError> {
        let git = repo.git();
        let tree = git.find_tree(tree).map_err(RepoError::git("read the tree to test"))?;
        let mut problem = None;
        let walked = tree.walk(TreeWalkMode::PreOrder, |folder, entry| {
            match self.copy_entry(git, folder.as_bytes(), entry) {
                Ok(()) => TreeWalkResult::Ok,
                Err(error) => {
                    problem = Some(error);
                    TreeWalkResult::Abort
                }
            }
        });
        match problem {
            Some(error) => Err(error),
            None => walked.map_err(RepoError::git("walk the tree to test")),
        }
    }

    fn copy_entry(
        &self,
        git: &git2::Repository,
        folder: &[u8],
        entry: &git2::TreeEntry<'_>,
    ) -> Result<(), RepoError> {
        if entry.kind() != Some(ObjectType::Blob) {
            return Ok(());
        }
        let Ok(path) = RepoPath::new([folder, entry.name_bytes()].concat()) else { return Ok(()) };
        let blob = git.find_blob(entry.id()).map_err(RepoError::git(format!("read `{path}`")))?;
        let mode = match entry.filemode() {
            0o120_000 => Mode::Symlink,
            0o100_755 => Mode::Executable,
            _ => Mode::Regular,
        };
        self.put(&path, Some(&FileState { bytes: blob.content().to_vec(), mode }))
    }

    /// Makes the directories above `path`. None may be a link: a write through one would leave the
    /// copy.
    fn make_parents(&self, path: &RepoPath) -> Result<(), RepoError> {
        let mut place = self.root().to_owned();
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

    #[allow(
        clippy::disallowed_methods,
        reason = "these files are the copy's own, not the work tree's"
    )]
    fn put(&self, path: &RepoPath, state: Option<&FileState>) -> Result<(), RepoError> {
        let target = path.under(self.root());
        let wrong = |source| failed(&target, source);
        if target.symlink_metadata().is_ok() {
            fs::remove_file(&target).map_err(wrong)?;
        }
        let Some(state) = state else { return Ok(()) };
        self.make_parents(path)?;
        if state.mode == Mode::Symlink {
            return symlink(OsStr::from_bytes(&state.bytes), &target).map_err(wrong);
        }
        fs::write(&target, &state.bytes).map_err(wrong)?;
        let bits = if state.mode == Mode::Executable { 0o755 } else { 0o644 };
        fs::set_permissions(&target, Permissions::from_mode(bits)).map_err(wrong)
    }
}

fn failed(path: &Path, source: std::io::Error) -> RepoError {
    RepoError::Io { doing: "write the copy to test", path: path.to_owned(), source }
}
