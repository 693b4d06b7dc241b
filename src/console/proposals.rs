//! The proposals that wait, side by side.

use crate::base::ProposalId;
use crate::console::job::ProposalRow;

/// The list, the one in front, and the one to compare it with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Proposals {
    pub(super) rows: Vec<ProposalRow>,
    pub(super) at: usize,
    pub(super) marked: Option<ProposalId>,
    /// One that has just come, to be in front of the next list.
    pub(super) new: Option<ProposalId>,
}

impl Proposals {
    /// Takes a new list and keeps the place, unless there is a new one.
    pub(super) fn take(&mut self, rows: Vec<ProposalRow>) {
        let id = self.new.take().or_else(|| self.row().map(|row| row.id.clone()));
        let at = rows.iter().position(|row| Some(&row.id) == id.as_ref());
        self.at = at.unwrap_or(self.at).min(rows.len().saturating_sub(1));
        if !rows.iter().any(|row| Some(&row.id) == self.marked.as_ref()) {
            self.marked = None;
        }
        self.rows = rows;
    }

    /// The one in front.
    pub(super) fn row(&self) -> Option<&ProposalRow> {
        self.rows.get(self.at)
    }

    /// Marks the one in front, or takes the mark away.
    pub(super) fn mark(&mut self) {
        let id = self.row().map(|row| row.id.clone());
        self.marked = if self.marked == id { None } else { id };
    }

    /// The marked one and the one in front, where these are two.
    pub(super) fn pair(&self) -> Option<(ProposalId, ProposalId)> {
        let (marked, row) = (self.marked.clone()?, self.row()?);
        (marked != row.id).then(|| (marked, row.id.clone()))
    }
}
