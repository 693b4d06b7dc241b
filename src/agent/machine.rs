//! The controller of one task: locate, test, open, ask, judge, ask again, propose.
//!
//! Pure: the same inputs give the same effects. A round asks for several answers to one prompt; each
//! is drafted and tested as it comes. A round in which none is good enough is followed by another,
//! in turns one that revises the best answer with what was wrong with it and one that begins anew,
//! until the rounds are spent or two of them have brought nothing new; then the best draft so far is
//! proposed for what it is.
//!
//! A team adds turns to this: places are chosen and steps planned before the prompt is put together, the
//! best draft is read before it is proposed, and what is wrong with it is mended. Without a team none of
//! them is there.

use std::collections::BTreeSet;

use crate::agent::choice::{Attempt, Drafted, Drafts};
use crate::agent::preference::Preference;
use crate::agent::reviews::Reviews;
use crate::agent::{Remark, Situation, Turns};

/// What is fixed before the first step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Most rounds of answers.
    pub rounds: u32,
    /// Whether small changes are tried where a test fails.
    pub repair: bool,
    /// The turns that a team adds.
    pub turns: Turns,
}

/// What a test command said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TestResult {
    pub passed: bool,
    /// How many tests fail, where its output says so.
    pub failing: Option<u32>,
    /// What a model should read of its output.
    pub output: String,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// The task begins.
    Started,
    /// The places that matter are found, in so many files; `has_test` says whether something can test a
    /// change of them.
    Located { has_test: bool, files: usize },
    /// The places were chosen from.
    Narrowed,
    /// The steps are planned.
    Planned,
    /// The test ran on the repository as it is, and fails, or does not.
    TestedBase { fails: bool },
    /// Small changes were tried; those that pass, drafted and tested.
    Repaired(Vec<Attempt>),
    /// The conversation is opened.
    Opened,
    /// Examples of what the task wants are collected, where that was possible.
    Exemplified,
    /// The answers of a round, drafted and tested, in the order in which they were asked for.
    Answered(Vec<Attempt>),
    /// A draft was read; what was found, or nothing at all where nobody came to read it.
    Reviewed(Option<Vec<Remark>>),
    /// The time is up.
    TimeUp,
    /// A person stopped it.
    Cancelled,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Find the places that matter.
    Locate,
    /// Run the test on the repository as it is.
    TestBase,
    /// Try small changes that mend typical mistakes, without a model: of the repository as it is, or on
    /// top of a draft.
    Repair { draft: Option<usize> },
    /// Have the places chosen from.
    Narrow,
    /// Have the steps planned.
    PlanSteps,
    /// Put the prompt together, what the test said among the evidence.
    Open,
    /// Collect examples of what the task wants, where no test says it.
    WriteExamples,
    /// Have several answers written, drafted and tested.
    Ask { round: u32, approach: Approach },
    /// Have the fixer write several answers that mend one.
    Mend { round: u32, turn: Turn },
    /// Have a draft read.
    Review { draft: usize },
    /// Write down what the monitor says.
    Note(String),
    /// Store this draft as a proposal.
    Propose { draft: usize },
    /// Stop.
    End(Ending),
}

/// How a round of answers begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Approach {
    /// With the task alone.
    Open,
    /// With an answer and what was wrong with it.
    Revise(Turn),
    /// With the task alone, once more and otherwise than before.
    Afresh,
}

/// A reply and what was wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    pub reply: String,
    pub feedback: Feedback,
}

/// What was wrong with a reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Feedback {
    /// Its edits cannot be applied.
    Refused(String),
    /// They can, but the test fails with this output.
    Failed(String),
    /// They can, but this is wrong with what comes of them.
    Flawed(String),
    /// They can, but these examples of what the task wants do not hold.
    Unlike(String),
    /// They can, but a reviewer found this.
    Found(Vec<Remark>),
}

/// How a task ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// There is a proposal; `verified` says whether its test passed, if it has one.
    Proposed { verified: Option<bool> },
    /// No reply could be applied; the last reason.
    NoUsableReply(String),
    /// The time was up before there was a draft.
    TimeUp,
    /// A person stopped it.
    Cancelled,
}

impl Ending {
    /// In a few words, as the journal keeps it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Proposed { verified: Some(true) } => "proposed, verified",
            Self::Proposed { verified: Some(false) } => "proposed, verification failed",
            Self::Proposed { verified: None } => "proposed",
            Self::NoUsableReply(_) => "no usable reply",
            Self::TimeUp => "time up",
            Self::Cancelled => "interrupted",
        }
    }
}

/// Rounds in a row that may bring nothing new.
const STALE_ROUNDS: u32 = 2;

