//! The last line: the keys that matter here, or one sentence about the last key.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::console::state::State;
use crate::console::update::Place;
use crate::review::{Paint, text};

pub(super) fn draw(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let width = usize::from(area.width);
    if let Some(notice) = &state.notice {
        let notice = text::cut_end(&text::plain(notice), width.saturating_sub(1));
        frame.render_widget(Line::raw(format!(" {notice}")), area);
        return;
    }
    let mut room = width;
    let mut spans = Vec::new();
    for (key, verb) in hints(state) {
        let needed = key.width() + verb.width() + 3;
        if needed > room {
            continue;
        }
        room -= needed;
        spans.push(Span::styled(format!(" {key} "), state.theme.style(Paint::Key)));
        spans.push(Span::raw(format!("{verb} ")));
    }
    frame.render_widget(Line::from(spans), area);
}

/// Keys and verbs, the most useful first: what does not fit is left to the help.
fn hints(state: &State) -> Vec<(&'static str, String)> {
    let waiting = state.proposals.rows.len();
    let tab = match (state.place, waiting) {
        (Place::Desk, 0) => "context".to_owned(),
        (Place::Desk, 1) => "review (1 proposal ready)".to_owned(),
        (Place::Desk, n) => format!("review ({n} proposals ready)"),
        (Place::Context, _) => "proposals".to_owned(),
        (Place::Proposals, _) => "desk".to_owned(),
    };
    let mut hints: Vec<(&str, String)> = match state.place {
        Place::Desk => vec![("↵", "send".into()), ("⇥", tab)],
        Place::Context => vec![
            ("d", "drop".into()),
            ("p", "pin".into()),
            ("+", "add".into()),
            ("esc", "desk".into()),
            ("⇥", tab),
        ],
        Place::Proposals => vec![
            ("↵", "review".into()),
            ("m", "mark".into()),
            ("c", "compare".into()),
            ("esc", "desk".into()),
            ("⇥", tab),
        ],
    };
    if state.work.is_some() {
        hints.push(("^C", "stop".into()));
        hints.push(("^B", "background".into()));
    }
    hints.push(("?", "keys".into()));
    if state.place == Place::Desk {
        hints.push((":", "palette".into()));
        hints.push(("^T", "task or question".into()));
        hints.push(("^E", "details".into()));
    }
    hints
}
