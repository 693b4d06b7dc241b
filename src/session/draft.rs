//! What a reply would change: its edits applied to copies, each change judged.

use std::collections::BTreeMap;

use crate::agent::{Drafted, TestResult};
use crate::base::{Digest, RepoPath};
use crate::journal::Event;
use crate::model::{Message, Speaker};
use crate::policy::{self, Actor, EditPath, Ruling};
use crate::proposal::{self, Dialect, Edit, Hunk, Limits, Refusal};
use crate::refactor::callers::OpenKey;
use crate::repo::{FileChange, FileState};
use crate::retrieval::{self, Wanted};
use crate::session::callers::Callers;
use crate::session::driver::SessionError;
use crate::session::examples::Tried;
use crate::session::read::Seen;
use crate::session::report::TestRun;
use crate::session::run::Run;
use crate::syntax::{self, Language};

/// A change that could be applied.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) changes: Vec<FileChange>,
    /// What its test said, where there is one.
    pub(super) test: Option<(TestRun, TestResult)>,
    /// What the project's other tests said, in words.
    pub(super) others: Option<String>,
    /// What became of the callers of what it changes.
    pub(super) callers: Callers,
    /// What came of the examples, where there are any.
    tried: Tried,
}

impl Run<'_> {
    /// Drafts `reply` and tests it.
    pub(super) fn draft(&mut self, reply: &str) -> Result<Result<Drafted, String>, SessionError> {
        let changes = match self.resolve(reply)? {
            Ok(changes) => changes,
            Err(refusal) => {
                self.cost.refused += 1;
                self.cost.malformed += u32::from(refusal.malformed);
                self.recorder.record(Event::ReplyRefused { reason: refusal.reason.clone() })?;
                return Ok(Err(refusal.reason));
            }
        };
        let drafted = self.drafted_with_callers(changes, &BTreeMap::new())?;
        let more = self.in_like_places(reply, &drafted)?;
        Ok(Ok(more.unwrap_or(drafted)))
    }

    /// Has callers follow and tests what comes of it; of several ways the first that is good, or else the
    /// first.
    pub(super) fn drafted_with_callers(
        &mut self,
        changes: Vec<FileChange>,
        answers: &BTreeMap<OpenKey, String>,
    ) -> Result<Drafted, SessionError> {
        let mut first = None;
        for (changes, callers) in self.followed(changes, answers)? {
            let drafted = self.drafted_as(changes, callers)?;
            if drafted.is_good() {
                return Ok(drafted);
            }
            first.get_or_insert(drafted);
        }
        match first {
            Some(drafted) => Ok(drafted),
            None => self.drafted(Vec::new()),
        }
    }

    /// Tests changes that may be made; those that are known already are not tested again.
    pub(super) fn drafted(&mut self, changes: Vec<FileChange>) -> Result<Drafted, SessionError> {
        self.drafted_as(changes, Callers::default())
    }

    fn drafted_as(
        &mut self,
        changes: Vec<FileChange>,
        callers: Callers,
    ) -> Result<Drafted, SessionError> {
        let draft = match self.drafts.iter().position(|draft| draft.changes == changes) {
            Some(known) => known,
            None => {
                let mut test = self.test(&changes)?;
                let others = self.other_tests(&changes, &mut test)?;
                let tried = self.try_examples(&changes)?;
                self.drafts.push(Draft { changes, test, others, callers, tried });
                self.drafts.len() - 1
            }
        };
        let Draft { test, changes, tried, callers, .. } = &self.drafts[draft];
        let mut flaws = self.flaws(changes);
        flaws.extend(callers.unfit.iter().cloned());
        flaws.extend(tried.endless.clone());
        Ok(Drafted {
            draft,
            test: test.as_ref().map(|(_, result)| result.clone()),
            examples: tried.judged.clone(),
            behaviour: tried.behaviour.clone(),
            flaws,
        })
    }

    /// An answer and what its draft came to, as it is recorded.
    pub(super) fn weighed(&self, asked: Digest, drafted: &Drafted) -> Event {
        let Draft { changes, test, .. } = &self.drafts[drafted.draft];
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let counts = proposal::hunks(changes)
            .iter()
            .map(Hunk::counts)
            .fold((0, 0), |all, more| (all.0 + more.0, all.1 + more.1));
        Event::Drafted {
            asked,
            draft: number(drafted.draft) + 1,
            files: number(changes.len()),
            added: number(counts.0),
            removed: number(counts.1),
            passed: test.as_ref().map(|(_, result)| result.passed),
            failing: test.as_ref().and_then(|(_, result)| result.failing),
            said: test.as_ref().map(|(run, _)| run.summary.clone()).unwrap_or_default(),
            flaws: drafted.flaws.clone(),
        }
    }

    /// What is wrong with a change as one reads it: functions that the task is about are still empty.
    fn flaws(&self, changes: &[FileChange]) -> Vec<String> {
        let empty = self.found.stubs.iter().filter(|stub| {
            let change = changes.iter().find(|change| change.path == stub.path);
            let after = change.map(|change| change.after.as_ref());
            match after {
                None => true,
                Some(after) => after.is_some_and(|state| is_stub(&stub.path, &stub.symbol, state)),
            }
        });
        empty.map(|stub| format!("`{}` in `{}` is still empty", stub.symbol, stub.path)).collect()
    }

    /// Has the project's other tests judge changes with which those near the task pass; where one fails
    /// that did not before, the changes fail with it.
    fn other_tests(
        &mut self,
        changes: &[FileChange],
        test: &mut Option<(TestRun, TestResult)>,
    ) -> Result<Option<String>, SessionError> {
        let Some((_, result)) = test.as_mut().filter(|(_, result)| result.passed) else {
            return Ok(None);
        };
        if !self.request.other_tests || !self.flaws(changes).is_empty() {
            return Ok(None);
        }
        let Some(others) = self.judge_by_others(changes)? else { return Ok(None) };
        let words = match (others.passed, others.failing) {
            (true, _) => "none fails that passed before".to_owned(),
            (false, Some(1)) => "1 fails that passed before".to_owned(),
            (false, Some(n)) => format!("{n} fail that passed before"),
            (false, None) => "they cannot be run with it".to_owned(),
        };
        if !others.passed {
            *result = others;
        }
        Ok(Some(words))
    }

    fn test(
        &mut self,
        changes: &[FileChange],
    ) -> Result<Option<(TestRun, TestResult)>, SessionError> {
        if self.trial.is_there() {
            self.recorder.observer().begins("test after");
        }
        self.try_out(changes)
    }

    /// The changes that a reply asks for, each judged, or why there are none.
    fn resolve(&mut self, reply: &str) -> Result<Result<Vec<FileChange>, Refused>, SessionError> {
        let edits = match proposal::parse(reply) {
            Ok(edits) => without_echoes(edits, &self.opening.messages),
            Err(error) => return Ok(Err(Refused { reason: error.to_string(), malformed: true })),
        };
        let files = Seen { desk: self.desk(), shown: &self.opening.shown };
        let limits = Limits { whole_file_lines: self.role.whole_file_lines, may_lose: false };
        let changes = match proposal::resolve(&edits, &files, limits) {
            Ok(changes) => changes,
            Err(refusal) => return Ok(Err(refusal.into())),
        };
        let refused = self.any_refused(&changes)?;
        Ok(match refused {
            Some(reason) => Err(Refused { reason, malformed: false }),
            None => Ok(changes),
        })
    }

    /// Why one of the changes must not be made, or cannot be, if so.
    pub(super) fn any_refused(
        &mut self,
        changes: &[FileChange],
    ) -> Result<Option<String>, SessionError> {
        for change in changes {
            if let Some(reason) = self.refused(change)? {
                return Ok(Some(reason));
            }
            if let (None, Some(why)) = (&change.before, self.desk().repo.obstacle(&change.path)?) {
                return Ok(Some(format!("`{}` cannot be made: {why}", change.path)));
            }
        }
        Ok(None)
    }

    /// Keeps changes that may be made, and runs nothing.
    pub(super) fn untested(&mut self, changes: Vec<FileChange>) -> Drafted {
        let flaws = self.flaws(&changes);
        let (callers, tried) = (Callers::default(), Tried::default());
        self.drafts.push(Draft { changes, test: None, others: None, callers, tried });
        Drafted { draft: self.drafts.len() - 1, test: None, examples: None, behaviour: None, flaws }
    }

    /// Why a change must not be made, if so: the gate denies it, or it changes the failing test
    /// instead of what the test is about.
    pub(super) fn refused(&mut self, change: &FileChange) -> Result<Option<String>, SessionError> {
        let path = &change.path;
        let ruling =
            policy::judge(&self.desk().rules, Actor::Agent, EditPath { path: path.clone() });
        self.recorder.record(ruling.event(Actor::Agent))?;
        // What would have to be asked may be proposed where nobody is there: the person is asked at the
        // review.
        let answer = self.recorder.approval(Actor::Agent, &ruling)?;
        if let Some(why) = answer.and_then(|answer| answer.refusal()) {
            return Ok(Some(format!("`{path}` must not be edited: {why}")));
        }
        if let Ruling::Deny { why, .. } = &ruling {
            return Ok(Some(format!("`{path}` must not be edited: {why}")));
        }
        let about_tests = Wanted::of(&self.request.text).tests;
        let text = &self.request.text;
        if let Some(name) = added_test(change).filter(|name| !about_tests && !says(text, name)) {
            let reason = "change the code that the task is about and write no tests";
            return Ok(Some(format!("`{name}` in `{path}` is a test; {reason}")));
        }
        let asked_for = about_tests || self.request.files.contains(path);
        let is_test = change.before.is_some() && retrieval::is_test(path);
        Ok((self.failing.is_some() && is_test && !asked_for)
            .then(|| format!("`{path}` is a test and is right; change the code that it tests")))
    }
}

