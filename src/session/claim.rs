//! One process works on a task at a time: it holds a lock that ends with it, however it ends.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use crate::base::TaskId;
use crate::repo::Repo;
use crate::session::driver::SessionError;

/// The folder of the locks, in that of the journal.
const FOLDER: &str = "tasks";

/// The right to work on a task, for as long as this is there.
#[derive(Debug)]
pub struct Claim {
    path: PathBuf,
    _lock: File,
}

impl Claim {
    /// Claims `task`, unless another process works on it.
    pub fn of(repo: &Repo, task: &TaskId) -> Result<Self, SessionError> {
        let path = place(repo, task);
        let failed = |source| SessionError::Claim { path: path.clone(), source };
        loop {
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder).map_err(failed)?;
            }
            let mut options = OpenOptions::new();
            let lock = options.write(true).create(true).truncate(false).open(&path);
            let lock = lock.map_err(failed)?;
            match lock.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Err(SessionError::Running(task.clone())),
                Err(TryLockError::Error(source)) => return Err(failed(source)),
            }
            // Whoever held it may have removed the file between the two steps.
            if is_at(&lock, &path).map_err(failed)? {
                return Ok(Self { path, _lock: lock });
            }
        }
    }

    /// Whether a process works on `task`.
    pub fn is_held(repo: &Repo, task: &TaskId) -> bool {
        let lock = OpenOptions::new().write(true).open(place(repo, task));
        lock.is_ok_and(|lock| matches!(lock.try_lock_shared(), Err(TryLockError::WouldBlock)))
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        // One that stays is locked by nobody and stands in nobody's way.
        let _ = fs::remove_file(&self.path);
    }
}

fn place(repo: &Repo, task: &TaskId) -> PathBuf {
    repo.state_dir().join(FOLDER).join(format!("{task}.lock"))
}

fn is_at(file: &File, path: &std::path::Path) -> io::Result<bool> {
    let own = file.metadata()?;
    match fs::metadata(path) {
        Ok(there) => Ok((own.dev(), own.ino()) == (there.dev(), there.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repo::testing::scratch;

    #[test]
    fn one_at_a_time() {
        let (_dir, repo) = scratch(&[("a", "1\n")]);
        let task: TaskId = "t-12ab".parse().unwrap();
        assert!(!Claim::is_held(&repo, &task));
        let claim = Claim::of(&repo, &task).unwrap();
        assert!(Claim::is_held(&repo, &task));
        assert!(matches!(Claim::of(&repo, &task), Err(SessionError::Running(_))));
        assert!(Claim::of(&repo, &"t-34cd".parse().unwrap()).is_ok(), "another task");
        drop(claim);
        assert!(!place(&repo, &task).exists());
        assert!(Claim::of(&repo, &task).is_ok());
    }
}
