//! Mends a typical mistake without a model: finds the lines that failing tests run, tries small changes of
//! them by the thousand, and tests those that pass like any other draft.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::agent::{Attempt, Input};
use crate::base::RepoPath;
use crate::journal::Event;
use crate::model::this_program;
use crate::project::Script;
use crate::project::repair::{self, About, Cases, Located};
use crate::repo::{FileChange, FileState};
use crate::session::checks::Checks;
use crate::session::driver::SessionError;
use crate::session::natural;
use crate::session::read::read;
use crate::session::report::Repaired;
use crate::session::run::Run;
use crate::session::suspects::Candidate;
use crate::session::trial::{MOST_FILES, PLACES, Trial};
use crate::session::verify::time_left;

/// Longest search for a place in seconds, and for changes of the repository and of a draft.
const LOCATE_SECONDS: u64 = 15;
const TRY_LIMIT: Duration = Duration::from_secs(60);
const DRAFT_LIMIT: Duration = Duration::from_secs(10);
/// The share of the time that is left, as its divisor.
const SHARE: u32 = 4;
/// Time that a program may take beyond that to begin and to end.
const MARGIN: Duration = Duration::from_secs(20);

/// What a strange sequence of tokens counts, and a token that is lost, where a likely change costs 1.
const STRANGE: f64 = 1.0;
const LOST: f64 = 0.25;

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

impl Run<'_> {
    /// Tries small changes of the repository, or on top of a draft; the attempts are those that pass, best
    /// first, or else the best one.
    pub(super) fn repair(&mut self, draft: Option<usize>) -> Result<Input, SessionError> {
        let attempts = match self.cases()?.filter(|_| tells_of_a_mistake(&self.request.text)) {
            Some(cases) => self.mend(&cases, draft)?,
            None => Vec::new(),
        };
        Ok(Input::Repaired(attempts))
    }

    fn mend(&mut self, cases: &Cases, draft: Option<usize>) -> Result<Vec<Attempt>, SessionError> {
        self.recorder.observer().begins("repair");
        let base = draft.and_then(|draft| self.drafts.get(draft));
        let base: Vec<FileChange> = base.map(|draft| draft.changes.clone()).unwrap_or_default();
        let script = repair::locate(cases, &self.about(), LOCATE_SECONDS);
        let limit = Duration::from_secs(LOCATE_SECONDS) + MARGIN;
        let located = match self.said(&base, script, limit)? {
            Some(output) => repair::located(&output, cases),
            None => Located::default(),
        };
        if let Trial::Found { known, .. } = &mut self.trial {
            known.extend(located.unrelated.iter().cloned());
        }
        let candidates = self.candidates(&located, &|path| after(self, &base, path));
        let most = if draft.is_some() { DRAFT_LIMIT } else { TRY_LIMIT };
        let seconds = (time_left(self.request.deadline, most * SHARE) / SHARE).as_secs();
        if located.failing.is_empty() || candidates.is_empty() || seconds == 0 {
            return Ok(Vec::new());
        }
        let changes: Vec<repair::Change> = candidates
            .iter()
            .map(|Candidate { path, change, .. }| {
                (path.clone(), change.bytes.start, change.bytes.end, change.text.clone())
            })
            .collect();
        let script = repair::attempts(cases, &located.failing, &changes, seconds);
        let output = self.said(&base, script, Duration::from_secs(seconds) + MARGIN)?;
        let mut tried = repair::tried(&output.unwrap_or_default(), changes.len());
        self.rank(&mut tried.passing, &candidates, &base, &located);
        self.note(&candidates, &tried)?;
        if tried.passing.is_empty() && !tried.improving.is_empty() {
            tried.passing.push(tried.improving);
        }
        self.attempts(&candidates, &tried.passing, &base)
    }

    /// Puts first what is likely, and written as the code around it is.
    fn rank(
        &self,
        passing: &mut [Vec<usize>],
        candidates: &[Candidate],
        base: &[FileChange],
        located: &Located,
    ) {
        let said = |path: &RepoPath| String::from_utf8(after(self, base, path)?.bytes).ok();
        let paths: BTreeSet<&RepoPath> =
            located.suspects.iter().map(|suspect| &suspect.path).collect();
        let texts: BTreeMap<&RepoPath, String> =
            paths.into_iter().filter_map(|path| Some((path, said(path)?))).collect();
        passing.sort();
        passing.sort_by_cached_key(|numbers| {
            let cost = numbers.iter().map(|number| {
                let Candidate { path, change, cost, .. } = &candidates[*number];
                let others = texts.iter().filter(|(other, _)| **other != path);
                let others: Vec<&str> = others.map(|(_, text)| text.as_str()).collect();
                let (strange, lost) = said(path).map_or((0, 0), |text| {
                    natural::strangeness(&text, &change.bytes, &change.text, &others)
                });
                cost + strange as f64 * STRANGE + lost as f64 * LOST
            });
            (cost.sum::<f64>() * 100.0) as i64
        });
    }

    /// Writes down what was tried, and what of it passed.
    fn note(
        &mut self,
        candidates: &[Candidate],
        tried: &repair::Tried,
    ) -> Result<(), SessionError> {
        let passing = tried.passing.iter().map(|numbers| said(candidates, numbers)).collect();
        let count = u32::try_from(tried.count).unwrap_or(u32::MAX);
        let repaired = Repaired { tried: count, passing };
        let Repaired { tried, passing } = repaired.clone();
        self.recorder.record(Event::Repaired { tried, passing })?;
        self.repaired = Some(repaired);
        Ok(())
    }

    /// Drafts and tests what passed, until one has.
    fn attempts(
        &mut self,
        candidates: &[Candidate],
        passing: &[Vec<usize>],
        base: &[FileChange],
    ) -> Result<Vec<Attempt>, SessionError> {
        let mut attempts = Vec::new();
        'next: for numbers in passing {
            let Some(changes) = self.together(candidates, numbers, base) else { continue };
            for change in &changes {
                if self.refused(change)?.is_some() {
                    continue 'next;
                }
            }
            let drafted = self.drafted(changes)?;
            let good = drafted.is_good();
            let reply = said(candidates, numbers);
            attempts.push(Attempt { reply, likelihood: 0.0, result: Ok(drafted) });
            if good {
                break;
            }
        }
        Ok(attempts)
    }

    /// These changes on top of others, by file.
    fn together(
        &self,
        candidates: &[Candidate],
        numbers: &[usize],
        base: &[FileChange],
    ) -> Option<Vec<FileChange>> {
        let mut chosen: Vec<&Candidate> = numbers.iter().map(|at| &candidates[*at]).collect();
        // From the end, so that the places before it stay what they are.
        chosen.sort_by_key(|candidate| std::cmp::Reverse(candidate.change.bytes.start));
        let mut changes = base.to_vec();
        for Candidate { path, change, .. } in chosen {
            let state = after(self, &changes, path)?;
            let start = state.bytes.get(..change.bytes.start)?;
            let end = state.bytes.get(change.bytes.end..)?;
            let bytes = [start, change.text.as_bytes(), end].concat();
            let new = Some(FileState { bytes, ..state.clone() });
            match changes.iter_mut().find(|change| change.path == *path) {
                Some(change) => change.after = new,
                None => {
                    changes.push(FileChange { path: path.clone(), before: Some(state), after: new })
                }
            }
        }
        Some(changes)
    }

    /// What says whether a change is right: tests, or where none fails examples.
    fn cases(&self) -> Result<Option<Cases>, SessionError> {
        if self.failing.is_none() {
            let examples = self.examples.as_ref().filter(|examples| !examples.lines.is_empty());
            return Ok(examples.map(|examples| Cases::Examples {
                module: examples.module.clone(),
                lines: examples.wanted(),
            }));
        }
        let found = match &self.trial {
            Trial::Nothing => None,
            Trial::Found { checks, files, .. } => {
                checks.command().map(|command| (command.clone(), files.clone()))
            }
            Trial::Given => {
                let checks = Checks::found(self.workshop.desk, self.snapshot, &this_program())?;
                let (places, names) = self.found.places(PLACES);
                let mut files = checks.affected(&places, &names);
                files.truncate(MOST_FILES);
                checks.command().filter(|_| !files.is_empty()).map(|it| (it.clone(), files))
            }
        };
        Ok(found.map(|(command, files)| Cases::Tests { command, files }))
    }

    /// What a program of ours says of the repository with changes; nothing where nothing may be run.
    fn said(
        &mut self,
        changes: &[FileChange],
        script: Option<Script>,
        limit: Duration,
    ) -> Result<Option<String>, SessionError> {
        script.map_or(Ok(None), |script| self.run_script(changes, &script, limit))
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
}

