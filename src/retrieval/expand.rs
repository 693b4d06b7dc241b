//! How else the repository may write what the query says.
//!
//! A word may have another ending there (`caching`, `cache`). Only what the repository itself says is
//! added.

use std::collections::HashSet;

use crate::index::WeightedWord;

/// How much a word counts with another ending.
const VARIANT: f32 = 0.15;
/// What is left of a word without its ending, in letters.
const SHORTEST_STEM: usize = 4;

const ENDINGS: [&str; 14] =
    ["ions", "ers", "ors", "ing", "ies", "ion", "ed", "es", "er", "or", "s", "e", "y", ""];
const OTHER_ENDINGS: [&str; 16] = [
    "", "e", "s", "es", "ed", "ing", "er", "ers", "or", "ors", "ion", "ions", "ation", "ations",
    "y", "ies",
];

/// `words`, and behind them what `says` knows of their variants.
pub(super) fn expanded(words: Vec<WeightedWord>, says: impl Fn(&str) -> bool) -> Vec<WeightedWord> {
    let mut tried: HashSet<String> = words.iter().map(|it| it.word.clone()).collect();
    let mut all = words;
    for place in 0..all.len() {
        let WeightedWord { word, weight } = all[place].clone();
        for variant in variants(&word) {
            if tried.insert(variant.clone()) && says(&variant) {
                all.push(WeightedWord { word: variant, weight: weight * VARIANT });
            }
        }
    }
    all
}

/// `word` with its other endings, for words of small ASCII letters.
fn variants(word: &str) -> Vec<String> {
    if !word.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return Vec::new();
    }
    let cut = |ending: &&'static str| Some((word.strip_suffix(*ending)?, *ending));
    let mut cuts = ENDINGS.iter().filter_map(cut);
    let Some((stem, ending)) = cuts.find(|(stem, _)| stem.len() >= SHORTEST_STEM) else {
        return Vec::new();
    };
    let once = stem.as_bytes().windows(2).last().is_some_and(|pair| pair[0] == pair[1]);
    // `formation` is of `form`, and `creation` of `create`.
    let before = stem.strip_suffix("at").filter(|it| it.len() >= SHORTEST_STEM);
    let stems = [
        Some(stem),
        once.then(|| &stem[..stem.len() - 1]),
        before.filter(|_| ending.starts_with("ion")),
    ];
    let variants = stems
        .into_iter()
        .flatten()
        .flat_map(|stem| OTHER_ENDINGS.iter().map(move |ending| format!("{stem}{ending}")));
    variants.filter(|variant| variant != word).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, vocabulary: &[&str], expected: &[&str]) {
        let words = crate::retrieval::query::weighted_words(text);
        let said = words.len();
        let all = expanded(words, |word| vocabulary.contains(&word));
        let added: Vec<String> =
            all[said..].iter().map(|it| format!("{} {:.2}", it.word, it.weight)).collect();
        assert_eq!(added, expected, "{text}");
    }

    #[test]
    fn words_have_other_endings() {
        check("caching", &["cache", "caches", "cach"], &["cach 0.15", "cache 0.15", "caches 0.15"]);
        check("plugged", &["plug", "plugs"], &["plug 0.15", "plugs 0.15"]);
        check("queries", &["query"], &["query 0.15"]);
        check("string", &["str", "strs"], &[]);
    }

    #[test]
    fn who_does_it_and_what_is_done_are_variants() {
        check("validator", &["validate", "validation"], &["validate 0.15", "validation 0.15"]);
        check("connect", &["connectors", "connections"], &["connectors 0.15", "connections 0.15"]);
        check("formations", &["form", "formatter"], &["form 0.15"]);
        check("transform", &["transformation"], &["transformation 0.15"]);
        check("handler", &["handlers"], &["handlers 0.15"]);
    }

    #[test]
    fn what_two_words_have_in_common_is_added_once() {
        check("caches cached", &["cache"], &["cache 0.15"]);
    }
}