/// Rounds in a row that may bring the best draft no nearer, where a monitor watches.
const IDLE_ROUNDS: u32 = 2;

/// Most rounds where no test judges the drafts, unless the last one came nearer.
const UNTESTED_ROUNDS: u32 = 2;

/// The state of the task.
#[derive(Clone, Debug)]
pub struct Machine {
    pub(super) plan: Plan,
    /// Rounds so far, and how many of the last brought only replies that were there before.
    pub(super) rounds: u32,
    pub(super) stale: u32,
    replies: BTreeSet<String>,
    /// Answers so far, and those of them that could not be applied.
    answers: u32,
    unusable: u32,
    pub(super) drafts: Drafts,
    /// Whether the conversation is opened, and the drafts on top of which small changes were tried.
    opened: bool,
    mended: BTreeSet<usize>,
    /// The likeliest reply that could not be applied, and why not.
    refused: Option<(String, String)>,
    /// What a team needs to know and has done.
    pub(super) now: Situation,
    pub(super) narrowed: bool,
    pub(super) planned: bool,
    pub(super) reviews: Reviews,
    /// How far the best draft had come, and rounds since that it has come no nearer.
    pub(super) reached: Option<(bool, u32, usize, u32)>,
    pub(super) idle: u32,
}

impl Machine {
    /// A machine before its first step.
    pub fn new(plan: Plan) -> Self {
        Self {
            plan,
            rounds: 0,
            stale: 0,
            replies: BTreeSet::new(),
            answers: 0,
            unusable: 0,
            drafts: Drafts::default(),
            opened: false,
            mended: BTreeSet::new(),
            refused: None,
            now: Situation::default(),
            narrowed: false,
            planned: false,
            reviews: Reviews::default(),
            reached: None,
            idle: 0,
        }
    }

    /// Why a draft is proposed; none where there was nothing to compare it with.
    pub fn preference(&self, draft: usize) -> Option<Preference> {
        let why = self.drafts.why(draft)?;
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        (self.answers > 1).then_some(Preference {
            change: number(draft).saturating_add(1),
            answers: self.answers,
            refused: self.unusable,
            changes: number(self.drafts.count()),
            why,
        })
    }

    pub(super) fn count(&mut self, attempts: &[Attempt]) {
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        self.answers += number(attempts.len());
        self.unusable += number(attempts.iter().filter(|it| it.result.is_err()).count());
    }

    /// Takes what happened and says what to do next, in order.
    pub fn step(&mut self, input: Input) -> Vec<Effect> {
        match input {
            Input::Started => vec![Effect::Locate],
            Input::Located { has_test, files } => {
                self.now = Situation { has_test, fails: false, several_files: files > 1 };
                if has_test { vec![Effect::TestBase] } else { self.open() }
            }
            Input::TestedBase { fails } => {
                self.now.fails = fails;
                match fails && self.plan.repair {
                    true => vec![Effect::Repair { draft: None }],
                    false => self.open(),
                }
            }
            Input::Narrowed | Input::Planned => self.open(),
            Input::Repaired(attempts) => self.repaired(&attempts),
            Input::Opened => {
                self.opened = true;
                vec![Effect::WriteExamples]
            }
            Input::Exemplified => self.ask(Approach::Open),
            Input::Answered(attempts) if self.reviews.mending => self.mended(&attempts),
            Input::Answered(attempts) => self.answered(attempts),
            Input::Reviewed(remarks) => self.reviewed(remarks),
            Input::TimeUp => self.best().unwrap_or_else(|| vec![Effect::End(Ending::TimeUp)]),
            Input::Cancelled => vec![Effect::End(Ending::Cancelled)],
        }
    }

    /// A small change with which everything passes is proposed; otherwise a model is asked.
    fn repaired(&mut self, attempts: &[Attempt]) -> Vec<Effect> {
        for attempt in attempts {
            if let Ok(drafted) = &attempt.result {
                self.drafts.add(attempt, drafted);
            }
        }
        match () {
            () if self.is_settled() => self.close(),
            () if !self.opened => self.open(),
            () if self.rounds == 0 => self.ask(Approach::Open),
            () => self.go_on(),
        }
    }

