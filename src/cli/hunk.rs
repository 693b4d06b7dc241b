//! A proposal and its hunks as text and as JSON.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};
use bstr::ByteSlice;
use serde_json::{Value, json};

use crate::cli::printable;
use crate::journal;
use crate::proposal::{Hunk, HunkKind, Line, LineKind, Proposal, Status};

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

/// The hunk with its number, coloured; the signs say the same without colours.
pub(super) fn text(hunk: &Hunk) -> String {
    let place = match hunk.lines.iter().find_map(|line| line.new.or(line.old)) {
        Some(line) => format!("{}:{line}", hunk.path),
        None => hunk.path.to_string(),
    };
    let note = hunk.note.as_ref().map(|note| format!("  ({note})")).unwrap_or_default();
    let mut text = format!("{BOLD}hunk {}{BOLD:#}  {place}{note}\n", hunk.number);
    let carriage_returns = hunk.lines.iter().any(|line| !line.bytes.ends_with(b"\r\n"));
    for line in &hunk.lines {
        let (sign, style) = match line.kind {
            LineKind::Context => (' ', Style::new()),
            LineKind::Removed => ('-', AnsiColor::Red.on_default()),
            LineKind::Added => ('+', AnsiColor::Green.on_default()),
        };
        let code = code(line, carriage_returns);
        let _ = writeln!(text, "{style}{sign}{code}{style:#}");
        if !line.bytes.ends_with(b"\n") {
            let _ = writeln!(text, "{DIM}\\ no newline at end of file{DIM:#}");
        }
    }
    text
}

/// The line without its ending; a carriage return is shown where not every line has one.
fn code(line: &Line, carriage_returns: bool) -> String {
    let bytes = line.bytes.strip_suffix(b"\n").unwrap_or(&line.bytes);
    let bytes = match bytes.strip_suffix(b"\r") {
        Some(bytes) if !carriage_returns => bytes,
        _ => bytes,
    };
    shown(bytes)
}

/// A line of code for a person. Tabs stay: they move the cursor forward only, and code without
/// them is hard to read.
pub(super) fn shown(line: &[u8]) -> String {
    line.to_str_lossy().split('\t').map(printable).collect::<Vec<_>>().join("\t")
}

/// The hunk for scripts. Lines are counted from 1; bytes that are no UTF-8 are replaced.
pub(super) fn document(hunk: &Hunk) -> Value {
    let line = |line: &Line| {
        let kind = match line.kind {
            LineKind::Context => "context",
            LineKind::Removed => "removed",
            LineKind::Added => "added",
        };
        json!({"kind": kind, "old": line.old, "new": line.new, "text": line.bytes.to_str_lossy()})
    };
    let kind = match hunk.kind {
        HunkKind::Lines => "lines",
        HunkKind::Mode => "mode",
        HunkKind::Rename => "rename",
        HunkKind::Whole => "whole",
    };
    json!({
        "number": hunk.number,
        "kind": kind,
        "path": hunk.path,
        "note": hunk.note,
        "lines": hunk.lines.iter().map(line).collect::<Vec<_>>(),
    })
}

/// A proposal on one line of a table, for scripts.
pub(super) fn summary(proposal: &Proposal, status: Status) -> Value {
    let hunks = proposal.hunks();
    let (added, removed) = counts(&hunks);
    let renames = proposal.renames.iter().map(|(to, from)| json!({"from": from, "to": to}));
    let renames: Vec<Value> = renames.collect();
    json!({
        "id": proposal.id,
        "title": proposal.title,
        "status": status,
        "created": created(proposal),
        "model": proposal.model,
        "files": proposal.changes.iter().map(|change| &change.path).collect::<Vec<_>>(),
        "renames": renames,
        "hunks": hunks.len(),
        "added": added,
        "removed": removed,
        "verification": proposal.verification,
        "base": proposal.base.to_string(),
        "commit": proposal.commit.to_string(),
    })
}

/// Lines added and removed by all of `hunks`.
pub(super) fn counts(hunks: &[Hunk]) -> (usize, usize) {
    hunks.iter().map(Hunk::counts).fold((0, 0), |sum, it| (sum.0 + it.0, sum.1 + it.1))
}

/// When the proposal was made, as RFC 3339.
pub(super) fn created(proposal: &Proposal) -> Option<String> {
    jiff::Timestamp::from_second(proposal.created).ok().map(|time| time.to_string())
}

/// How long ago it was made: `5m`, `3h`, `12d`.
pub(super) fn age(proposal: &Proposal) -> String {
    let seconds = (journal::now().as_second() - proposal.created).max(0);
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m", seconds / 60),
        3600..86_400 => format!("{}h", seconds / 3600),
        _ => format!("{}d", seconds / 86_400),
    }
}

/// `1 file`, `2 files`.
pub(super) fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
