//! Which key means what.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseEvent};
use crossterm::event::{MouseButton, MouseEventKind};
use ratatui::layout::{Position, Size};

use crate::proposal::Verdict;
use crate::review::piece::PieceMsg;
use crate::review::state::{Dialog, State};
use crate::review::update::{Msg, Scope, Step, Where};

/// All keys and what they do, in the order of the help.
pub(super) const HELP: [(&str, &str); 23] = [
    ("a", "accept this hunk"),
    ("x", "reject this hunk"),
    ("space", "accept, reject, undecide in turn"),
    ("s", "split this hunk; again: smaller"),
    ("e", "edit its new lines in your editor"),
    ("c", "comment on it; a model words it anew, if one is there"),
    ("u", "make this hunk undecided again"),
    ("U", "take back the last step, whatever it was"),
    ("+ -", "accept, reject what is undecided in this file"),
    ("*", "accept what is undecided in the whole proposal"),
    ("tab", "next undecided hunk"),
    ("n ]   p [", "next, previous hunk"),
    ("} {", "next, previous file"),
    ("j k ↓ ↑", "a line down, up; past the end the next hunk"),
    ("h l ← →", "left, right in long lines"),
    ("PgDn PgUp", "a page down, up"),
    ("g G", "first, last line"),
    ("f w", "files, why this hunk; again: back"),
    ("A enter", "apply what is accepted, after a question"),
    ("q", "leave; nothing is applied"),
    ("ctrl-z", "suspend"),
    ("mouse", "the wheel scrolls, a click goes to a file or hunk"),
    ("?", "these keys"),
];

/// What an event of the terminal means where the review stands; `None` where it means nothing.
pub(super) fn msg(state: &State, event: &Event) -> Option<Msg> {
    match event {
        Event::Resize(width, height) => Some(Msg::Resize(Size::new(*width, *height))),
        Event::Key(key) if key.kind == KeyEventKind::Release => None,
        Event::Key(key) => on_key(state, key),
        Event::Mouse(mouse) => on_mouse(mouse),
        Event::Paste(text) => Some(Msg::Piece(PieceMsg::Paste(text.clone()))),
        Event::FocusGained | Event::FocusLost => None,
    }
}

fn on_key(state: &State, key: &KeyEvent) -> Option<Msg> {
    if key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) {
        return on_chord(key);
    }
    match &state.dialog {
        None => on_review_key(key.code),
        Some(Dialog::Help { .. }) => on_help_key(key.code),
        Some(Dialog::Apply | Dialog::Quit) => on_question_key(key.code),
        Some(Dialog::Comment { .. }) => on_comment_key(key.code),
        Some(Dialog::Message { .. }) => Some(Msg::No),
    }
}

fn on_chord(key: &KeyEvent) -> Option<Msg> {
    match key.code {
        KeyCode::Char('c') => Some(Msg::Interrupt),
        KeyCode::Char('z') => Some(Msg::Suspend),
        KeyCode::Char('d' | 'f') => Some(Msg::Move(Step::Page, Where::Forward)),
        KeyCode::Char('u' | 'b') => Some(Msg::Move(Step::Page, Where::Back)),
        _ => None,
    }
}

fn on_review_key(code: KeyCode) -> Option<Msg> {
    use Where::{Back, Forward};
    Some(match code {
        KeyCode::Char('a') => Msg::Decide(Verdict::Accepted),
        KeyCode::Char('x') => Msg::Decide(Verdict::Rejected),
        KeyCode::Char('u') => Msg::Decide(Verdict::Undecided),
        KeyCode::Char('s') => Msg::Piece(PieceMsg::Split),
        KeyCode::Char('e') => Msg::Piece(PieceMsg::Edit),
        KeyCode::Char('c') => Msg::Piece(PieceMsg::Comment),
        KeyCode::Char(' ') => Msg::Toggle,
        KeyCode::Char('U') => Msg::TakeBack,
        KeyCode::Char('+') => Msg::DecideRest(Scope::File, Verdict::Accepted),
        KeyCode::Char('-') => Msg::DecideRest(Scope::File, Verdict::Rejected),
        KeyCode::Char('*') => Msg::DecideRest(Scope::Proposal, Verdict::Accepted),
        KeyCode::Tab => Msg::NextUndecided,
        KeyCode::Char('n' | ']') => Msg::Move(Step::Hunk, Forward),
        KeyCode::Char('p' | '[') => Msg::Move(Step::Hunk, Back),
        KeyCode::Char('}') => Msg::Move(Step::File, Forward),
        KeyCode::Char('{') => Msg::Move(Step::File, Back),
        KeyCode::Char('f') => Msg::ShowFiles,
        KeyCode::Char('w') => Msg::ShowWhy,
        KeyCode::Char('A') => Msg::AskApply,
        KeyCode::Enter => Msg::Enter,
        KeyCode::Esc => Msg::Back,
        KeyCode::Char('q') => Msg::AskQuit,
        KeyCode::Char('?') => Msg::Help,
        _ => return on_scroll_key(code),
    })
}

fn on_scroll_key(code: KeyCode) -> Option<Msg> {
    use Where::{Back, Forward};
    Some(match code {
        KeyCode::Char('j') | KeyCode::Down => Msg::Move(Step::Line, Forward),
        KeyCode::Char('k') | KeyCode::Up => Msg::Move(Step::Line, Back),
        KeyCode::Char('l') | KeyCode::Right => Msg::Move(Step::Column, Forward),
        KeyCode::Char('h') | KeyCode::Left => Msg::Move(Step::Column, Back),
        KeyCode::PageDown => Msg::Move(Step::Page, Forward),
        KeyCode::PageUp => Msg::Move(Step::Page, Back),
        KeyCode::Char('G') | KeyCode::End => Msg::Move(Step::All, Forward),
        KeyCode::Char('g') | KeyCode::Home => Msg::Move(Step::All, Back),
        _ => return None,
    })
}

fn on_help_key(code: KeyCode) -> Option<Msg> {
    match code {
        KeyCode::Esc | KeyCode::Enter | KeyCode::Char('q' | '?') => Some(Msg::No),
        _ => on_scroll_key(code),
    }
}

/// Keys are letters while a comment is typed.
fn on_comment_key(code: KeyCode) -> Option<Msg> {
    match code {
        KeyCode::Char(letter) => Some(Msg::Piece(PieceMsg::Type(letter))),
        KeyCode::Backspace => Some(Msg::Piece(PieceMsg::Erase)),
        KeyCode::Enter => Some(Msg::Piece(PieceMsg::Send)),
        KeyCode::Esc => Some(Msg::No),
        _ => None,
    }
}

/// Enter is no yes: whoever opened the question with it would answer it by a second press.
fn on_question_key(code: KeyCode) -> Option<Msg> {
    match code {
        KeyCode::Char('y' | 'Y') => Some(Msg::Yes),
        KeyCode::Char('n' | 'N' | 'q') | KeyCode::Esc => Some(Msg::No),
        _ => None,
    }
}

fn on_mouse(mouse: &MouseEvent) -> Option<Msg> {
    let at = Position::new(mouse.column, mouse.row);
    match mouse.kind {
        MouseEventKind::ScrollDown => Some(Msg::Wheel(at, Where::Forward)),
        MouseEventKind::ScrollUp => Some(Msg::Wheel(at, Where::Back)),
        MouseEventKind::Down(MouseButton::Left) => Some(Msg::Click(at)),
        _ => None,
    }
}
