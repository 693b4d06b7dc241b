//! The one place that changes files of the work tree: a file is there whole or not at all.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

use crate::base::RepoPath;
use crate::repo::{FileState, Mode, Repo, RepoError};

/// A file that is written beside its place and waits to be moved there.
///
/// Its name is the caller's, so that whoever comes after a crash can find and remove it.
#[derive(Debug)]
pub(crate) struct Staged {
    temp: PathBuf,
    place: PathBuf,
}

impl Repo {
    /// Writes `state` to the file `temp` beside `path`, with missing directories made.
    ///
    /// `permissions` are the bits for the file, or `None` to leave them to the umask. Owner and
    /// group of a file that is already there are kept where the system lets us.
    pub(crate) fn stage(
        &self,
        path: &RepoPath,
        state: &FileState,
        permissions: Option<u32>,
        temp: &str,
    ) -> Result<Staged, RepoError> {
        let staged = Staged { temp: self.temp_place(path, temp), place: path.under(self.root()) };
        let old = self.stat(path)?;
        self.make_parents(path)?;
        let wrong = |error| RepoError::io("write", &staged.temp)(error);
        let default = if state.mode == Mode::Executable { 0o777 } else { 0o666 };
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(permissions.unwrap_or(default))
            .open(&staged.temp)
            .map_err(wrong)?;
        file.write_all(&state.bytes).map_err(wrong)?;
        if let Some(old) = old {
            // Only root may give a file away; for everyone else the owner is the same anyway.
            let _ = chown(&staged.temp, Some(old.uid()), Some(old.gid()));
        }
        if let Some(bits) = permissions {
            file.set_permissions(Permissions::from_mode(bits)).map_err(wrong)?;
        }
        file.sync_all().map_err(wrong)?;
        Ok(staged)
    }

    /// Removes the file at `path`; one that is gone already is as it should be.
    pub(crate) fn remove(&self, path: &RepoPath) -> Result<(), RepoError> {
        let place = path.under(self.root());
        remove_if_there(&place).map_err(RepoError::io("remove", &place))?;
        sync_parent(&place)
    }

    /// Removes what an interrupted [`Repo::stage`] may have left beside `path`.
    pub(crate) fn remove_temp(&self, path: &RepoPath, temp: &str) -> Result<(), RepoError> {
        let place = self.temp_place(path, temp);
        remove_if_there(&place).map_err(RepoError::io("remove", &place))
    }

    /// The directories above `path` that are not there yet, the outermost first.
    pub(crate) fn missing_parents(&self, path: &RepoPath) -> Vec<RepoPath> {
        let missing = self.parents(path).into_iter().filter(|parent| !parent.is_dir());
        missing
            .filter_map(|parent| parent.strip_prefix(self.root()).map(RepoPath::from_os).ok())
            .filter_map(Result::ok)
            .collect()
    }

    /// Removes the directory at `path` if it is empty.
    pub(crate) fn remove_empty_directory(&self, path: &RepoPath) -> Result<(), RepoError> {
        let place = path.under(self.root());
        match fs::remove_dir(&place) {
            Err(error) if !gone_or_in_use(error.kind()) => {
                Err(RepoError::io("remove", &place)(error))
            }
            _ => Ok(()),
        }
    }

    fn make_parents(&self, path: &RepoPath) -> Result<(), RepoError> {
        for parent in self.parents(path) {
            match fs::create_dir(&parent) {
                Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                    return Err(RepoError::io("make the directory", &parent)(error));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn temp_place(&self, path: &RepoPath, temp: &str) -> PathBuf {
        path.under(self.root()).with_file_name(temp)
    }
}

impl Staged {
    /// Moves the file to its place, over whatever file is there.
    pub(crate) fn commit(self) -> Result<(), RepoError> {
        fs::rename(&self.temp, &self.place).map_err(RepoError::io("write", &self.place))?;
        sync_parent(&self.place)
    }
}

/// Replaces a file outside the work tree in one step and sees it on the disk.
pub(crate) fn replace_state_file(place: &Path, bytes: &[u8]) -> Result<(), RepoError> {
    let temp = place.with_extension("tmp");
    let mut file = File::create(&temp).map_err(RepoError::io("write", &temp))?;
    file.write_all(bytes)
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&temp, place))
        .map_err(RepoError::io("write", place))?;
    sync_parent(place)
}

/// Permission bits `old`, made executable or not: who may read may then execute.
pub(crate) fn with_mode(old: u32, mode: Mode) -> u32 {
    match mode {
        Mode::Executable if old & 0o100 == 0 => old | ((old & 0o444) >> 2) | 0o100,
        Mode::Regular => old & !0o111,
        Mode::Executable | Mode::Symlink => old,
    }
}

fn remove_if_there(place: &Path) -> std::io::Result<()> {
    match fs::remove_file(place) {
        Err(error) if !gone_or_in_use(error.kind()) => Err(error),
        _ => Ok(()),
    }
}

fn gone_or_in_use(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::DirectoryNotEmpty)
}

/// A rename survives a power cut only once its directory is on the disk.
fn sync_parent(place: &Path) -> Result<(), RepoError> {
    let Some(parent) = place.parent() else { return Ok(()) };
    match File::open(parent).and_then(|directory| directory.sync_all()) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(RepoError::io("write", parent)(error))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn executable_for_those_who_may_read() {
        assert_eq!(with_mode(0o644, Mode::Executable), 0o755);
        assert_eq!(with_mode(0o640, Mode::Executable), 0o750);
        assert_eq!(with_mode(0o750, Mode::Executable), 0o750);
        assert_eq!(with_mode(0o755, Mode::Regular), 0o644);
        assert_eq!(with_mode(0o600, Mode::Regular), 0o600);
    }
}
