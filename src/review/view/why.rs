//! Why this hunk: what makes it risky, how the proposal was verified, what the hunk rests on.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Text};
use ratatui::widgets::{Paragraph, Wrap};

use super::Titles;
use crate::proposal::Piece;
use crate::review::state::State;
use crate::review::text;
use crate::review::theme::Paint;

pub(super) fn draw(state: &State, frame: &mut Frame<'_>, area: Rect) -> Titles {
    let scroll = u16::try_from(state.why_scroll).unwrap_or(u16::MAX);
    let lines: Vec<Line<'_>> = lines(state)
        .into_iter()
        .map(|(text, style)| Line::styled(format!(" {text}"), style))
        .collect();
    let reasons = Paragraph::new(Text::from(lines)).wrap(Wrap { trim: false });
    frame.render_widget(reasons.scroll((scroll, 0)), area);
    Titles { left: "Why this hunk".to_owned(), right: String::new() }
}

fn lines(state: &State) -> Vec<(String, Style)> {
    let Some(hunk) = state.hunk() else { return Vec::new() };
    let mut lines = Vec::new();
    if let Some(reason) = state.file().and_then(|file| file.risk.reason()) {
        lines.push((format!("! this file {reason}"), state.theme.style(Paint::Warning)));
    }
    let (added, removed) = hunk.counts();
    let name = state.piece().map(Piece::name).unwrap_or_default();
    let size = format!("hunk {name} of the proposal: +{added} -{removed} lines");
    lines.push((size, Style::new()));
    let comments = state.piece().into_iter().flat_map(|piece| &piece.comments);
    lines.extend(comments.map(|said| (format!("you said: {}", text::plain(said)), Style::new())));
    let evidence = state.evidence.get(&hunk.number).into_iter().flatten();
    lines.extend(evidence.chain(&state.verification).map(|line| (line.clone(), Style::new())));
    lines
}
