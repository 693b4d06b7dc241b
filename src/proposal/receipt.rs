//! What an apply wrote, kept so that it can be taken back: a directory of plain files.
//!
//! `<state>/receipts/<id>/` holds `receipt.json` and the bytes of every file before and after. The
//! bytes are on the disk before the first file of the work tree changes, and `receipt.json` says at
//! every moment how far things are; a directory without it was never begun.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::base::{Digest, ProposalId, ReceiptId, RepoPath};
use crate::proposal::ApplyError;
use crate::repo::{FileState, Mode, Repo, RepoError, replace_state_file};

const RECORD: &str = "receipt.json";

/// What one apply wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    pub id: ReceiptId,
    /// Counts the applies of this work tree; the highest is undone first.
    pub sequence: u64,
    pub proposal: ProposalId,
    /// The hunks that were written in full.
    pub hunks: Vec<u32>,
    /// The hunks of which only some parts were written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub partly: Vec<u32>,
    pub state: ReceiptState,
    pub files: Vec<Written>,
    /// Directories that were not there before, the outermost first.
    pub directories: Vec<RepoPath>,
}

/// How far things are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReceiptState {
    /// The first apply is under way.
    Applying,
    Applied,
    Undoing,
    Undone,
    Redoing,
    /// The first apply broke off and a file was edited before it could be rolled back; its former
    /// bytes are kept here.
    Abandoned,
}

/// A file that was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    pub path: RepoPath,
    /// `None` is "not there".
    pub before: Option<Version>,
    pub after: Option<Version>,
}

/// A file's contents without the bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    pub digest: Digest,
    pub mode: Mode,
    /// The permission bits, or `None` to leave them to the umask.
    pub permissions: Option<u32>,
}

/// One of the two states that a receipt knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Before,
    After,
}

impl Written {
    pub(super) fn version(&self, side: Side) -> Option<&Version> {
        match side {
            Side::Before => self.before.as_ref(),
            Side::After => self.after.as_ref(),
        }
    }

    /// Whether `now` is what stood on that side. Permissions beyond the right to execute may be
    /// changed by whoever likes to.
    pub(super) fn is_at(&self, side: Side, now: Option<&FileState>) -> bool {
        match (self.version(side), now) {
            (None, None) => true,
            (Some(version), Some(now)) => {
                version.mode == now.mode && version.digest == now.digest()
            }
            _ => false,
        }
    }
}

/// The bytes of one file before and after, in the order of [`Receipt::files`].
pub(super) type Contents<'a> = (Option<&'a [u8]>, Option<&'a [u8]>);

/// The receipts of a work tree, locked: nobody else applies, undoes or recovers meanwhile.
pub(super) struct Receipts {
    directory: PathBuf,
    /// Held, not read: closing it releases the lock, even when the process is killed.
    _lock: File,
}

/// The receipts of this work tree, the oldest first. Takes no lock, for looking only.
pub fn receipts(repo: &Repo) -> Result<Vec<Receipt>, ApplyError> {
    read_all(&directory(repo))
}

impl Receipts {
    /// Waits for the lock and takes it.
    pub(super) fn lock(repo: &Repo) -> Result<Self, ApplyError> {
        let directory = directory(repo);
        fs::create_dir_all(&directory).map_err(RepoError::io("make the directory", &directory))?;
        let place = directory.join("lock");
        let lock = File::options().create(true).append(true).open(&place);
        let lock = lock.and_then(|file| file.lock().map(|()| file));
        let lock = lock.map_err(RepoError::io("lock", &place))?;
        Ok(Self { directory, _lock: lock })
    }

    /// Takes the lock if anything was ever applied here.
    pub(super) fn lock_existing(repo: &Repo) -> Result<Option<Self>, ApplyError> {
        if directory(repo).exists() { Self::lock(repo).map(Some) } else { Ok(None) }
    }

    /// The oldest first.
    pub(super) fn all(&self) -> Result<Vec<Receipt>, ApplyError> {
        read_all(&self.directory)
    }

