//! The turns that a team adds to the controller. Pure, like all of it.

use crate::agent::choice::Attempt;
use crate::agent::machine::{Effect, Feedback, Machine, Turn};
use crate::agent::reviews::ReadDraft;
use crate::agent::{Remark, Situation, When};

impl Machine {
    /// The prompt is put together, once places are chosen and steps planned, where somebody does that.
    pub(super) fn open(&mut self) -> Vec<Effect> {
        let turns = self.plan.turns;
        let has_turn = |when: Option<When>| when.is_some_and(|when| when.holds(self.now));
        if !self.narrowed && has_turn(turns.locator) {
            self.narrowed = true;
            return vec![Effect::Narrow];
        }
        if !self.planned && has_turn(turns.planner) {
            self.planned = true;
            return vec![Effect::PlanSteps];
        }
        vec![Effect::Open]
    }

    /// Has the best draft read, where somebody does that; otherwise the end.
    pub(super) fn close(&mut self) -> Vec<Effect> {
        let has_turn = self.plan.turns.reviewer.is_some_and(|when| when.holds(self.situation()));
        let best = self.drafts.best().filter(|_| has_turn);
        let draft = best.and_then(|(reply, drafted)| self.reviews.begin(reply, drafted));
        match draft {
            Some(draft) => vec![Effect::Review { draft }],
            None => self.end(),
        }
    }

    /// What is known, with what the test says of the best draft.
    pub(super) fn situation(&self) -> Situation {
        let test = self.drafts.best().and_then(|(_, drafted)| drafted.test.as_ref());
        let fails = test.map_or(self.now.fails, |test| !test.passed);
        Situation { fails, ..self.now }
    }

    /// What was found in a draft is mended while that is worth it.
    pub(super) fn reviewed(&mut self, remarks: Option<Vec<Remark>>) -> Vec<Effect> {
        match remarks {
            Some(remarks) => {
                self.reviews.end(remarks);
                self.mend()
            }
            None => self.end(),
        }
    }

    fn mend(&mut self) -> Vec<Effect> {
        let Self { reviews, plan, .. } = self;
        let left = reviews.is_wanting() && reviews.mendings < plan.turns.mendings;
        let has_turn = plan.turns.fixer.is_some_and(|when| when.holds(self.situation()));
        match &self.reviews.chosen {
            Some(ReadDraft { reply, remarks, .. }) if left && has_turn => {
                let feedback = Feedback::Found(remarks.clone());
                let turn = Turn { reply: reply.clone(), feedback };
                self.reviews.mending = true;
                vec![Effect::Mend { round: self.rounds, turn }]
            }
            _ => self.end(),
        }
    }

    /// What mends a draft is read in its turn; what does not even pass its tests is tried once more.
    pub(super) fn mended(&mut self, attempts: &[Attempt]) -> Vec<Effect> {
        self.reviews.mending = false;
        self.reviews.mendings += 1;
        self.rounds += 1;
        self.count(attempts);
        match self.reviews.mended(attempts) {
            Some(draft) => vec![Effect::Review { draft }],
            None => self.mend(),
        }
    }

    /// Whether the best draft has come nearer in a round.
    pub(super) fn measure(&mut self) {
        let reached = self.drafts.best().map(|(_, drafted)| {
            let test = drafted.test.as_ref();
            let failing = test.and_then(|test| test.failing).unwrap_or(u32::MAX);
            let examples = drafted.examples.as_ref().and_then(|examples| examples.failing);
            let passed = test.is_some_and(|test| test.passed);
            (!passed, failing, drafted.flaws.len(), examples.unwrap_or_default())
        });
        let nearer = reached.is_some() && (self.reached.is_none() || reached < self.reached);
        self.idle = if nearer { 0 } else { self.idle + 1 };
        if nearer {
            self.reached = reached;
        }
    }

    /// The end of a task that came to no good one, with the words of whoever watches.
    pub(super) fn given_up(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        if self.plan.turns.monitor {
            effects.push(Effect::Note(self.words()));
        }
        effects.extend(self.close());
        effects
    }

