//! Which files, in which state, does the index hold?

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::base::{Digest, RepoPath};
use crate::index::schema::VERSION;
use crate::repo::{FileEntry, Why};

/// A file as it was when it was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexedFile {
    pub path: RepoPath,
    /// In bytes.
    pub size: u64,
    pub(super) modified_ns: i128,
    /// Of its bytes; `None` where it could not be read.
    pub digest: Option<Digest>,
    /// The name of its language, where a grammar knows it.
    pub language: Option<String>,
    /// How many chunks of it are in the index.
    pub chunks: u32,
    /// Why it has none.
    pub left_out: Option<Why>,
}

/// Every file that was looked at, in the order of paths.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Manifest {
    version: u32,
    /// The state of the index that this belongs to.
    pub(super) opstamp: u64,
    /// When the work tree was listed, in nanoseconds since 1970.
    listed_ns: i128,
    pub(super) files: Vec<IndexedFile>,
}

/// Times of files are that coarse at worst: a file written so shortly before it was listed may have
/// been written again since, with the same time and size.
const RACY_NS: i128 = 2_000_000_000;

impl Manifest {
    pub(super) fn new(opstamp: u64, listed_ns: i128, mut files: Vec<IndexedFile>) -> Self {
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Self { version: VERSION, opstamp, listed_ns, files }
    }

    /// `None` where there is none that this version can use.
    pub(super) fn load(dir: &Path) -> Option<Self> {
        let file = File::open(path(dir)).ok()?;
        let manifest: Self = serde_json::from_reader(BufReader::new(file)).ok()?;
        (manifest.version == VERSION).then_some(manifest)
    }

    /// Replaces the manifest in one step.
    pub(super) fn store(&self, dir: &Path) -> io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(dir)?;
        let mut writer = BufWriter::new(file.as_file_mut());
        serde_json::to_writer(&mut writer, self)?;
        writer.flush()?;
        drop(writer);
        file.persist(path(dir))?;
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
            && entry.modified_ns < self.listed_ns - RACY_NS
    }
}

fn path(dir: &Path) -> PathBuf {
    dir.join("manifest.json")
}
