//! What matters for this query?
//!
//! Index and history in, ranked hits out. Each stage is a file and a function of its arguments: the
//! same index, history and query always give the same hits, and a hit says why it is one.

mod intent;
mod query;
mod candidates;
mod rerank;
mod filter;
mod passing;
mod constraints;
mod listing;
mod citations;
mod map;
mod named;
mod names;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::base::{RepoPath, Span};
use crate::index::{ChunkId, FileId, History, Index, IndexError};
use crate::retrieval::candidates::{Signals, candidates};
use crate::retrieval::constraints::constrain;
use crate::retrieval::passing::Gate;
use crate::retrieval::query::weighted_words;
use crate::retrieval::rerank::{Ranked, WEIGHTS, fuse};
use crate::syntax::{Symbol, SymbolKind};

pub use citations::Citation;
pub use constraints::is_test;
pub use filter::{Filter, FilterError, NamePattern, PathPattern, kind, language, pattern};
pub use intent::{Intent, Wanted};
pub use map::map;
pub use named::{Named, named};
pub use names::{Definition, Reach, Use, Uses, definitions, near_names, uses};
pub use query::Query;

/// How much the first, second and third hit of a file keep of the file's score.
const SATURATION: [f32; 3] = [1.0, 0.5, 0.3];
/// At most one hit in so many is a further one of a file that was shown before.
const FURTHER_HITS: usize = 4;

/// A piece of a file that matters.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Hit {
    pub path: RepoPath,
    pub span: Span,
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
    let gate = Gate::new(index, &query.filter)?;
    let mut hits = match weighted_words(&query.text).is_empty() {
        true => Vec::new(),
        false => ranked(&gate, history, query, limit)?,
    };
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
    let mut signals = candidates(index, history, query, intent)?;
    gate.narrow(&mut signals);
    let ranked = fuse(&signals, WEIGHTS);
    let ranked = constrain(Wanted::of(&query.text), ranked, |it| index.file(it.file).clone());
    let ranked: Vec<Ranked> = ranked.into_iter().filter(|it| gate.allows(it.file)).collect();
    let chosen = choose(gate, &signals, &ranked, limit)?;
    let hits = chosen.into_iter().map(|choice| hit(gate, &signals, &ranked, &choice));
    // A file that changed between the refresh and now is shown again by the next search.
    hits.filter(|hit| !matches!(hit, Err(IndexError::Stale(_)))).collect()
}

/// A place to show: of which file in the ranking, and with what score.
struct Choice {
    rank: usize,
    place: Place,
    score: f32,
}

/// The best place of each file, and further ones of the best files where there is room.
fn choose(
    gate: &Gate<'_>,
    signals: &Signals,
    ranked: &[Ranked],
    limit: usize,
) -> Result<Vec<Choice>, IndexError> {
    let (mut firsts, mut further) = (Vec::new(), Vec::new());
    for (rank, file) in ranked.iter().enumerate() {
        if firsts.len() == limit {
            break;
        }
        let places = places(gate, signals, file.file)?;
        for (at, place) in places.into_iter().take(SATURATION.len()).enumerate() {
            let list = if at == 0 { &mut firsts } else { &mut further };
            list.push(Choice { rank, place, score: file.score * SATURATION[at] });
        }
    }
    let order = |a: &Choice, b: &Choice| {
        let line = |choice: &Choice| match &choice.place {
            Place::Chunk(chunk) => gate.index.line_of(*chunk),
            Place::Definition(symbol) => symbol.span.start,
        };
        b.score.total_cmp(&a.score).then(a.rank.cmp(&b.rank)).then(line(a).cmp(&line(b)))
    };
    further.sort_by(order);
    let room = limit.saturating_sub(firsts.len()).max(limit / FURTHER_HITS);
    firsts.extend(further.into_iter().take(room));
    firsts.sort_by(order);
    firsts.truncate(limit);
    Ok(firsts)
}

/// What can be shown of a file, best first.
fn places(gate: &Gate<'_>, signals: &Signals, file: FileId) -> Result<Vec<Place>, IndexError> {
    let mut chunks: Vec<ChunkId> = signals.first.get(&file).cloned().unwrap_or_default();
    chunks.extend(signals.of_file.get(&file).into_iter().flatten().map(|it| it.0));
    if gate.filter.is_about_places() {
        return match gate.best_places(file, &chunks) {
            Err(IndexError::Stale(_)) => Ok(Vec::new()),
            places => places,
        };
    }
    if chunks.is_empty() {
        chunks.extend(gate.index.chunks_of(file).first());
    }
    let mut shown: Vec<ChunkId> = Vec::new();
    for chunk in chunks {
        if shown.len() < SATURATION.len() && !shown.contains(&chunk) {
            shown.push(chunk);
        }
    }
    Ok(shown.into_iter().map(Place::Chunk).collect())
}

fn hit(
    gate: &Gate<'_>,
    signals: &Signals,
    ranked: &[Ranked],
    choice: &Choice,
) -> Result<Hit, IndexError> {
    let file = &ranked[choice.rank];
    let hit = passing::hit(gate.index, gate.filter, file.file, &choice.place)?;
    let parts: Vec<String> =
        file.parts.iter().map(|(name, part)| format!("{name} {part:.2}")).collect();
    let said = crate::index::words(&hit.text);
    let found: Vec<&str> =
        signals.words.iter().filter(|word| said.contains(word)).map(String::as_str).collect();
    let mut why = parts.join(", ");
    if !found.is_empty() {
        why = format!("{why}; says {}", found.join(" "));
    }
    let signals = file.parts.iter().copied().collect();
    Ok(Hit { score: choice.score, why, signals, ..hit })
}
