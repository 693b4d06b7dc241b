//! What would change?
//!
//! Edits fill a draft, a draft becomes a commit on a hidden ref, its hunks get verdicts, and only
//! then does `apply` touch the work tree; `undo` takes back exactly what was written.

mod edit;
mod envelope;
mod windows;
pub mod patterns;
mod resolve;
mod message;
mod shelf;
mod commit;
mod hunks;
mod notes;
mod put_in;
mod patch;
mod incoming;
mod verdict;
mod pieces;
mod renames;
mod subject;
mod in_file;
mod saved;
mod split;
mod reword;
mod merge;
mod plan;
mod apply;
mod receipt;
mod transfer;
mod undo;
mod status;

#[cfg(test)]
mod testing;

pub use apply::{ApplyError, write};
pub use commit::{NewProposal, Proposal, ProposalError, TASK, store};
pub use edit::{Dialect, Edit, ReplyError, parse};
pub use envelope::{Editable, Scope, envelope, opening};
pub use hunks::{Hunk, HunkKind, Line, LineKind, hunks};
pub use in_file::InFile;
pub use incoming::{Incoming, MAX_PATCH, PatchError, incoming};
pub use merge::{Conflict, ConflictKind, Region};
pub use patch::patch;
pub use pieces::{Origin, Piece, count_parts, decided, pieces, replace, target_of};
pub use plan::{Plan, PlannedFile, plan};
pub use receipt::{Receipt, ReceiptState, Version, Written, receipts};
pub use resolve::{Files, Limits, Refusal, resolve};
pub use reword::RewordError;
pub use saved::{Resumed, SavedReview, forget};
pub use shelf::{find, list, load, of_task, reject};
pub use status::{Status, status};
pub use subject::{Standing, Subject};
pub use transfer::RolledBack;
pub use undo::{recover, redo, redoable, undo, undoable};
pub use verdict::{HunkListError, Verdict, Verdicts};
pub use windows::{OldLines, Window, line_form, old_lines};
