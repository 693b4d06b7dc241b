//! The files by risk, and the hunks of the one in front.

use bstr::ByteSlice;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;
use unicode_width::UnicodeWidthStr;

use super::{Titles, mark, spread};
use crate::proposal::{Hunk, LineKind};
use crate::review::layout::{self, Row};
use crate::review::state::{FileEntry, State};
use crate::review::theme::Paint;
use crate::review::{Risk, diff, text};

pub(super) fn draw(state: &State, frame: &mut Frame<'_>, area: Rect) -> Titles {
    let width = usize::from(area.width);
    let lines: Vec<Line<'_>> = layout::tree(state, usize::from(area.height))
        .map(|row| match row {
            Row::File(index) => file_row(state, &state.files[index], width),
            Row::Hunk(index) => hunk_row(state, index, width),
        })
        .collect();
    frame.render_widget(ratatui::text::Text::from(lines), area);
    Titles { left: "Files by risk".to_owned(), right: String::new() }
}

/// The path, and how many of its hunks are decided.
fn file_row(state: &State, file: &FileEntry, width: usize) -> Line<'static> {
    let count = state.count(file.hunks.clone());
    let decided = count.accepted + count.rejected;
    let progress = format!(" {decided}/{} ", file.hunks.len());
    let (flag, flagged) = match file.risk {
        Risk::Ordinary => ("   ", Style::new()),
        _ => (" ! ", state.theme.style(Paint::Warning)),
    };
    let room = width.saturating_sub(flag.width() + progress.width());
    let name = text::cut_start(&file.label(), room);
    let quiet = state.theme.style(Paint::Quiet);
    spread(vec![(flag.to_owned(), flagged), (name, Style::new())], vec![(progress, quiet)], width)
}

fn hunk_row(state: &State, index: usize, width: usize) -> Line<'static> {
    let verdict = state.verdict(index);
    let piece = &state.pieces[index];
    let is_last = state.file().is_some_and(|file| file.hunks.end == index + 1);
    let is_selected = index == state.at;
    let pointer = if is_selected { " ▸ " } else { "   " };
    let branch = if is_last { "└ " } else { "├ " };
    let style = if is_selected { state.theme.style(Paint::Selected) } else { Style::new() };
    let awaited = if state.is_awaited(index) { " … revising" } else { "" };
    let label = format!("{awaited} {}", label(&piece.hunk, width));
    let parts = vec![
        (pointer.to_owned(), Style::new()),
        (branch.to_owned(), state.theme.style(Paint::Quiet)),
        (format!("{} ", piece.name()), style),
        (mark(verdict).to_owned(), style.patch(state.theme.style(Paint::Verdict(verdict)))),
        (label, style),
    ];
    spread(parts, vec![(" ".to_owned(), Style::new())], width)
}

/// What tells a hunk from its neighbours: its note, or the first line it adds or removes.
fn label(hunk: &Hunk, width: usize) -> String {
    let first = |kind| {
        let mut lines = hunk.lines.iter().filter(move |line| line.kind == kind);
        lines.find(|line| !line.bytes.trim().is_empty())
    };
    if let Some(note) = &hunk.note {
        return text::plain(note);
    }
    let line = first(LineKind::Added).or_else(|| first(LineKind::Removed));
    let body = line.map_or(&b""[..], |line| diff::body(&line.bytes).trim_start());
    text::glyphs(body).take_while(|glyph| glyph.column < width).map(|glyph| glyph.text).collect()
}
