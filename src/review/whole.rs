//! What a hunk without lines does: a mode, a binary file, a file that is empty, in sentences.

use crate::proposal::Hunk;
use crate::repo::{FileChange, FileState, Mode, is_binary};

/// What is known about the file before and after, a line each; the note of the hunk stands above.
pub(super) fn facts(change: Option<&FileChange>, hunk: &Hunk) -> Vec<String> {
    let Some(change) = change else { return Vec::new() };
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
