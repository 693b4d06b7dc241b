//! The hunk in front: its rows, in one column or in two.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span, Text};
use unicode_width::UnicodeWidthStr;

use super::line::{Canvas, Facts, Numbers};
use super::{Titles, mark};
use crate::proposal::{Hunk, LineKind, Verdict};
use crate::review::page::Row;
use crate::review::state::{FileEntry, State};
use crate::review::theme::Paint;
use crate::review::{cut, diff, text};

/// Below this width only one line number shows, below the other none.
const BOTH_NUMBERS: usize = 50;
const ONE_NUMBER: usize = 30;

pub(super) fn draw(state: &State, frame: &mut Frame<'_>, area: Rect) -> Titles {
    let Some(hunk) = state.hunk() else {
        frame.render_widget(Text::raw(" This proposal changes nothing."), area);
        return Titles { left: String::new(), right: String::new() };
    };
    let width = usize::from(area.width);
    let mut lines: Vec<Line<'_>> = Vec::new();
    if let Some(note) = &hunk.note {
        let note = text::cut_end(&text::plain(note), width.saturating_sub(1));
        lines.push(Line::styled(format!(" {note}"), state.theme.style(Paint::Warning)));
    }
    let height = usize::from(area.height).saturating_sub(lines.len());
    let rows = &state.look.page.rows;
    let start = state.scroll.min(rows.len());
    let cut = cut::row(state).filter(|row| (start..start + height).contains(row));
    let end = rows.len().min(start + height.saturating_sub(usize::from(cut.is_some())));
    let drawer = Drawer::new(state, hunk, width);
    for (at, row) in rows.iter().enumerate().take(end).skip(start) {
        lines.extend((cut == Some(at)).then(|| cursor(state, at, width)));
        lines.push(drawer.row(row));
    }
    frame.render_widget(Text::from(lines), area);
    titles(state, hunk, (start, end), width)
}

/// The line that says where the hunk would be split.
fn cursor(state: &State, row: usize, width: usize) -> Line<'static> {
    let words = text::cut_end(&format!("┄┄ {} ", cut::words(&state.look.page, row)), width);
    let rest = "┄".repeat(width.saturating_sub(words.width()));
    Line::styled(words + &rest, state.theme.style(Paint::Selected))
}

fn titles(state: &State, hunk: &Hunk, (start, end): (usize, usize), width: usize) -> Titles {
    let file = state.file();
    let (place, of) = file.map_or((0, 0), |file| (state.at - file.hunks.start, file.hunks.len()));
    let verdict = state.verdict(state.at);
    let word = verdict.word();
    let left = file.map_or_else(String::new, FileEntry::label);
    if width < BOTH_NUMBERS {
        let awaited = if state.is_awaited(state.at) { " …" } else { "" };
        return Titles { left, right: format!("{}/{of} {}{awaited}", place + 1, mark(verdict)) };
    }
    let rows = state.look.page.rows.len();
    let mut right = match state.piece().filter(|piece| piece.part > 0) {
        // A part has a name of its own, by which `apply --hunks` and the journal know it too.
        Some(piece) => format!("hunk {} · {} of {of}", piece.name(), place + 1),
        None => format!("hunk {} of {of}", place + 1),
    };
    if end - start < rows {
        right += &format!(" · rows {}-{end} of {rows}", start + 1);
    }
    if diff::is_crlf_throughout(hunk) {
        right += " · CRLF";
    }
    if let Some(words) = state.piece().and_then(|piece| piece.origin.words()) {
        right += &format!(" · {words}");
    }
    if state.is_awaited(state.at) {
        right += " · … revising";
    }
    if state.look.ignores_space {
        right += " · white space ignored";
    }
    right += &match verdict {
        Verdict::Undecided => format!(" · {word}"),
        decided => format!(" · {} {word}", mark(decided)),
    };
    Titles { left, right }
}

/// How the rows of one page are drawn.
struct Drawer<'a> {
    state: &'a State,
    width: usize,
    /// For rows of one column, and for the halves of two.
    whole: Canvas,
    left: Canvas,
    right: Canvas,
}

impl<'a> Drawer<'a> {
    fn new(state: &'a State, hunk: &Hunk, width: usize) -> Self {
        let canvas = |numbers, width| Canvas {
            theme: state.theme,
            numbers,
            digits: digits(state),
            shift: state.shift,
            width,
            shows_crlf: !diff::is_crlf_throughout(hunk),
        };
        let numbers = match width {
            ..ONE_NUMBER => Numbers::None,
            ONE_NUMBER..BOTH_NUMBERS => Numbers::Either,
            _ => Numbers::Both,
        };
        let half = width.saturating_sub(1) / 2;
        Self {
            state,
            width,
            whole: canvas(numbers, width),
            left: canvas(Numbers::Old, half),
            right: canvas(Numbers::New, width.saturating_sub(half + 1)),
        }
    }

    fn row(&self, row: &Row) -> Line<'static> {
        let quiet = self.state.theme.style(Paint::Quiet);
        let spans = match row {
            Row::Fold { lines, above } => {
                let lines = crate::review::update::counted(*lines, "line");
                let place = if *above { "above" } else { "below" };
                return Line::styled(format!(" ⋯ {lines} {place}"), quiet);
            }
            Row::Note(note) => {
                let note = text::cut_end(note, self.width.saturating_sub(1));
                return Line::styled(format!(" {note}"), self.state.theme.style(Paint::Moved));
            }
            Row::One(line) => self.cells(&self.whole, Some(*line)),
            Row::Two(left, right) => {
                let mut spans = self.cells(&self.left, *left);
                spans.push(Span::styled("│", quiet));
                spans.extend(self.cells(&self.right, *right));
                spans
            }
        };
        Line::from(spans)
    }

    fn cells(&self, canvas: &Canvas, at: Option<usize>) -> Vec<Span<'static>> {
        let line = at.and_then(|at| Some((at, self.state.look.page.lines.get(at)?)));
        match line {
            Some((at, line)) => canvas.row(line, &facts(self.state, at)),
            None => vec![Span::raw(" ".repeat(canvas.width))],
        }
    }
}

fn facts(state: &State, at: usize) -> Facts {
    let page = &state.look.page;
    let (Some(line), Some(mark)) = (page.lines.get(at), page.marks.get(at)) else {
        return Facts::default();
    };
    let colours = state.file().and_then(|file| file.colours.as_ref());
    let changed = if line.kind == LineKind::Context { &[][..] } else { page.changed(at) };
    Facts {
        roles: colours.map(|colours| colours.roles(line)).unwrap_or_default(),
        is_space_change: !changed.is_empty() && page.is_space_change(at),
        hides_space: mark.hides_space,
        changed: changed.to_vec(),
        found: state.look.search.in_line(&line.bytes).collect(),
        is_moved: mark.is_moved,
    }
}

/// Columns for a line number.
fn digits(state: &State) -> usize {
    let ends = [state.look.page.lines.first(), state.look.page.lines.last()];
    let numbers = ends.into_iter().flatten().flat_map(|line| [line.old, line.new]);
    numbers.flatten().max().unwrap_or(0).to_string().len().max(3)
}