fn is_stub(path: &RepoPath, symbol: &str, state: &FileState) -> bool {
    Language::of(path, &state.bytes).is_some_and(|language| {
        syntax::stubs(language, &state.bytes).iter().any(|stub| stub.path == symbol)
    })
}

/// Whether `text` names what is at this path of symbols: then it wants that.
fn says(text: &str, path: &str) -> bool {
    let name = path.rsplit('.').next().unwrap_or(path);
    text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == name)
}

/// A test that a change adds to a file that is none of tests.
fn added_test(change: &FileChange) -> Option<String> {
    let after = change.after.as_ref().filter(|_| !retrieval::is_test(&change.path))?;
    let names = |state: &FileState| -> Vec<String> {
        let language = Language::of(&change.path, &state.bytes);
        let symbols = language.map(|language| syntax::symbols(language, &state.bytes));
        symbols.unwrap_or_default().into_iter().map(|symbol| symbol.path).collect()
    };
    let before = change.before.as_ref().map(names).unwrap_or_default();
    let is_test = |name: &String| {
        let last = name.rsplit('.').next().unwrap_or_default();
        let class = last.strip_prefix("Test");
        last.starts_with("test_") || class.is_some_and(|it| it.starts_with(char::is_uppercase))
    };
    names(after).into_iter().find(|name| is_test(name) && !before.contains(name))
}

