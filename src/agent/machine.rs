//! The controller of one task: locate, ask, draft, verify, ask again, propose.
//!
//! Pure: the same inputs give the same effects. A reply that cannot be applied and a draft that
//! fails its test both go back to the model with the reason, together at most
//! [`Plan::retries`] times; then the last draft that could be applied is proposed for what it is.

/// What is fixed before the first step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Whether there is a command that tests the change.
    pub has_test: bool,
    /// How often a reply may go back to the model.
    pub retries: u32,
}

/// What a test command said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestResult {
    pub passed: bool,
    /// The end of its output.
    pub output: String,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// The task begins.
    Started,
    /// The test ran on the repository as it is.
    TestedBase(TestResult),
    /// The places that matter are found and packed.
    Located,
    /// The model answered.
    Replied(String),
    /// The reply's edits are in the draft, or the reason why not.
    Drafted(Result<(), String>),
    /// The test ran on the draft.
    TestedDraft(TestResult),
    /// The time is up.
    TimeUp,
    /// A person stopped it.
    Cancelled,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Run the test on the repository as it is.
    TestBase,
    /// Find the places that matter, the failing test's words among the evidence.
    Locate,
    /// Ask the model; `turn` is the last exchange, if there was one, and `earlier` counts them.
    Ask { turn: Option<Turn>, earlier: u32 },
    /// Apply the edits of a reply to a fresh draft.
    Draft { reply: String },
    /// Run the test on the draft.
    TestDraft,
    /// Store the last draft that could be applied as a proposal.
    Propose,
    /// Stop.
    End(Ending),
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

/// The state of the task.
#[derive(Clone, Debug)]
pub struct Machine {
    plan: Plan,
    /// Replies so far.
    replies: u32,
    last_reply: String,
    /// Whether some draft could be applied.
    drafted: bool,
    /// Whether the last draft passed its test.
    verified: Option<bool>,
}

impl Machine {
    /// A machine before its first step.
    pub fn new(plan: Plan) -> Self {
        Self { plan, replies: 0, last_reply: String::new(), drafted: false, verified: None }
    }

    /// Takes what happened and says what to do next, in order.
    pub fn step(&mut self, input: Input) -> Vec<Effect> {
        match input {
            Input::Started if self.plan.has_test => vec![Effect::TestBase],
            Input::Started | Input::TestedBase(_) => vec![Effect::Locate],
            Input::Located => self.ask(None),
            Input::Replied(reply) => {
                self.replies += 1;
                self.last_reply.clone_from(&reply);
                vec![Effect::Draft { reply }]
            }
            Input::Drafted(Ok(())) => self.drafted(),
            Input::Drafted(Err(reason)) => self.again(Feedback::Refused(reason)),
            Input::TestedDraft(result) => self.tested(result),
            Input::TimeUp if self.drafted => self.propose(),
            Input::TimeUp => vec![Effect::End(Ending::TimeUp)],
            Input::Cancelled => vec![Effect::End(Ending::Cancelled)],
        }
    }

    fn drafted(&mut self) -> Vec<Effect> {
        self.drafted = true;
        self.verified = None;
        if self.plan.has_test { vec![Effect::TestDraft] } else { self.propose() }
    }

    fn tested(&mut self, result: TestResult) -> Vec<Effect> {
        self.verified = Some(result.passed);
        if result.passed { self.propose() } else { self.again(Feedback::Failed(result.output)) }
    }

    /// Gives the last reply back with what was wrong, if that is still allowed.
    fn again(&mut self, feedback: Feedback) -> Vec<Effect> {
        if self.replies <= self.plan.retries {
            let reply = std::mem::take(&mut self.last_reply);
            return self.ask(Some(Turn { reply, feedback }));
        }
        match feedback {
            _ if self.drafted => self.propose(),
            Feedback::Refused(reason) | Feedback::Failed(reason) => {
                vec![Effect::End(Ending::NoUsableReply(reason))]
            }
        }
    }

    fn ask(&self, turn: Option<Turn>) -> Vec<Effect> {
        vec![Effect::Ask { turn, earlier: self.replies }]
    }

    fn propose(&self) -> Vec<Effect> {
        vec![Effect::Propose, Effect::End(Ending::Proposed { verified: self.verified })]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(has_test: bool) -> Machine {
        Machine::new(Plan { has_test, retries: 2 })
    }

    fn failed() -> Input {
        Input::TestedDraft(TestResult { passed: false, output: "1 failed".into() })
    }

    /// Plays replies that all end in `input` and gives the last effects.
    fn play(machine: &mut Machine, input: &Input, replies: usize) -> Vec<Effect> {
        let mut effects = Vec::new();
        for n in 0..replies {
            machine.step(Input::Replied(format!("reply {n}")));
            if matches!(input, Input::TestedDraft(_)) {
                machine.step(Input::Drafted(Ok(())));
            }
            effects = machine.step(input.clone());
        }
        effects
    }

    #[test]
    fn the_straight_way() {
        let mut machine = machine(true);
        let result = TestResult { passed: false, output: String::new() };
        assert_eq!(machine.step(Input::Started), [Effect::TestBase]);
        assert_eq!(machine.step(Input::TestedBase(result)), [Effect::Locate]);
        assert_eq!(machine.step(Input::Located), [Effect::Ask { turn: None, earlier: 0 }]);
        assert_eq!(machine.step(Input::Replied("r".into())), [Effect::Draft { reply: "r".into() }]);
        assert_eq!(machine.step(Input::Drafted(Ok(()))), [Effect::TestDraft]);
        let passed = TestResult { passed: true, output: String::new() };
        let end = Effect::End(Ending::Proposed { verified: Some(true) });
        assert_eq!(machine.step(Input::TestedDraft(passed)), [Effect::Propose, end]);
    }

    #[test]
    fn a_refused_reply_goes_back_with_the_reason_and_not_for_ever() {
        let mut machine = machine(false);
        let refused = Input::Drafted(Err("no code".into()));
        let turn = Turn { reply: "reply 0".into(), feedback: Feedback::Refused("no code".into()) };
        assert_eq!(play(&mut machine, &refused, 1), [Effect::Ask { turn: Some(turn), earlier: 1 }]);
        let end = Effect::End(Ending::NoUsableReply("no code".into()));
        assert_eq!(play(&mut machine, &refused, 2), [end]);
    }

    #[test]
    fn a_draft_that_never_passes_is_proposed_as_what_it_is() {
        let mut machine = machine(true);
        let end = Effect::End(Ending::Proposed { verified: Some(false) });
        assert_eq!(play(&mut machine, &failed(), 3), [Effect::Propose, end]);
    }

    #[test]
    fn a_good_draft_outlives_bad_replies_and_the_time_limit() {
        let mut machine = machine(true);
        play(&mut machine, &failed(), 1);
        let end = Effect::End(Ending::Proposed { verified: Some(false) });
        assert_eq!(machine.step(Input::TimeUp), [Effect::Propose, end]);
        assert_eq!(
            super::Machine::new(Plan { has_test: false, retries: 0 }).step(Input::TimeUp),
            [Effect::End(Ending::TimeUp)]
        );
    }
}
