//! What a text names outright: definitions of the repository, by their names written as code.

use std::collections::BTreeSet;

use crate::base::RepoPath;
use crate::index::{FileId, Index, IndexError};
use crate::retrieval::code_names::code_names;
use crate::syntax::symbols;

/// A name that the text has and a file that defines it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The name of the definition, or all of its path where the text has a part of that.
    pub name: String,
    pub path: RepoPath,
}

/// The definitions that `text` names, in the order of the text, then of paths. A longer name hides
/// its parts: `Client.connect` is not also `connect`, nor `Client`.
pub fn named(index: &Index, text: &str) -> Result<Vec<Named>, IndexError> {
    let mut found: Vec<Named> = Vec::new();
    for name in code_names(text, false) {
        if found.iter().any(|it| has_part(&it.name, &name)) {
            continue;
        }
        let mut files: Vec<_> =
            index.defining(&name)?.into_iter().filter_map(|chunk| index.file_of(chunk)).collect();
        files.dedup();
        for file in files {
            let Some(path) = index.file(file).map(|it| it.path) else { continue };
            let names = whole_names(index, file, &name)?.into_iter();
            found.extend(names.map(|name| Named { name, path: path.clone() }));
        }
    }
    Ok(found)
}

/// Whether the parts of `name` stand side by side in `longer`.
fn has_part(longer: &str, name: &str) -> bool {
    format!(".{longer}.").contains(&format!(".{name}."))
}

/// The paths in `file` that end with a dotted name, and any other name as it is.
fn whole_names(index: &Index, file: FileId, name: &str) -> Result<Vec<String>, IndexError> {
    if !name.contains('.') {
        return Ok(vec![name.to_owned()]);
    }
    let text = match index.text(file) {
        Err(IndexError::Stale(_)) => return Ok(vec![name.to_owned()]),
        text => text?,
    };
    let symbols = index.language_of(file).map(|it| symbols(it, &text)).unwrap_or_default();
    let called = symbols.into_iter().filter(|symbol| symbol.is_called(name));
    let names: BTreeSet<String> = called.map(|symbol| symbol.path).collect();
    Ok(names.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_longer_name_hides_its_parts() {
        for part in ["connect", "Client", "net", "Client.connect", "net.Client"] {
            assert!(has_part("net.Client.connect", part), "{part}");
        }
        for other in ["nect", "Cli", "net.connect", "a.net.Client.connect"] {
            assert!(!has_part("net.Client.connect", other), "{other}");
        }
    }
}
