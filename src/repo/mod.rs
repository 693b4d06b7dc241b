//! What is in the repository?
//!
//! The work tree, git's objects and refs, and the one place that writes files.

mod repository;
mod file;
mod blob;
mod disk;
mod regular;
mod version;
mod walk;
mod files;
mod glance;
mod listing;
mod watch;
mod tree;
mod snapshot;
pub mod changes;
mod pending;
mod history;
mod write;

#[cfg(test)]
pub(crate) mod testing;

pub use blob::BlobId;
pub use file::{FileChange, FileState, Mode, Renames};
pub use files::{Files, Folders, Paths, Tracked};
pub use history::{Ancestor, Depth, PastCommit, PastFile, ancestors, read_commits};
pub use listing::{Listing, Stamp, list};
pub use pending::{Pending, since_base, uncommitted};
pub use regular::{read_regular, read_version};
pub use repository::{Repo, RepoError};
pub use snapshot::Snapshot;
pub use version::Version;
pub use walk::{AGENT_RULE_FILES, FileEntry, LeftOut, Limits, Why, is_binary, parent};
pub use watch::{Watch, WatchError};
pub(crate) use write::{replace_state_file, with_mode};
