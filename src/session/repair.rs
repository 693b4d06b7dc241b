//! Mends a typical mistake without a model: finds the lines that failing tests run, tries small changes of
//! them by the thousand, and tests those that pass like any other draft.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::time::Duration;

use crate::agent::{Attempt, Input};
use crate::base::RepoPath;
use crate::journal::Event;
use crate::model::this_program;
use crate::project::repair::{self, About, Located, Suspect};
use crate::project::{Script, TestCommand};
use crate::proposal::patterns::{self, SmallChange};
use crate::repo::{FileChange, FileState};
use crate::retrieval;
use crate::session::checks::Checks;
use crate::session::driver::SessionError;
use crate::session::find::is_function;
use crate::session::read::read;
use crate::session::report::Repaired;
use crate::session::run::Run;
use crate::session::trial::{MOST_FILES, PLACES, Trial};
use crate::session::verify::time_left;
use crate::syntax::{self, Language};

/// Longest search for a place, and for a change; and the share of the time that is left, as its divisor.
const LOCATE_LIMIT: Duration = Duration::from_secs(20);
const TRY_LIMIT: Duration = Duration::from_secs(25);
const SHARE: u32 = 4;
/// Time that a program may take beyond that to begin and to end.
const MARGIN: Duration = Duration::from_secs(20);
/// Functions in which changes are tried, and most changes in all.
const MOST_FUNCTIONS: usize = 6;
const MOST_CHANGES: usize = 6000;
/// How much a function that the task names is more suspicious than others.
const NAMED: f64 = 0.5;
/// How much less likely a change is of a line that keeps no company with failing tests, and at most of a
/// function that others come before.
const UNSUSPICIOUS: f64 = 5.0;
const MOST_RANK: usize = 3;

/// The first words of tasks that ask for something new.
const MAKING: &[&str] = &[
    "add",
    "allow",
    "bump",
    "convert",
    "create",
    "document",
    "drop",
    "extend",
    "extract",
    "generate",
    "implement",
    "inline",
    "introduce",
    "let",
    "move",
    "port",
    "provide",
    "refactor",
    "remove",
    "rename",
    "replace",
    "rewrite",
    "simplify",
    "split",
    "support",
    "thread",
    "upgrade",
    "write",
];

/// A function that failing tests run.
struct Place {
    path: RepoPath,
    symbol: String,
    bytes: Range<usize>,
    score: f64,
}

/// A change with its place.
struct Candidate {
    path: RepoPath,
    symbol: String,
    change: SmallChange,
}

