//! What keys mean where the session stands.

use crossterm::event::{
    Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEventKind,
};
use ratatui::layout::Size;

use crate::console::msg::{Msg, Place};
use crate::console::state::{Dialog, State};
use crate::console::view::Spots;
use crate::review::Where;
use crate::session::Approval;

const ANYWHERE: [(&str, &str); 10] = [
    ("tab", "review if something waits, else the next place"),
    ("shift-tab", "context"),
    ("esc", "back to the desk"),
    ("ctrl-c", "stop the task; else empty the prompt; else leave"),
    ("ctrl-b", "fold the task that runs; you are told when it ends"),
    ("ctrl-e", "replies and outputs, shown or hidden"),
    ("ctrl-p", "every command, found by a few letters"),
    ("ctrl-z", "suspend"),
    ("ctrl-d", "leave"),
    ("click", "a row, an answer, a key of the last line, another pane"),
];

const DESK: [(&str, &str); 8] = [
    ("enter", "send; while a task runs it waits for its turn"),
    ("alt-enter", "a new line (also ctrl-j)"),
    ("ctrl-t", "task or question"),
    ("↑ ↓", "what was sent before, in a prompt of one line"),
    ("PgUp PgDn", "scroll the timeline; the wheel too"),
    ("home end", "in the prompt; with ctrl the timeline's"),
    (":", "every command, in an empty prompt"),
    ("?", "these keys, in an empty prompt"),
];

const CONTEXT: [(&str, &str); 6] = [
    ("j k ↓ ↑", "down, up"),
    ("d", "drop from view, or let in again, from the next turn on"),
    ("p", "pin its file, or let go of it"),
    ("+ a", "add a file or definition"),
    (":", "every command"),
    ("?", "these keys"),
];

const PROPOSALS: [(&str, &str); 5] = [
    ("j k ↓ ↑", "down, up"),
    ("enter", "review it"),
    ("m", "mark it"),
    ("c", "compare the marked one with this one"),
    ("?", "these keys"),
];

/// The keys of a place and what they do, in the order of the help.
pub(super) fn help(place: Place) -> Vec<(&'static str, &'static str)> {
    let own: &[_] = match place {
        Place::Desk => &DESK,
        Place::Context => &CONTEXT,
        Place::Proposals => &PROPOSALS,
    };
    own.iter().chain(&ANYWHERE).copied().collect()
}

/// What an event of the terminal means; `None` where it means nothing. `spots` says what was drawn where.
pub(super) fn msg(state: &State, spots: &Spots, event: Event) -> Option<Msg> {
    match event {
        Event::Resize(width, height) => Some(Msg::Resize(Size::new(width, height))),
        Event::Paste(text) => Some(Msg::Paste(text)),
        Event::Key(key) if key.kind == KeyEventKind::Release => None,
        Event::Key(key) => on_key(state, key),
        Event::Mouse(mouse) => match mouse.kind {
            MouseEventKind::Down(MouseButton::Left) => spots.at(mouse.column, mouse.row),
            MouseEventKind::ScrollUp => Some(Msg::notch(Where::Back)),
            MouseEventKind::ScrollDown => Some(Msg::notch(Where::Forward)),
            _ => None,
        },
        Event::FocusGained | Event::FocusLost => None,
    }
}

fn on_key(state: &State, key: KeyEvent) -> Option<Msg> {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    match key.code {
        KeyCode::Char('c') if control => return Some(Msg::Interrupt),
        KeyCode::Char('z') if control => return Some(Msg::Suspend),
        _ => {}
    }
    if state.cards.reason.is_some() {
        return Some(match key.code {
            KeyCode::Enter => Msg::Send,
            KeyCode::Esc => Msg::No,
            _ => Msg::Type(key.into()),
        });
    }
    // An empty prompt lets a card have the keys; words that are being typed are not taken for an answer.
    let free = state.place != Place::Desk || state.prompt.is_empty();
    if state.dialog.is_none()
        && state.cards.front().is_some()
        && free
        && let Some(msg) = on_card(key.code).filter(|_| !control)
    {
        return Some(msg);
    }
    match &state.dialog {
        Some(dialog) => on_dialog(dialog, key),
        None => match on_chord(&key) {
            Some(msg) => Some(msg),
            None => match state.place {
                Place::Desk => at_desk(state, key),
                Place::Context => in_context(key.code),
                Place::Proposals => at_proposals(key.code),
            },
        },
    }
}

fn on_card(code: KeyCode) -> Option<Msg> {
    Some(match code {
        KeyCode::Char('y') => Msg::Approve(Approval::Once),
        KeyCode::Char('s') => Msg::Approve(Approval::Session),
        KeyCode::Char('n') => Msg::Approve(Approval::Denied { reason: String::new() }),
        KeyCode::Char('r') => Msg::Reason,
        _ => return None,
    })
}

