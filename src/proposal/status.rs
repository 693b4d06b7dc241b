//! What became of a proposal in this work tree.

use std::collections::BTreeSet;

use crate::proposal::{Proposal, Receipt, ReceiptState};

/// What became of a proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Waiting,
    /// All hunks were written.
    Applied,
    /// Some hunks were written.
    Partly,
    Rejected,
}

/// The status of `proposal` by the receipts of the work tree; what was undone waits again.
pub fn status(proposal: &Proposal, receipts: &[Receipt]) -> Status {
    if proposal.rejected {
        return Status::Rejected;
    }
    let applied = receipts.iter().filter(|receipt| {
        receipt.state == ReceiptState::Applied && receipt.proposal == proposal.id
    });
    let (mut written, mut begun) = (BTreeSet::<u32>::new(), false);
    for receipt in applied {
        written.extend(&receipt.hunks);
        begun |= !receipt.partly.is_empty();
    }
    match (written.len(), proposal.hunks().len()) {
        (0, _) if !begun => Status::Waiting,
        (written, all) if written < all => Status::Partly,
        _ => Status::Applied,
    }
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::Waiting => "waiting",
            Self::Applied => "applied",
            Self::Partly => "partly applied",
            Self::Rejected => "rejected",
        })
    }
}
