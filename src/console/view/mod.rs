//! How does a session look?
//!
//! One part of the screen a file, and only what shows is formatted.

mod candidates;
mod card;
mod context;
mod dialog;
mod footer;
mod header;
mod prompt;
mod proposals;
mod spots;
#[cfg(test)]
mod tests;
mod timeline;

use ratatui::Frame;
use ratatui::layout::{Rect, Size};
use ratatui::text::Span;
use ratatui::widgets::{Block, Borders, Paragraph};

use crate::console::msg::{Msg, Place};
use crate::console::state::State;
use crate::review::{Paint, text};

pub(super) use spots::Spots;

/// From this width on, what the model sees stands beside the timeline.
const WIDE: u16 = 100;
/// Columns of what stands beside it.
const BESIDE: u16 = 36;
/// Below this nothing sensible can be shown.
const SMALLEST: Size = Size::new(24, 7);
/// Most lines of the prompt that show.
const PROMPT_LINES: u16 = 6;

/// Draws the whole screen, and says what clicks on it mean.
pub(super) fn view(state: &State, frame: &mut Frame<'_>) -> Spots {
    let mut spots = Spots::default();
    draw(state, frame, &mut spots);
    spots
}

fn draw(state: &State, frame: &mut Frame<'_>, spots: &mut Spots) {
    let area = frame.area();
    if area.width < SMALLEST.width || area.height < SMALLEST.height {
        frame.render_widget(Paragraph::new("terminal too small"), area);
        return;
    }
    let header = Rect { height: 1, ..area };
    let footer = Rect { y: area.y + area.height - 1, height: 1, ..area };
    header::draw(state, frame, header);
    footer::draw(state, frame, footer, spots);
    let mut body = Rect { y: area.y + 1, height: area.height - 2, ..area };
    if state.place == Place::Desk {
        let lines = prompt::lines(state, body.width).clamp(1, PROMPT_LINES);
        let height = (lines + 2).min(body.height / 2).max(3);
        let area = cut_off(&mut body, height);
        prompt::draw(state, frame, area);
    }
    if let Some(question) = state.cards.front() {
        let height = card::height(state, question, body.width).min(body.height.saturating_sub(2));
        let area = cut_off(&mut body, height);
        card::draw(state, question, frame, area, spots);
    }
    match state.place {
        Place::Desk | Place::Context if area.width >= WIDE => {
            let beside = Rect { x: body.x + body.width - BESIDE, width: BESIDE, ..body };
            let timeline = Rect { width: body.width - BESIDE, ..body };
            timeline::draw(state, frame, timeline);
            spots.add(timeline, Msg::Go(Place::Desk));
            context::draw(state, frame, beside, spots);
        }
        Place::Desk => timeline::draw(state, frame, body),
        Place::Context => context::draw(state, frame, body, spots),
        Place::Proposals => proposals::draw(state, frame, body, spots),
    }
    if let Some(dialog) = &state.dialog {
        dialog::draw(state, dialog, frame, spots);
    }
}

/// Takes so many rows from the lower end of `area`.
fn cut_off(area: &mut Rect, height: u16) -> Rect {
    let height = height.min(area.height);
    area.height -= height;
    Rect { y: area.y + area.height, height, ..*area }
}

/// A pane with its title; gives what is left inside.
fn pane(state: &State, frame: &mut Frame<'_>, area: Rect, title: &str, focused: bool) -> Rect {
    let border = if focused { Paint::FocusedBorder } else { Paint::Border };
    let mark = if focused { "▸ " } else { " " };
    let title = text::cut_end(title, usize::from(area.width).saturating_sub(6));
    let block = Block::new()
        .borders(Borders::ALL)
        .border_style(state.theme.style(border))
        .title_top(Span::styled(format!("{mark}{title} "), state.theme.style(Paint::Title)));
    let inside = block.inner(area);
    frame.render_widget(block, area);
    inside
}

/// Lines of at most `width` columns, broken at words; what was said in lines stays in lines.
fn wrapped(said: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let lines = said.split('\n').map(|line| text::plain(line.trim_end_matches('\r')));
    lines
        .flat_map(|line| {
            let broken = textwrap::wrap(&line, width);
            broken.into_iter().map(|part| part.into_owned()).collect::<Vec<_>>()
        })
        .collect()
}

/// `3.1k` for 3,100.
fn short(number: u32) -> String {
    match number {
        0..1000 => number.to_string(),
        1000..10_000 => format!("{}.{}k", number / 1000, number % 1000 / 100),
        _ => format!("{}k", number / 1000),
    }
}
