//! What changed last, where that is asked.
//!
//! By the order of commits and not by a clock: the same repository gives the same answer. What was
//! never committed has no age, and neither has what only a very large commit changed.

use std::sync::LazyLock;

use regex::Regex;

use crate::index::{FileId, History, Index, words};
use crate::retrieval::intent::Intent;
use crate::retrieval::query::is_stop_word;
use crate::retrieval::rerank::Ranked;

/// The query is about a file that has this share of the best score, or a smaller one where its path
/// says a word of it: who asks what changed in a place mostly names the place.
const MATCHES: f32 = 0.7;
const MATCHES_BY_PATH: f32 = 0.4;
/// What the oldest of those that match keeps of the best score.
const OLDEST: f32 = 0.7;
/// So many files are told where the query is about nothing but the time.
const MOST_FILES: usize = 200;

/// None of the phrases is without one of these, in lower case.
const MARKS: [&str; 10] = [
    "recent",
    "latest",
    "lately",
    "newest",
    "yesterday",
    "today",
    "just ",
    "last",
    "past ",
    "this ",
];

/// Changes that are called new; and changes, then when they were. What no group has is what the
/// changes are of.
const PHRASES: [&str; 3] = [
    r"(?i)\b((?:most\s+)?(?:recently|lately|just)\s+(?:changed|modified|edited|touched|committed))\b",
    r"(?i)\b((?:most\s+recent|recent|latest|last|newest)\s+(?:\w+\s+)?(?:changes?|commits?|edits?|modifications?))(?:\s+(?:to|in|of|on|for|at|about|by|from|since)\b|\s*\??\s*$)",
    r"(?i)\b(changed|changes|modified|edited|touched|committed|commits|happened)\b(?:[^\n]{0,80}?\s)??(?:((?:since\s+|in\s+the\s+|over\s+the\s+)?(?:(?:most\s+)?recently|lately|latest|yesterday|today|(?:last|past|this)\s+(?:few\s+|couple\s+of\s+|\w+\s+)?(?:days?|weeks?|months?|hours?|night)))|(last)(?:\s+(?:in|to|of|on|at|for)\b|\s*\??\s*$))",
];
static IS_ASKED: LazyLock<Vec<Regex>> =
    LazyLock::new(|| PHRASES.iter().filter_map(|it| Regex::new(it).ok()).collect());

/// Words with which one asks or has something shown; others in front of a phrase make it a part of
/// what is to be changed: `fix the list of recently changed files`.
const ASKING: &str = "a all any anything are did do does everything find get give has have i in is list me \
                      most my of our show see tell that the things was were what when where which who";

/// What a query is about that asks what changed last, without the words that ask it; `None` for any
/// other query.
pub(super) fn asked(text: &str) -> Option<String> {
    let line = text.trim().lines().next()?;
    let lower = line.to_lowercase();
    if !MARKS.iter().any(|mark| lower.contains(mark)) {
        return None;
    }
    let is_question = Intent::of(line) == Intent::Question;
    let asks = |before: &str| {
        let mut words = before.split(|c: char| !c.is_alphanumeric()).filter(|it| !it.is_empty());
        is_question || words.all(is_asking)
    };
    let found = IS_ASKED.iter().find_map(|phrase| phrase.captures(line))?;
    if !asks(line.get(..found.get(0)?.start())?) {
        return None;
    }
    let mut about = String::new();
    let mut rest = 0;
    for group in found.iter().skip(1).flatten() {
        about.push_str(line.get(rest..group.start())?);
        about.push(' ');
        rest = group.end();
    }
    about.push_str(line.get(rest..)?);
    let asking = |word: &&str| is_asking(word) || is_empty(&word.to_lowercase());
    let about: Vec<&str> = about.split_whitespace().skip_while(asking).collect();
    let about = about.join(" ");
    let says = words(&about).iter().any(|word| !is_stop_word(word) && !is_empty(word));
    Some(if says { about } else { String::new() })
}

fn is_asking(word: &str) -> bool {
    ASKING.split(' ').any(|it| word.eq_ignore_ascii_case(it))
}

/// Whether a word beside the phrase names nothing of the repository.
fn is_empty(word: &str) -> bool {
    matches!(
        word,
        "file" | "files" | "code" | "repo" | "repository" | "project" | "show" | "list" | "find"
    )
}

/// All files that past commits changed, the newest first; for a query about nothing else.
pub(super) fn all(index: &Index, history: &History) -> Vec<Ranked> {
    let ages = (0u32..).map(FileId).zip(history.ages(index.paths()));
    let mut aged: Vec<(u32, FileId)> = ages.filter_map(|(file, age)| Some((age?, file))).collect();
    aged.sort();
    aged.truncate(MOST_FILES);
    aged.into_iter().map(|(_, file)| Ranked { file, score: 1.0, parts: Vec::new() }).collect()
}

