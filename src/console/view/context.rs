//! What the model sees: every source with its tokens and why it is there, and what changes next.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Text};

use crate::console::msg::{Msg, Place};
use crate::console::sources::{Fate, Row};
use crate::console::state::State;
use crate::console::view::{Spots, pane, spots, wrapped};
use crate::review::{Paint, spread, text};

pub(super) fn draw(state: &State, frame: &mut Frame<'_>, area: Rect, spots: &mut Spots) {
    spots.add(area, Msg::Go(Place::Context));
    let sources = &state.sources;
    let title = match sources.used.0 {
        0 => "In view".to_owned(),
        used => format!("In view · {used} of {} tok", sources.budget.0),
    };
    let focused = state.place == Place::Context;
    let inside = pane(state, frame, area, &title, focused);
    let (width, height) = (usize::from(inside.width), usize::from(inside.height));
    let rows = sources.all();
    let mut lines = Vec::new();
    if rows.is_empty() {
        let words = "Nothing yet: retrieval chooses what the model sees when a task begins. `+` adds a \
                     file or definition before that.";
        let quiet = state.theme.style(Paint::Quiet);
        lines.extend(wrapped(words, width).into_iter().map(|line| Line::styled(line, quiet)));
    } else {
        lines.push(bar(state, width));
    }
    let below = below(state, width, focused);
    let room = height.saturating_sub(lines.len() + below.len()).max(1);
    // Where there is room, the reason stands below each source.
    let tall = focused && rows.len() * 2 <= room;
    let fitting = if tall { room / 2 } else { room };
    let first = sources.at.saturating_sub(fitting / 2).min(rows.len().saturating_sub(fitting));
    for (at, row) in rows.iter().enumerate().skip(first).take(fitting) {
        for line in told(state, row, width, focused && at == sources.at, tall) {
            spots::row(inside, lines.len()).into_iter().for_each(|it| spots.add(it, Msg::Pick(at)));
            lines.push(line);
        }
    }
    lines.extend(below);
    frame.render_widget(Text::from(lines), inside);
}

/// How full the prompt is.
fn bar(state: &State, width: usize) -> Line<'static> {
    let (used, budget) = (state.sources.used.0 as usize, state.sources.budget.0 as usize);
    let filled = (used * width).checked_div(budget).unwrap_or(0).min(width);
    let bar: String = (0..width).map(|at| if at < filled { '▓' } else { '░' }).collect();
    Line::styled(bar, state.theme.style(Paint::Quiet))
}

fn told(state: &State, row: &Row, width: usize, in_front: bool, tall: bool) -> Vec<Line<'static>> {
    let quiet = state.theme.style(Paint::Quiet);
    let (mark, mut style) = match state.sources.fate(row) {
        Fate::Fixed | Fate::Found => ("  ", Style::new()),
        Fate::Pinned => ("● ", state.theme.style(Paint::Title)),
        Fate::Dropped => ("✗ ", quiet.add_modifier(Modifier::CROSSED_OUT)),
    };
    if in_front {
        style = style.patch(state.theme.style(Paint::Selected));
    }
    let tokens = row.tokens.map_or_else(|| "next".to_owned(), |tokens| tokens.0.to_string());
    let room = width.saturating_sub(tokens.len() + 3);
    let source = text::cut_start(&text::plain(&row.source), room);
    let mut lines = vec![spread(
        vec![(mark.to_owned(), Style::new()), (source, style)],
        vec![(format!(" {tokens}"), quiet)],
        width,
    )];
    if tall {
        let why = text::cut_end(&text::plain(&row.why), width.saturating_sub(4));
        lines.push(Line::styled(format!("    {why}"), quiet));
    }
    lines
}

/// Why the source in front is there, what did not fit, and the keys.
fn below(state: &State, width: usize, focused: bool) -> Vec<Line<'static>> {
    let quiet = state.theme.style(Paint::Quiet);
    let mut said = Vec::new();
    if state.sources.changed {
        said.push("changes from the next turn on".to_owned());
    }
    if !state.sources.left_out.is_empty() {
        let first = &state.sources.left_out[0];
        let more = match state.sources.left_out.len() - 1 {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        said.push(format!("did not fit: {first}{more}"));
    }
    if focused && let Some(row) = state.sources.row() {
        said.push(format!("why: {}", row.why));
    }
    let lines = said.iter().flat_map(|said| wrapped(said, width));
    lines.map(|line| Line::styled(line, quiet)).collect()
}
