//! What the state of a task says for files.
//!
//! Weak beside the words of a query: what is open or was touched counts a little itself and more for
//! what stands around it. What failed is read for places and names, as the query itself is.

use std::collections::HashSet;

use crate::base::RepoPath;
use crate::index::{FileId, Index, IndexError};
use crate::retrieval::candidates::Signals;
use crate::retrieval::code_names::code_names;
use crate::retrieval::intent::Intent;
use crate::retrieval::mentions::{PathMention, path_mentions};
use crate::retrieval::resolve::{best_first, definers, mentioned};
use crate::retrieval::state::TaskState;

/// So much of each error is read, from its end, in bytes.
const ERROR_BYTES: usize = 64 << 10;
/// So many places and so many names of all errors are looked up.
const ERROR_PLACES: usize = 200;
const ERROR_NAMES: usize = 200;
/// So many files have neighbours for being touched or open.
const SEEDS: usize = 8;

/// Adds to `signals` what `state` says.
pub(super) fn add(
    signals: &mut Signals,
    index: &Index,
    state: &TaskState,
    intent: Intent,
) -> Result<(), IndexError> {
    if state.says_nothing() {
        return Ok(());
    }
    let found = (intent == Intent::Lookup).then(|| found(signals));
    signals.touched = files(index, &state.touched);
    signals.open = files(index, &state.open);
    for (file, _) in signals.touched.iter().chain(&signals.open) {
        if signals.seeds.len() < SEEDS && !signals.seeds.contains(file) {
            signals.seeds.push(*file);
        }
    }
    errors(signals, index, &state.errors)?;
    let names: Vec<String> = state.seen.iter().flat_map(|it| code_names(it, true)).collect();
    let seen = definers(index, &names)?;
    signals.seen = seen.files;
    for (file, chunk) in seen.chunks {
        signals.otherwise.entry(file).or_insert(chunk);
    }
    // Who looks a name up wants no more than what has it.
    if let Some(found) = found {
        for list in signals.lists() {
            list.retain(|it| found.contains(&it.0));
        }
    }
    Ok(())
}

/// The files that the query itself found.
fn found(signals: &mut Signals) -> HashSet<FileId> {
    signals.lists().into_iter().flat_map(|list| list.iter().map(|it| it.0)).collect()
}

/// Those of `paths` that are there.
fn files(index: &Index, paths: &[RepoPath]) -> Vec<(FileId, f32)> {
    let files: HashSet<FileId> = paths.iter().filter_map(|path| index.find(path)).collect();
    best_first(files.into_iter().map(|file| (file, 1.0)))
}

/// Frames of stacks and lines of compilers lead to chunks, names to who defines them.
fn errors(signals: &mut Signals, index: &Index, errors: &[String]) -> Result<(), IndexError> {
    let (mut places, mut names): (Vec<PathMention>, Vec<String>) = Default::default();
    for error in errors.iter().map(|error| end_of(error)) {
        for place in path_mentions(error) {
            if places.len() < ERROR_PLACES && !places.contains(&place) {
                places.push(place);
            }
        }
        for name in code_names(error, false) {
            if names.len() < ERROR_NAMES && !names.contains(&name) {
                names.push(name);
            }
        }
    }
    let places = mentioned(index, &places);
    signals.errors = places.files;
    for (file, chunk) in places.chunks {
        signals.first.entry(file).or_default().push(chunk);
    }
    let names = definers(index, &names)?;
    signals.error_names = names.files;
    for (file, chunk) in names.chunks {
        signals.otherwise.entry(file).or_insert(chunk);
    }
    Ok(())
}

/// The end of a text that is too long.
fn end_of(text: &str) -> &str {
    let start = text.len().saturating_sub(ERROR_BYTES);
    let start = (start..text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    &text[start..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_long_text_is_read() {
        assert_eq!(end_of("short"), "short");
        assert_eq!(end_of(""), "");
        let long = "é".repeat(ERROR_BYTES);
        assert_eq!(end_of(&format!("x{long}")).len(), ERROR_BYTES);
        assert_eq!(end_of(&format!("{long}x")).len(), ERROR_BYTES - 1);
    }
}