    fn words(&self) -> String {
        let rounds = match self.rounds {
            1 => "1 round".to_owned(),
            n => format!("{n} rounds"),
        };
        let why = match () {
            () if self.stale > 0 => "the answers repeat what was there before",
            () if self.idle > 0 => "the change comes no nearer",
            () => "no more are allowed",
        };
        let best = match self.reached {
            None => "no answer could be applied",
            Some((false, ..)) => "the best draft passes its tests",
            Some((true, u32::MAX, ..)) => "the best draft fails, or nothing tests it",
            Some((true, failing, ..)) => {
                let tests = if failing == 1 { "1 test" } else { &format!("{failing} tests") };
                return format!("stopped after {rounds}: {why}; {tests} fail with the best draft");
            }
        };
        format!("stopped after {rounds}: {why}; {best}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::choice::Drafted;
    use crate::agent::{Approach, Ending, Input, Plan, Severity, TestResult, Turns};

    const ALL: Turns = Turns {
        locator: Some(When::SeveralFiles),
        planner: Some(When::Always),
        reviewer: Some(When::NoTestFails),
        fixer: Some(When::Always),
        monitor: true,
        mendings: 2,
    };

    fn attempt(draft: usize, failing: u32) -> Attempt {
        let test = TestResult {
            passed: failing == 0,
            failing: Some(failing),
            output: format!("{failing} failed"),
        };
        let drafted =
            Drafted { draft, test: Some(test), examples: None, behaviour: None, flaws: Vec::new() };
        Attempt { reply: format!("reply {draft}"), likelihood: -0.1, result: Ok(drafted) }
    }

    fn remark(severity: Severity) -> Remark {
        let path = crate::base::RepoPath::new("a.py").unwrap();
        Remark { path, line: 1, code: "x".into(), severity, text: "Wrong.".into() }
    }

    /// A machine that has asked once.
    fn asked(turns: Turns) -> Machine {
        let mut machine = Machine::new(Plan { rounds: 6, repair: false, turns });
        machine.step(Input::Started);
        machine.step(Input::Located { has_test: true, files: 2 });
        let mut effects = machine.step(Input::TestedBase { fails: true });
        if turns == ALL {
            assert_eq!(effects, [Effect::Narrow]);
            assert_eq!(machine.step(Input::Narrowed), [Effect::PlanSteps]);
            effects = machine.step(Input::Planned);
        }
        assert_eq!(effects, [Effect::Open]);
        machine.step(Input::Opened);
        let ask = Effect::Ask { round: 0, approach: Approach::Open };
        assert_eq!(machine.step(Input::Exemplified), [ask]);
        machine
    }

    fn proposes(draft: usize, verified: bool) -> Vec<Effect> {
        let verified = Some(verified);
        vec![Effect::Propose { draft }, Effect::End(Ending::Proposed { verified })]
    }

    fn mends(effects: &[Effect]) -> bool {
        matches!(effects, [Effect::Mend { turn: Turn { feedback: Feedback::Found(_), .. }, .. }])
    }

    #[test]
    fn what_passes_is_read_and_what_is_found_is_mended_until_it_is_fine() {
        let mut machine = asked(ALL);
        let effects = machine.step(Input::Answered(vec![attempt(0, 0)]));
        assert_eq!(effects, [Effect::Review { draft: 0 }]);
        assert!(mends(&machine.step(Input::Reviewed(Some(vec![remark(Severity::Error)])))));
        let effects = machine.step(Input::Answered(vec![attempt(1, 0)]));
        assert_eq!(effects, [Effect::Review { draft: 1 }]);
        assert_eq!(machine.step(Input::Reviewed(Some(Vec::new()))), proposes(1, true));
    }

    #[test]
    fn notes_are_no_reason_to_mend_and_what_is_no_better_is_not_taken() {
        let mut machine = asked(ALL);
        machine.step(Input::Answered(vec![attempt(0, 0)]));
        let note = vec![remark(Severity::Note)];
        assert_eq!(machine.clone().step(Input::Reviewed(Some(note))), proposes(0, true));
        assert!(mends(&machine.step(Input::Reviewed(Some(vec![remark(Severity::Warning)])))));
        // The first mending fails its test, the second has as much wrong with it.
        assert!(mends(&machine.step(Input::Answered(vec![attempt(1, 1)]))));
        machine.step(Input::Answered(vec![attempt(2, 0)]));
        let found = vec![remark(Severity::Warning)];
        assert_eq!(machine.step(Input::Reviewed(Some(found))), proposes(0, true));
    }

    #[test]
    fn a_stop_proposes_what_was_read_and_nobody_who_comes_changes_nothing() {
        let mut machine = asked(ALL);
        machine.step(Input::Answered(vec![attempt(0, 0)]));
        assert_eq!(machine.clone().step(Input::Reviewed(None)), proposes(0, true));
        machine.step(Input::Reviewed(Some(vec![remark(Severity::Error)])));
        assert_eq!(machine.step(Input::TimeUp), proposes(0, true));
    }

    #[test]
    fn what_fails_is_mended_by_the_fixer_and_ended_by_the_monitor() {
        let mut machine = asked(ALL);
        let effects = machine.step(Input::Answered(vec![attempt(0, 2)]));
        assert!(matches!(
            &effects[..],
            [Effect::Mend { turn: Turn { feedback: Feedback::Failed(_), .. }, .. }]
        ));
        machine.step(Input::Answered(vec![attempt(1, 2)]));
        let effects = machine.step(Input::Answered(vec![attempt(2, 3)]));
        let said =
            "stopped after 3 rounds: the change comes no nearer; 2 tests fail with the best draft";
        assert_eq!(effects[0], Effect::Note(said.to_owned()));
        assert_eq!(effects[1..], proposes(0, false));
    }

    #[test]
    fn alone_nothing_is_added() {
        let mut machine = asked(Turns::default());
        assert_eq!(machine.step(Input::Answered(vec![attempt(0, 0)])), proposes(0, true));
    }
}
