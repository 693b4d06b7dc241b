//! What did the past say, and about which files?
//!
//! An index of commits beside that of the work tree: the words of messages and of changed
//! lines. It is one file, a function of HEAD, and disposable.

mod store;
mod pool;
mod record;
mod columns;
mod book;
mod refresh;
mod postings;
mod votes;
mod together;
mod recent;
#[cfg(test)]
mod tests;

use std::path::Path;

use crate::base::RepoPath;
use crate::index::IndexError;
use crate::index::columns::{Dictionary, Stored, decode, row};
use crate::index::history::record::About;
use crate::index::history::store::{KIND, Part};
use crate::repo::RepoError;

pub use record::Reach;
pub use refresh::Pace;
pub use votes::Votes;

/// The commits that HEAD can reach, as far back as they are known. What is written later does not
/// show.
#[derive(Default)]
pub struct History {
    stored: Option<Stored>,
    about: About,
}

/// Why the past is not known.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    #[error(transparent)]
    Repo(#[from] RepoError),
    #[error(transparent)]
    Index(#[from] IndexError),
}

impl History {
    /// How many commits vote.
    pub fn commits(&self) -> usize {
        self.about.commits as usize
    }

    /// How many of their changes do.
    pub fn changes(&self) -> usize {
        self.about.changes as usize
    }

    /// Whether no commit is left to be read.
    pub fn is_complete(&self) -> bool {
        self.about.complete
    }

    fn open(path: &Path) -> Option<Self> {
        let stored = Stored::open(path, &KIND)?;
        let about = decode(stored.part(Part::About))?;
        Some(Self { stored: Some(stored), about })
    }

    fn part(&self, part: Part) -> &[u8] {
        self.stored.as_ref().map(|stored| stored.part(part)).unwrap_or_default()
    }

    fn words(&self) -> Dictionary<'_> {
        Dictionary { ends: self.part(Part::WordEnds), bytes: self.part(Part::Words) }
    }

    fn paths(&self) -> Dictionary<'_> {
        Dictionary { ends: self.part(Part::PathEnds), bytes: self.part(Part::Paths) }
    }

    fn path(&self, place: u32) -> Option<RepoPath> {
        RepoPath::new(self.paths().get(place)?).ok()
    }

    /// The files of a commit, by place.
    fn files_of(&self, commit: u32) -> Vec<u32> {
        let first = |place| row::<4>(self.part(Part::Commits), place).map(|[_, files, ..]| files);
        let files = first(commit as usize).zip(first(commit as usize + 1));
        let (start, end) = files.unwrap_or_default();
        let file = |place| Some(row::<1>(self.part(Part::Files), place as usize)?[0]);
        (start..end).map_while(file).collect()
    }
}

/// Best first; equal ones in the order of paths, as their places are.
fn best_first(mut scored: Vec<(u32, f32)>) -> Vec<(u32, f32)> {
    scored.retain(|(_, score)| *score > 0.0);
    scored.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    scored
}
