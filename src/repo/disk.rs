//! Files of the work tree as they stand on disk: no filter, no line ending changed, no link followed.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, Metadata};
use std::io::ErrorKind;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::base::RepoPath;
use crate::repo::{FileState, Mode, Repo, RepoError, walk};

impl Repo {
    /// The bytes and the mode of a file of the work tree, or `None` where there is none.
    ///
    /// # Errors
    /// When a directory or a device stands there, when a symbolic link leads there, and when the
    /// file cannot be read.
    pub fn read(&self, path: &RepoPath) -> Result<Option<FileState>, RepoError> {
        let Some(metadata) = self.stat(path)? else { return Ok(None) };
        let place = path.under(self.root());
        if metadata.is_symlink() {
            let target = fs::read_link(&place).map_err(RepoError::io("read the link", &place))?;
            let bytes = target.into_os_string().into_vec();
            return Ok(Some(FileState { bytes, mode: Mode::Symlink }));
        }
        if !metadata.is_file() {
            return Err(RepoError::NotAFile(path.clone()));
        }
        let bytes = fs::read(&place).map_err(RepoError::io("read", &place))?;
        Ok(Some(FileState { bytes, mode: Mode::of(&metadata) }))
    }

    /// What is at `path`, or `None` where nothing is; the path itself may be a link.
    ///
    /// # Errors
    /// When a directory on the way is a symbolic link: what lies behind it may be anywhere.
    pub(crate) fn stat(&self, path: &RepoPath) -> Result<Option<Metadata>, RepoError> {
        for parent in self.parents(path) {
            match lstat(&parent)? {
                None => return Ok(None),
                Some(found) if found.is_symlink() => {
                    return Err(RepoError::BehindLink { path: path.clone(), link: parent });
                }
                Some(found) if !found.is_dir() => return Ok(None),
                Some(_) => {}
            }
        }
        lstat(&path.under(self.root()))
    }

    /// Those of `paths` that an ignore file for agents keeps from them.
    pub fn kept_from_agents(&self, paths: BTreeSet<RepoPath>) -> BTreeSet<RepoPath> {
        walk::kept_from_agents(self.root(), paths)
    }

    /// Why no file can be made at `path`, if there is a reason: something in the way, or a name that
    /// means a directory elsewhere.
    pub fn obstacle(&self, path: &RepoPath) -> Result<Option<&'static str>, RepoError> {
        if path.as_bytes().iter().any(|byte| *byte == b'\\' || byte.is_ascii_control()) {
            return Ok(Some("the name has a backslash or a control character in it"));
        }
        for parent in self.parents(path) {
            match lstat(&parent)? {
                Some(found) if found.is_symlink() => {
                    return Ok(Some("a directory above it is a symbolic link"));
                }
                Some(found) if !found.is_dir() => {
                    return Ok(Some("what should be a directory above it is a file"));
                }
                Some(_) => {}
                None => return Ok(None),
            }
        }
        Ok(lstat(&path.under(self.root()))?.map(|found| match found.is_dir() {
            true => "a directory is there",
            false => "a file is there that must not be replaced unread",
        }))
    }

    /// The directories above `path`, from the root of the work tree (left out) downwards.
    pub(crate) fn parents(&self, path: &RepoPath) -> Vec<PathBuf> {
        let mut place = self.root().to_owned();
        let mut parents: Vec<PathBuf> = path
            .parts()
            .map(|part| {
                place.push(<OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(part));
                place.clone()
            })
            .collect();
        parents.pop();
        parents
    }
}

impl Mode {
    /// What git makes of a file that is no link: the owner's right to execute decides.
    pub(crate) fn of(metadata: &Metadata) -> Self {
        match metadata.permissions().mode() & 0o100 {
            0 => Self::Regular,
            _ => Self::Executable,
        }
    }
}

fn lstat(place: &Path) -> Result<Option<Metadata>, RepoError> {
    match fs::symlink_metadata(place) {
        Ok(metadata) => Ok(Some(metadata)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Ok(None)
        }
        Err(error) => Err(RepoError::io("look at", place)(error)),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::repo::testing::scratch;

    fn path(text: &str) -> RepoPath {
        RepoPath::new(text).unwrap()
    }

    #[test]
    fn links_are_read_as_links_and_never_followed() {
        let (dir, repo) = scratch(&[("real/file", "text")]);
        symlink("real", dir.path().join("link")).unwrap();
        let link = repo.read(&path("link")).unwrap().unwrap();
        assert_eq!((link.bytes.as_slice(), link.mode), (&b"real"[..], Mode::Symlink));
        let behind = repo.read(&path("link/file"));
        assert!(matches!(behind, Err(RepoError::BehindLink { .. })), "{behind:?}");
    }

    #[test]
    fn a_new_file_has_nothing_in_its_way() {
        let (dir, repo) = scratch(&[("real/file", "text")]);
        symlink("real", dir.path().join("link")).unwrap();
        let obstacle = |text: &str| repo.obstacle(&path(text)).unwrap();
        assert_eq!(obstacle("real/new"), None);
        assert_eq!(obstacle("new/new"), None);
        for taken in ["real", "real/file", "real/file/new", "link", "link/new", "a\\..\\b", "a\n"] {
            assert!(obstacle(taken).is_some(), "{taken}");
        }
    }

    #[test]
    fn what_is_no_file_is_said_to_be_none() {
        let (_dir, repo) = scratch(&[("real/file", "text")]);
        assert!(matches!(repo.read(&path("real")), Err(RepoError::NotAFile(_))));
        assert_eq!(repo.read(&path("real/other")).unwrap(), None);
        assert_eq!(repo.read(&path("real/file/below")).unwrap(), None);
    }
}