impl Run<'_> {
    /// Tries small changes; the attempts are those that pass, best first.
    pub(super) fn repair(&mut self) -> Result<Input, SessionError> {
        if wants_more(&self.request.text) {
            return Ok(Input::Repaired(Vec::new()));
        }
        self.recorder.observer().begins("repair");
        let Some((command, files)) = self.tests()? else { return Ok(Input::Repaired(Vec::new())) };
        let about = self.about();
        let script = repair::locate(&command, &files, &about);
        let located = match self.said(script, LOCATE_LIMIT)? {
            Some(output) => repair::located(&output, &command),
            None => Located::default(),
        };
        if let Trial::Found { known, .. } = &mut self.trial {
            known.extend(located.unrelated.iter().cloned());
        }
        let candidates = self.candidates(&located);
        let seconds = self.seconds();
        if located.failing.is_empty() || candidates.is_empty() || seconds == 0 {
            return Ok(Input::Repaired(Vec::new()));
        }
        let changes: Vec<repair::Change> = candidates
            .iter()
            .map(|Candidate { path, change, .. }| {
                (path.clone(), change.bytes.start, change.bytes.end, change.text.clone())
            })
            .collect();
        let script = repair::attempts(&command, &files, &located.failing, &changes, seconds);
        let output = self.said(script, Duration::from_secs(seconds) + MARGIN)?;
        let (mut passing, tried) = repair::passing(&output.unwrap_or_default(), changes.len());
        passing.sort_unstable();
        let repaired = Repaired {
            tried: u32::try_from(tried).unwrap_or(u32::MAX),
            passing: passing.iter().map(|at| candidates[*at].to_string()).collect(),
        };
        let Repaired { tried, passing: said } = repaired.clone();
        self.recorder.record(Event::Repaired { tried, passing: said })?;
        self.repaired = Some(repaired);
        self.attempts(&candidates, &passing)
    }

    /// Drafts and tests what passed, until one has.
    fn attempts(
        &mut self,
        candidates: &[Candidate],
        passing: &[usize],
    ) -> Result<Input, SessionError> {
        let mut attempts = Vec::new();
        for at in passing {
            let Candidate { path, change, .. } = &candidates[*at];
            let Some(before) = read(self.desk(), path) else { continue };
            let Some(after) = changed(&before, change) else { continue };
            let change =
                FileChange { path: path.clone(), before: Some(before), after: Some(after) };
            if self.refused(&change)?.is_some() {
                continue;
            }
            let drafted = self.drafted(vec![change])?;
            let good = drafted.is_good();
            let reply = candidates[*at].to_string();
            attempts.push(Attempt { reply, likelihood: 0.0, result: Ok(drafted) });
            if good {
                break;
            }
        }
        Ok(Input::Repaired(attempts))
    }

    /// The project's tests that say whether a change is right.
    fn tests(&mut self) -> Result<Option<(TestCommand, Vec<RepoPath>)>, SessionError> {
        match &self.trial {
            Trial::Found { checks, files, .. } => {
                Ok(checks.command().map(|command| (command.clone(), files.clone())))
            }
            Trial::Nothing => Ok(None),
            Trial::Given => {
                let checks = Checks::found(self.workshop.desk, self.snapshot, &this_program())?;
                let (places, names) = self.found.places(PLACES);
                let mut files = checks.affected(&places, &names);
                files.truncate(MOST_FILES);
                let command = checks.command().filter(|_| !files.is_empty());
                Ok(command.map(|command| (command.clone(), files.clone())))
            }
        }
    }

    /// What a program of ours says; nothing where nothing may be run.
    fn said(
        &mut self,
        script: Option<Script>,
        limit: Duration,
    ) -> Result<Option<String>, SessionError> {
        script.map_or(Ok(None), |script| self.run_script(&[], &script, limit))
    }

    /// The lines that the task names.
    fn about(&self) -> Vec<About> {
        let targets = self.found.targets.iter();
        let about = targets.map(|target| About {
            path: target.path.clone(),
            first: target.span.start,
            last: target.span.end,
        });
        about.collect()
    }

    /// How long changes may be tried.
    fn seconds(&self) -> u64 {
        let left = time_left(self.request.deadline, TRY_LIMIT * SHARE);
        (left / SHARE).as_secs()
    }

    /// The changes to try, likeliest first.
    fn candidates(&self, located: &Located) -> Vec<Candidate> {
        let said = literals(&self.request.text);
        let top = located.suspects.iter().filter(|suspect| !retrieval::is_test(&suspect.path));
        let top = top.map(|suspect| suspect.score).max_by(f64::total_cmp).unwrap_or(1.0);
        let mut found: Vec<(f64, Candidate)> = Vec::new();
        for (rank, place) in self.suspicious(&located.suspects).into_iter().enumerate() {
            let Some(text) = read(self.desk(), &place.path) else { continue };
            let Ok(text) = String::from_utf8(text.bytes) else { continue };
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
                let score = u32::try_from(line).ok().and_then(|line| scores.get(&line));
                let penalty = UNSUSPICIOUS * (1.0 - score.copied().unwrap_or_default() / top);
                let cost = f64::from(change.cost) + penalty + rank.min(MOST_RANK) as f64;
                let (path, symbol) = (place.path.clone(), place.symbol.clone());
                found.push((cost, Candidate { path, symbol, change }));
            }
        }
        found.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        found.into_iter().map(|(_, candidate)| candidate).take(MOST_CHANGES).collect()
    }

    /// The functions that failing tests run, the most suspicious first.
    fn suspicious(&self, suspects: &[Suspect]) -> Vec<Place> {
        let mut lines: BTreeMap<&RepoPath, Vec<&Suspect>> = BTreeMap::new();
        for suspect in suspects.iter().filter(|suspect| !retrieval::is_test(&suspect.path)) {
            lines.entry(&suspect.path).or_default().push(suspect);
        }
        let mut places = Vec::new();
        for (path, suspects) in lines {
            let Some(state) = read(self.desk(), path) else { continue };
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
                places.push(Place { path: path.clone(), symbol: symbol.path, bytes, score });
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

fn changed(before: &FileState, change: &SmallChange) -> Option<FileState> {
    let (start, end) =
        (before.bytes.get(..change.bytes.start)?, before.bytes.get(change.bytes.end..)?);
    let bytes = [start, change.text.as_bytes(), end].concat();
    Some(FileState { bytes, ..before.clone() })
}

impl std::fmt::Display for Candidate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { path, symbol, change } = self;
        write!(f, "{path} {symbol}: {}: {}", change.pattern, change.text)
    }
}

/// Whether a task asks for something new, and not only for a mistake to be mended: then tests that fail now
/// say nothing of whether it is done.
fn wants_more(text: &str) -> bool {
    let words = text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty());
    let first: Vec<String> = words.take(2).map(str::to_lowercase).collect();
    let begins = if first.first().is_some_and(|word| word == "please") { 1 } else { 0 };
    first.get(begins).is_some_and(|word| MAKING.contains(&word.as_str()))
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
    fn only_a_mistake_is_mended() {
        for text in ["Add a flag", "please implement `f`", "Rename f to g", "Support 3.13"] {
            assert!(wants_more(text), "{text}");
        }
        for text in ["`f` returns 2 instead of 1", "Fix f", "f should add 1", "the add is off", ""]
        {
            assert!(!wants_more(text), "{text}");
        }
    }

    #[test]
    fn what_the_task_says_in_figures_and_quotes() {
        let said = literals("f(13, \"a b\") gives '13rd' and -1.5, f(13) don't x2");
        assert_eq!(said, ["13", "\"a b\"", "'13rd'", "-1.5"]);
    }
}
