//! Everywhere that a name has to change when what it names gets another one.
//!
//! Names are compared, types are not known: a name that several things have is renamed only if all of
//! them are meant, and a new name that a file says already is refused there, since the two would be
//! taken for one another.

use crate::base::{Digest, RepoPath};
use crate::index::{FileId, Index, IndexError};
use crate::repo::read_regular;
use crate::retrieval::filter::Filter;
use crate::retrieval::names::{
    Definition, Name, Reach, definitions, files, is_prose, near_names, occurrences,
};
use crate::retrieval::passing::line_of;
use crate::syntax::{Context, SymbolKind, contexts, is_listed, parse};

/// A file and the places of the name in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renamed {
    pub path: RepoPath,
    /// Names the contents that were looked into.
    pub digest: Digest,
    /// Where the old name begins, in bytes, first to last.
    pub at: Vec<usize>,
}

/// All places, and what was left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Renaming {
    /// The old name as it stands in the files, without what encloses it.
    pub old: String,
    pub files: Vec<Renamed>,
    /// Places in comments, strings and documents that say it and stay.
    pub unspoken: usize,
}

/// Why nothing can be renamed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum NoRenaming {
    #[error("`{0}` is no name that a definition can have")]
    NoName(String),
    #[error("`{name}` is not defined here")]
    Unknown { name: String, near: Vec<String> },
    #[error("{} things are named `{name}`", .places.len())]
    Several { name: String, places: Vec<String> },
    #[error("`{name}` is there already, at {place}")]
    Taken { name: String, place: String },
    #[error("`{0}` has changed since it was looked into")]
    Stale(RepoPath),
}

/// Finds where `old` has to become `new`. With `all`, everything of that name is meant.
pub fn rename(
    index: &Index,
    [old, new]: [&str; 2],
    all: bool,
    reach: Reach,
) -> Result<Result<Renaming, NoRenaming>, IndexError> {
    if !is_name(new) {
        return Ok(Err(NoRenaming::NoName(new.to_owned())));
    }
    let everything = Filter::default();
    let name = Name::new(old);
    let defined = definitions(index, &name.last, &everything)?;
    if definitions(index, old, &everything)?.is_empty() {
        let near = near_names(index, old)?;
        return Ok(Err(NoRenaming::Unknown { name: old.to_owned(), near }));
    }
    let things = things(&defined);
    if things.len() > 1 && !all {
        let places = things.into_iter().map(place).collect();
        return Ok(Err(NoRenaming::Several { name: name.last, places }));
    }
    if let Some(taken) = definitions(index, new, &everything)?.first() {
        let place = place(taken);
        return Ok(Err(NoRenaming::Taken { name: new.to_owned(), place }));
    }
    let mut renaming = Renaming { old: name.last.clone(), ..Renaming::default() };
    for file in files(index, &name, &everything, &defined)? {
        match looked_into(index, file, [&name.last, new], reach) {
            Ok(Some((renamed, unspoken))) => {
                renaming.unspoken += unspoken;
                renaming.files.extend(renamed);
            }
            Ok(None) => {}
            Err(why) => return Ok(Err(why)),
        }
    }
    renaming.files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(Ok(renaming))
}

/// What is defined, without the blocks that give a type of the same name its methods.
pub fn things(defined: &[Definition]) -> Vec<&Definition> {
    let is_block = |it: &&Definition| it.symbol.kind == SymbolKind::Implementation;
    let types: Vec<&Definition> = defined.iter().filter(|it| !is_block(it)).collect();
    if types.is_empty() { defined.iter().collect() } else { types }
}

fn is_name(text: &str) -> bool {
    let starts = |c: char| c.is_alphabetic() || c == '_';
    text.chars().next().is_some_and(starts) && text.chars().all(|c| c.is_alphanumeric() || c == '_')
}

fn place(definition: &Definition) -> String {
    format!("{}:{} {}", definition.path, definition.line, definition.symbol.path)
}

/// The places in one file, and how many were left out; none where it does not say the name.
#[allow(clippy::type_complexity, reason = "a pair that is taken apart at once")]
fn looked_into(
    index: &Index,
    file: FileId,
    [old, new]: [&str; 2],
    reach: Reach,
) -> Result<Option<(Option<Renamed>, usize)>, NoRenaming> {
    let Some(indexed) = index.file(file) else { return Ok(None) };
    let (path, size) = index.location(file);
    // One more would show that it has grown.
    let bytes = read_regular(&path, size + 1).unwrap_or_default();
    let digest = Digest::of(&bytes);
    if indexed.digest != Some(digest) {
        return Err(NoRenaming::Stale(indexed.path));
    }
    let at = occurrences(&bytes, old);
    if at.is_empty() {
        return Ok(None);
    }
    let language = index.language_of(file).filter(|language| !is_prose(*language));
    let tree = language.and_then(|language| parse(language, &bytes));
    let is_code = |at: &[usize]| -> Vec<bool> {
        match &tree {
            Some(tree) => contexts(tree, at).iter().map(|it| *it == Context::Code).collect(),
            None => vec![false; at.len()],
        }
    };
    let taken = occurrences(&bytes, new);
    let taken = taken.iter().zip(is_code(&taken)).find(|(_, code)| *code);
    let listed = |at: usize| tree.as_ref().is_some_and(|it| is_listed(it, &bytes, at, old.len()));
    let spoken: Vec<bool> =
        is_code(&at).into_iter().zip(&at).map(|(code, at)| code || listed(*at)).collect();
    let changed: Vec<usize> = at
        .iter()
        .zip(&spoken)
        .filter(|(_, code)| **code || reach == Reach::Everything)
        .map(|(at, _)| *at)
        .collect();
    let unspoken = at.len() - changed.len();
    if changed.is_empty() {
        return Ok(Some((None, unspoken)));
    }
    if let Some((at, _)) = taken {
        let place = format!("{}:{}", indexed.path, line_of(&bytes, *at));
        return Err(NoRenaming::Taken { name: new.to_owned(), place });
    }
    Ok(Some((Some(Renamed { path: indexed.path, digest, at: changed }), unspoken)))
}
