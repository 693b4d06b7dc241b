//! Moving among lines, hunks and files.

use crate::review::layout;
use crate::review::state::{Pane, State};
use crate::review::update::Step;
use crate::review::way::Where;

/// Columns that one press moves long lines by.
const COLUMNS: usize = 8;

/// Moves in the pane that keys act on.
pub(super) fn walk(state: &mut State, step: Step, direction: Where) {
    match (state.pane, step) {
        (_, Step::Hunk) | (Pane::Files, Step::Line) => walk_hunks(state, direction, 1),
        (Pane::Files, Step::Page) => walk_hunks(state, direction, 10),
        (Pane::Files, Step::All) => walk_hunks(state, direction, state.pieces.len()),
        (_, Step::File) => walk_files(state, direction),
        (_, Step::Column) => shift(state, direction),
        (Pane::Why, _) => {
            state.why_scroll = scrolled(state.why_scroll, step, direction, 200);
        }
        (Pane::Hunk, _) => walk_lines(state, step, direction),
    }
}

/// Scrolls; a line or page past the end of the hunk is the next hunk, before its start the end of
/// the previous one, so that going back undoes going forward.
fn walk_lines(state: &mut State, step: Step, direction: Where) {
    let last = state.last_scroll();
    match (step, direction) {
        (Step::Line | Step::Page, Where::Forward) if state.scroll >= last => {
            walk_hunks(state, direction, 1);
        }
        (Step::Line | Step::Page, Where::Back) if state.scroll == 0 && state.at > 0 => {
            walk_hunks(state, direction, 1);
            state.scroll = state.last_scroll();
        }
        (Step::Page, _) => {
            let page = layout::visible_lines(state).saturating_sub(2).max(1);
            state.scroll = direction.moved(state.scroll, page).min(last);
        }
        _ => state.scroll = scrolled(state.scroll, step, direction, last),
    }
}

pub(super) fn walk_hunks(state: &mut State, direction: Where, by: usize) {
    let to = direction.moved(state.at, by).min(state.pieces.len().saturating_sub(1));
    if to != state.at {
        state.go_to(to);
    } else {
        state.notice = Some(match direction {
            Where::Forward => "this is the last hunk".to_owned(),
            Where::Back => "this is the first hunk".to_owned(),
        });
    }
}

fn walk_files(state: &mut State, direction: Where) {
    let current = state.file_index();
    let has_hunks = |index: &usize| !state.files[*index].hunks.is_empty();
    let to = match direction {
        Where::Forward => (current + 1..state.files.len()).find(has_hunks),
        Where::Back => (0..current).rev().find(has_hunks),
    };
    if let Some(to) = to {
        state.go_to(state.files[to].hunks.start);
    }
}

pub(super) fn shift(state: &mut State, direction: Where) {
    // A byte takes at most eight columns, as `\u{202e}` shows; most take one.
    let longest = state.look.page.lines.iter().map(|line| line.bytes.len()).max().unwrap_or(0) * 8;
    state.shift = direction.moved(state.shift, COLUMNS).min(longest);
}

/// `from` after a step of lines, pages or all of it, at most `last`.
pub(super) fn scrolled(from: usize, step: Step, direction: Where, last: usize) -> usize {
    let by = match step {
        Step::Line => 1,
        Step::Page => 10,
        Step::All => last.max(from),
        Step::Column | Step::Hunk | Step::File => 0,
    };
    direction.moved(from, by).min(last)
}
