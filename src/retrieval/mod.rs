//! What matters for this query?
//!
//! Index and history in, ranked hits out. Each stage is a file and a function of its arguments: the
//! same index, history and query always give the same hits, and a hit says why it is one.
//!
//! A query has words, a filter, and the state of a task: `evidence` adds what the state says to the
//! signals, `neighbours` looks around the files of the state too, and `shown` keeps back what earlier
//! answers had. `recency` ranks anew where the last changes are asked for. Each does nothing for a
//! query that has none of it.

mod intent;
mod query;
mod state;
mod expand;
mod code_names;
mod mentions;
mod resolve;
mod evidence;
mod candidates;
mod rerank;
mod filter;
mod shown;
mod passing;
mod constraints;
mod calls;
mod imports;
mod neighbours;
mod recency;
mod choice;
mod listing;
mod citations;
mod map;
mod named;
mod names;
mod rename;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::base::{RepoPath, Span};
use crate::index::{ChunkId, History, Index, IndexError};
use crate::repo::BlobId;
use crate::retrieval::candidates::candidates;
use crate::retrieval::choice::Choosing;
use crate::retrieval::constraints::constrain;
use crate::retrieval::neighbours::Around;
use crate::retrieval::passing::Gate;
use crate::retrieval::query::weighted_words;
use crate::retrieval::rerank::{Ranked, WEIGHTS, fuse};
use crate::syntax::{Symbol, SymbolKind};

pub use citations::{Citation, Standing};
pub use constraints::{is_document, is_test};
pub use filter::{Filter, FilterError, NamePattern, PathPattern, kind, language, pattern};
pub use intent::{Intent, Wanted};
pub use map::map;
pub use named::{Named, named};
pub use names::{Definition, Reach, Use, Uses, definitions, near_names, uses};
pub use query::Query;
pub use rename::{NoRenaming, Renamed, Renaming, rename, things};
pub use state::{Shown, TaskState};

/// A piece of a file that matters.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Hit {
    pub path: RepoPath,
    pub span: Span,
    /// Names the file's bytes as they were indexed and stand on disk.
    pub blob: BlobId,
    /// The path of the definition that it is, or is a part of.
    pub symbol: Option<String>,
    pub kind: Option<SymbolKind>,
    /// Comparable within one search only.
    pub score: f32,
    /// The signals that speak for it and how much, and the words that were found.
    pub why: String,
    /// What each signal adds to the score of its file, the same for all hits of a file.
    #[serde(skip)]
    pub signals: BTreeMap<&'static str, f32>,
    /// The lines that the filter is about: those that have a phrase or match a regular expression, or
    /// the one that has the name of the definition.
    pub lines: Vec<u32>,
    pub text: String,
}

/// What of a file is shown.
#[derive(Clone, Debug)]
enum Place {
    Chunk(ChunkId),
    Definition(Box<Symbol>),
}

/// At most `limit` hits, best first. Where the query has no words of its own, what passes its filter
/// is listed.
pub fn search(
    index: &Index,
    history: &History,
    query: &Query,
    limit: usize,
) -> Result<Vec<Hit>, IndexError> {
    let gate = Gate::new(index, &query.filter)?.knowing(&query.state.shown);
    let asks = !weighted_words(&query.text).is_empty() || !query.state.says_nothing();
    let mut hits = if asks { ranked(&gate, history, query, limit)? } else { Vec::new() };
    if query.is_all_filter && hits.len() < limit {
        let known: Vec<_> = hits.iter().map(|hit| (hit.path.clone(), hit.span)).collect();
        let listed = listing::list(&gate, limit.saturating_add(known.len()))?;
        hits.extend(listed.into_iter().filter(|it| !known.contains(&(it.path.clone(), it.span))));
        hits.truncate(limit);
    }
    Ok(hits)
}

/// Hits by the words of the query.
fn ranked(
    gate: &Gate<'_>,
    history: &History,
    query: &Query,
    limit: usize,
) -> Result<Vec<Hit>, IndexError> {
    let index = gate.index;
    let intent = Intent::of(&query.text);
    let recent = query.asks_for_latest.then(|| recency::asked(&query.text)).flatten();
    let recent = recent.map(|text| Query { text, ..query.clone() });
    let query = recent.as_ref().unwrap_or(query);
    let mut signals = candidates(index, history, query, intent)?;
    gate.narrow(&mut signals);
    let about_time_alone = recent.as_ref().is_some_and(|it| it.text.is_empty());
    let wanted = Wanted::of(&query.text);
    let ranked = match about_time_alone {
        true => recency::all(index, history),
        false => constrain(wanted, fuse(&signals, WEIGHTS), |it| index.file(it.file)),
    };
    let mut ranked: Vec<Ranked> = ranked.into_iter().filter(|it| gate.allows(it.file)).collect();
    if recent.is_some() {
        ranked = recency::newest_first(index, history, ranked);
    }
    // Who looks a name up, or asks for the last changes, wants no more than what has it.
    let around = match intent {
        Intent::Lookup => Around::default(),
        _ if recent.is_some() => Around::default(),
        _ => Around::of(index, history, &signals, &ranked)?,
    };
    let ranked = around.ranked(gate, wanted, ranked);
    let choosing = Choosing { gate, signals: &signals, around: &around, ranked: &ranked };
    let hits = choosing.choose(limit)?.into_iter().map(|choice| choosing.hit(&choice));
    // A file that changed between the refresh and now is shown again by the next search.
    hits.filter(|hit| !matches!(hit, Err(IndexError::Stale(_)))).collect()
}