/// Edits without those that only say an example of the instructions again, as small models do behind what
/// they mean, unless there are no others.
fn without_echoes(edits: Vec<Edit>, messages: &[Message]) -> Vec<Edit> {
    let examples = messages.iter().filter(|message| message.speaker == Speaker::System);
    let examples: Vec<&str> = examples.map(|message| message.text.as_str()).collect();
    let is_echo = |edit: &Edit| {
        let block = format!("\n{}\n```", edit.code.trim_end());
        edit.dialect == Dialect::File && examples.iter().any(|text| text.contains(&block))
    };
    match edits.iter().all(is_echo) {
        true => edits,
        false => edits.into_iter().filter(|edit| !is_echo(edit)).collect(),
    }
}

/// Why a reply is not used, and whether it already broke the form of edits.
struct Refused {
    reason: String,
    malformed: bool,
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self { reason: refusal.to_string(), malformed: matches!(refusal, Refusal::Reply(_)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repo::Mode;

    #[test]
    fn what_a_task_names_is_no_test_of_the_models_own() {
        let path = RepoPath::new("models.py").unwrap();
        let state =
            |text: &str| Some(FileState { bytes: text.as_bytes().to_vec(), mode: Mode::Regular });
        let added = |text: &str| {
            let (before, after) = (state("A = 1\n"), state(text));
            added_test(&FileChange { path: path.clone(), before, after })
        };
        assert_eq!(added("class Testimonial:\n    pass\n"), None);
        assert_eq!(added("class TestRunner:\n    pass\n"), Some("TestRunner".to_owned()));
        assert_eq!(added("def test_it():\n    pass\n"), Some("test_it".to_owned()));
        assert!(says("Add a class `TestRunner`.", "TestRunner"));
        assert!(says("test_connection is missing", "Client.test_connection"));
        assert!(!says("Add a class TestRunners.", "TestRunner"));
    }

    #[test]
    fn what_only_says_the_instructions_again_is_left_out() {
        let messages =
            [Message::new(Speaker::System, "To make a file:\n```python\nVALUE = 1\n```\n")];
        let edits = |reply: &str| proposal::parse(reply).unwrap();
        let file = |path: &str, code: &str| format!("FILE {path}\n```python\n{code}\n```\n");
        let meant = "EDIT a.py f\n```python\ndef f():\n    return 1\n```\n";
        let of = |reply: String| without_echoes(edits(&reply), &messages);
        assert_eq!(of(format!("{meant}\n{}", file("a.py", "VALUE = 1"))), edits(meant));
        let other = file("b.py", "VALUE = 2");
        assert_eq!(of(other.clone()), edits(&other));
        // Alone it is what is meant.
        let alone = file("b.py", "VALUE = 1");
        assert_eq!(of(alone.clone()), edits(&alone));
    }
}
