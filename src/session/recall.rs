//! An engine that gives what is recorded before it asks the model, and the runs of commands that are
//! recorded. Nothing here judges: what was answered counts for the same prompt and sampling only, and
//! what a command said for the same files only.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, VecDeque};

use git2::Oid;

use crate::base::{Digest, Tokens};
use crate::journal::Event;
use crate::model::{
    Cancel, Completion, Delta, Engine, EngineError, ModelInfo, Prompt, Sampling, Step,
};
use crate::repo::{FileChange, Mode};
use crate::session::command::Outcome;
use crate::session::departure::Asked;
use crate::session::driver::SessionError;
use crate::session::past::Past;

/// Names a prompt together with one way of answering it.
pub(super) fn asked(prompt: &Prompt, sampling: &Sampling) -> Digest {
    Digest::of(&serde_json::to_vec(&(prompt, sampling)).unwrap_or_default())
}

/// Names what a command runs on: a tree with changes on top.
pub(super) fn ground(tree: Oid, changes: &[FileChange], line: &str) -> Digest {
    let mut bytes = format!("{tree}\n{line}\n").into_bytes();
    for change in changes {
        let state = change.after.as_ref();
        let mode = state.map_or("gone", |state| match state.mode {
            Mode::Regular => "file",
            Mode::Executable => "program",
            Mode::Symlink => "link",
        });
        let contents = state.map_or(&[][..], |state| &state.bytes);
        let path = change.path.as_bytes();
        bytes.extend(format!("{} {} {mode}\n", path.len(), contents.len()).bytes());
        bytes.extend([path, contents].concat());
    }
    Digest::of(&bytes)
}

/// The model, and what it answered before.
pub(super) struct Recall<'a> {
    engine: &'a dyn Engine,
    memory: RefCell<Memory>,
    /// What was asked for, where only that may be asked: a replay.
    replayed: Option<Vec<Asked>>,
    /// In a replay: for each time that a draft was to be read, whether nobody did.
    skipped: Vec<bool>,
}

#[derive(Default)]
struct Memory {
    /// By what they answer; with each its place among all.
    answers: HashMap<Digest, VecDeque<(usize, Completion)>>,
    counts: BTreeMap<String, Tokens>,
    /// Those that were needed.
    counted: BTreeMap<String, Tokens>,
}

impl<'a> Recall<'a> {
    /// `engine`, which has answered nothing yet.
    pub(super) fn nothing(engine: &'a dyn Engine) -> Self {
        Self { engine, memory: RefCell::default(), replayed: None, skipped: Vec::new() }
    }

    /// `engine`, with what the same model has answered for a task.
    pub(super) fn of(engine: &'a dyn Engine, past: &Past) -> Self {
        let info = engine.info();
        let mut memory = Memory::default();
        for sitting in past.sittings.iter().filter(|sitting| sitting.is_of(info)) {
            memory.counts.extend(sitting.counts.clone());
            sitting.answers.iter().for_each(|(asked, answer)| memory.add(*asked, answer));
        }
        Self { engine, memory: RefCell::new(memory), replayed: None, skipped: Vec::new() }
    }

    /// What was answered for a task, and nobody who could answer anything else.
    pub(super) fn only(nobody: &'a dyn Engine, past: &Past) -> Self {
        let events = || past.sittings.iter().flat_map(|sitting| &sitting.events);
        let skipped = events().filter_map(|event| match event {
            Event::Reviewed { skipped, .. } => Some(skipped.is_some()),
            _ => None,
        });
        Self {
            replayed: Some(events().filter_map(Asked::of).collect()),
            skipped: skipped.collect(),
            ..Self::of(nobody, past)
        }
    }

    /// Whether nobody read a draft the `nth` time that one was to be read, where that is recorded.
    pub(super) fn was_skipped(&self, nth: usize) -> Option<bool> {
        self.skipped.get(nth).copied()
    }

    /// How many answers are known and were not needed yet.
    pub(super) fn left(&self) -> usize {
        self.memory.borrow().answers.values().map(VecDeque::len).sum()
    }

    /// The texts whose tokens were counted so far, by the first digits of their digests.
    pub(super) fn counted(&self) -> BTreeMap<String, Tokens> {
        self.memory.borrow().counted.clone()
    }

    /// Takes the answers that are known to some of what is asked, in the order in which they ended.
    fn take(&self, prompt: &Prompt, samplings: &[Sampling]) -> Vec<(usize, Completion)> {
        let mut memory = self.memory.borrow_mut();
        let mut known: Vec<(usize, usize, Completion)> = Vec::new();
        for (nth, sampling) in samplings.iter().enumerate() {
            let answers = memory.answers.get_mut(&asked(prompt, sampling));
            if let Some((place, answer)) = answers.and_then(VecDeque::pop_front) {
                known.push((place, nth, answer));
            }
        }
        known.sort_by_key(|(place, ..)| *place);
        known.into_iter().map(|(_, nth, answer)| (nth, answer)).collect()
    }

