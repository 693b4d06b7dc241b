//! What would change?
//!
//! Edits fill a draft, a draft becomes a commit on a hidden ref, its hunks get verdicts, and only
//! then does `apply` touch the work tree; `undo` takes back exactly what was written.

mod apply;
mod commit;
mod hunks;
mod merge;
mod message;
mod patch;
mod receipt;
mod status;
mod transfer;
mod undo;
mod verdict;

#[cfg(test)]
mod testing;

pub use apply::{ApplyError, Plan, PlannedFile, plan, write};
pub use commit::{NewProposal, Proposal, ProposalError, find, list, load, reject, store};
pub use hunks::{Hunk, Line, LineKind, hunks, target};
pub use merge::{Conflict, ConflictKind, Region};
pub use patch::patch;
pub use receipt::{Receipt, ReceiptState, Version, Written, receipts};
pub use status::{Status, status};
pub use transfer::RolledBack;
pub use undo::{recover, redo, redoable, undo, undoable};
pub use verdict::{Verdict, Verdicts};
