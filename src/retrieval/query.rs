//! What is asked for, and the words in it that count.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::index::{WeightedWord, words};
use crate::retrieval::filter::{Filter, FilterError, Parsed, parse};
use crate::retrieval::recency;
use crate::retrieval::state::TaskState;

/// A query in a person's or a program's words.
#[derive(Clone, Debug, Default)]
pub struct Query {
    pub text: String,
    /// What a hit has to be; everything passes an empty one.
    pub filter: Filter,
    /// There is nothing in the text but phrases of the filter: what passes is listed.
    pub is_all_filter: bool,
    /// The text asks for the last changes, and what matches is ranked by them.
    pub asks_for_latest: bool,
    /// Where whoever asks stands in a task.
    pub state: TaskState,
}

impl Query {
    /// A query over the whole repository; nothing in the text is a filter, or asks for the last changes.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// A query whose text may have filters in it, see [`Filter`], and may ask for the last changes.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        let Parsed { text, words, filter } = parse(text)?;
        let asks_for_latest = recency::asked(&text).is_some();
        Ok(Self { text, filter, is_all_filter: !words, asks_for_latest, ..Self::default() })
    }
}

/// Words that are in every text; in order, for the search.
const STOP_WORDS: &str = include_str!("stop_words.txt");

static IS_STOP_WORD: LazyLock<std::collections::HashSet<&str>> =
    LazyLock::new(|| STOP_WORDS.split_whitespace().collect());

/// Whether a word, in lower case, is in every text.
pub(super) fn is_stop_word(word: &str) -> bool {
    IS_STOP_WORD.contains(word)
}

/// The words of the query in order, without stop words unless there is nothing else. A word said
/// more often counts more, but less each time.
pub(super) fn weighted_words(text: &str) -> Vec<WeightedWord> {
    let all = words(text);
    let meaningful: Vec<&String> = all.iter().filter(|word| !is_stop_word(word)).collect();
    let chosen = if meaningful.is_empty() { all.iter().collect() } else { meaningful };
    let mut counts: HashMap<&str, usize> = HashMap::new();
    let mut order: Vec<&str> = Vec::new();
    for word in chosen {
        let count = counts.entry(word).or_default();
        if *count == 0 {
            order.push(word);
        }
        *count += 1;
    }
    let weight = |word: &str| (counts[word].min(3) as f32).sqrt();
    order
        .iter()
        .map(|word| WeightedWord { word: (*word).to_owned(), weight: weight(word) })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_count() {
        let shown: Vec<String> = weighted_words("Fix the parser of the HunkParser")
            .iter()
            .map(|it| format!("{} {:.2}", it.word, it.weight))
            .collect();
        assert_eq!(shown, ["fix 1.00", "parser 1.41", "hunk 1.00", "hunkparser 1.00"]);
        assert_eq!(weighted_words("is it").len(), 2);
    }
}
