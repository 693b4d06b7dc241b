//! What a person does to one hunk beside deciding: split it, edit it, say something about it.

use crate::proposal::{Origin, Piece, Verdict};
use crate::review::cut;
use crate::review::decide::replace;
use crate::review::state::{Dialog, State};
use crate::review::text;
use crate::review::update::Effect;

/// More letters are no comment.
const LONGEST_COMMENT: usize = 2000;

/// Something about the hunk in front.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PieceMsg {
    Split,
    /// Shows a cursor: where to split.
    Aim,
    /// Splits before this line of the hunk, counted from 1.
    SplitAt(usize),
    Edit,
    Comment,
    Type(char),
    Paste(String),
    Erase,
    Send,
    /// What the editor left of the piece at this index.
    Edited(usize, Vec<u8>),
    EditFailed(String),
    /// What the model made of the piece that waits.
    Revised(Vec<u8>),
    ReviseFailed(String),
}

impl PieceMsg {
    /// Whether it is no key: it is heard whatever the screen shows.
    pub(super) fn is_news(&self) -> bool {
        matches!(
            self,
            Self::Edited(..) | Self::EditFailed(_) | Self::Revised(_) | Self::ReviseFailed(_)
        )
    }
}

/// A key while nothing lies over the panes.
pub(super) fn asked(state: &mut State, msg: &PieceMsg) -> Vec<Effect> {
    let Some(piece) = state.piece() else { return Vec::new() };
    match msg {
        PieceMsg::Split => {
            let parts = piece.split();
            split(state, parts, "there is but one changed line in it");
        }
        PieceMsg::Aim => cut::open(state),
        PieceMsg::SplitAt(line) => {
            let parts = piece.split_at(line.saturating_sub(1));
            split(state, parts, "on one side of that line nothing is changed");
        }
        PieceMsg::Edit if piece.has_lines() => return vec![Effect::Edit(state.at)],
        PieceMsg::Edit => state.notice = Some(no_lines(piece)),
        PieceMsg::Comment => state.dialog = Some(Dialog::Comment { text: String::new() }),
        _ => {}
    }
    Vec::new()
}

/// Puts `parts` in the place of the hunk in front, or says why there are none.
pub(super) fn split(state: &mut State, parts: Option<Vec<Piece>>, why_not: &str) {
    let Some(piece) = state.piece() else { return };
    state.notice = Some(match parts {
        Some(parts) => {
            let count = parts.len();
            let at = state.at;
            replace(state, at, parts);
            state.go_to(at);
            format!("split in {count}; `U` puts it together again")
        }
        None if piece.has_lines() => format!("it cannot be split: {why_not}"),
        None => no_lines(piece),
    });
}

/// Why there is nothing in `piece` to split or to edit.
pub(super) fn no_lines(piece: &Piece) -> String {
    let note = piece.hunk.note.as_deref().map(text::plain).unwrap_or_default();
    format!("it is taken or left as a whole: {note}")
}

/// A key while a comment is typed.
pub(super) fn typed(state: &mut State, mut text: String, msg: &PieceMsg) -> Vec<Effect> {
    match msg {
        PieceMsg::Type(letter) => push(&mut text, *letter),
        PieceMsg::Paste(pasted) => pasted.chars().for_each(|letter| push(&mut text, letter)),
        PieceMsg::Erase => drop(text.pop()),
        PieceMsg::Send => return send(state, text.trim()),
        _ => {}
    }
    state.dialog = Some(Dialog::Comment { text });
    Vec::new()
}

/// One line, of letters that a terminal shows as they are.
fn push(text: &mut String, letter: char) {
    let letter = if letter.is_whitespace() { ' ' } else { letter };
    if text.chars().count() < LONGEST_COMMENT && !letter.is_control() {
        text.push(letter);
    }
}

fn send(state: &mut State, comment: &str) -> Vec<Effect> {
    let Some(piece) = state.piece().filter(|_| !comment.is_empty()) else { return Vec::new() };
    let mut commented = piece.clone();
    commented.comments.push(comment.to_owned());
    let can_wait = commented.has_lines() && state.waiting.is_none();
    let at = state.at;
    replace(state, at, vec![commented.clone()]);
    if !can_wait {
        let why = if state.waiting.is_some() { ": a model is at another hunk" } else { "" };
        state.notice = Some(format!("the comment is kept; no model is asked{why}"));
        return Vec::new();
    }
    state.waiting = Some(commented);
    state.notice = Some("the model is asked to word this hunk anew; go on meanwhile".to_owned());
    vec![Effect::Revise { hunk: at, comment: comment.to_owned() }]
}

/// What came of an editor or a model.
pub(super) fn news(state: &mut State, msg: PieceMsg) {
    match msg {
        PieceMsg::Edited(at, text) => reword(state, at, &text, Origin::Person),
        PieceMsg::EditFailed(why) => {
            state.notice = Some(format!("nothing was edited: {}", text::plain(&why)));
        }
        PieceMsg::Revised(text) => revised(state, &text),
        PieceMsg::ReviseFailed(why) => {
            state.waiting = None;
            state.notice = Some(format!("the comment is kept; {}", text::plain(&why)));
        }
        _ => {}
    }
}

/// Takes the words of a model where the hunk that they are for still says what it said.
fn revised(state: &mut State, text: &[u8]) {
    let Some(asked) = state.waiting.take() else { return };
    match state.pieces.iter().position(|piece| piece.hunk == asked.hunk) {
        Some(at) => reword(state, at, text, Origin::Revision),
        None => {
            let name = asked.name();
            state.notice =
                Some(format!("hunk {name} was changed meanwhile; its revision is dropped"));
        }
    }
}

fn reword(state: &mut State, at: usize, text: &[u8], origin: Origin) {
    let Some(piece) = state.pieces.get(at) else { return };
    state.notice = Some(match piece.reworded(text, origin) {
        Ok(reworded) => {
            let name = reworded.name();
            let is_accepted = reworded.verdict == Verdict::Accepted;
            replace(state, at, vec![reworded]);
            if at == state.at {
                state.go_to(at);
            }
            match is_accepted {
                true => format!("hunk {name} has your words and is accepted; `U` takes them back"),
                false => format!("hunk {name} has other words; look at it, `U` takes them back"),
            }
        }
        Err(error) => match crate::base::Hint::hint(&error) {
            Some(hint) => format!("{error}; {hint}"),
            None => error.to_string(),
        },
    });
}