/// `ranked`, best first, with those in front that match, in the order of the newest commits that
/// changed them; those of one commit, and those of none, keep their order.
pub(super) fn newest_first(index: &Index, history: &History, ranked: Vec<Ranked>) -> Vec<Ranked> {
    let best = ranked.first().map_or(0.0, |it| it.score);
    let matches = |it: &Ranked| {
        let by_path = it.parts.iter().any(|(name, _)| *name == "path");
        it.score >= best * if by_path { MATCHES_BY_PATH } else { MATCHES }
    };
    let (matching, rest): (Vec<Ranked>, Vec<Ranked>) = ranked.into_iter().partition(matches);
    let ages = history.ages(matching.iter().map(|it| index.path_of(it.file)));
    order(matching, &ages, rest)
}

/// `matching` by age, then the `rest`; every score is at most the one before.
fn order(matching: Vec<Ranked>, ages: &[Option<u32>], rest: Vec<Ranked>) -> Vec<Ranked> {
    let best = matching.iter().map(|it| it.score).fold(0.0, f32::max);
    let steps = matching.len().max(2) - 1;
    let mut aged: Vec<(u32, Ranked)> =
        ages.iter().map(|age| age.unwrap_or(u32::MAX)).zip(matching).collect();
    aged.sort_by_key(|it| it.0);
    for (place, (_, it)) in aged.iter_mut().enumerate() {
        rescore(it, best * (1.0 - (1.0 - OLDEST) * place as f32 / steps as f32));
    }
    let least = aged.last().map_or(f32::MAX, |it| it.1.score);
    let capped = rest.into_iter().map(|mut it| {
        let score = it.score.min(least);
        rescore(&mut it, score);
        it
    });
    aged.into_iter().map(|it| it.1).chain(capped).collect()
}

/// Gives it another score, and says so.
fn rescore(it: &mut Ranked, score: f32) {
    if score != it.score {
        it.parts.push(("recent", score - it.score));
        it.score = score;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(asked(text).as_deref(), expected, "{text}");
    }

    #[test]
    fn who_asks_what_changed_last() {
        check("recently changed parser code", Some("parser code"));
        check("latest change to the parser", Some("to the parser"));
        check("show me the last commits in src/index", Some("src/index"));
        check("what changed last week in the parser", Some("parser"));
        check("what changed in the parser last week?", Some("parser ?"));
        check("which files of the cache were modified yesterday", Some("cache were"));
        check("where was the lexer touched most recently", Some("lexer"));
        check("what changed last in the client?", Some("client?"));
        check("what was modified in the client last?", Some("client ?"));
        check("what changed recently?", Some(""));
        check("which files changed today", Some(""));
        check("latest changes", Some(""));
    }

    #[test]
    fn others_are_left_alone() {
        for text in [
            "",
            "fix the list of recently changed files",
            "add latest changes panel",
            "Latest changes panel is empty",
            "where is the last commit stored in memory",
            "recent files menu",
            "use the latest version of the parser",
            "testresult: avoid crash\n\nWhat changed recently: nothing.",
            "We recently changed the parser, so its tests have to follow",
            "this changes the parser",
        ] {
            check(text, None);
        }
    }

    #[test]
    fn every_phrase_compiles() {
        assert_eq!(IS_ASKED.len(), PHRASES.len());
    }

    proptest! {
        #[test]
        fn newer_ones_come_first_and_scores_fall(
            ages in prop::collection::vec(prop::option::of(0..9u32), 0..12), more in 0..5u32,
        ) {
            let count = ages.len() as u32;
            let file = |at: u32| {
                Ranked { file: FileId(at), score: 1.0 - at as f32 / 30.0, parts: Vec::new() }
            };
            let rest = (count..count + more).map(file).collect();
            let ordered = order((0..count).map(file).collect(), &ages, rest);
            prop_assert!(ordered.is_sorted_by(|a, b| a.score >= b.score));
            let key = |it: &Ranked| {
                let place = it.file.0;
                let age = ages.get(place as usize).map(|age| age.unwrap_or(u32::MAX));
                (place >= count, age, place)
            };
            prop_assert!(ordered.is_sorted_by_key(key));
            prop_assert_eq!(ordered.len() as u32, count + more);
        }

        #[test]
        fn no_text_breaks_it(text in "(recently|last|what|changed|latest|change|é|\n| ){0,12}") {
            let _ = asked(&text);
        }
    }
}
