//! The keys that the last line of the screen names, and where they stand, so that they can be clicked.

use std::ops::Range;

use unicode_width::UnicodeWidthStr;

use crate::proposal::Verdict;
use crate::review::look::LookMsg;
use crate::review::piece::PieceMsg;
use crate::review::state::{Dialog, Pane, State};
use crate::review::update::{Msg, Scope, Step};
use crate::review::way::Where;

/// A key with its verb.
#[derive(Debug)]
pub(super) struct Hint {
    pub(super) key: &'static str,
    pub(super) verb: String,
    pub(super) columns: Range<usize>,
    msg: Msg,
}

/// What fits into `width` columns, the most useful first: the rest is left to the help.
pub(super) fn hints(state: &State, width: usize) -> Vec<Hint> {
    let (hints, last) = match state.dialog {
        Some(Dialog::Cut { .. }) => of_cut(),
        _ => (all(state), hint("?", "keys", Msg::Help)),
    };
    let room = width.saturating_sub(wide(&last));
    let mut column = 0;
    let mut fitting: Vec<Hint> = Vec::new();
    for hint in hints.into_iter().take_while(|hint| {
        let fits = column + wide(hint) <= room;
        column += wide(hint);
        fits
    }) {
        fitting.push(hint);
    }
    fitting.push(last);
    let mut start = 0;
    for hint in &mut fitting {
        let end = start + wide(hint);
        hint.columns = start..end;
        start = end;
    }
    fitting
}

/// What a click on `column` of the last line means.
pub(super) fn at(state: &State, column: usize) -> Option<Msg> {
    let hints = hints(state, usize::from(state.size.width));
    hints.into_iter().find(|hint| hint.columns.contains(&column)).map(|hint| hint.msg)
}

fn wide(hint: &Hint) -> usize {
    hint.key.width() + hint.verb.width() + 3
}

fn hint(key: &'static str, verb: &str, msg: Msg) -> Hint {
    Hint { key, verb: verb.to_owned(), columns: 0..0, msg }
}

/// While the cursor of a split shows, and how to leave it.
fn of_cut() -> (Vec<Hint>, Hint) {
    let hints = vec![
        hint("↵", "split here", Msg::Enter),
        hint("j", "down", Msg::Move(Step::Line, Where::Forward)),
        hint("k", "up", Msg::Move(Step::Line, Where::Back)),
    ];
    (hints, hint("esc", "back", Msg::No))
}

fn all(state: &State) -> Vec<Hint> {
    let count = state.count_all();
    let apply = match count.accepted {
        0 => "apply".to_owned(),
        accepted => format!("apply {accepted}…"),
    };
    let (files, why) = match state.pane {
        Pane::Files => ("back", "why"),
        Pane::Hunk => ("files", "why"),
        Pane::Why => ("files", "back"),
    };
    vec![
        hint("a", "accept", Msg::Decide(Verdict::Accepted)),
        hint("x", "reject", Msg::Decide(Verdict::Rejected)),
        hint("s", "split", Msg::Piece(PieceMsg::Split)),
        hint("c", "comment", Msg::Piece(PieceMsg::Comment)),
        hint("⇥", "undecided", Msg::NextUndecided),
        hint("A", &apply, Msg::AskApply),
        hint("q", "quit", Msg::AskQuit),
        hint("e", "edit", Msg::Piece(PieceMsg::Edit)),
        hint("f", files, Msg::ShowFiles),
        hint("w", why, Msg::ShowWhy),
        hint(":", "all", Msg::Look(LookMsg::Palette)),
        hint("n", "next hunk", Msg::Move(Step::Hunk, Where::Forward)),
        hint("/", "search", Msg::Look(LookMsg::Search)),
        hint("z", "more around", Msg::Look(LookMsg::Around)),
        hint("+", "accept file", Msg::DecideRest(Scope::File, Verdict::Accepted)),
        hint("S", "split at", Msg::Piece(PieceMsg::Aim)),
        hint("U", "take back", Msg::TakeBack),
    ]
}
