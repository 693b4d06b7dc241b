//! What no edit may do: lose a definition, double one, or break the syntax.

use std::collections::BTreeMap;

use crate::proposal::resolve::Refusal;
use crate::repo::FileChange;
use crate::syntax::{self, Language};

/// Refuses a change that damages the file it changes. With `may_lose` definitions may go.
pub(super) fn check(change: &FileChange, may_lose: bool) -> Result<(), Refusal> {
    let Some(after) = &change.after else { return Ok(()) };
    let before = change.before.as_ref().map(|state| state.bytes.as_slice()).unwrap_or_default();
    let Some(language) = Language::of(&change.path, &after.bytes) else { return Ok(()) };
    let path = change.path.to_string();
    definitions(&path, language, before, &after.bytes, may_lose)?;
    errors(&path, language, before, &after.bytes)
}

fn definitions(
    path: &str,
    language: Language,
    before: &[u8],
    after: &[u8],
    may_lose: bool,
) -> Result<(), Refusal> {
    let (old, new) = (census(language, before), census(language, after));
    let lost: Vec<_> = old.keys().filter(|name| !new.contains_key(*name)).cloned().collect();
    if !lost.is_empty() && !may_lose {
        return Err(Refusal::Lost { path: path.to_owned(), lost });
    }
    let doubled = |(name, count): &(&String, &usize)| {
        **count > 1 && **count > old.get(*name).copied().unwrap_or(0)
    };
    let names: Vec<_> = new.iter().filter(doubled).map(|(name, _)| name.clone()).collect();
    if names.is_empty() { Ok(()) } else { Err(Refusal::Duplicate { path: path.to_owned(), names }) }
}

/// How often each definition stands in the file; variables and fields do not count.
fn census(language: Language, text: &[u8]) -> BTreeMap<String, usize> {
    let mut names = BTreeMap::new();
    for symbol in syntax::symbols(language, text) {
        if symbol.kind.is_definition() {
            *names.entry(symbol.path).or_default() += 1;
        }
    }
    names
}

fn errors(path: &str, language: Language, before: &[u8], after: &[u8]) -> Result<(), Refusal> {
    let found = syntax::errors(language, after);
    if found.len() <= syntax::errors(language, before).len() {
        return Ok(());
    }
    match found.first() {
        Some(first) => Err(Refusal::Syntax {
            path: path.to_owned(),
            code: line_of(after, first.span.start),
            message: first.message.clone(),
        }),
        None => Ok(()),
    }
}

/// Line `number` of `text`, as a model can recognise it.
fn line_of(text: &[u8], number: u32) -> String {
    let line = text.split(|byte| *byte == b'\n').nth(number.saturating_sub(1) as usize);
    String::from_utf8_lossy(line.unwrap_or_default()).trim().chars().take(160).collect()
}