    /// In a replay nobody is asked: what is missing in the record ends it.
    fn may_ask(
        &self,
        prompt: &Prompt,
        samplings: &[Sampling],
        cancel: &Cancel,
    ) -> Result<(), EngineError> {
        match &self.replayed {
            Some(recorded) if !cancel.is_cancelled() => {
                let now = Asked::new(prompt, samplings);
                Err(EngineError::NotRecorded { why: now.departs_from(recorded) })
            }
            _ => Ok(()),
        }
    }
}

impl Memory {
    fn add(&mut self, asked: Digest, answer: &Completion) {
        let place = self.answers.values().map(VecDeque::len).sum();
        self.answers.entry(asked).or_default().push_back((place, answer.clone()));
    }
}

impl Engine for Recall<'_> {
    fn info(&self) -> &ModelInfo {
        self.engine.info()
    }

    fn count(&self, text: &str) -> Tokens {
        let digits = Digest::of(text.as_bytes()).short();
        let known = self.memory.borrow().counts.get(&digits).copied();
        let tokens = known.unwrap_or_else(|| self.engine.count(text));
        self.memory.borrow_mut().counted.insert(digits, tokens);
        tokens
    }

    fn complete(
        &self,
        prompt: &Prompt,
        sampling: &Sampling,
        cancel: &Cancel,
        on_delta: &mut dyn FnMut(Delta),
    ) -> Result<Completion, EngineError> {
        let one = std::slice::from_ref(sampling);
        if let Some((_, answer)) = self.take(prompt, one).pop() {
            on_delta(Delta::Text(answer.text.clone()));
            return Ok(answer);
        }
        self.may_ask(prompt, one, cancel)?;
        self.engine.complete(prompt, sampling, cancel, on_delta)
    }

    /// What is known is given whole, whether enough is good already or not: so it was at the time.
    fn candidates(
        &self,
        prompt: &Prompt,
        samplings: &[Sampling],
        cancel: &Cancel,
        on_step: &mut dyn FnMut(usize, Step),
    ) -> Result<Vec<Completion>, EngineError> {
        let mut answers: BTreeMap<usize, Completion> = BTreeMap::new();
        for (nth, answer) in self.take(prompt, samplings) {
            on_step(nth, Step::Delta(Delta::Text(answer.text.clone())));
            on_step(nth, Step::Ended(answer.clone()));
            answers.insert(nth, answer);
        }
        let missing: Vec<usize> =
            (0..samplings.len()).filter(|nth| !answers.contains_key(nth)).collect();
        if !missing.is_empty() {
            let rest: Vec<Sampling> = missing.iter().map(|nth| samplings[*nth].clone()).collect();
            self.may_ask(prompt, &rest, cancel)?;
            let mut on_step = |at: usize, step| on_step(missing[at], step);
            let asked = self.engine.candidates(prompt, &rest, cancel, &mut on_step)?;
            answers.extend(missing.iter().copied().zip(asked));
        }
        Ok(answers.into_values().collect())
    }
}

/// What came of commands before.
#[derive(Debug, Default)]
pub(super) struct Runs {
    known: BTreeMap<Digest, Outcome>,
    /// Whether nothing else may run: a replay.
    only: bool,
}

impl Runs {
    pub(super) fn of(past: &Past, only: bool) -> Self {
        let known = past.sittings.iter().flat_map(|sitting| sitting.runs.clone()).collect();
        Self { known, only }
    }

    /// How many are known.
    pub(super) fn len(&self) -> usize {
        self.known.len()
    }

