//! The first line: what is reviewed, who made it, how far the decisions are.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::{mark, spread};
use crate::proposal::Verdict;
use crate::review::state::State;
use crate::review::theme::Paint;
use crate::review::update::counted;

pub(super) fn draw(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let style = |paint| state.theme.style(paint);
    let title = format!("\"{}\"", state.title);
    let left = vec![
        (" countersign".to_owned(), style(Paint::Key)),
        (format!("  {}  ", state.id), Style::new()),
        (title, style(Paint::Title)),
        (format!("  {} ", state.model), style(Paint::Quiet)),
    ];
    frame.render_widget(spread(left, decisions(state, area.width), usize::from(area.width)), area);
}

fn decisions(state: &State, width: u16) -> Vec<(String, Style)> {
    let count = state.count_all();
    let files = counted(state.files.len(), "file");
    let hunks = counted(state.pieces.len(), "hunk");
    let mut parts = Vec::new();
    if width >= 60 {
        parts.push((format!(" {files}  {hunks}  "), Style::new()));
    }
    for (number, verdict) in [
        (count.accepted, Verdict::Accepted),
        (count.rejected, Verdict::Rejected),
        (count.undecided, Verdict::Undecided),
    ] {
        let style = state.theme.style(Paint::Verdict(verdict));
        parts.push((format!(" {number} {}", mark(verdict)), style));
    }
    parts.push((" ".to_owned(), Style::new()));
    parts
}
