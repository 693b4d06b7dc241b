//! Where the panes lie. Both drawing and scrolling ask here, so they cannot disagree.

use ratatui::layout::{Rect, Size};

use crate::review::state::{Pane, State};

/// From this width on, files and hunk lie side by side.
const WIDE: u16 = 100;

/// Below this nothing sensible can be shown.
const SMALLEST: Size = Size::new(20, 4);

/// From this width of the hunk on, old and new stand beside each other unasked.
pub(super) const COMFORTABLE_SIDES: usize = 130;

/// Below this width they never do.
pub(super) const NARROWEST_SIDES: usize = 50;

/// The parts of the screen; a pane that does not show is `None`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Areas {
    pub(super) header: Rect,
    pub(super) files: Option<Rect>,
    pub(super) hunk: Option<Rect>,
    pub(super) why: Option<Rect>,
    pub(super) footer: Rect,
    /// Whether panes are boxes that share their borders, or fill the width below a title.
    pub(super) frames: Frames,
}

/// How panes are framed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Frames {
    Boxes,
    Titles,
}

/// Lays the screen out, or gives `None` where it is too small.
pub(super) fn areas(size: Size, pane: Pane) -> Option<Areas> {
    if size.width < SMALLEST.width || size.height < SMALLEST.height {
        return None;
    }
    let header = Rect::new(0, 0, size.width, 1);
    let footer = Rect::new(0, size.height - 1, size.width, 1);
    let middle = Rect::new(0, 1, size.width, size.height - 2);
    let areas =
        Areas { header, files: None, hunk: None, why: None, footer, frames: Frames::Titles };
    Some(if size.width >= WIDE && size.height >= 15 {
        side_by_side(areas, middle)
    } else {
        match pane {
            Pane::Files => Areas { files: Some(middle), ..areas },
            Pane::Hunk => Areas { hunk: Some(middle), ..areas },
            Pane::Why => Areas { why: Some(middle), ..areas },
        }
    })
}

/// Files left, hunk right, why below; neighbours share a border.
fn side_by_side(areas: Areas, middle: Rect) -> Areas {
    let left = (middle.width * 3 / 10).clamp(30, 48);
    let low = (middle.height / 4).clamp(5, 9);
    let high = middle.height - low + 1;
    Areas {
        files: Some(Rect { width: left, height: high, ..middle }),
        hunk: Some(Rect { x: left - 1, width: middle.width - left + 1, height: high, ..middle }),
        why: Some(Rect { y: middle.y + high - 1, height: low, ..middle }),
        frames: Frames::Boxes,
        ..areas
    }
}

impl Areas {
    /// What a frame leaves of a pane.
    pub(super) fn inside(&self, pane: Rect) -> Rect {
        match self.frames {
            Frames::Titles => Rect { y: pane.y + 1, height: pane.height.saturating_sub(1), ..pane },
            Frames::Boxes => Rect {
                x: pane.x + 1,
                y: pane.y + 1,
                width: pane.width.saturating_sub(2),
                height: pane.height.saturating_sub(2),
            },
        }
    }
}

/// How many lines of the hunk in front fit on the screen.
pub(super) fn visible_lines(state: &State) -> usize {
    let Some(areas) = areas(state.size, state.pane) else { return 1 };
    let Some(pane) = areas.hunk else { return 1 };
    let note = usize::from(state.hunk().is_some_and(|hunk| hunk.note.is_some()));
    usize::from(areas.inside(pane).height).saturating_sub(note).max(1)
}

/// How many columns the hunk in front has, whether it shows or not.
pub(super) fn hunk_width(state: &State) -> usize {
    let areas = areas(state.size, Pane::Hunk);
    let inside = areas.and_then(|areas| areas.hunk.map(|pane| areas.inside(pane)));
    inside.map_or(0, |inside| usize::from(inside.width))
}

/// A row of the files pane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Row {
    /// An index of `State::files`.
    File(usize),
    /// An index of `State::pieces`.
    Hunk(usize),
}

/// The rows of the files pane that fit in `height`: files, and below the one in front its hunks.
pub(super) fn tree(state: &State, height: usize) -> impl Iterator<Item = Row> {
    let current = state.file_index();
    let open = state.file().map_or(0..0, |file| file.hunks.clone());
    let rows = state.files.len() + open.len();
    let selected = current + 1 + state.at.saturating_sub(open.start);
    let first = selected.saturating_sub(height / 2).min(rows.saturating_sub(height));
    (first..rows.min(first + height)).map(move |row| {
        if row <= current {
            Row::File(row)
        } else if row <= current + open.len() {
            Row::Hunk(open.start + row - current - 1)
        } else {
            Row::File(row - open.len())
        }
    })
}
