//! What a hunk without lines does: a mode, a binary file, a file that is empty, in sentences.

use crate::base::RepoPath;
use crate::proposal::{Hunk, HunkKind};
use crate::repo::{FileState, Mode, is_binary};
use crate::review::state::FileEntry;
use crate::review::text;
use crate::review::update::counted;

/// What is known about the file before and after, a line each; the note of the hunk stands above.
pub(super) fn facts(file: Option<&FileEntry>, hunk: &Hunk) -> Vec<String> {
    let Some(file) = file else { return Vec::new() };
    let change = &file.change;
    if let Some(from) = file.from.as_ref().filter(|_| hunk.kind == HunkKind::Rename) {
        return place(file, from);
    }
    let mut facts = vec![
        format!("before  {}", described(change.before.as_ref())),
        format!("after   {}", described(change.after.as_ref())),
    ];
    let binary = [&change.before, &change.after];
    let binary = binary.into_iter().flatten().any(|state| is_binary(&state.bytes));
    if binary && hunk.note.as_ref().is_some_and(|note| note.contains("binary")) {
        facts.push("It is no text: it can be taken or left as a whole only.".to_owned());
    }
    facts
}

/// Where a moved file lies before and after, and what becomes of its lines.
fn place(file: &FileEntry, from: &RepoPath) -> Vec<String> {
    let lines = match file.hunks.len() {
        0 | 1 => "Its lines stay as they are.".to_owned(),
        more => format!("Its lines differ: {} of its own.", counted(more - 1, "hunk")),
    };
    vec![
        format!("before  {}", text::plain(&from.to_string())),
        format!("after   {}", file.name),
        lines,
        "Accepted, the file lies at the new place; rejected, at the old one.".to_owned(),
        "What you accept of its lines goes where the file lies.".to_owned(),
    ]
}

fn described(state: Option<&FileState>) -> String {
    let Some(state) = state else { return "no file".to_owned() };
    let mode = match state.mode {
        Mode::Regular => "mode 644",
        Mode::Executable => "mode 755",
        Mode::Symlink => "symbolic link",
    };
    let kind = if is_binary(&state.bytes) { "binary" } else { "text" };
    format!("{kind}, {} bytes, {mode}", state.bytes.len())
}
