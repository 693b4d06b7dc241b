//! What a rule asks the person: what, why, which rule, and the answers.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::{Block, Borders};
use unicode_width::UnicodeWidthStr;

use crate::console::msg::Msg;
use crate::console::state::State;
use crate::console::view::{Spots, spots, wrapped};
use crate::policy::Action;
use crate::review::Paint;
use crate::session::{Approvable, Approval};

const ANSWERS: [(&str, &str); 4] =
    [("y", "once"), ("s", "this session"), ("n", "no"), ("r", "no, because …")];

fn meaning(key: &str) -> Msg {
    match key {
        "y" => Msg::Approve(Approval::Once),
        "s" => Msg::Approve(Approval::Session),
        "n" => Msg::Approve(Approval::Denied { reason: String::new() }),
        _ => Msg::Reason,
    }
}

/// The rows that a question takes.
pub(super) fn height(state: &State, question: &Approvable, width: u16) -> u16 {
    let lines = lines(state, question, usize::from(width).saturating_sub(4)).len();
    u16::try_from(lines + 2).unwrap_or(u16::MAX)
}

pub(super) fn draw(
    state: &State,
    question: &Approvable,
    frame: &mut Frame<'_>,
    area: Rect,
    spots: &mut Spots,
) {
    let block = Block::new()
        .borders(Borders::ALL)
        .border_style(state.theme.style(Paint::Warning))
        .title_top(Span::styled(" ? May it? ", state.theme.style(Paint::Title)));
    let inside = block.inner(area);
    frame.render_widget(block, area);
    let inside = Rect { x: inside.x + 1, width: inside.width.saturating_sub(2), ..inside };
    let lines = lines(state, question, usize::from(inside.width));
    let rows = u16::try_from(lines.len()).unwrap_or(u16::MAX);
    spots.cover(area);
    if let (None, Some(row)) = (&state.cards.reason, spots::row(inside, lines.len() - 1)) {
        let mut x = row.x;
        for (key, verb) in ANSWERS {
            let width = u16::try_from(key.width() + verb.width() + 1).unwrap_or(u16::MAX);
            spots.add(Rect { x, width, ..row }, meaning(key));
            x = x.saturating_add(width + 3);
        }
    }
    frame.render_widget(Text::from(lines), inside);
    if let Some(reason) = &state.cards.reason {
        let last = rows.saturating_sub(1).min(inside.height.saturating_sub(1));
        let row = Rect { y: inside.y + last, height: 1.min(inside.height), ..inside };
        let label = Rect { width: row.width.min(5), ..row };
        frame.render_widget(Span::styled("why? ", state.theme.style(Paint::Key)), label);
        let typed = Rect { x: row.x + label.width, width: row.width - label.width, ..row };
        frame.render_widget(reason, typed);
    }
}

fn lines(state: &State, question: &Approvable, width: usize) -> Vec<Line<'static>> {
    let what = match &question.action {
        Action::RunCommand(run) if !run.confined => {
            format!("run `{}`, not confined: it may write anywhere and reach the network", run.line)
        }
        Action::RunCommand(run) => format!("run `{}`", run.line),
        other => other.to_string(),
    };
    let what = wrapped(&format!("{} wants to {what}", question.actor.name()), width);
    let why = wrapped(&format!("rule `{}`: {}", question.rule, question.why), width);
    let quiet = state.theme.style(Paint::Quiet);
    let mut lines: Vec<Line<'static>> =
        what.into_iter().map(|it| Line::styled(it, state.theme.style(Paint::Title))).collect();
    lines.extend(why.into_iter().map(|line| Line::styled(line, quiet)));
    lines.push(match state.cards.reason {
        Some(_) => Line::raw(""),
        None => Line::from(
            ANSWERS
                .into_iter()
                .flat_map(|(key, verb)| {
                    [
                        Span::styled(format!("{key} "), state.theme.style(Paint::Key)),
                        Span::raw(format!("{verb}   ")),
                    ]
                })
                .collect::<Vec<_>>(),
        ),
    });
    lines
}
