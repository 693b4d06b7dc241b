//! What was written to the work tree, as text and as JSON.

use serde_json::{Value, json};

use crate::cli::{Context, Failure};
use crate::proposal::{Receipt, Written};

/// Says what `receipt` did: `words` is a whole sentence, `undone` that it was taken back.
pub(super) fn say(
    context: &Context,
    words: &str,
    receipt: &Receipt,
    movement: Movement,
) -> Result<(), Failure> {
    if context.out.json {
        return context.out.document(&document(receipt, movement));
    }
    let lines = receipt
        .files
        .iter()
        .map(|file| format!("  {} {}\n", letter(what_happened(file, movement)), file.path));
    context.out.data(&format!("{words}\n{}", lines.collect::<String>()))
}

/// Which way the files went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Movement {
    Forwards,
    Backwards,
}

fn document(receipt: &Receipt, movement: Movement) -> Value {
    let file = |file: &Written| json!({"path": file.path, "change": what_happened(file, movement)});
    json!({
        "proposal": receipt.proposal,
        "receipt": receipt.id,
        "hunks": receipt.hunks,
        "partly": receipt.partly,
        "state": receipt.state,
        "files": receipt.files.iter().map(file).collect::<Vec<_>>(),
    })
}

fn what_happened(file: &Written, movement: Movement) -> &'static str {
    let (before, after) = match movement {
        Movement::Forwards => (&file.before, &file.after),
        Movement::Backwards => (&file.after, &file.before),
    };
    match (before, after) {
        (None, _) => "created",
        (_, None) => "deleted",
        _ => "changed",
    }
}

/// As `git status` says it.
fn letter(change: &str) -> char {
    match change {
        "created" => 'A',
        "deleted" => 'D',
        _ => 'M',
    }
}
