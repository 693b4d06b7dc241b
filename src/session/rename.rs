//! Another name for something, everywhere that it is named, as changes of files.

use crate::base::Digest;
use crate::repo::{FileChange, FileState};
use crate::retrieval::Renaming;
use crate::session::decide::Desk;
use crate::session::driver::SessionError;

/// The changes that give it the name `new`; refused where a file is not as it was looked into.
pub(super) fn changes(
    desk: &Desk,
    renaming: &Renaming,
    new: &str,
) -> Result<Vec<FileChange>, SessionError> {
    let mut changes = Vec::new();
    for file in &renaming.files {
        let before = desk.repo.read(&file.path)?;
        let state = before.filter(|state| Digest::of(&state.bytes) == file.digest);
        let state = state.ok_or_else(|| SessionError::Changed { path: file.path.clone() })?;
        let bytes = replaced(&state.bytes, &file.at, &renaming.old, new);
        let after = Some(FileState { bytes, mode: state.mode });
        changes.push(FileChange { path: file.path.clone(), before: Some(state), after });
    }
    Ok(changes)
}

/// `text` with `new` in place of `old` at each of `at`.
fn replaced(text: &[u8], at: &[usize], old: &str, new: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len() + at.len() * new.len());
    let mut done = 0;
    for at in at {
        bytes.extend_from_slice(&text[done..*at]);
        bytes.extend_from_slice(new.as_bytes());
        done = at + old.len();
    }
    bytes.extend_from_slice(&text[done..]);
    bytes
}
