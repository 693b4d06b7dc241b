//! The answers of a round in columns beside each other.

use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::console::candidates::{Candidate, Round, Standing};
use crate::console::state::State;
use crate::proposal::Verdict;
use crate::review::{Paint, text};

/// Columns of an answer, and rows of them that show.
const CELL: usize = 24;
const ROWS: usize = 2;

/// Two lines for each row of answers; nothing where there is but one.
pub(super) fn lines(
    state: &State,
    round: &Round,
    width: usize,
    indent: &str,
) -> Vec<Line<'static>> {
    if round.all.len() < 2 {
        return Vec::new();
    }
    let room = width.saturating_sub(indent.width()).max(1);
    let columns = (room / CELL).clamp(1, round.all.len());
    let cell = room / columns;
    let first = round.all.len().saturating_sub(columns * ROWS);
    let quiet = state.theme.style(Paint::Quiet);
    let mut lines = Vec::new();
    if first > 0 {
        lines.push(Line::styled(format!("{indent}… {first} answers before these"), quiet));
    }
    let numbered: Vec<(usize, &Candidate)> = (1..).zip(&round.all).skip(first).collect();
    for row in numbered.chunks(columns) {
        let mut above = vec![Span::styled(indent.to_owned(), quiet)];
        let mut below = above.clone();
        for (number, candidate) in row {
            let style = match candidate.standing {
                Standing::Passes(_) => state.theme.style(Paint::Verdict(Verdict::Accepted)),
                Standing::Fails(_) => state.theme.style(Paint::Verdict(Verdict::Rejected)),
                Standing::Refused(_) => state.theme.style(Paint::Warning),
                _ => quiet,
            };
            let words = text::plain(&candidate.standing.words());
            above.push(Span::styled(fitted(&format!("{number} {words}"), cell), style));
            below.push(Span::styled(fitted(&format!("  {}", size(candidate)), cell), quiet));
        }
        lines.push(Line::from(above));
        if row.iter().any(|(_, candidate)| candidate.change.is_some()) {
            lines.push(Line::from(below));
        }
    }
    lines
}

fn size(candidate: &Candidate) -> String {
    match (&candidate.change, candidate.same) {
        (Some((_, size)), Some(other)) => format!("{size} = {other}"),
        (Some((_, size)), None) => size.clone(),
        (None, _) => String::new(),
    }
}

/// Cut or filled up to a column, with a blank behind it.
fn fitted(said: &str, width: usize) -> String {
    let said = text::cut_end(said, width.saturating_sub(1));
    format!("{said}{}", " ".repeat(width.saturating_sub(said.width())))
}
