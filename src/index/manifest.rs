//! Which files, in which state, does the index hold?
//!
//! The segments name their manifest, so both change in one step: a build that is cut short leaves
//! the state before it, or a part of the new one that the next build goes on from.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::base::{Digest, RepoPath};
use crate::index::schema::VERSION;
use crate::repo::{FileEntry, Listing, Why};

/// A file as it was when it was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexedFile {
    pub path: RepoPath,
    /// In bytes.
    pub size: u64,
    pub(super) modified_ns: i128,
    /// Of its bytes; `None` where it could not be read.
    pub digest: Option<Digest>,
    /// What its documents are found by.
    pub(super) key: u64,
    /// The name of its language, where a grammar knows it.
    pub language: Option<String>,
    /// Whether it was kept as plain text although a grammar knows its language: it is too long or too
    /// deep, or takes too long to parse.
    pub unparsed: bool,
    /// How many chunks of it are in the index.
    pub chunks: u32,
    /// Why it has none.
    pub left_out: Option<Why>,
}

/// Every file that was looked at, in the order of paths.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Manifest {
    version: u32,
    pub(super) files: Vec<IndexedFile>,
    pub(super) basis: Basis,
    /// Files that are listed and that the index has not seen yet in this state: a build was cut short.
    pub(super) pending: usize,
}

/// What decided which files are in the index.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Basis {
    /// The work tree when it was last listed.
    pub(super) listing: Listing,
    /// Names what decided which files may be read.
    pub(super) rulings: Option<Digest>,
    /// Those that may not, in the order of paths.
    pub(super) denied: Vec<RepoPath>,
}

impl Basis {
    /// Whether nothing is gained by keeping this instead of `old`.
    pub(super) fn says_the_same_as(&self, old: &Self) -> bool {
        self.rulings == old.rulings && self.listing.says_the_same_as(&old.listing)
    }
}

impl Manifest {
    pub(super) fn new(mut files: Vec<IndexedFile>, basis: Basis, pending: usize) -> Self {
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Self { version: VERSION, files, basis, pending }
    }

    /// Whether `rulings`, which are in force now, let the file be read; `None` where this is not
    /// known from the last time.
    pub(super) fn may_read(&self, rulings: Digest, path: &RepoPath) -> Option<bool> {
        if self.basis.rulings != Some(rulings) {
            None
        } else if self.find(path).is_some() {
            Some(true)
        } else {
            self.basis.denied.binary_search(path).is_ok().then_some(false)
        }
    }

    /// `None` where there is none that this version can use.
    pub(super) fn load(dir: &Path, name: &str) -> Option<Self> {
        let bytes = fs::read(dir.join(name)).ok()?;
        let (version, _) = postcard::take_from_bytes::<u32>(&bytes).ok()?;
        if version != VERSION {
            return None;
        }
        postcard::from_bytes(&bytes).ok()
    }

    /// Writes it under `name`, in one step.
    pub(super) fn store(&self, dir: &Path, name: &str) -> io::Result<()> {
        let bytes = postcard::to_stdvec(self).map_err(io::Error::other)?;
        let mut file = tempfile::NamedTempFile::new_in(dir)?;
        file.write_all(&bytes)?;
        file.persist(dir.join(name))?;
        Ok(())
    }

    pub(super) fn find(&self, path: &RepoPath) -> Option<&IndexedFile> {
        let at = self.files.binary_search_by(|file| file.path.cmp(path)).ok()?;
        Some(&self.files[at])
    }

    /// Whether the file has surely not been written since it was read.
    pub(super) fn is_fresh(&self, file: &IndexedFile, entry: &FileEntry) -> bool {
        file.size == entry.size
            && file.modified_ns == entry.modified_ns
            && self.basis.listing.is_settled(entry.modified_ns)
    }
}

/// Removes every manifest in `dir` but `current` and the one before it, which a reader may be about
/// to open.
pub(super) fn sweep(dir: &Path, current: &str, before: Option<&str>) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(PREFIX) && name != current && Some(&*name) != before {
            // What cannot be removed now is removed the next time.
            let _ = fs::remove_file(entry.path());
        }
    }
}

const PREFIX: &str = "manifest-";

/// The name of the manifest that belongs to the state `opstamp` of the segments.
pub(super) fn name(opstamp: u64) -> String {
    format!("{PREFIX}{opstamp}")
}
