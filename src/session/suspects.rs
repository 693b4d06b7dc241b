//! Which small changes to try: of the functions that failing tests run, the likeliest mistakes first.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use crate::base::RepoPath;
use crate::project::repair::{Located, Suspect};
use crate::proposal::patterns::{self, SmallChange};
use crate::repo::FileState;
use crate::retrieval;
use crate::session::find::is_function;
use crate::session::run::Run;
use crate::syntax::{self, Language};

/// Functions in which changes are tried, and most changes in all.
const MOST_FUNCTIONS: usize = 6;
const MOST_CHANGES: usize = 6000;
/// How much a function that the task names is more suspicious than others.
const NAMED: f64 = 0.5;
/// How much less likely a change is of a line that keeps no company with failing tests, and at most of a
/// function that others come before.
const UNSUSPICIOUS: f64 = 5.0;
const MOST_RANK: usize = 3;
/// How much less likely a change of a constant is than one of the first function.
const VALUE_RANK: usize = 1;
/// Functions whose constants are changed too.
const USING: usize = 3;

/// How much of its suspicion a line passes on to the next one, and how far: what raises an error is not
/// what runs because of it.
const PASSED_ON: f64 = 0.8;
const FAR: u32 = 4;

/// What a file says where changes are tried.
pub(super) type Text<'a> = &'a dyn Fn(&RepoPath) -> Option<FileState>;

/// A function that failing tests run, or a value that such a function uses.
struct Place {
    path: RepoPath,
    symbol: String,
    bytes: Range<usize>,
    score: f64,
    is_value: bool,
}

/// A change with its place.
pub(super) struct Candidate {
    pub(super) path: RepoPath,
    symbol: String,
    pub(super) change: SmallChange,
    /// The smaller, the likelier.
    pub(super) cost: f64,
}

impl Run<'_> {
    /// The changes to try, likeliest first.
    pub(super) fn candidates(&self, located: &Located, text: Text<'_>) -> Vec<Candidate> {
        let said = literals(&self.request.text);
        let top = located.suspects.iter().filter(|suspect| !retrieval::is_test(&suspect.path));
        let top = top.map(|suspect| suspect.score).max_by(f64::total_cmp).unwrap_or(1.0);
        let mut found: Vec<Candidate> = Vec::new();
        let mut places = self.suspicious(&located.suspects, text);
        places.extend(values_of(&places, text));
        for (rank, place) in places.into_iter().enumerate() {
            let Some(state) = text(&place.path) else { continue };
            let Ok(text) = String::from_utf8(state.bytes) else { continue };
            let scores: HashMap<u32, f64> = located
                .suspects
                .iter()
                .filter(|suspect| suspect.path == place.path)
                .map(|suspect| (suspect.line, suspect.score))
                .collect();
            let starts: Vec<usize> =
                std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
            for change in patterns::small_changes(&text, place.bytes.clone(), &said) {
                let line = starts.partition_point(|start| *start <= change.bytes.start);
                let score = match place.is_value {
                    true => place.score * PASSED_ON,
                    false => u32::try_from(line).map_or(0.0, |line| suspicion(&scores, line)),
                };
                let penalty = UNSUSPICIOUS * (1.0 - score / top);
                let rank = if place.is_value { VALUE_RANK } else { rank.min(MOST_RANK) };
                let cost = f64::from(change.cost) + penalty + rank as f64;
                let (path, symbol) = (place.path.clone(), place.symbol.clone());
                found.push(Candidate { path, symbol, change, cost });
            }
        }
        found.sort_by(|a, b| a.cost.total_cmp(&b.cost));
        found.truncate(MOST_CHANGES);
        found
    }

    /// The functions that failing tests run, the most suspicious first.
    fn suspicious(&self, suspects: &[Suspect], text: Text<'_>) -> Vec<Place> {
        let mut lines: BTreeMap<&RepoPath, Vec<&Suspect>> = BTreeMap::new();
        for suspect in suspects.iter().filter(|suspect| !retrieval::is_test(&suspect.path)) {
            lines.entry(&suspect.path).or_default().push(suspect);
        }
        let mut places = Vec::new();
        for (path, suspects) in lines {
            let Some(state) = text(path) else { continue };
            let Some(language) = Language::of(path, &state.bytes) else { continue };
            if language.name() != patterns::LANGUAGE {
                continue;
            }
            for symbol in syntax::symbols(language, &state.bytes) {
                if !is_function(&symbol) {
                    continue;
                }
                let inside =
                    |it: &&&Suspect| (symbol.span.start..=symbol.span.end).contains(&it.line);
                let scores = suspects.iter().filter(inside).map(|suspect| suspect.score);
                let Some(score) = scores.max_by(f64::total_cmp) else { continue };
                let bytes = symbol.bytes.clone();
                let (path, symbol) = (path.clone(), symbol.path);
                places.push(Place { path, symbol, bytes, score, is_value: false });
            }
        }
        let named = |place: &Place| {
            self.found.targets.iter().any(|it| it.path == place.path && it.symbol == place.symbol)
        };
        let weight = |place: &Place| place.score + if named(place) { NAMED } else { 0.0 };
        places.sort_by(|a, b| weight(b).total_cmp(&weight(a)));
        places.truncate(MOST_FUNCTIONS);
        places
    }
}

