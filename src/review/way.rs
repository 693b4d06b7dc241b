//! Forward and back, as every list, page and pane has them.

/// Which way a move goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Where {
    Forward,
    Back,
}

impl Where {
    /// `from` moved `by` so much, not below zero.
    pub(crate) fn moved(self, from: usize, by: usize) -> usize {
        match self {
            Self::Forward => from.saturating_add(by),
            Self::Back => from.saturating_sub(by),
        }
    }
}
