//! The first line: where we are, who answers, how fast, and how long it may still take.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_width::UnicodeWidthStr;

use crate::console::state::State;
use crate::console::view::short;
use crate::review::{Paint, spread, text};

/// Columns of the bar that shows how full the prompt is.
const BAR: u32 = 6;

pub(super) fn draw(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let style = |paint| state.theme.style(paint);
    let width = usize::from(area.width);
    let mut left = vec![(" countersign ".to_owned(), style(Paint::Title))];
    left.push((format!(" {}", text::plain(&state.repository)), Style::new()));
    // What fits of the figures, the most telling first.
    let mut room = width.saturating_sub(left.iter().map(|(part, _)| part.width()).sum::<usize>());
    let mut right = Vec::new();
    for part in figures(state) {
        let part = format!("  {part}");
        if part.width() < room {
            room -= part.width();
            right.push((part, style(Paint::Quiet)));
        }
    }
    right.push((" ".to_owned(), Style::new()));
    frame.render_widget(spread(left, right, width), area);
}

fn figures(state: &State) -> Vec<String> {
    let mut figures = Vec::new();
    if let Some(left) = state.time_left() {
        let seconds = left.as_secs();
        figures.push(format!("{}:{:02} left", seconds / 60, seconds % 60));
    }
    if !state.model.name.is_empty() {
        figures.push(text::plain(&state.model.name));
    }
    let (used, window) = (state.sources.used.0, state.model.context.0);
    if window > 0 && used > 0 {
        let filled = (used * BAR).div_ceil(window).min(BAR);
        let bar: String = (0..BAR).map(|at| if at < filled { '▓' } else { '░' }).collect();
        figures.push(format!("ctx {}/{} {bar}", short(used), short(window)));
    }
    let gauges = state.gauges;
    match (gauges.read, gauges.write) {
        (Some(read), Some(write)) => figures.push(format!("{read:.0} read {write:.0} write tok/s")),
        (Some(read), None) => figures.push(format!("{read:.0} read tok/s")),
        (None, Some(write)) => figures.push(format!("{write:.0} write tok/s")),
        (None, None) => {}
    }
    if let Some(cached) = gauges.cached {
        figures.push(format!("cache {:.0} %", cached * 100.0));
    }
    figures
}
