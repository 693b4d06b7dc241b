//! Which file takes from which?
//!
//! The manifest keeps what each file imports, as [`written()`] says it without looking at other files;
//! so a file that changes changes its own rows only. [`Links`] is where these imports lead: a function
//! of the manifest, made by whoever first asks for it in a new state.

mod lines;
mod written;
mod places;
mod stored;
#[cfg(test)]
mod tests;

pub(super) use stored::{Links, sweep};
pub(super) use written::written;

use crate::index::{FileId, Index, IndexError};

impl Index {
    /// The files that `file` imports, in the order of paths: none that lie outside of the repository,
    /// and all files of a package that is imported as a whole.
    pub fn imports(&self, file: FileId) -> Result<Vec<FileId>, IndexError> {
        Ok(self.links()?.from(file.0).iter().map(|it| FileId(*it)).collect())
    }

    /// How many files import `file`.
    pub fn importer_count(&self, file: FileId) -> Result<usize, IndexError> {
        Ok(self.links()?.to(file.0).len())
    }

    /// The files that import `file`, in the order of paths.
    pub fn importers(&self, file: FileId) -> Result<Vec<FileId>, IndexError> {
        Ok(self.links()?.to(file.0).iter().map(|it| FileId(*it)).collect())
    }
}
