//! A file's contents and mode, and how one version differs from another.

use std::collections::BTreeMap;

use crate::base::{Digest, RepoPath};

/// What kind of entry a file is, as git tells them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    Regular,
    Executable,
    /// The bytes are the target.
    Symlink,
}

/// The bytes of a file just as they stand on disk (no filter, no line ending changed), and its mode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileState {
    pub bytes: Vec<u8>,
    pub mode: Mode,
}

impl FileState {
    /// The digest of the bytes.
    pub fn digest(&self) -> Digest {
        Digest::of(&self.bytes)
    }
}

/// Where files lay before they were moved, by the path where they lie after.
pub type Renames = BTreeMap<RepoPath, RepoPath>;

/// One file before and after; `None` is "not there".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileChange {
    pub path: RepoPath,
    pub before: Option<FileState>,
    pub after: Option<FileState>,
}
