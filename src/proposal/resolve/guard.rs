//! What no edit may do: lose a definition, double one, or break the syntax.

use std::collections::{BTreeMap, BTreeSet};

use crate::proposal::resolve::Refusal;
use crate::repo::FileChange;
use crate::syntax::{self, Language, Symbol, SymbolKind};

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
    let (old, new) = (Census::of(language, before), Census::of(language, after));
    let fewer =
        |(path, count): &(&String, &usize)| new.by_path.get(*path).is_none_or(|left| left < *count);
    let lost: Vec<_> = old.by_path.iter().filter(fewer).map(|(path, _)| path.clone()).collect();
    if !lost.is_empty() && !may_lose {
        return Err(Refusal::Lost { path: path.to_owned(), lost });
    }
    let doubled = |(twin, count): &(&Twin, &usize)| {
        **count > 1 && **count > old.by_twin.get(*twin).copied().unwrap_or(0)
    };
    let names: BTreeSet<_> =
        new.by_twin.iter().filter(doubled).map(|(twin, _)| twin.path.clone()).collect();
    if names.is_empty() {
        return Ok(());
    }
    Err(Refusal::Duplicate { path: path.to_owned(), names: names.into_iter().collect() })
}

/// How often each definition stands in a file; variables and fields do not count.
#[derive(Default)]
struct Census {
    /// Overloads are counted, blocks that implement a type are not: several can become one.
    by_path: BTreeMap<String, usize>,
    by_twin: BTreeMap<Twin, usize>,
}

/// What two definitions have in common of which one is too many.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Twin {
    path: String,
    /// The block that implements a type, as it begins: each may have a method of this name.
    block: String,
    /// Decorators, attributes, `get` and `set`: getters have setters beside them, and code for one system
    /// has that for another.
    marks: String,
    /// In languages with overloads.
    signature: String,
}

impl Census {
    fn of(language: Language, text: &[u8]) -> Self {
        let mut census = Self::default();
        let symbols = syntax::symbols(language, text);
        let is_block = |symbol: &Symbol| symbol.kind == SymbolKind::Implementation;
        let blocks: Vec<&Symbol> = symbols.iter().filter(|it| is_block(it)).collect();
        let around = |symbol: &Symbol| {
            let holds = |it: &&&Symbol| {
                it.bytes.start <= symbol.bytes.start && symbol.bytes.end <= it.bytes.end
            };
            blocks.iter().rfind(holds).map(|it| it.signature.clone()).unwrap_or_default()
        };
        for symbol in symbols.iter().filter(|it| it.kind.is_definition() && !is_block(it)) {
            *census.by_path.entry(symbol.path.clone()).or_default() += 1;
            let overloads = language.has_overloads();
            let twin = Twin {
                path: symbol.path.clone(),
                block: around(symbol),
                marks: marks(symbol, text),
                signature: if overloads { symbol.signature.clone() } else { String::new() },
            };
            *census.by_twin.entry(twin).or_default() += 1;
        }
        for block in blocks {
            census.by_path.entry(block.path.clone()).or_insert(1);
        }
        census
    }
}

fn marks(symbol: &Symbol, text: &[u8]) -> String {
    let name = symbol.names_at.first().copied().unwrap_or(symbol.bytes.start);
    let before = text.get(symbol.bytes.start..name).unwrap_or_default();
    let is_mark = |word: &&str| {
        word.starts_with('@') || word.starts_with("#[") || matches!(*word, "get" | "set")
    };
    let before = String::from_utf8_lossy(before);
    before.split_whitespace().filter(is_mark).collect::<Vec<_>>().join(" ")
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
