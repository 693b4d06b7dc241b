//! Which words do we share?
//!
//! The nouns that every other room speaks in. No I/O, no imports from other rooms.

mod digest;
mod hint;
mod id;
mod near;
mod path;
mod span;
mod threads;
mod tokens;

pub use digest::Digest;
pub use hint::Hint;
pub use id::{NotAnId, ProposalId, ReceiptId, TaskId};
pub use near::near;
pub use path::{PathError, RepoPath};
pub use span::Span;
pub use threads::{on_threads, processors, runs};
pub use tokens::Tokens;
