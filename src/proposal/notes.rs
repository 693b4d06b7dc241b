//! What a hunk does beyond its lines, in a few words.

use crate::repo::{FileChange, FileState, Mode};

/// `mode 644 → 755`
pub(super) fn modes(before: Mode, after: Mode) -> String {
    format!("mode {} → {}", bits(before), bits(after))
}

/// What is said of a change that is taken or left as a whole.
pub(super) fn whole_note(change: &FileChange, binary: bool) -> String {
    let mut notes = Vec::new();
    match (&change.before, &change.after) {
        (None, Some(new)) => {
            notes.push("new file".to_owned());
            match new.mode {
                Mode::Regular => {}
                Mode::Executable => notes.push("executable".to_owned()),
                Mode::Symlink => notes.push("symbolic link".to_owned()),
            }
        }
        (Some(_), None) => notes.push("deleted".to_owned()),
        (Some(old), Some(new)) if old.mode != new.mode => {
            notes.push(modes(old.mode, new.mode));
        }
        _ => {}
    }
    if binary {
        notes.push(sizes(change));
    }
    notes.join(", ")
}

/// What can be said of bytes that are no text.
fn sizes(change: &FileChange) -> String {
    let size = |state: &FileState| state.bytes.len();
    match (change.before.as_ref().map(size), change.after.as_ref().map(size)) {
        (Some(old), Some(new)) => format!("binary, {old} → {new} bytes"),
        (Some(size), None) | (None, Some(size)) => format!("binary, {size} bytes"),
        (None, None) => "binary".to_owned(),
    }
}

fn bits(mode: Mode) -> &'static str {
    match mode {
        Mode::Regular => "644",
        Mode::Executable => "755",
        Mode::Symlink => "link",
    }
}
