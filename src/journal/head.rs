//! `journal.head`: the newest record's number and hash, kept beside the journal.
//!
//! It is replaced after every append, so after a crash it is at most one record behind, never ahead.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::journal::record::Link;

/// What the head says; `None` where it is missing or no head.
pub(super) fn load(dir: &Path) -> Option<Link> {
    serde_json::from_slice(&fs::read(path(dir)).ok()?).ok()
}

/// Replaces the head in one step. The caller holds the journal's lock.
pub(super) fn store(dir: &Path, link: Link) -> io::Result<()> {
    let fresh = dir.join("journal.head.new");
    let mut file = File::create(&fresh)?;
    file.write_all(serde_json::to_string(&link)?.as_bytes())?;
    file.sync_data()?;
    fs::rename(fresh, path(dir))
}

fn path(dir: &Path) -> PathBuf {
    dir.join("journal.head")
}
