//! What changes when a definition moves to another file, or takes other parameters?
//!
//! Texts in, texts out: nothing here opens a file. A definition goes whole; what it uses is imported
//! where it comes to, whoever used it imports it from there, and imports that nothing needs any more
//! go. What syntax cannot decide is refused, or told as a doubt.

mod arrival;
pub mod callers;
mod common_js;
mod crates;
mod cycle;
mod definition;
mod doubts;
mod edits;
mod exported;
mod golang;
mod members;
mod moving;
mod needs;
mod place;
mod python;
mod qualified;
mod rules;
mod rust;
mod sources;
mod statements;
mod typescript;
mod users;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::base::{Hint, RepoPath};
use crate::syntax::SymbolKind;

pub use definition::homes;
pub use moving::relocate;
pub use sources::{Sources, matters};

/// What is to move where.
#[derive(Clone, Debug)]
pub struct Move {
    pub name: String,
    /// The file that has it, where several do.
    pub from: Option<RepoPath>,
    pub to: RepoPath,
}

/// What a move comes to.
#[derive(Clone, Debug)]
pub struct Moved {
    pub name: String,
    pub kind: SymbolKind,
    pub from: RepoPath,
    pub to: RepoPath,
    /// Every file that changes, as it will be.
    pub files: BTreeMap<RepoPath, Vec<u8>>,
    pub doubts: Vec<Doubt>,
}

/// A place that syntax alone cannot decide about; it stays as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    pub path: RepoPath,
    pub line: u32,
    pub why: String,
}

impl std::fmt::Display for Doubt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{} {}", self.path, self.line, self.why)
    }
}

/// Why nothing can be moved.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoMove {
    #[error("`{name}` is not defined here")]
    Unknown { name: String },
    #[error("`{name}` is defined in {} files", .places.len())]
    Several { name: String, places: Vec<String> },
    #[error("`{path}` defines `{name}` more than once")]
    Twice { name: String, path: RepoPath },
    #[error("`{name}` stands inside of something else")]
    Nested { name: String },
    #[error("`{name}` cannot move: {why}")]
    NotPlain { name: String, why: String },
    #[error("`{to}` is not written in the language of `{from}`")]
    Language { from: RepoPath, to: RepoPath },
    #[error("`{0}` has it already")]
    Same(RepoPath),
    #[error("`{path}` has another `{name}`")]
    Taken { name: String, path: RepoPath },
    #[error("`{user}` cannot import from `{to}`")]
    NotReached { user: RepoPath, to: RepoPath },
    #[error("`{one}` and `{other}` would import one another")]
    Cycle { one: RepoPath, other: RepoPath },
    #[error("`{0}` could not be read after the change")]
    Broken(RepoPath),
}

impl Hint for NoMove {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Unknown { .. } => "`countersign search` finds it by what it does".to_owned(),
            Self::Several { places, .. } => {
                format!("name its file with `--from`: {}", places.join(", "))
            }
            Self::Twice { .. } => "make one definition of it first".to_owned(),
            Self::Nested { .. } => "move what it stands in".to_owned(),
            Self::NotPlain { .. } | Self::Broken(_) => "move it by hand".to_owned(),
            Self::Language { .. } => "name a file with the same ending".to_owned(),
            Self::Same(_) => "name another file".to_owned(),
            Self::Taken { .. } => "rename one of them first".to_owned(),
            Self::NotReached { .. } => {
                "choose a file of the same package, or one that is imported already".to_owned()
            }
            Self::Cycle { .. } => {
                "move to a file of its own what both of them need, then move it".to_owned()
            }
        })
    }
}
