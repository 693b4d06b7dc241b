//! What a person sent in sessions before, kept in the tool's private folder of the repository.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use crate::repo::Repo;

/// So many are kept.
const KEPT: usize = 200;

fn path(repo: &Repo) -> PathBuf {
    repo.state_dir().join("sent.json")
}

/// The newest last; what cannot be read is not there.
pub fn sent(repo: &Repo) -> Vec<String> {
    let text = fs::read_to_string(path(repo)).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}

/// Written whole or not at all; a disk that is full costs the history and nothing else.
pub fn keep_sent(repo: &Repo, sent: &[String]) {
    let last = &sent[sent.len().saturating_sub(KEPT)..];
    let written = || -> std::io::Result<()> {
        fs::create_dir_all(repo.state_dir())?;
        let mut file = tempfile::NamedTempFile::new_in(repo.state_dir())?;
        file.write_all(serde_json::to_string(last)?.as_bytes())?;
        file.persist(path(repo)).map_err(|error| error.error)?;
        Ok(())
    };
    let _ = written();
}
