//! What matters for this query?
//!
//! Index and history in, ranked hits out. Each stage is a file and a function of its arguments: the
//! same index, history and query always give the same hits, and a hit says why it is one.

mod intent;
mod query;
mod candidates;
mod rerank;
mod constraints;
mod citations;
mod map;
mod named;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::base::{RepoPath, Span};
use crate::index::{ChunkId, History, Index, IndexError, each_word};
use crate::retrieval::candidates::{Signals, candidates};
use crate::retrieval::constraints::constrain;
use crate::retrieval::rerank::{Ranked, WEIGHTS, fuse};
use crate::syntax::SymbolKind;

pub use citations::Citation;
pub use constraints::is_test;
pub use intent::{Intent, Wanted};
pub use map::map;
pub use named::{Named, named};
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
    pub text: String,
}

/// At most `limit` hits, best first.
pub fn search(
    index: &Index,
    history: &History,
    query: &Query,
    limit: usize,
) -> Result<Vec<Hit>, IndexError> {
    let intent = Intent::of(&query.text);
    let signals = candidates(index, history, query, intent)?;
    let ranked = fuse(&signals, WEIGHTS);
    let ranked = constrain(query, Wanted::of(&query.text), ranked, |it| index.file(it.file));
    let chosen = choose(index, &signals, &ranked, limit);
    let hits = chosen.into_iter().map(|choice| hit(index, &signals, &ranked, &choice));
    // A file that changed between the refresh and now is shown again by the next search.
    hits.filter(|hit| !matches!(hit, Err(IndexError::Stale(_)))).collect()
}

/// A chunk to show: of which file in the ranking, and with what score.
struct Choice {
    rank: usize,
    chunk: ChunkId,
    score: f32,
}

/// The best chunk of each file, and further ones of the best files where there is room.
fn choose(index: &Index, signals: &Signals, ranked: &[Ranked], limit: usize) -> Vec<Choice> {
    let (mut firsts, mut further) = (Vec::new(), Vec::new());
    for (rank, file) in ranked.iter().take(limit).enumerate() {
        let mut chunks: Vec<ChunkId> = signals.first.get(&file.file).cloned().unwrap_or_default();
        chunks.extend(signals.of_file.get(&file.file).into_iter().flatten().map(|it| it.0));
        if chunks.is_empty() {
            chunks.extend(index.chunks_of(file.file).first());
        }
        let mut shown: Vec<ChunkId> = Vec::new();
        for chunk in chunks {
            if shown.len() < SATURATION.len() && !shown.contains(&chunk) {
                let score = file.score * SATURATION[shown.len()];
                let list = if shown.is_empty() { &mut firsts } else { &mut further };
                list.push(Choice { rank, chunk, score });
                shown.push(chunk);
            }
        }
    }
    let order = |a: &Choice, b: &Choice| {
        let line = |choice: &Choice| index.line_of(choice.chunk);
        b.score.total_cmp(&a.score).then(a.rank.cmp(&b.rank)).then(line(a).cmp(&line(b)))
    };
    further.sort_by(order);
    let room = limit.saturating_sub(firsts.len()).max(limit / FURTHER_HITS);
    firsts.extend(further.into_iter().take(room));
    firsts.sort_by(order);
    firsts.truncate(limit);
    firsts
}

fn hit(
    index: &Index,
    signals: &Signals,
    ranked: &[Ranked],
    choice: &Choice,
) -> Result<Hit, IndexError> {
    let file = &ranked[choice.rank];
    let candidate = index.candidate(choice.chunk)?;
    let parts: Vec<String> =
        file.parts.iter().map(|(name, part)| format!("{name} {part:.2}")).collect();
    let mut said = vec![false; signals.words.len()];
    each_word(&candidate.text, |it| {
        for (said, word) in said.iter_mut().zip(&signals.words) {
            *said |= it == word;
        }
    });
    let found: Vec<&str> =
        signals.words.iter().zip(said).filter(|it| it.1).map(|it| it.0.as_str()).collect();
    let mut why = parts.join(", ");
    if !found.is_empty() {
        why = format!("{why}; says {}", found.join(" "));
    }
    Ok(Hit {
        path: index.file(file.file).ok_or(IndexError::Missing)?.path,
        span: candidate.span,
        symbol: candidate.symbol,
        kind: candidate.kind,
        score: choice.score,
        why,
        signals: file.parts.iter().copied().collect(),
        text: candidate.text,
    })
}
