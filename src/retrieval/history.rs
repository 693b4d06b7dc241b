//! Past commit messages vote for the files they changed.

use std::collections::HashMap;

use crate::base::RepoPath;
use crate::index::{WeightedWord, each_word};
use crate::repo::History;

/// How many commits may vote.
const VOTERS: usize = 100;
const K1: f32 = 1.2;
const B: f32 = 0.5;

/// BM25 of each message; the best hundred give their score to their files, divided by the square
/// root of how many these are. Best first, equal votes in the order of paths.
pub(super) fn votes(history: &History, words: &[WeightedWord]) -> Vec<(RepoPath, f32)> {
    let commits: Vec<_> = history.commits.iter().filter(|it| !it.files.is_empty()).collect();
    let places: HashMap<&str, usize> =
        words.iter().enumerate().map(|(place, word)| (word.word.as_str(), place)).collect();
    let mut having = vec![0u32; words.len()];
    let mut counted: Vec<(Vec<u32>, u32)> = Vec::with_capacity(commits.len());
    for commit in &commits {
        let mut counts = vec![0u32; words.len()];
        let mut length = 0;
        each_word(&commit.message, |word| {
            length += 1;
            if let Some(place) = places.get(word) {
                counts[*place] += 1;
            }
        });
        for (having, count) in having.iter_mut().zip(&counts) {
            *having += u32::from(*count > 0);
        }
        counted.push((counts, length));
    }
    let sum: u64 = counted.iter().map(|(_, length)| u64::from(*length)).sum();
    let average = (sum as f32 / commits.len().max(1) as f32).max(1.0);
    let idf = |having: u32| {
        (1.0 + (commits.len() as f32 - having as f32 + 0.5) / (having as f32 + 0.5)).ln()
    };
    let weights: Vec<f32> =
        words.iter().zip(&having).map(|(word, having)| word.weight * idf(*having)).collect();
    let mut scored: Vec<(usize, f32)> = counted
        .iter()
        .map(|(counts, length)| {
            let hold = K1 * (1.0 - B + B * *length as f32 / average);
            let one = |(count, weight): (&u32, &f32)| {
                weight * *count as f32 * (K1 + 1.0) / (*count as f32 + hold)
            };
            counts.iter().zip(&weights).map(one).sum()
        })
        .enumerate()
        .filter(|(_, score)| *score > 0.0)
        .collect();
    scored.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let mut votes: HashMap<&RepoPath, f32> = HashMap::new();
    for (commit, score) in scored.into_iter().take(VOTERS) {
        let files = &commits[commit].files;
        for file in files {
            *votes.entry(file).or_default() += score / (files.len() as f32).sqrt();
        }
    }
    let mut votes: Vec<_> = votes.into_iter().map(|(path, vote)| (path.clone(), vote)).collect();
    votes.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    votes
}
