//! The last line: the keys that matter here, or one sentence about the last key.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::review::look::Overlay;
use crate::review::state::{Dialog, State};
use crate::review::theme::Paint;
use crate::review::update::counted;
use crate::review::{hints, text};

pub(super) fn draw(state: &State, frame: &mut Frame<'_>, area: Rect) {
    if let Some(notice) = &state.notice {
        frame.render_widget(Line::raw(format!(" {notice}")), area);
        return;
    }
    if let Some(Dialog::Over(Overlay::Search(text))) = &state.dialog {
        frame.render_widget(search(state, text, usize::from(area.width)), area);
        return;
    }
    let mut spans = Vec::new();
    for hint in hints::hints(state, usize::from(area.width)) {
        spans.push(Span::styled(format!(" {} ", hint.key), state.theme.style(Paint::Key)));
        spans.push(Span::raw(format!("{} ", hint.verb)));
    }
    frame.render_widget(Line::from(spans), area);
}

/// What is typed, and how often it is there.
fn search(state: &State, text: &str, width: usize) -> Line<'static> {
    let found = match (text.is_empty(), state.look.search.hits.len()) {
        (true, _) => "enter finds, esc back".to_owned(),
        (false, 0) => "nowhere".to_owned(),
        (false, hits) => format!("{} with it", counted(hits, "place")),
    };
    let text = text::cut_start(&text::plain(text), width.saturating_sub(found.len() + 6));
    Line::from(vec![
        Span::styled(" /", state.theme.style(Paint::Key)),
        Span::raw(text),
        Span::styled(" ", state.theme.style(Paint::Selected)),
        Span::styled(format!("  {found}"), state.theme.style(Paint::Quiet)),
    ])
}
