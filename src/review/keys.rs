//! Which key means what.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseEvent};
use crossterm::event::{MouseButton, MouseEventKind};
use ratatui::layout::{Position, Size};

use crate::proposal::Verdict;
use crate::review::look::LookMsg;
use crate::review::overlay;
use crate::review::piece::PieceMsg;
use crate::review::state::{Dialog, State};
use crate::review::update::{Msg, Scope, Step};
use crate::review::way::Where;

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
    let is_ours = key.modifiers.contains(KeyModifiers::CONTROL)
        && matches!(key.code, KeyCode::Char('c' | 'z'));
    if let Some(Dialog::Over(overlay)) = state.dialog.as_ref().filter(|_| !is_ours) {
        return overlay::key(overlay, key).map(Msg::Look);
    }
    if key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) {
        return on_chord(key);
    }
    match &state.dialog {
        None => on_review_key(key.code),
        Some(Dialog::Help { .. }) => on_help_key(key.code),
        Some(Dialog::Apply | Dialog::Quit) => on_question_key(key.code),
        Some(Dialog::Cut { .. }) => on_cut_key(key.code),
        Some(Dialog::Comment { .. }) => on_comment_key(key.code),
        Some(Dialog::Message { .. } | Dialog::Over(_)) => Some(Msg::No),
    }
}

fn on_chord(key: &KeyEvent) -> Option<Msg> {
    match key.code {
        KeyCode::Char('c') => Some(Msg::Interrupt),
        KeyCode::Char('z') => Some(Msg::Suspend),
        KeyCode::Char('d' | 'f') => Some(Msg::Move(Step::Page, Where::Forward)),
        KeyCode::Char('u' | 'b') => Some(Msg::Move(Step::Page, Where::Back)),
        KeyCode::Char('n') => Some(Msg::Look(LookMsg::Found(Where::Forward))),
        KeyCode::Char('p') => Some(Msg::Look(LookMsg::Found(Where::Back))),
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
        KeyCode::Char('S') => Msg::Piece(PieceMsg::Aim),
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
        KeyCode::Char(c) => return on_look_key(c).map(Msg::Look).or_else(|| on_scroll_key(code)),
        _ => return on_scroll_key(code),
    })
}

fn on_look_key(c: char) -> Option<LookMsg> {
    Some(match c {
        '|' => LookMsg::Sides,
        'z' => LookMsg::Around,
        'W' => LookMsg::Space,
        '/' => LookMsg::Search,
        ':' => LookMsg::Palette,
        '1'..='9' => LookMsg::Source(c.to_digit(10)?.checked_sub(1)? as usize),
        _ => return None,
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

fn on_cut_key(code: KeyCode) -> Option<Msg> {
    match code {
        KeyCode::Enter => Some(Msg::Enter),
        KeyCode::Esc | KeyCode::Char('q') => Some(Msg::No),
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
