//! What a click means, where it was drawn: a click does what the key does.

use ratatui::layout::{Position, Rect};

use crate::console::msg::Msg;

/// Places of the screen that was drawn last, and what a click on each means. Of those that lie over each
/// other the last one counts.
#[derive(Clone, Debug, Default)]
pub(in crate::console) struct Spots(Vec<(Rect, Option<Msg>)>);

impl Spots {
    /// A click within `area` means `msg`.
    pub(super) fn add(&mut self, area: Rect, msg: Msg) {
        self.0.push((area, Some(msg)));
    }

    /// Nothing that was drawn before is to be clicked on.
    pub(super) fn cover(&mut self, area: Rect) {
        self.0.push((area, None));
    }

    /// What a click there means.
    pub(in crate::console) fn at(&self, column: u16, row: u16) -> Option<Msg> {
        let place = Position::new(column, row);
        let (_, msg) = self.0.iter().rev().find(|(area, _)| area.contains(place))?;
        msg.clone()
    }
}

/// The row `at` rows below the upper edge of `area`, where it is in it.
pub(super) fn row(area: Rect, at: usize) -> Option<Rect> {
    let at = u16::try_from(at).ok().filter(|at| *at < area.height)?;
    Some(Rect { y: area.y + at, height: 1, ..area })
}
