//! What would change?
//!
//! Edits fill a draft, a draft becomes a commit on a hidden ref, its hunks get verdicts, and only
//! then does `apply` touch the work tree; `undo` takes back exactly what was written.

mod edit;
mod hunks;
mod resolve;
mod verdict;

pub use edit::{Dialect, Edit, ReplyError, parse};
pub use hunks::{Hunk, Line, LineKind};
pub use resolve::{Files, Limits, Refusal, resolve};
pub use verdict::{Verdict, Verdicts};