/// The file as it is with the changes, if an agent may read it.
fn after(run: &Run<'_>, changes: &[FileChange], path: &RepoPath) -> Option<FileState> {
    match changes.iter().find(|change| change.path == *path) {
        Some(change) => change.after.clone(),
        None => read(run.desk(), path),
    }
}

/// Changes in words.
fn said(candidates: &[Candidate], numbers: &[usize]) -> String {
    let words: Vec<String> = numbers.iter().map(|at| candidates[*at].to_string()).collect();
    words.join("; ")
}

/// Whether a task may tell of a mistake, which small changes may mend.
pub fn tells_of_a_mistake(text: &str) -> bool {
    !wants_more(text)
}

/// Whether a task asks for something new, and not only for a mistake to be mended: then tests that fail now
/// say nothing of whether it is done.
fn wants_more(text: &str) -> bool {
    let first: Vec<String> = text.split_whitespace().take(2).map(str::to_lowercase).collect();
    let begins = if first.first().is_some_and(|word| word == "please") { 1 } else { 0 };
    first.get(begins).is_some_and(|word| MAKING.contains(&word.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_mistake_is_mended() {
        for text in ["Add a flag", "please implement `f`", "Rename f to g", "Support 3.13"] {
            assert!(wants_more(text), "{text}");
        }
        for text in [
            "`f` returns 2 instead of 1",
            "Fix f",
            "f should add 1",
            "the add is off",
            "`add` is off",
            "",
        ] {
            assert!(!wants_more(text), "{text}");
        }
    }
}
