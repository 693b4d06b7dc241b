//! What a text names outright: definitions of the repository, by their names written as code.

use crate::base::RepoPath;
use crate::index::{Index, IndexError};
use crate::retrieval::query::code_names;

/// A name that the text has and a file that defines it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    pub name: String,
    pub path: RepoPath,
}

/// The definitions that `text` names, in the order of the text, then of paths. A longer name hides
/// the shorter one that it ends in: `Client.connect` is not also `connect`.
pub fn named(index: &Index, text: &str) -> Result<Vec<Named>, IndexError> {
    let mut found: Vec<Named> = Vec::new();
    for name in code_names(text, false) {
        let hidden = found.iter().any(|it| it.name.ends_with(&format!(".{name}")));
        if hidden {
            continue;
        }
        let mut files: Vec<_> =
            index.defining(&name)?.into_iter().filter_map(|chunk| index.file_of(chunk)).collect();
        files.dedup();
        let paths = files.into_iter().filter_map(|file| Some(index.file(file)?.path));
        found.extend(paths.map(|path| Named { name: name.clone(), path }));
    }
    Ok(found)
}
