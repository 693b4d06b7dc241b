//! What would change?
//!
//! Edits fill a draft, a draft becomes a commit on a hidden ref, its hunks get verdicts, and only
//! then does `apply` touch the work tree; `undo` takes back exactly what was written.

mod hunks;
mod merge;
mod patch;
mod verdict;

pub use hunks::{Hunk, Line, LineKind, hunks, target};
pub use merge::{Conflict, ConflictKind, Region};
pub use patch::patch;
pub use verdict::{Verdict, Verdicts};
