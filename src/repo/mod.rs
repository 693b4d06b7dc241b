//! What is in the repository?
//!
//! The work tree, git's objects and refs, and the one place that writes files.

mod file;
mod repository;
mod walk;
mod history;

pub use file::{FileChange, FileState, Mode};
pub use history::{History, PastCommit};
pub use repository::{Repo, RepoError};
pub use walk::{FileEntry, LeftOut, Limits, Walk, Why, is_binary, walk};