    /// What came of the command `line` on the same files, if it ran on them.
    pub(super) fn outcome(&self, on: Digest, line: &str) -> Result<Option<Outcome>, SessionError> {
        match self.known.get(&on) {
            Some(outcome) => Ok(Some(outcome.clone())),
            None if self.only => {
                let what = format!("`{line}` was not run on these files");
                Err(EngineError::NotRecorded { why: what }.into())
            }
            None => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::json;

    use super::*;
    use crate::journal::{Record, VERSION};
    use crate::model::{ScriptedEngine, StopReason, Usage};
    use crate::session::single::answered;

    fn prompt() -> Prompt {
        Prompt { prefill: "p".into(), ..Prompt::default() }
    }

    fn sampling(seed: u32) -> Sampling {
        Sampling { seed, ..Sampling::default() }
    }

    /// A task that this model began, and that went on as these events say.
    fn past(model: &str, events: Vec<Event>) -> Past {
        let request = json!({
            "text": "t", "files": [], "test": null, "model": null, "temperature": 0.0, "top_p": 1.0,
            "seed": 0, "rounds": 1, "candidates": 1, "examples": false, "prompt_tokens": 9,
            "answer_tokens": 9, "time_limit": null, "test_limit": { "secs": 9, "nanos": 0 },
        });
        let begins = Event::TaskStarted {
            text: "t".into(),
            base: "b".into(),
            model: Some(model.into()),
            model_digest: None,
            settings: json!({ "request": request }),
        };
        let record = |event| Record {
            v: VERSION,
            seq: 1,
            time: Timestamp::UNIX_EPOCH,
            task: Some("t-12ab".parse().unwrap()),
            event,
            prev: Digest::zero(),
            hash: Digest::zero(),
        };
        let records: Vec<Record> = std::iter::once(begins).chain(events).map(record).collect();
        // Through its text, as it is read from a file.
        let text = serde_json::to_string(&records).unwrap();
        let records: Vec<Record> = serde_json::from_str(&text).unwrap();
        Past::all(&records).remove(0)
    }

    fn answer(seed: u32, text: &str, stop: StopReason) -> Event {
        let whole = Completion {
            raw: Some(format!("<think>hm</think>{text}")),
            reasoning: "hm".into(),
            logprob: -1.25,
            ..Completion::new(
                text.into(),
                stop,
                Usage { completion: Tokens(3), ..Usage::default() },
            )
        };
        answered("coder", asked(&prompt(), &sampling(seed)), &whole)
    }

    /// Asks for answers with these seeds, and lists what ended, in its order.
    fn ask(recall: &Recall<'_>, seeds: &[u32]) -> Result<Vec<(usize, Completion)>, EngineError> {
        let samplings: Vec<Sampling> = seeds.iter().map(|seed| sampling(*seed)).collect();
        let mut ended = Vec::new();
        let mut on_step = |nth, step| {
            if let Step::Ended(completion) = step {
                ended.push((nth, completion));
            }
        };
        let all = recall.candidates(&prompt(), &samplings, &Cancel::default(), &mut on_step)?;
        assert_eq!(all.len(), seeds.len());
        Ok(ended)
    }

    fn texts(ended: &[(usize, Completion)]) -> Vec<(usize, &str)> {
        ended.iter().map(|(nth, completion)| (*nth, completion.text.as_str())).collect()
    }

    #[test]
    fn what_was_answered_is_given_in_its_order_and_the_rest_is_asked() {
        let finished = StopReason::Finished;
        let events = vec![
            answer(3, "three", finished),
            answer(2, "half", StopReason::Cancelled),
            answer(1, "one", finished),
        ];
        let past = past("scripted", events);
        let engine = ScriptedEngine::new(["p two", "p again"]);
        let recall = Recall::of(&engine, &past);
        assert_eq!(recall.left(), 2);
        let ended = ask(&recall, &[1, 2, 3]).unwrap();
        assert_eq!(texts(&ended), [(2, "three"), (0, "one"), (1, "p two")]);
        let (_, three) = &ended[0];
        let said = (three.raw.as_deref(), three.reasoning.as_str(), three.logprob, three.recorded);
        assert_eq!(said, (Some("<think>hm</think>three"), "hm", -1.25, true));
        assert_eq!(three.usage.completion, Tokens(3));
        assert!(!ended[2].1.recorded);
        assert_eq!(texts(&ask(&recall, &[1]).unwrap()), [(0, "p again")], "each is given once");
    }

    #[test]
    fn answers_of_another_model_do_not_count() {
        let past = past("another", vec![answer(1, "one", StopReason::Finished)]);
        let engine = ScriptedEngine::new(["p mine"]);
        let recall = Recall::of(&engine, &past);
        assert_eq!(texts(&ask(&recall, &[1]).unwrap()), [(0, "p mine")]);
    }

    #[test]
    fn a_replay_asks_nobody() {
        let past = past("scripted", vec![answer(1, "one", StopReason::Finished)]);
        let engine = ScriptedEngine::new(["p two"]);
        let recall = Recall::only(&engine, &past);
        assert_eq!(texts(&ask(&recall, &[1]).unwrap()), [(0, "one")]);
        assert!(matches!(ask(&recall, &[2]), Err(EngineError::NotRecorded { .. })));
        let runs = Runs::of(&past, true);
        assert!(runs.outcome(Digest::zero(), "make test").is_err());
        assert!(Runs::of(&past, false).outcome(Digest::zero(), "make test").unwrap().is_none());
    }

    #[test]
    fn a_command_runs_again_on_other_files_only() {
        let tree = Oid::ZERO_SHA1;
        let path: crate::base::RepoPath = "a".parse().unwrap();
        let change = |text: &str| {
            let after = Some(crate::repo::testing::state(text));
            vec![FileChange { path: path.clone(), before: None, after }]
        };
        let first = ground(tree, &change("1"), "make");
        assert_eq!(first, ground(tree, &change("1"), "make"));
        assert_ne!(first, ground(tree, &change("2"), "make"));
        assert_ne!(first, ground(tree, &change("1"), "make test"));
        assert_ne!(first, ground(tree, &[], "make"));
    }
}
