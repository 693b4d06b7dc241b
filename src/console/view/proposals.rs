//! The proposals that wait, side by side with how they were verified.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Text};

use crate::console::job::ProposalRow;
use crate::console::msg::Msg;
use crate::console::state::State;
use crate::console::view::{Spots, pane, spots, wrapped};
use crate::review::{Paint, counted, spread, text};

pub(super) fn draw(state: &State, frame: &mut Frame<'_>, area: Rect, spots: &mut Spots) {
    let proposals = &state.proposals;
    let title = format!("{} to decide", counted(proposals.rows.len(), "proposal"));
    let inside = pane(state, frame, area, &title, true);
    let (width, height) = (usize::from(inside.width), usize::from(inside.height));
    if proposals.rows.is_empty() {
        let quiet = state.theme.style(Paint::Quiet);
        let words =
            "No proposal waits. Type a task at the desk (esc), and what comes of it is here.";
        let lines: Vec<Line<'_>> =
            wrapped(words, width).into_iter().map(|line| Line::styled(line, quiet)).collect();
        frame.render_widget(Text::from(lines), inside);
        return;
    }
    let fitting = (height / 3).max(1);
    let first = proposals.at.saturating_sub(fitting / 2);
    let first = first.min(proposals.rows.len().saturating_sub(fitting));
    let shown = proposals.rows.iter().enumerate().skip(first).take(fitting);
    let mut lines: Vec<Line<'static>> = Vec::new();
    for (at, row) in shown {
        let marked = proposals.marked.as_ref() == Some(&row.id);
        for line in told(state, row, width, at == proposals.at, marked) {
            spots::row(inside, lines.len()).into_iter().for_each(|it| spots.add(it, Msg::Pick(at)));
            lines.push(line);
        }
    }
    frame.render_widget(Text::from(lines), inside);
}

fn told(
    state: &State,
    row: &ProposalRow,
    width: usize,
    in_front: bool,
    marked: bool,
) -> Vec<Line<'static>> {
    let quiet = state.theme.style(Paint::Quiet);
    let style = if in_front { state.theme.style(Paint::Selected) } else { Style::new() };
    let mark = match (in_front, marked) {
        (true, true) => "▸◆ ",
        (true, false) => "▸  ",
        (false, true) => " ◆ ",
        (false, false) => "   ",
    };
    let size = format!(
        "{} {}  +{} -{}",
        counted(row.files, "file"),
        counted(row.hunks, "hunk"),
        row.added,
        row.removed
    );
    let title = text::plain(&row.title);
    let verified = text::plain(&row.verified);
    let model = text::plain(&row.model);
    vec![
        spread(
            vec![
                (mark.to_owned(), Style::new()),
                (row.id.to_string(), state.theme.style(Paint::Title)),
                ("  ".to_owned(), Style::new()),
                (title, style),
            ],
            vec![(format!("  {size}"), quiet)],
            width,
        ),
        spread(vec![(format!("   {verified}"), Style::new())], vec![(model, quiet)], width),
        Line::raw(""),
    ]
}
