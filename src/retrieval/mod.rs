//! What matters for this query?
//!
//! Index and history in, ranked hits out. Each stage is a file and a function of its arguments: the
//! same index, history and query always give the same hits, and a hit says why it is one.

mod intent;
mod query;
mod expand;
mod candidates;
mod rerank;
mod constraints;
mod neighbours;
mod citations;
mod map;
mod named;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::base::{RepoPath, Span};
use crate::index::{ChunkId, FileId, History, Index, IndexError, each_word};
use crate::retrieval::candidates::{Signals, candidates};
use crate::retrieval::constraints::constrain;
use crate::retrieval::neighbours::Around;
use crate::retrieval::rerank::{Ranked, WEIGHTS, fuse};
use crate::syntax::SymbolKind;

pub use citations::Citation;
pub use constraints::is_test;
pub use intent::{Intent, Wanted};
pub use map::map;
pub use named::{Named, named};
pub use query::Query;

/// How much each hit of a file keeps of the file's score; a file has no more hits than this.
const SATURATION: [f32; 5] = [1.0, 0.85, 0.75, 0.67, 0.6];

/// So many chunks of a file are looked at for hits.
const LOOKED_AT: usize = 12;

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
    let around = Around::of(index, history, &signals, &ranked)?;
    let ranked = around.ranked(index, query, ranked);
    let chosen = choose(index, &signals, &around, &ranked, limit)?;
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

/// The best chunk of each of so many files that they are two thirds of the hits, and further chunks
/// of the best files. The files stay in the order of the ranking.
fn choose(
    index: &Index,
    signals: &Signals,
    around: &Around,
    ranked: &[Ranked],
    limit: usize,
) -> Result<Vec<Choice>, IndexError> {
    let (mut firsts, mut further) = (Vec::new(), Vec::new());
    for (rank, file) in ranked.iter().take(limit).enumerate() {
        let mut shown = Vec::new();
        for chunk in telling_chunks(index, signals, around, file.file).into_iter().take(LOOKED_AT) {
            let Some(saturation) = SATURATION.get(shown.len()) else { break };
            let symbol = index.symbol_of(chunk)?;
            // Another part of a definition that is shown says little more.
            if shown.is_empty() || !shown.contains(&symbol) {
                shown.push(symbol);
                let choice = Choice { rank, chunk, score: file.score * saturation };
                if shown.len() == 1 { firsts.push(choice) } else { further.push(choice) }
            }
        }
    }
    let order = |a: &Choice, b: &Choice| {
        let line = |choice: &Choice| index.line_of(choice.chunk);
        b.score.total_cmp(&a.score).then(a.rank.cmp(&b.rank)).then(line(a).cmp(&line(b)))
    };
    further.sort_by(order);
    let files = (2 * limit).div_ceil(3).max(limit.saturating_sub(further.len()));
    firsts.truncate(files);
    let room = limit - firsts.len();
    let shown = firsts.len();
    firsts.extend(further.into_iter().filter(|it| it.rank < shown).take(room));
    firsts.sort_by(order);
    Ok(firsts)
}

/// The chunks of a file that say why it is one, best first.
fn telling_chunks(index: &Index, signals: &Signals, around: &Around, file: FileId) -> Vec<ChunkId> {
    let first = signals.first.get(&file).into_iter().flatten().copied();
    let matching = signals.of_file.get(&file).into_iter().flatten().map(|it| it.0);
    let mut chunks: Vec<ChunkId> = Vec::new();
    for chunk in first.chain(matching) {
        if !chunks.contains(&chunk) {
            chunks.push(chunk);
        }
    }
    if chunks.is_empty() {
        chunks.extend(around.chunk_of(file).or(index.chunks_of(file).first().copied()));
    }
    chunks
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
