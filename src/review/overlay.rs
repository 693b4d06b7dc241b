//! What lies over the panes and is typed into: the search, the palette, a place that the model saw.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::review::look::{LookMsg, Overlay};
use crate::review::state::{Dialog, State};
use crate::review::update::{self, Effect};
use crate::review::way::Where;
use crate::review::{palette, search};

/// Characters that one line of typing takes.
const LONGEST: usize = 200;

/// Rows that a page moves.
const PAGE: usize = 10;

/// What a key means while `overlay` is open.
pub(super) fn key(overlay: &Overlay, key: &KeyEvent) -> Option<LookMsg> {
    let chord = key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
    let types = !matches!(overlay, Overlay::Source { .. });
    Some(match key.code {
        KeyCode::Char('n') if chord => LookMsg::Move(Where::Forward),
        KeyCode::Char('p') if chord => LookMsg::Move(Where::Back),
        KeyCode::Char('d' | 'f') if chord => LookMsg::Page(Where::Forward),
        KeyCode::Char('u') if chord && types => LookMsg::EraseAll,
        KeyCode::Char('u' | 'b') if chord => LookMsg::Page(Where::Back),
        KeyCode::Char(_) if chord => return None,
        KeyCode::Char(c) if types => LookMsg::Type(c),
        KeyCode::Char('j') | KeyCode::Down => LookMsg::Move(Where::Forward),
        KeyCode::Char('k') | KeyCode::Up => LookMsg::Move(Where::Back),
        KeyCode::Char('q') | KeyCode::Esc => LookMsg::Close,
        KeyCode::Char(c) => LookMsg::Source(c.to_digit(10)?.checked_sub(1)? as usize),
        KeyCode::PageDown => LookMsg::Page(Where::Forward),
        KeyCode::PageUp => LookMsg::Page(Where::Back),
        KeyCode::Backspace => LookMsg::Erase,
        KeyCode::Enter => LookMsg::Accept,
        _ => return None,
    })
}

/// What a message does to `overlay`, which was taken off the screen.
pub(super) fn answer(state: &mut State, overlay: Overlay, msg: LookMsg) -> Vec<Effect> {
    match (overlay, msg) {
        (Overlay::Search(_), LookMsg::Close) => state.look.search.clear(),
        (Overlay::Search(text), LookMsg::Accept) => {
            search::find(state, &text);
            search::go(state, Where::Forward);
        }
        (Overlay::Search(text), msg) => {
            let text = typed(text, msg);
            search::find(state, &text);
            state.dialog = Some(Dialog::Over(Overlay::Search(text)));
        }
        (Overlay::Palette { .. } | Overlay::Source { .. }, LookMsg::Close) => {}
        (Overlay::Source { .. }, LookMsg::Accept) => {}
        (Overlay::Source { .. }, LookMsg::Source(nth)) => open_source(state, nth),
        (Overlay::Palette { text, selected }, LookMsg::Accept) => {
            return run(state, &text, selected);
        }
        (Overlay::Palette { text, .. }, LookMsg::Pick(nth)) => return run(state, &text, nth),
        (Overlay::Palette { text, selected }, msg) => {
            let last = palette::matching(&text).len().saturating_sub(1);
            let selected = moved(selected, msg, last).unwrap_or(0);
            let text = typed(text, msg);
            state.dialog = Some(Dialog::Over(Overlay::Palette { text, selected }));
        }
        (Overlay::Source { nth, scroll }, msg) => {
            let sources = state.sources();
            let lines = sources.get(nth).map_or(0, |it| it.place.text.lines().count());
            let scroll = moved(scroll, msg, lines.saturating_sub(1)).unwrap_or(scroll);
            state.dialog = Some(Dialog::Over(Overlay::Source { nth, scroll }));
        }
    }
    Vec::new()
}

/// Does what command `nth` of those with the letters of `text` does.
fn run(state: &mut State, text: &str, nth: usize) -> Vec<Effect> {
    let chosen = palette::matching(text).into_iter().nth(nth);
    let msg = chosen.and_then(|command| command.msg.clone());
    msg.map(|msg| update::act(state, msg)).unwrap_or_default()
}

/// Opens place `nth` of those that are named for the hunk in front.
pub(super) fn open_source(state: &mut State, nth: usize) {
    if state.sources().get(nth).is_some() {
        state.dialog = Some(Dialog::Over(Overlay::Source { nth, scroll: 0 }));
    } else {
        state.notice = Some(format!("the journal names no place {} for this hunk", nth + 1));
    }
}

fn typed(mut text: String, msg: LookMsg) -> String {
    match msg {
        LookMsg::Type(c) if text.chars().count() < LONGEST => text.push(c),
        LookMsg::Erase => drop(text.pop()),
        LookMsg::EraseAll => text.clear(),
        _ => {}
    }
    text
}

/// Where a list stands after `msg`; none where it did not move.
fn moved(from: usize, msg: LookMsg, last: usize) -> Option<usize> {
    Some(match msg {
        LookMsg::Move(Where::Forward) => (from + 1).min(last),
        LookMsg::Move(Where::Back) => from.saturating_sub(1),
        LookMsg::Page(Where::Forward) => (from + PAGE).min(last),
        LookMsg::Page(Where::Back) => from.saturating_sub(PAGE),
        _ => return None,
    })
}
