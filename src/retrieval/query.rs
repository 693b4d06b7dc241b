//! What is asked for, and the words in it that count.

use std::collections::HashMap;
use std::sync::LazyLock;

use regex::Regex;

use crate::index::{WeightedWord, words};
use crate::retrieval::filter::{Filter, FilterError, Parsed, parse};
use crate::retrieval::intent::is_code;
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

/// Names that are written as code, in order: `Client.connect`, `parse_hunk`, `HunkParser`.
pub(super) fn code_names(text: &str, alone: bool) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for word in text.split(|c: char| c.is_whitespace() || "(),;\"'<>{}[]=".contains(c)) {
        let quoted = word.starts_with('`');
        let name = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '_' && c != '#');
        if name.is_empty() || !(alone || quoted || is_code(word) || is_code(name)) {
            continue;
        }
        let dotted = name.replace("::", ".");
        for name in [dotted.as_str(), dotted.rsplit('.').next().unwrap_or_default()] {
            if !name.is_empty() && !names.iter().any(|it| it == name) {
                names.push(name.to_owned());
            }
        }
    }
    names
}

/// A path, or the end of one, with the line that stands beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PathMention {
    pub(super) path: String,
    pub(super) line: Option<u32>,
}

/// `a/b.rs:12`, `File "a/b.py", line 12`, `a.php on line 12`, `a.ts(12,5)`, `b.rs`, `a/b/`.
const PATH: &str = r#"((?:[\w.@+-]+/)*[\w@+-][\w.@+-]*\.[A-Za-z]\w{0,7}|(?:[\w.@+-]+/)+[\w.@+-]+)(?:"?,? (?:on )?line (\d+)|:(\d+)|\((\d+)(?:, ?\d+)?\))?"#;
static ANY_PATH: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(PATH).ok());
/// Finds the same in a text that is ASCII, and takes a tenth of the time to compile.
static ASCII_PATH: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(&format!("(?-u){PATH}")).ok());

/// The paths that a text mentions, in order.
pub(super) fn path_mentions(text: &str) -> Vec<PathMention> {
    // Every path has one of these.
    if !text.contains(['/', '.']) {
        return Vec::new();
    }
    let pattern = if text.is_ascii() { &ASCII_PATH } else { &ANY_PATH };
    let Some(pattern) = pattern.as_ref() else { return Vec::new() };
    pattern
        .captures_iter(text)
        .filter_map(|found| {
            let path = found.get(1)?.as_str().trim_start_matches("./").trim_end_matches('.');
            let line = (2..5).find_map(|group| found.get(group)?.as_str().parse().ok());
            Some(PathMention { path: path.to_owned(), line })
        })
        .collect()
}

impl PathMention {
    /// Whether the file can be meant: its path ends with the mention, or the mention with its path.
    pub(super) fn names(&self, path: &[u8]) -> bool {
        let mention = self.path.as_bytes();
        let ends = |long: &[u8], short: &[u8]| {
            long.strip_suffix(short).is_some_and(|rest| rest.is_empty() || rest.ends_with(b"/"))
        };
        ends(path, mention) || (path.contains(&b'/') && ends(mention, path))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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

    #[test]
    fn names_written_as_code() {
        assert_eq!(
            code_names("call Client::connect() when `x` fails", false),
            ["Client.connect", "connect", "x"]
        );
        assert_eq!(code_names("connect", true), ["connect"]);
        assert!(code_names("Fix the parser", false).is_empty());
    }

    #[test]
    fn paths_with_lines() {
        let check = |text: &str, path: &str, line| {
            let expected = PathMention { path: path.into(), line };
            assert_eq!(path_mentions(text), [expected], "{text}");
        };
        check("panicked at src/a.rs:3:5", "src/a.rs", Some(3));
        check("File \"/x/a.py\", line 12, in f", "x/a.py", Some(12));
        check("--> src/a.rs:3:5", "src/a.rs", Some(3));
        check("src/a.ts(12,5): error TS2322", "src/a.ts", Some(12));
        check("a.cpp(7): error C2065", "a.cpp", Some(7));
        check("thrown in x/a.php on line 9", "x/a.php", Some(9));
        check("    at go (lib/a.js:12:3)", "lib/a.js", Some(12));
        check("\tat drain(Pump.java:31)", "Pump.java", Some(31));
        check("see lib.rs.", "lib.rs", None);
        check("größe.rs:7", "größe.rs", Some(7));
        let mention = PathMention { path: "home/me/repo/src/a.rs".into(), line: None };
        assert!(mention.names(b"src/a.rs"));
        assert!(!mention.names(b"c/a.rs"));
    }

    proptest! {
        #[test]
        fn a_text_in_ascii_has_the_same_paths_for_both_patterns(text in "[ -~\n]{0,60}") {
            let found = |pattern: &Option<Regex>| -> Vec<String> {
                let pattern = pattern.as_ref().unwrap();
                pattern.captures_iter(&text).map(|it| format!("{it:?}")).collect()
            };
            prop_assert_eq!(found(&ASCII_PATH), found(&ANY_PATH));
        }
    }
}
