//! How else the repository may write what the query says.
//!
//! Words that stand side by side may be one name (`entry view`, `EntryView`), and a word may have
//! another ending (`caching`, `cache`). Only what the repository itself says is added.

use crate::index::{WeightedWord, identifiers};
use crate::retrieval::query::is_stop_word;

/// How much a name counts whose parts the query says side by side.
const COMPOUND: f32 = 0.5;
/// How much a word counts with another ending.
const VARIANT: f32 = 0.15;
/// So many words side by side can be one name.
const MOST_PARTS: usize = 3;
/// What is left of a word without its ending, in letters.
const SHORTEST_STEM: usize = 4;

const ENDINGS: [&str; 13] =
    ["ions", "ers", "ing", "ies", "ion", "ed", "es", "er", "or", "s", "e", "y", ""];
const OTHER_ENDINGS: [&str; 10] = ["", "e", "s", "es", "ed", "ing", "er", "ion", "y", "ies"];

/// `words`, those of `text`, and behind them what `says` knows of compounds and variants.
pub(super) fn expanded(
    text: &str,
    words: Vec<WeightedWord>,
    says: impl Fn(&str) -> bool,
) -> Vec<WeightedWord> {
    let mut all = words;
    let said = all.len();
    let add = |all: &mut Vec<WeightedWord>, word: String, weight: f32| {
        if all.iter().all(|it| it.word != word) && says(&word) {
            all.push(WeightedWord { word, weight });
        }
    };
    for compound in compounds(text) {
        add(&mut all, compound, COMPOUND);
    }
    for place in 0..said {
        let WeightedWord { word, weight } = all[place].clone();
        for variant in variants(&word) {
            add(&mut all, variant, weight * VARIANT);
        }
    }
    all
}

/// Names that neighbours in `text` would be together; none begins or ends with a stop word.
fn compounds(text: &str) -> Vec<String> {
    let parts: Vec<String> =
        identifiers(text).map(|part| part.replace('_', "").to_lowercase()).collect();
    let mut compounds = Vec::new();
    for count in 2..=MOST_PARTS {
        for parts in parts.windows(count) {
            if !is_stop_word(&parts[0]) && !is_stop_word(&parts[count - 1]) {
                compounds.push(parts.concat());
            }
        }
    }
    compounds
}

/// `word` with its other endings, for words of small ASCII letters.
fn variants(word: &str) -> Vec<String> {
    if !word.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return Vec::new();
    }
    let stem = ENDINGS
        .iter()
        .find_map(|ending| word.strip_suffix(ending).filter(|stem| stem.len() >= SHORTEST_STEM));
    let Some(stem) = stem else { return Vec::new() };
    let once = stem.as_bytes().windows(2).last().is_some_and(|pair| pair[0] == pair[1]);
    let stems = [Some(stem), once.then(|| &stem[..stem.len() - 1])];
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
        let all = expanded(text, words, |word| vocabulary.contains(&word));
        let added: Vec<String> =
            all[said..].iter().map(|it| format!("{} {:.2}", it.word, it.weight)).collect();
        assert_eq!(added, expected, "{text}");
    }

    #[test]
    fn neighbours_are_one_name_where_the_repository_has_it() {
        check(
            "reset the entry view model",
            &["entryview", "entryviewmodel"],
            &["entryview 0.50", "entryviewmodel 0.50"],
        );
        check("reset the view", &["resettheview", "theview"], &["resettheview 0.50"]);
        check("time out_put", &["timeoutput"], &["timeoutput 0.50"]);
    }

    #[test]
    fn words_have_other_endings() {
        check("caching", &["cache", "caches", "cach"], &["cach 0.15", "cache 0.15", "caches 0.15"]);
        check("plugged", &["plug", "plugs"], &["plug 0.15", "plugs 0.15"]);
        check("queries", &["query"], &["query 0.15"]);
        check("string", &["str", "strs"], &[]);
    }
}
