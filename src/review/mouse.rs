//! What the mouse does: the wheel turns what lies under it, a click does what the key does that it
//! points at.

use ratatui::layout::Position;

use crate::review::layout::{self, Row};
use crate::review::look::{LookMsg, Overlay};
use crate::review::state::{Dialog, Pane, State};
use crate::review::update::{Effect, Msg, Step, act};
use crate::review::walk::{scrolled, walk_hunks};
use crate::review::way::Where;
use crate::review::{cut, hints, view};

/// Lines that one notch of the wheel moves.
const NOTCH: usize = 3;

/// Turns what lies under the pointer.
pub(super) fn wheel(state: &mut State, at: Position, direction: Where) {
    let Some(areas) = layout::areas(state.size, state.pane) else { return };
    let over = |pane: Option<ratatui::layout::Rect>| pane.is_some_and(|pane| pane.contains(at));
    if over(areas.files) {
        walk_hunks(state, direction, 1);
    } else if over(areas.hunk) {
        state.scroll = direction.moved(state.scroll, NOTCH).min(state.last_scroll());
    } else if over(areas.why) {
        state.why_scroll = scrolled(state.why_scroll, Step::Line, direction, 200);
    }
}

/// The wheel over a dialog, wherever the pointer is: what can be scrolled in it is.
pub(super) fn wheel_on_dialog(state: &mut State, dialog: Dialog, direction: Where) {
    let msg = match &dialog {
        Dialog::Help { .. } | Dialog::Cut { .. } => Some(Msg::Move(Step::Line, direction)),
        Dialog::Over(Overlay::Palette { .. } | Overlay::Source { .. }) => {
            Some(Msg::Look(LookMsg::Move(direction)))
        }
        _ => None,
    };
    state.dialog = Some(dialog);
    for msg in msg.into_iter().flat_map(|msg| std::iter::repeat_n(msg, NOTCH)) {
        // Moving in a dialog asks for nothing to be done.
        act(state, msg);
    }
}

/// A click where nothing lies over the panes.
pub(super) fn click(state: &mut State, at: Position) -> Vec<Effect> {
    let Some(areas) = layout::areas(state.size, state.pane) else { return Vec::new() };
    if areas.footer.contains(at) {
        let meant = hints::at(state, usize::from(at.x));
        return meant.map(|msg| act(state, msg)).unwrap_or_default();
    }
    click_on_files(state, &areas, at);
    Vec::new()
}

/// A click while `dialog`, which was taken off the screen, lies over the panes.
pub(super) fn click_on_dialog(state: &mut State, dialog: Dialog, at: Position) -> Vec<Effect> {
    state.dialog = Some(dialog.clone());
    let meant = match dialog {
        Dialog::Cut { line } => cut::pointed_at(state, line, at),
        dialog => view::meant(state, &dialog, at),
    };
    meant.map(|msg| act(state, msg)).unwrap_or_default()
}

/// Puts in front what the row shows; the row of the hunk in front leads to it, as enter does.
fn click_on_files(state: &mut State, areas: &layout::Areas, at: Position) {
    let Some(inside) = areas.files.map(|pane| areas.inside(pane)) else { return };
    if !inside.contains(at) {
        return;
    }
    let row = layout::tree(state, usize::from(inside.height)).nth(usize::from(at.y - inside.y));
    match row {
        Some(Row::Hunk(index)) if index == state.at => state.pane = Pane::Hunk,
        Some(Row::Hunk(index)) => state.go_to(index),
        Some(Row::File(index)) if !state.files[index].hunks.is_empty() => {
            state.go_to(state.files[index].hunks.start);
        }
        Some(Row::File(_)) | None => {}
    }
}
