//! What is in the repository?
//!
//! The work tree, git's objects and refs, and the one place that writes files.

pub mod changes;
mod file;
mod repository;

pub use file::{FileChange, FileState, Mode};
pub use repository::{Repo, RepoError};