fn on_dialog(dialog: &Dialog, key: KeyEvent) -> Option<Msg> {
    match dialog {
        Dialog::Ask(_) => match key.code {
            KeyCode::Char('y' | 'Y') => Some(Msg::Yes),
            KeyCode::Char('n' | 'N' | 'q') | KeyCode::Esc => Some(Msg::No),
            _ => None,
        },
        Dialog::Help { .. } | Dialog::Message { .. } => match key.code {
            KeyCode::Char('j') | KeyCode::Down | KeyCode::PageDown => {
                Some(Msg::Move(Where::Forward))
            }
            KeyCode::Char('k') | KeyCode::Up | KeyCode::PageUp => Some(Msg::Move(Where::Back)),
            KeyCode::Char('q' | '?') | KeyCode::Esc | KeyCode::Enter => Some(Msg::No),
            _ => None,
        },
        Dialog::Palette(_) | Dialog::Add(_) => match key.code {
            KeyCode::Esc => Some(Msg::No),
            KeyCode::Enter => Some(Msg::Choose),
            KeyCode::Down | KeyCode::Tab => Some(Msg::Move(Where::Forward)),
            KeyCode::Up | KeyCode::BackTab => Some(Msg::Move(Where::Back)),
            KeyCode::Char('n') if key.modifiers.contains(KeyModifiers::CONTROL) => {
                Some(Msg::Move(Where::Forward))
            }
            KeyCode::Char('p') if key.modifiers.contains(KeyModifiers::CONTROL) => {
                Some(Msg::Move(Where::Back))
            }
            _ => Some(Msg::Type(key.into())),
        },
    }
}

/// Keys that mean the same in every place.
fn on_chord(key: &KeyEvent) -> Option<Msg> {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    Some(match key.code {
        KeyCode::Tab => Msg::NextPlace,
        KeyCode::BackTab => Msg::Go(Place::Context),
        KeyCode::Esc => Msg::Go(Place::Desk),
        KeyCode::PageUp => Msg::page(Where::Back),
        KeyCode::PageDown => Msg::page(Where::Forward),
        KeyCode::Home if control => Msg::Ends(Where::Back),
        KeyCode::End if control => Msg::Ends(Where::Forward),
        KeyCode::Char('b') if control => Msg::Background,
        KeyCode::Char('e') if control => Msg::Details,
        KeyCode::Char('p') if control => Msg::Palette,
        KeyCode::Char('t') if control => Msg::ToggleTake,
        KeyCode::Char('d') if control => Msg::AskQuit,
        _ => return None,
    })
}

fn at_desk(state: &State, key: KeyEvent) -> Option<Msg> {
    let empty = state.prompt.is_empty();
    let one_line = state.prompt.lines().len() == 1;
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    let alt = key.modifiers.intersects(KeyModifiers::ALT | KeyModifiers::SHIFT);
    Some(match key.code {
        KeyCode::Enter if alt => Msg::Newline,
        KeyCode::Char('j') if control => Msg::Newline,
        KeyCode::Enter => Msg::Send,
        KeyCode::Up if one_line => Msg::Recall(Where::Back),
        KeyCode::Down if one_line => Msg::Recall(Where::Forward),
        KeyCode::Char(':') if empty => Msg::Palette,
        KeyCode::Char('?') if empty => Msg::Help,
        _ => Msg::Type(key.into()),
    })
}

fn in_context(code: KeyCode) -> Option<Msg> {
    Some(match code {
        KeyCode::Char('d' | 'x') | KeyCode::Delete => Msg::Drop,
        KeyCode::Char('p' | ' ') => Msg::Pin,
        KeyCode::Char('+' | 'a') => Msg::Add,
        _ => return in_list(code),
    })
}

fn at_proposals(code: KeyCode) -> Option<Msg> {
    Some(match code {
        KeyCode::Enter | KeyCode::Char('l') | KeyCode::Right => Msg::Choose,
        KeyCode::Char('m' | ' ') => Msg::Mark,
        KeyCode::Char('c') => Msg::Compare,
        _ => return in_list(code),
    })
}

fn in_list(code: KeyCode) -> Option<Msg> {
    Some(match code {
        KeyCode::Char('j') | KeyCode::Down => Msg::Move(Where::Forward),
        KeyCode::Char('k') | KeyCode::Up => Msg::Move(Where::Back),
        KeyCode::Char('g') | KeyCode::Home => Msg::Ends(Where::Back),
        KeyCode::Char('G') | KeyCode::End => Msg::Ends(Where::Forward),
        KeyCode::Char(':') => Msg::Palette,
        KeyCode::Char('?') => Msg::Help,
        KeyCode::Char('q') => Msg::Go(Place::Desk),
        _ => return None,
    })
}
