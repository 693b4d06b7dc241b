//! The last line: the keys that matter here, or one sentence about the last key.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::review::state::{Pane, State};
use crate::review::theme::Paint;

pub(super) fn draw(state: &State, frame: &mut Frame<'_>, area: Rect) {
    if let Some(notice) = &state.notice {
        frame.render_widget(Line::raw(format!(" {notice}")), area);
        return;
    }
    let last = ("?".to_owned(), "keys".to_owned());
    let mut room = usize::from(area.width).saturating_sub(width(&last));
    let mut spans = Vec::new();
    let fitting = hints(state).into_iter().take_while(|hint| {
        let fits = width(hint) <= room;
        room = room.saturating_sub(width(hint));
        fits
    });
    for (key, verb) in fitting.chain([last]) {
        spans.push(Span::styled(format!(" {key} "), state.theme.style(Paint::Key)));
        spans.push(Span::raw(format!("{verb} ")));
    }
    frame.render_widget(Line::from(spans), area);
}

fn width((key, verb): &(String, String)) -> usize {
    key.width() + verb.width() + 3
}

/// Keys and verbs, the most useful first: what does not fit is left to the help.
fn hints(state: &State) -> Vec<(String, String)> {
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
    [
        ("a", "accept"),
        ("x", "reject"),
        ("⇥", "undecided"),
        ("f", files),
        ("w", why),
        ("A", &apply),
        ("q", "quit"),
        ("n", "next hunk"),
        ("u", "undecide"),
        ("+", "accept file"),
        ("U", "take back"),
    ]
    .map(|(key, verb)| (key.to_owned(), verb.to_owned()))
    .into()
}