    /// Another round, or the end.
    fn go_on(&mut self) -> Vec<Effect> {
        // What no test can tell right from wrong is not worth many.
        let untested = self.drafts.best().is_some_and(|(_, drafted)| drafted.test.is_none());
        let few = untested && self.idle > 0;
        let most = if few { self.plan.rounds.min(UNTESTED_ROUNDS) } else { self.plan.rounds };
        let spent = self.rounds >= most || self.stale >= STALE_ROUNDS;
        let idle = self.plan.turns.monitor && self.idle >= IDLE_ROUNDS;
        if !spent && !idle {
            return self.again();
        }
        // Examples are few: whatever passes them by a small change may well be wrong otherwise. It is tried
        // where nothing else has come of it.
        match self.next_to_mend(|drafted| &drafted.examples) {
            Some(draft) => vec![Effect::Repair { draft: Some(draft) }],
            None => self.given_up(),
        }
    }

    /// The best draft, if this test fails with it and nothing was tried on top of it yet.
    fn next_to_mend(&mut self, test: fn(&Drafted) -> &Option<TestResult>) -> Option<usize> {
        let (_, drafted) = self.drafts.best().filter(|_| self.plan.repair)?;
        let fails = test(drafted).as_ref().is_some_and(|test| !test.passed);
        let draft = drafted.draft;
        (fails && self.mended.insert(draft)).then_some(draft)
    }

    fn is_settled(&self) -> bool {
        self.drafts.best().is_some_and(|(_, drafted)| drafted.is_good())
    }

    fn answered(&mut self, attempts: Vec<Attempt>) -> Vec<Effect> {
        self.rounds += 1;
        let mut is_new = false;
        let mut refused: Vec<&Attempt> = Vec::new();
        for attempt in &attempts {
            is_new |= self.replies.insert(attempt.reply.clone());
            match &attempt.result {
                Ok(drafted) => self.drafts.add(attempt, drafted),
                Err(_) => refused.push(attempt),
            }
        }
        self.count(&attempts);
        refused.sort_by(|a, b| b.likelihood.total_cmp(&a.likelihood));
        if let Some(Attempt { reply, result: Err(reason), .. }) = refused.first() {
            self.refused = Some((reply.clone(), reason.clone()));
        }
        self.stale = if is_new { 0 } else { self.stale + 1 };
        self.measure();
        if self.is_settled() {
            return self.close();
        }
        match self.next_to_mend(|drafted| &drafted.test) {
            Some(draft) => vec![Effect::Repair { draft: Some(draft) }],
            None => self.go_on(),
        }
    }

    /// Another round: every second one revises, where there is something to revise.
    fn again(&self) -> Vec<Effect> {
        let fixes = self.plan.turns.fixer.is_some_and(|when| when.holds(self.situation()));
        match self.turn().filter(|_| self.rounds % 2 == 1) {
            Some(turn) if fixes => vec![Effect::Mend { round: self.rounds, turn }],
            Some(turn) => self.ask(Approach::Revise(turn)),
            None => self.ask(Approach::Afresh),
        }
    }

    /// The best answer so far and what is wrong with it.
    fn turn(&self) -> Option<Turn> {
        let Some((reply, drafted)) = self.drafts.best() else {
            let (reply, reason) = self.refused.clone()?;
            return Some(Turn { reply, feedback: Feedback::Refused(reason) });
        };
        let failed = drafted.test.as_ref().filter(|test| !test.passed);
        let examples = drafted.examples.as_ref().filter(|examples| !examples.passed);
        let feedback = match (failed, drafted.flaws.first(), examples) {
            (Some(test), _, _) => Feedback::Failed(test.output.clone()),
            (None, Some(flaw), _) => Feedback::Flawed(flaw.clone()),
            (None, None, Some(examples)) => Feedback::Unlike(examples.output.clone()),
            (None, None, None) => return None,
        };
        Some(Turn { reply: reply.to_owned(), feedback })
    }

    fn ask(&self, approach: Approach) -> Vec<Effect> {
        vec![Effect::Ask { round: self.rounds, approach }]
    }

    pub(super) fn end(&self) -> Vec<Effect> {
        self.best().unwrap_or_else(|| {
            let reason = self.refused.as_ref().map(|(_, reason)| reason.clone());
            let reason = reason.unwrap_or_else(|| "the model gave no answer".to_owned());
            vec![Effect::End(Ending::NoUsableReply(reason))]
        })
    }

    /// Proposes the best draft, if there is one; of those that were read, that with least wrong with it.
    fn best(&self) -> Option<Vec<Effect>> {
        let chosen = self.reviews.chosen.as_ref().map(|chosen| &chosen.drafted);
        let best = chosen.or_else(|| self.drafts.best().map(|(_, drafted)| drafted));
        let Drafted { draft, test, .. } = best?;
        let verified = test.as_ref().map(|test| test.passed);
        Some(vec![Effect::Propose { draft: *draft }, Effect::End(Ending::Proposed { verified })])
    }
}

#[cfg(test)]
mod tests;
