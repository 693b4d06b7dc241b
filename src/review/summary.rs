//! What an apply would do, said before it is done.

use unicode_width::UnicodeWidthStr;

use crate::proposal::{HunkKind, Origin, Piece, Standing, Verdict};
use crate::review::state::{Dialog, FileEntry, State};
use crate::review::text;
use crate::review::update::counted;

/// Files and hunks that are named; more are counted.
const NAMED: usize = 8;

/// Columns of a line.
const WIDTH: usize = 64;

/// The question and what it is about, for a dialog or a line each.
pub(super) struct Summary {
    pub(super) title: String,
    pub(super) lines: Vec<String>,
    /// What a yes does.
    pub(super) verb: &'static str,
}

/// The question before decisions are carried out, or why there is nothing to ask.
pub(super) fn question(state: &State) -> Dialog {
    let count = state.count_all();
    let nothing = |text: String| Dialog::Message { title: "Nothing to apply", text };
    if state.pieces.iter().any(|piece| acts(state, piece)) {
        Dialog::Apply
    } else if state.standing == Standing::InTree {
        nothing(
            "No hunk is rejected, so the files stay as they are. `x` rejects the one in front."
                .into(),
        )
    } else if count.rejected > 0 && count.undecided == 0 {
        nothing(format!(
            "Every hunk is rejected. Leave with `q`, then `countersign reject {}` sets the \
             proposal aside.",
            state.id
        ))
    } else {
        nothing("No hunk is accepted yet. `a` accepts the one in front.".into())
    }
}

/// What carrying out the decisions would do.
pub(super) fn of(state: &State) -> Summary {
    let acting: Vec<&Piece> = state.pieces.iter().filter(|piece| acts(state, piece)).collect();
    let touched: Vec<&FileEntry> = state.files.iter().filter(|it| share(state, it) > 0).collect();
    let mut lines: Vec<String> =
        touched.iter().take(NAMED).flat_map(|file| of_file(state, file)).collect();
    if touched.len() > NAMED {
        lines.push(format!("and {}", counted(touched.len() - NAMED, "more file")));
    }
    lines.push(String::new());
    for origin in [Origin::Person, Origin::Revision] {
        let of_origin = acting.iter().filter(|piece| piece.origin == origin);
        let names: Vec<String> = of_origin.map(|piece| piece.name()).collect();
        if let Some(words) = origin.words().filter(|_| !names.is_empty()) {
            lines.push(format!("{}: {}.", capital(words), listed(&names)));
        }
    }
    lines.push(stays(state));
    let (hunks, files) = (counted(acting.len(), "hunk"), counted(touched.len(), "file"));
    match state.standing {
        Standing::Proposed => {
            Summary { title: format!("Apply {hunks} in {files}?"), lines, verb: "apply" }
        }
        Standing::InTree => Summary {
            title: format!("Change {hunks} of {files} in the work tree?"),
            lines,
            verb: "change",
        },
    }
}

/// Whether the decision about `piece` changes files.
fn acts(state: &State, piece: &Piece) -> bool {
    match state.standing {
        Standing::Proposed => piece.verdict == Verdict::Accepted,
        Standing::InTree => piece.verdict == Verdict::Rejected || piece.origin != Origin::Proposal,
    }
}

fn share(state: &State, file: &FileEntry) -> usize {
    state.pieces[file.hunks.clone()].iter().filter(|piece| acts(state, piece)).count()
}

/// `src/a.rs  2 of 3 hunks  +5 -1`; what is taken out of a file counts the other way round.
/// A second line says where it comes from where the first has no room for both places.
fn of_file(state: &State, file: &FileEntry) -> Vec<String> {
    let (mut added, mut removed) = (0, 0);
    for piece in state.pieces[file.hunks.clone()].iter().filter(|piece| acts(state, piece)) {
        let (more, less) = piece.hunk.counts();
        let is_out = piece.verdict == Verdict::Rejected;
        added += if is_out { less } else { more };
        removed += if is_out { more } else { less };
    }
    let hunks = counted(file.hunks.len(), "hunk");
    let share = format!("{} of {hunks}  +{added} -{removed}", share(state, file));
    let room = WIDTH.saturating_sub(share.width() + 4);
    let (from, name) = places(state, file);
    let both = from.as_ref().map(|from| format!("{from} → {name}"));
    match (from, both) {
        (Some(from), Some(both)) if both.width() > room => vec![
            format!("{}  {share}", text::cut_start(&name, room)),
            format!("  from {}", text::cut_start(&from, WIDTH.saturating_sub(7))),
        ],
        (_, both) => vec![format!("{}  {share}", text::cut_start(&both.unwrap_or(name), room))],
    }
}

/// Where the file comes from if it is moved, and where it lies afterwards.
fn places(state: &State, file: &FileEntry) -> (Option<String>, String) {
    let name = file.name.clone();
    let Some(from) = &file.from else { return (None, name) };
    let from = text::plain(&from.to_string());
    let moves = state.pieces[file.hunks.clone()]
        .iter()
        .any(|piece| piece.hunk.kind == HunkKind::Rename && acts(state, piece));
    match (state.standing, moves) {
        (Standing::Proposed, true) => (Some(from), name),
        (Standing::Proposed, false) => (None, format!("{from} (stays there)")),
        (Standing::InTree, true) => (Some(name), from),
        (Standing::InTree, false) => (None, name),
    }
}

/// What the decisions leave as it is.
fn stays(state: &State) -> String {
    let count = state.count_all();
    match (state.standing, count.rejected, count.undecided) {
        (Standing::InTree, _, 0) => "Everything else is accepted and stays.".to_owned(),
        (Standing::InTree, _, open) => {
            format!("Everything else stays, {} undecided too.", counted(open, "hunk"))
        }
        (_, 0, 0) => "Nothing stays out.".to_owned(),
        (_, rejected, 0) => format!("Stays out: {rejected} rejected ✗."),
        (_, 0, undecided) => format!("Stays out: {undecided} undecided ·."),
        (_, rejected, undecided) => {
            format!("Stays out: {rejected} rejected ✗, {undecided} undecided ·.")
        }
    }
}

fn listed(names: &[String]) -> String {
    let more = names.len().saturating_sub(NAMED);
    let shown = names[..names.len() - more].join(", ");
    if more == 0 { shown } else { format!("{shown} and {more} more") }
}

fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().collect::<String>()).unwrap_or_default()
        + letters.as_str()
}