/// The constants that functions use, of their own files and of those beside them that these import from.
fn values_of(functions: &[Place], text: Text<'_>) -> Vec<Place> {
    let mut found: Vec<Place> = Vec::new();
    for function in functions.iter().take(USING) {
        let Some(own) = said_by(&function.path, text) else { continue };
        let mentioned = patterns::mentioned(&own, &function.bytes);
        let name = function.path.file_name().len();
        let folder = &function.path.as_bytes()[..function.path.as_bytes().len() - name];
        let beside = mentioned
            .modules
            .iter()
            .filter_map(|module| RepoPath::new([folder, module.as_bytes(), b".py"].concat()).ok());
        for path in std::iter::once(function.path.clone()).chain(beside) {
            let Some(text) = said_by(&path, text) else { continue };
            for (symbol, bytes) in patterns::values(&text, &mentioned.names) {
                if !found.iter().any(|it| it.path == path && it.bytes == bytes) {
                    let (path, score) = (path.clone(), function.score);
                    found.push(Place { path, symbol, bytes, score, is_value: true });
                }
            }
        }
    }
    found
}

fn said_by(path: &RepoPath, text: Text<'_>) -> Option<String> {
    String::from_utf8(text(path)?.bytes).ok()
}

/// How suspicious a line is, by itself or by those around it.
fn suspicion(scores: &HashMap<u32, f64>, line: u32) -> f64 {
    let near = (line.saturating_sub(FAR)..=line.saturating_add(FAR)).filter_map(|other| {
        let steps = i32::try_from(other.abs_diff(line)).ok()?;
        Some(scores.get(&other)? * PASSED_ON.powi(steps))
    });
    near.max_by(f64::total_cmp).unwrap_or_default()
}

impl std::fmt::Display for Candidate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { path, symbol, change, .. } = self;
        write!(f, "{path} {symbol}: {}: {}", change.pattern, change.text)
    }
}

/// The numbers and the quoted words of a text, as Python writes them.
fn literals(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let pattern = regex::Regex::new(r#"'[^'\n]{0,24}'|"[^"\n]{0,24}"|-?\b\d+(\.\d+)?\b"#);
    for literal in pattern.iter().flat_map(|pattern| pattern.find_iter(text)) {
        if !found.iter().any(|known| known == literal.as_str()) {
            found.push(literal.as_str().to_owned());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_task_says_in_figures_and_quotes() {
        let said = literals("f(13, \"a b\") gives '13rd' and -1.5, f(13) don't x2");
        assert_eq!(said, ["13", "\"a b\"", "'13rd'", "-1.5"]);
    }

    #[test]
    fn lines_near_suspicious_ones_are_suspicious_too() {
        let scores = HashMap::from([(10, 1.0), (12, 0.5)]);
        let rounded = |line| (suspicion(&scores, line) * 100.0).round() as u32;
        assert_eq!([10, 11, 12, 14, 15, 7].map(rounded), [100, 80, 64, 41, 26, 51]);
        assert_eq!(rounded(40), 0);
    }
}
