//! How does a review look?
//!
//! One file a pane, and only what shows is formatted.

mod dialog;
mod files;
mod footer;
mod header;
mod hunk;
mod line;
mod overlay;
#[cfg(test)]
mod tests;
mod why;

pub(super) use dialog::meant;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::symbols::merge::MergeStrategy;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Borders, Paragraph};
use unicode_width::UnicodeWidthStr;

use crate::proposal::Verdict;
use crate::review::layout::{self, Frames};
use crate::review::state::{Pane, State};
use crate::review::text;
use crate::review::theme::Paint;

/// Draws the whole screen.
pub(super) fn view(state: &State, frame: &mut Frame<'_>) {
    let Some(areas) = layout::areas(state.size, state.pane).filter(|_| fits(state, frame)) else {
        frame.render_widget(Paragraph::new("terminal too small"), frame.area());
        return;
    };
    header::draw(state, frame, areas.header);
    let panes = [
        (areas.files, Pane::Files, files::draw as Draw),
        (areas.hunk, Pane::Hunk, hunk::draw),
        (areas.why, Pane::Why, why::draw),
    ];
    for (area, pane, draw) in panes {
        if let Some(area) = area {
            let titles = draw(state, frame, areas.inside(area));
            draw_frame(state, frame, area, areas.frames, pane, titles);
        }
    }
    footer::draw(state, frame, areas.footer);
    if let Some(open) = &state.dialog {
        dialog::draw(state, open, frame);
    }
}

/// Draws the inside of a pane and says what stands on its frame.
type Draw = fn(&State, &mut Frame<'_>, Rect) -> Titles;

/// What stands on the upper edge of a pane.
struct Titles {
    left: String,
    right: String,
}

/// The terminal may be resized before the message about it is read.
fn fits(state: &State, frame: &Frame<'_>) -> bool {
    let area = frame.area();
    state.size.width <= area.width && state.size.height <= area.height
}

fn draw_frame(
    state: &State,
    frame: &mut Frame<'_>,
    area: Rect,
    frames: Frames,
    pane: Pane,
    titles: Titles,
) {
    let focused = pane == state.pane;
    let border = if focused { Paint::FocusedBorder } else { Paint::Border };
    let room = usize::from(area.width).saturating_sub(6);
    let right = text::cut_start(&titles.right, room);
    let left = text::cut_start(&titles.left, room.saturating_sub(right.width() + 2));
    let mark = if focused && frames == Frames::Boxes { "▸ " } else { " " };
    let block = Block::new()
        .borders(if frames == Frames::Boxes { Borders::ALL } else { Borders::TOP })
        .merge_borders(MergeStrategy::Exact)
        .border_style(state.theme.style(border))
        .title_top(Span::styled(format!("{mark}{left} "), state.theme.style(Paint::Title)));
    let block = if right.is_empty() {
        block
    } else {
        let style = state.theme.style(Paint::Title);
        block.title_top(Line::from(Span::styled(format!(" {right} "), style)).right_aligned())
    };
    frame.render_widget(block, area);
}

/// A verdict in one column.
fn mark(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Accepted => "✓",
        Verdict::Rejected => "✗",
        Verdict::Undecided => "·",
    }
}

/// A line with its end pushed to the right edge; the start gives way where both do not fit.
pub(crate) fn spread(
    left: Vec<(String, Style)>,
    right: Vec<(String, Style)>,
    width: usize,
) -> Line<'static> {
    let mut right_room = width;
    let mut ends = Vec::new();
    for (part, style) in right {
        let part = text::cut_end(&part, right_room);
        right_room -= part.width().min(right_room);
        ends.push(Span::styled(part, style));
    }
    let mut room = right_room;
    let mut spans = Vec::new();
    for (part, style) in left {
        let part = text::cut_end(&part, room);
        room -= part.width().min(room);
        spans.push(Span::styled(part, style));
    }
    spans.push(Span::raw(" ".repeat(room)));
    spans.extend(ends);
    Line::from(spans)
}
