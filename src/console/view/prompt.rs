//! The line to type in.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Borders};
use unicode_width::UnicodeWidthStr;

use crate::console::state::State;
use crate::review::Paint;

/// How many rows what is typed takes.
pub(super) fn lines(state: &State, width: u16) -> u16 {
    let room = usize::from(width).saturating_sub(4).max(1);
    let rows = state.prompt.lines().iter().map(|line| (line.width() + 1).div_ceil(room).max(1));
    u16::try_from(rows.sum::<usize>()).unwrap_or(u16::MAX)
}

pub(super) fn draw(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let typed = state.typed();
    let taken = match (typed.trim().is_empty(), state.would_be_task(&typed)) {
        (true, _) => match state.is_task {
            None => "task or question",
            Some(true) => "task",
            Some(false) => "question",
        },
        (false, true) => "↵ task",
        (false, false) => "↵ question",
    };
    let block = Block::new()
        .borders(Borders::ALL)
        .border_style(state.theme.style(Paint::FocusedBorder))
        .title_bottom(
            Line::from(Span::styled(format!(" {taken} "), state.theme.style(Paint::Quiet)))
                .right_aligned(),
        );
    let inside = block.inner(area);
    frame.render_widget(block, area);
    let sign = Rect { width: inside.width.min(2), height: inside.height.min(1), ..inside };
    frame.render_widget(Span::styled("› ", state.theme.style(Paint::Key)), sign);
    let text =
        Rect { x: inside.x + sign.width, width: inside.width.saturating_sub(sign.width), ..inside };
    frame.render_widget(&state.prompt, text);
}
