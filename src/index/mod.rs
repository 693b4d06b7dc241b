//! Where is it said?
//!
//! The words of every chunk of the work tree, kept in a folder of the cache. The index is
//! disposable: whatever is wrong with it, it is built again.

mod tokenize;
mod schema;
mod directory;
mod columns;
mod manifest;
mod document;
mod build;
mod chunks;
mod merge;
mod refresh;
mod search;
mod postings;
mod lookup;
mod links;
mod best;
mod score;
mod history;
#[cfg(test)]
mod sequences;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

use crate::base::{Hint, RepoPath};
use crate::repo::Repo;

pub use history::{History, HistoryError, Pace, Reach, Votes};
pub use manifest::IndexedFile;
pub use refresh::{Report, Settings, is_ruled_by, refresh, refresh_and_open};
pub use score::{Scores, WeightedWord};
pub use search::{Candidate, ChunkId, FileId, Index};
pub use tokenize::{each_word, identifiers, words};

/// Why there is no index to use.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    #[error("there is no index yet")]
    Missing,
    #[error("`{0}` changed after it was indexed")]
    Stale(RepoPath),
    #[error("the index is damaged: {0}")]
    Damaged(String),
    #[error("cannot {doing} `{path}`")]
    Io {
        doing: &'static str,
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("no folder for caches: {0}")]
    NoCache(#[from] etcetera::HomeDirError),
}

impl Hint for IndexError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Missing | Self::Stale(_) | Self::Damaged(_) => {
                Some("run `countersign index`".into())
            }
            Self::Io { .. } => None,
            Self::NoCache(_) => Some("set `XDG_CACHE_HOME` to a folder".into()),
        }
    }
}

impl IndexError {
    fn io(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::Io { doing, path: path.to_owned(), source }
    }
}

/// Whatever tantivy cannot do with its own files, a new index can.
impl From<tantivy::TantivyError> for IndexError {
    fn from(error: tantivy::TantivyError) -> Self {
        Self::Damaged(error.to_string())
    }
}

/// The folder of the index of this work tree.
pub fn folder(repo: &Repo) -> Result<PathBuf, IndexError> {
    let cache = etcetera::base_strategy::Xdg::new()?.cache_dir();
    Ok(cache.join("countersign").join(repo.work_tree_id()).join("index"))
}
