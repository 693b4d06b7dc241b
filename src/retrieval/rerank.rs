//! One order out of many signals.
//!
//! A linear sum of scores, each divided by its best: as good as the fusion of ranks among the first
//! ten and better at the top.

use std::collections::BTreeMap;

use crate::index::FileId;
use crate::retrieval::candidates::Signals;

/// How deep into each signal the fusion looks.
pub(super) const DEPTH: usize = 200;
/// What a file has that is surely mentioned: one that may be meant counts less, also where no other
/// file is.
const SURE: f32 = 1.0;

/// How much each signal counts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Weights {
    pub(super) chunks: f32,
    pub(super) text: f32,
    pub(super) names: f32,
    pub(super) path: f32,
    pub(super) history: f32,
    pub(super) changes: f32,
    pub(super) defines: f32,
    pub(super) mentioned: f32,
    pub(super) open: f32,
    pub(super) touched: f32,
    pub(super) seen: f32,
    pub(super) errors: f32,
    pub(super) error_names: f32,
}

/// Fitted on tasks mined from the history of several repositories and held on others; those of a task's
/// state, from `open` on, are set by hand. What is open, touched and seen is together less than what
/// the best text alone has.
pub(super) const WEIGHTS: Weights = Weights {
    chunks: 0.43,
    text: 0.32,
    names: 0.12,
    path: 0.45,
    history: 0.28,
    changes: 0.13,
    defines: 0.3,
    mentioned: 0.8,
    open: 0.08,
    touched: 0.1,
    seen: 0.05,
    errors: 0.6,
    error_names: 0.15,
};

/// A file with its score, and what the score is made of.
#[derive(Clone, Debug)]
pub(super) struct Ranked {
    pub(super) file: FileId,
    pub(super) score: f32,
    pub(super) parts: Vec<(&'static str, f32)>,
}

/// Sums the signals for each file; in the order of paths, for the next stage to sort.
pub(super) fn fuse(signals: &Signals, weights: Weights) -> Vec<Ranked> {
    let lists = [
        ("chunks", weights.chunks, &signals.chunks),
        ("text", weights.text, &signals.text),
        ("names", weights.names, &signals.names),
        ("path", weights.path, &signals.path),
        ("history", weights.history, &signals.history),
        ("changes", weights.changes, &signals.changes),
        ("defines", weights.defines, &signals.defines),
        ("mentioned", weights.mentioned, &signals.mentioned),
        ("open", weights.open, &signals.open),
        ("touched", weights.touched, &signals.touched),
        ("seen", weights.seen, &signals.seen),
        ("errors", weights.errors, &signals.errors),
        ("error names", weights.error_names, &signals.error_names),
    ];
    let mut files: BTreeMap<FileId, Vec<(&'static str, f32)>> = BTreeMap::new();
    for (name, weight, list) in lists {
        let least = if matches!(name, "mentioned" | "errors") { SURE } else { 0.0 };
        for (file, part) in normalised(list, least) {
            if part > 0.0 {
                files.entry(file).or_default().push((name, part * weight));
            }
        }
    }
    files
        .into_iter()
        .map(|(file, parts)| Ranked { file, score: parts.iter().map(|it| it.1).sum(), parts })
        .collect()
}

/// Best is 1, if it is at least `least`; where the list goes on beyond [`DEPTH`], the last within
/// is 0.
fn normalised(list: &[(FileId, f32)], least: f32) -> impl Iterator<Item = (FileId, f32)> {
    let list = &list[..list.len().min(DEPTH)];
    let high = list.first().map_or(0.0, |it| it.1).max(least);
    let low = if list.len() < DEPTH { 0.0 } else { list[DEPTH - 1].1 };
    let range = if high > low { high - low } else { 1.0 };
    list.iter().map(move |(file, score)| (*file, (score - low) / range))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_mentioned_counts_less_than_what_surely_is() {
        let score = |mentioned: f32| {
            let mentioned = vec![(FileId(0), mentioned)];
            let signals = Signals { mentioned, ..Signals::default() };
            fuse(&signals, WEIGHTS)[0].score
        };
        assert_eq!(score(0.5), WEIGHTS.mentioned / 2.0);
        assert_eq!(score(1.0), WEIGHTS.mentioned);
        assert_eq!(score(3.0), WEIGHTS.mentioned);
    }
}
