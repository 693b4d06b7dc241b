//! The last line: the keys that matter here, or one sentence about the last key.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::console::msg::{Msg, Place};
use crate::console::state::State;
use crate::console::view::Spots;
use crate::review::{Paint, text};

pub(super) fn draw(state: &State, frame: &mut Frame<'_>, area: Rect, spots: &mut Spots) {
    let width = usize::from(area.width);
    if let Some(notice) = &state.notice {
        let notice = text::cut_end(&text::plain(notice), width.saturating_sub(1));
        frame.render_widget(Line::raw(format!(" {notice}")), area);
        return;
    }
    let mut room = width;
    let mut spans = Vec::new();
    for (key, verb, msg) in hints(state) {
        let needed = key.width() + verb.width() + 3;
        if needed > room {
            continue;
        }
        let hint = Rect { x: area.x + to_columns(width - room), width: to_columns(needed), ..area };
        spots.add(hint, msg);
        room -= needed;
        spans.push(Span::styled(format!(" {key} "), state.theme.style(Paint::Key)));
        spans.push(Span::raw(format!("{verb} ")));
    }
    frame.render_widget(Line::from(spans), area);
}

fn to_columns(number: usize) -> u16 {
    u16::try_from(number).unwrap_or(u16::MAX)
}

/// Keys, verbs and what they mean, the most useful first: what does not fit is left to the help.
fn hints(state: &State) -> Vec<(&'static str, String, Msg)> {
    let waiting = state.proposals.rows.len();
    let tab = match (state.place, waiting) {
        (Place::Desk, 0) => "context".to_owned(),
        (Place::Desk, 1) => "review (1 proposal ready)".to_owned(),
        (Place::Desk, n) => format!("review ({n} proposals ready)"),
        (Place::Context, _) => "proposals".to_owned(),
        (Place::Proposals, _) => "desk".to_owned(),
    };
    let tab = ("⇥", tab, Msg::NextPlace);
    let desk = ("esc", "desk".into(), Msg::Go(Place::Desk));
    let mut hints: Vec<(&str, String, Msg)> = match state.place {
        Place::Desk => vec![("↵", "send".into(), Msg::Send), tab],
        Place::Context => vec![
            ("d", "drop".into(), Msg::Drop),
            ("p", "pin".into(), Msg::Pin),
            ("+", "add".into(), Msg::Add),
            desk,
            tab,
        ],
        Place::Proposals => vec![
            ("↵", "review".into(), Msg::Choose),
            ("m", "mark".into(), Msg::Mark),
            ("c", "compare".into(), Msg::Compare),
            desk,
            tab,
        ],
    };
    if state.work.is_some() {
        hints.push(("^C", "stop".into(), Msg::Interrupt));
        hints.push(("^B", "background".into(), Msg::Background));
    }
    hints.push(("?", "keys".into(), Msg::Help));
    if state.place == Place::Desk {
        hints.push((":", "palette".into(), Msg::Palette));
        hints.push(("^T", "task or question".into(), Msg::ToggleTake));
        hints.push(("^E", "details".into(), Msg::Details));
    }
    hints
}