    /// Writes a new receipt: first all bytes, then the record that makes it count.
    pub(super) fn create(
        &self,
        mut receipt: Receipt,
        contents: &[Contents<'_>],
    ) -> Result<Receipt, ApplyError> {
        receipt.sequence = self.all()?.last().map_or(1, |last| last.sequence + 1);
        receipt.id = self.free_id(&receipt);
        let directory = self.of(&receipt.id);
        fs::create_dir(&directory).map_err(RepoError::io("make the directory", &directory))?;
        for (index, (before, after)) in contents.iter().enumerate() {
            for (side, bytes) in [(Side::Before, before), (Side::After, after)] {
                let Some(bytes) = bytes else { continue };
                let place = self.bytes_place(&receipt.id, index, side);
                write_through(&place, bytes).map_err(RepoError::io("write", &place))?;
            }
        }
        self.save(&receipt)?;
        Ok(receipt)
    }

    /// Records how far things are.
    pub(super) fn save(&self, receipt: &Receipt) -> Result<(), ApplyError> {
        let text =
            serde_json::to_vec_pretty(receipt).map_err(|error| damaged(&receipt.id, error))?;
        Ok(replace_state_file(&self.of(&receipt.id).join(RECORD), &text)?)
    }

    /// The file at `index` as it stood on `side`, checked against its digest.
    pub(super) fn state(
        &self,
        receipt: &Receipt,
        index: usize,
        side: Side,
    ) -> Result<Option<FileState>, ApplyError> {
        let Some(version) = receipt.files.get(index).and_then(|file| file.version(side)) else {
            return Ok(None);
        };
        let place = self.bytes_place(&receipt.id, index, side);
        let bytes = fs::read(&place).map_err(RepoError::io("read", &place))?;
        if Digest::of(&bytes) != version.digest {
            return Err(damaged(&receipt.id, format!("`{}` was altered", place.display())));
        }
        Ok(Some(FileState { bytes, mode: version.mode }))
    }

    /// Forgets a receipt. The record goes first: what is left without it counts for nothing.
    pub(super) fn discard(&self, id: &ReceiptId) -> Result<(), ApplyError> {
        let directory = self.of(id);
        let remove = || {
            fs::remove_file(directory.join(RECORD))?;
            fs::remove_dir_all(&directory)
        };
        Ok(remove().map_err(RepoError::io("remove", &directory))?)
    }

    /// Removes directories that an interrupted [`Receipts::create`] or [`Receipts::discard`] left.
    pub(super) fn sweep(&self) -> Result<(), ApplyError> {
        for directory in directories(&self.directory)? {
            if !directory.join(RECORD).exists() {
                fs::remove_dir_all(&directory).map_err(RepoError::io("remove", &directory))?;
            }
        }
        Ok(())
    }

    fn free_id(&self, receipt: &Receipt) -> ReceiptId {
        let seed = Digest::of(format!("{} {}", receipt.proposal, receipt.sequence).as_bytes());
        let mut ids = (4..=64).map(|digits| ReceiptId::from_seed(&seed, digits));
        ids.find(|id| !self.of(id).exists()).unwrap_or_else(|| ReceiptId::from_seed(&seed, 64))
    }

    fn of(&self, id: &ReceiptId) -> PathBuf {
        self.directory.join(id.as_str())
    }

    fn bytes_place(&self, id: &ReceiptId, index: usize, side: Side) -> PathBuf {
        let name = match side {
            Side::Before => "before",
            Side::After => "after",
        };
        self.of(id).join(format!("{name}-{index}"))
    }
}

fn directory(repo: &Repo) -> PathBuf {
    repo.tree_state_dir().join("receipts")
}

fn read_all(directory: &Path) -> Result<Vec<Receipt>, ApplyError> {
    let mut receipts = Vec::new();
    for directory in directories(directory)? {
        let place = directory.join(RECORD);
        let text = match fs::read(&place) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(RepoError::io("read", &place)(error).into()),
        };
        let receipt: Receipt = serde_json::from_slice(&text)
            .map_err(|error| ApplyError::Unreadable { place, why: error.to_string() })?;
        receipts.push(receipt);
    }
    receipts.sort_by_key(|receipt| receipt.sequence);
    Ok(receipts)
}

fn directories(directory: &Path) -> Result<Vec<PathBuf>, RepoError> {
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(RepoError::io("read", directory)(error)),
    };
    let places = entries.filter_map(Result::ok).map(|entry| entry.path());
    Ok(places.filter(|place| place.is_dir()).collect())
}

fn write_through(place: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = File::create_new(place)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn damaged(id: &ReceiptId, why: impl ToString) -> ApplyError {
    ApplyError::Damaged { receipt: id.clone(), why: why.to_string() }
}
