//! Splitting the hunk in front where a person points: a cursor between its lines.
//!
//! A cut goes above a row as it shows, so that side by side a line stays with the one that it replaces.

use std::collections::BTreeSet;

use ratatui::layout::Position;

use crate::proposal::{LineKind, Piece};
use crate::review::layout;
use crate::review::page::{Page, Row};
use crate::review::piece;
use crate::review::state::{Dialog, Pane, State};
use crate::review::update::{Msg, Step};
use crate::review::walk::shift;
use crate::review::way::Where;

/// Shows the cursor at the first place for a cut on the screen.
pub(super) fn open(state: &mut State) {
    let Some(piece) = state.piece() else { return };
    if !piece.has_lines() {
        state.notice = Some(piece::no_lines(piece));
        return;
    }
    if std::mem::take(&mut state.look.ignores_space) {
        // Lines that do not show cannot be pointed at.
        state.lay_out();
        state.notice = Some("white space counts again, so that every line shows".to_owned());
    }
    let places = places(&state.look.page);
    let Some(row) = places.iter().find(|row| **row >= state.scroll).or(places.last()) else {
        let has_pair = state.look.page.rows.iter().any(|row| matches!(row, Row::Two(..)));
        let can_be_split = state.piece().is_some_and(|piece| piece.split().is_some());
        let said = match has_pair && can_be_split {
            true => "what changes stands in one row; `|` shows one side below the other",
            false => "it cannot be split: there is but one changed line in it",
        };
        state.notice = Some(said.to_owned());
        return;
    };
    state.pane = Pane::Hunk;
    point_at(state, *row);
}

/// A message while the cursor stands above `line`, an index of the lines of the hunk.
pub(super) fn answer(state: &mut State, line: usize, msg: &Msg) {
    match msg {
        Msg::Enter => {
            let parts = parts(state, line);
            state.clamp_scroll();
            piece::split(state, parts, "on one side of that line nothing is changed");
        }
        Msg::Move(Step::Column, direction) => {
            shift(state, *direction);
            state.dialog = Some(Dialog::Cut { line });
        }
        Msg::Move(step, direction) => {
            let places = places(&state.look.page);
            let at = state
                .look
                .page
                .row_of(line)
                .map_or(0, |row| places.partition_point(|it| *it < row));
            let to = walked(at, *step, *direction, layout::visible_lines(state));
            // Where the hunk has become another meanwhile there may be no place any more.
            if let Some(row) = places.get(to.min(places.len().saturating_sub(1))) {
                point_at(state, *row);
            }
        }
        _ => state.dialog = Some(Dialog::Cut { line }),
    }
}

fn walked(at: usize, step: Step, direction: Where, height: usize) -> usize {
    match step {
        Step::Line => direction.moved(at, 1),
        Step::Page => direction.moved(at, height.saturating_sub(2).max(1)),
        Step::All => direction.moved(at, usize::MAX),
        Step::Column | Step::Hunk | Step::File => at,
    }
}

/// What a click means: a row is chosen, the chosen one or the line above it is where to split.
pub(super) fn pointed_at(state: &State, line: usize, at: Position) -> Option<Msg> {
    let areas = layout::areas(state.size, state.pane)?;
    if areas.footer.contains(at) {
        return crate::review::hints::at(state, usize::from(at.x));
    }
    let inside = areas.hunk.map(|pane| areas.inside(pane)).filter(|it| it.contains(at))?;
    let notes = usize::from(state.hunk()?.note.is_some());
    let shown = usize::from(at.y - inside.y).checked_sub(notes)?;
    let chosen = state.look.page.row_of(line)?;
    let row = state.scroll + shown;
    if row == chosen || row == chosen + 1 {
        return Some(Msg::Enter);
    }
    let row = if row > chosen { row - 1 } else { row };
    places(&state.look.page).contains(&row).then_some(Msg::CutAt(row))
}

/// Puts the cursor above `row` and the row on the screen.
pub(super) fn point_at(state: &mut State, row: usize) {
    let Some(line) = own(&state.look.page, row).next() else { return };
    state.dialog = Some(Dialog::Cut { line });
    keep_in_sight(state);
}

/// Scrolls so that the cursor shows, with a row before it where there is room.
pub(super) fn keep_in_sight(state: &mut State) {
    let Some(row) = row(state) else { return };
    let height = layout::visible_lines(state);
    let lowest = (row + 2).saturating_sub(height);
    state.scroll = state.scroll.clamp(lowest, row.saturating_sub(1).max(lowest));
}

/// The row above which the cursor stands, where there is one.
pub(super) fn row(state: &State) -> Option<usize> {
    match state.dialog {
        Some(Dialog::Cut { line }) => state.look.page.row_of(line),
        _ => None,
    }
}

/// What a cut above `row` would part, in words.
pub(super) fn words(page: &Page, row: usize) -> String {
    let side = |rows: &[Row]| {
        let count = |kind| {
            let lines = rows.iter().flat_map(Row::lines);
            let own = lines.filter(|at| page.marks.get(*at).is_some_and(|it| it.own.is_some()));
            own.filter(|at| page.lines.get(*at).is_some_and(|line| line.kind == kind)).count()
        };
        format!("+{} -{}", count(LineKind::Added), count(LineKind::Removed))
    };
    let (above, below) = page.rows.split_at(row.min(page.rows.len()));
    format!("split here: {} above, {} below", side(above), side(below))
}

/// The rows above which a cut leaves changed lines on both sides.
fn places(page: &Page) -> Vec<usize> {
    let is_changed = |at: usize| page.lines.get(at).is_some_and(|it| it.kind != LineKind::Context);
    let is_own = |at: &usize| page.marks.get(*at).is_some_and(|it| it.own.is_some());
    let changes = |row: &Row| row.lines().filter(is_own).any(is_changed);
    let Some(first) = page.rows.iter().position(changes) else { return Vec::new() };
    let last = page.rows.iter().rposition(changes).unwrap_or(first);
    (first + 1..=last).filter(|row| own(page, *row).next().is_some()).collect()
}

/// The lines of the hunk in `row`, as indices of its lines.
fn own(page: &Page, row: usize) -> impl Iterator<Item = usize> {
    let lines = page.rows.get(row).into_iter().flat_map(Row::lines);
    lines.filter_map(|at| page.marks.get(at)?.own)
}

fn parts(state: &State, line: usize) -> Option<Vec<Piece>> {
    let page = &state.look.page;
    let row = page.row_of(line)?;
    let above: BTreeSet<usize> = (0..row).flat_map(|row| own(page, row)).collect();
    state.piece()?.split_between(&|at| above.contains(&at))
}
