//! Which of several drafts is the best: what passes, then what fails in fewer tests, then what has
//! fewer flaws, then what more examples hold of, then what breaks less of what held before, then what
//! more answers agree on, then what the model finds likelier. Answers agree that do the same on the same calls, whatever they look like, and
//! agreement counts for more where more of what the model expects of the calls comes true (Chen et al.,
//! *CodeT: Code Generation with Generated Tests*, 2022).

use std::cmp::{Ordering, Reverse};

use crate::agent::TestResult;

/// One answer and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Attempt {
    pub reply: String,
    /// The mean log-probability of its tokens; 0 where the engine does not say.
    pub likelihood: f32,
    /// Its draft, or why it could not be applied.
    pub result: Result<Drafted, String>,
}

/// A draft: equal changes are one draft, whoever wrote them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drafted {
    pub draft: usize,
    /// What the test said of it, where there is one.
    pub test: Option<TestResult>,
    /// What came of examples of what the task wants; a hint, and no proof.
    pub examples: Option<TestResult>,
    /// How it behaves on calls that were tried.
    pub behaviour: Option<Behaviour>,
    /// What is wrong with it as one reads it, in words for the model.
    pub flaws: Vec<String>,
}

/// What a draft does on some calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Behaviour {
    /// How many of them give what the model made up that they give.
    pub held: u32,
    /// How many gave that before, and do not any more.
    pub broken: u32,
    /// What came of each.
    pub trace: String,
}

impl Drafted {
    /// Whether nothing speaks against it, and where there is a test, that speaks for it.
    pub fn is_good(&self) -> bool {
        let passed = |test: &Option<TestResult>| test.as_ref().is_none_or(|test| test.passed);
        self.flaws.is_empty() && passed(&self.test) && passed(&self.examples)
    }

    /// Whether it is the same change, or one that does the same on the calls that were tried.
    pub fn does_as(&self, other: &Self) -> bool {
        let same = |(one, other): (&Behaviour, &Behaviour)| one.trace == other.trace;
        self.draft == other.draft
            || self.behaviour.as_ref().zip(other.behaviour.as_ref()).is_some_and(same)
    }
}

/// The drafts so far, each once.
#[derive(Clone, Debug, Default)]
pub(super) struct Drafts {
    drafts: Vec<Ranked>,
}

#[derive(Clone, Debug)]
struct Ranked {
    drafted: Drafted,
    reply: String,
    /// How many answers came to it, and how likely the likeliest of them is.
    agreement: u32,
    likelihood: f32,
}

impl Drafts {
    pub(super) fn add(&mut self, attempt: &Attempt, drafted: &Drafted) {
        let same = self.drafts.iter_mut().find(|other| other.drafted.draft == drafted.draft);
        match same {
            Some(other) => {
                other.agreement += 1;
                other.likelihood = other.likelihood.max(attempt.likelihood);
            }
            None => self.drafts.push(Ranked {
                drafted: drafted.clone(),
                reply: attempt.reply.clone(),
                agreement: 1,
                likelihood: attempt.likelihood,
            }),
        }
    }

    /// The best one with the reply that it comes from; of equals the earliest.
    pub(super) fn best(&self) -> Option<(&str, &Drafted)> {
        let best = self.drafts.iter().min_by(|a, b| self.order(a, b))?;
        Some((&best.reply, &best.drafted))
    }

    /// So many different ones.
    pub(super) fn count(&self) -> usize {
        self.drafts.len()
    }

    /// What speaks for a draft against the best of those that do otherwise: the first thing in which they
    /// differ.
    pub(super) fn why(&self, draft: usize) -> Option<String> {
        let chosen = self.drafts.iter().find(|it| it.drafted.draft == draft)?;
        let others = self.drafts.iter().filter(|it| !it.drafted.does_as(&chosen.drafted));
        let passes = chosen.drafted.test.as_ref().is_some_and(|test| test.passed);
        let agree: u32 = self.same(chosen).map(|it| it.agreement).sum();
        let Some(next) = others.min_by(|a, b| self.order(a, b)) else {
            return Some(match passes {
                true => "it passes its tests".to_owned(),
                false => format!("{} agree on what it does", counted(agree)),
            });
        };
        let (one, other) = (self.rank(chosen), self.rank(next));
        let why = match () {
            () if one > other => "a reader found least wrong with it".to_owned(),
            () if one.0 != other.0 => "it alone passes its tests".to_owned(),
            () if one.1 != other.1 => format!("fewest tests fail with it: {}", one.1),
            () if one.2 != other.2 => "it leaves least undone".to_owned(),
            () if one.3 != other.3 => "more examples of what is wanted hold".to_owned(),
            () if one.4 != other.4 => "it breaks least of what held before".to_owned(),
            () if one.5 != other.5 => format!("{} agree on what it does", counted(agree)),
            () if chosen.likelihood > next.likelihood => "the model finds it likeliest".to_owned(),
            () => "it came first".to_owned(),
        };
        Some(if passes && one.0 == other.0 {
            format!("it passes its tests, and {why}")
        } else {
            why
        })
    }

    /// The better one first.
    fn order(&self, a: &Ranked, b: &Ranked) -> Ordering {
        self.rank(a).cmp(&self.rank(b)).then(b.likelihood.total_cmp(&a.likelihood))
    }

    /// Those that do the same as `it`, itself among them.
    fn same(&self, it: &Ranked) -> impl Iterator<Item = &Ranked> {
        self.drafts.iter().filter(|other| other.drafted.does_as(&it.drafted))
    }

    /// Smaller is better.
    fn rank(&self, it: &Ranked) -> (bool, u32, usize, u32, u32, Reverse<u32>) {
        let test = it.drafted.test.as_ref();
        let failing = test.and_then(|test| test.failing).unwrap_or(u32::MAX);
        let flaws = it.drafted.flaws.len();
        let examples = it.drafted.examples.as_ref().and_then(|examples| examples.failing);
        let broken = it.drafted.behaviour.as_ref().map_or(0, |behaviour| behaviour.broken);
        let passed = test.is_some_and(|test| test.passed);
        let agreement = Reverse(self.agreement(it));
        (!passed, failing, flaws, examples.unwrap_or_default(), broken, agreement)
    }

    /// How many answers do the same, weighted by what comes true of what the model expects.
    fn agreement(&self, it: &Ranked) -> u32 {
        let held = it.drafted.behaviour.as_ref().map_or(0, |behaviour| behaviour.held);
        self.same(it).map(|other| other.agreement).sum::<u32>() * (1 + held)
    }
}

fn counted(answers: u32) -> String {
    if answers == 1 { "1 answer".to_owned() } else { format!("{answers} answers") }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Attempts as (draft, failing tests, likelihood); no failing test is a pass, and drafts from 10
    /// have a flaw.
    #[track_caller]
    fn check(attempts: &[(usize, Option<u32>, f32)], expected: usize) {
        let mut drafts = Drafts::default();
        for (draft, failing, likelihood) in attempts {
            let passed = *failing == Some(0);
            let test = Some(TestResult { passed, failing: *failing, output: String::new() });
            let flaws = if *draft < 10 { Vec::new() } else { vec!["`f` is empty".to_owned()] };
            let drafted = Drafted { draft: *draft, test, examples: None, behaviour: None, flaws };
            let result = Ok(drafted.clone());
            let attempt = Attempt { reply: draft.to_string(), likelihood: *likelihood, result };
            drafts.add(&attempt, &drafted);
        }
        let (reply, best) = drafts.best().unwrap();
        assert_eq!((reply, best.draft), (expected.to_string().as_str(), expected));
    }

    #[test]
    fn examples_count_more_than_agreement_and_less_than_tests() {
        let drafted = |draft, failing| Drafted {
            draft,
            test: None,
            examples: Some(TestResult { failing: Some(failing), ..TestResult::default() }),
            behaviour: None,
            flaws: Vec::new(),
        };
        let mut drafts = Drafts::default();
        for drafted in [drafted(0, 2), drafted(0, 2), drafted(1, 1)] {
            let result = Ok(drafted.clone());
            drafts.add(&Attempt { reply: String::new(), likelihood: -0.1, result }, &drafted);
        }
        assert_eq!(drafts.best().unwrap().1.draft, 1);
    }

    #[test]
    fn what_does_the_same_agrees_whatever_it_looks_like() {
        let best = |known: &[(usize, &str, u32)]| {
            let mut drafts = Drafts::default();
            for (draft, trace, held) in known {
                let drafted = Drafted {
                    draft: *draft,
                    test: None,
                    examples: None,
                    behaviour: Some(Behaviour {
                        held: *held,
                        broken: 0,
                        trace: (*trace).to_owned(),
                    }),
                    flaws: Vec::new(),
                };
                let result = Ok(drafted.clone());
                drafts.add(&Attempt { reply: String::new(), likelihood: -0.1, result }, &drafted);
            }
            drafts.best().map(|(_, best)| best.draft)
        };
        assert_eq!(best(&[(0, "1 2", 0), (1, "1 3", 0), (2, "1 3", 0)]), Some(1));
        // Two that look the same are no more than two that do the same.
        assert_eq!(best(&[(0, "1", 0), (0, "1", 0), (1, "2", 0), (2, "2", 0)]), Some(0));
        assert_eq!(best(&[(0, "1", 0), (0, "1", 0), (1, "2", 2)]), Some(1));
    }

    #[test]
    fn what_breaks_what_held_stands_behind() {
        let drafted = |draft, failing, broken| Drafted {
            draft,
            test: None,
            examples: Some(TestResult {
                passed: false,
                failing: Some(failing),
                output: String::new(),
            }),
            behaviour: Some(Behaviour { held: 0, broken, trace: format!("{draft}") }),
            flaws: Vec::new(),
        };
        let chosen = |all: &[Drafted]| {
            let mut drafts = Drafts::default();
            for drafted in all {
                let result = Ok(drafted.clone());
                drafts.add(&Attempt { reply: String::new(), likelihood: -0.1, result }, drafted);
            }
            let best = drafts.best().unwrap().1.draft;
            (best, drafts.why(best).unwrap())
        };
        let broken = "it breaks least of what held before".to_owned();
        assert_eq!(chosen(&[drafted(0, 0, 1), drafted(1, 0, 0)]), (1, broken));
        // What fails counts for more: what held may have been wrong.
        assert_eq!(chosen(&[drafted(0, 0, 2), drafted(1, 1, 0)]).0, 0);
    }

    #[test]
    fn what_decided_is_said() {
        let drafted = |draft, failing: Option<u32>, trace: &str| Drafted {
            draft,
            test: failing.map(|failing| TestResult {
                passed: failing == 0,
                failing: Some(failing),
                output: String::new(),
            }),
            examples: None,
            behaviour: Some(Behaviour { held: 0, broken: 0, trace: trace.to_owned() }),
            flaws: Vec::new(),
        };
        let why = |all: &[Drafted]| {
            let mut drafts = Drafts::default();
            for drafted in all {
                let result = Ok(drafted.clone());
                drafts.add(&Attempt { reply: String::new(), likelihood: -0.1, result }, drafted);
            }
            let best = drafts.best().unwrap().1.draft;
            drafts.why(best).unwrap()
        };
        let [pass, fail] = [Some(0), Some(3)];
        assert_eq!(
            why(&[drafted(0, fail, "a"), drafted(1, pass, "b")]),
            "it alone passes its tests"
        );
        assert_eq!(
            why(&[drafted(0, fail, "a"), drafted(1, Some(2), "b")]),
            "fewest tests fail with it: 2"
        );
        assert_eq!(
            why(&[drafted(0, None, "a"), drafted(1, None, "b"), drafted(2, None, "b")]),
            "2 answers agree on what it does"
        );
        assert_eq!(
            why(&[drafted(0, pass, "a"), drafted(1, pass, "b")]),
            "it passes its tests, and it came first"
        );
        assert_eq!(
            why(&[drafted(0, None, "a"), drafted(0, None, "a")]),
            "2 answers agree on what it does"
        );
    }

    #[test]
    fn tests_count_most_then_agreement_then_likelihood() {
        check(&[(0, Some(2), -0.1), (1, Some(0), -0.9), (0, Some(2), -0.1)], 1);
        check(&[(0, Some(3), -0.1), (1, Some(1), -0.9), (2, None, -0.1)], 1);
        check(&[(0, None, -0.1), (1, None, -0.9), (1, None, -0.8)], 1);
        check(&[(0, None, -0.5), (1, None, -0.2), (2, None, -0.3)], 1);
        check(&[(3, None, -0.2), (1, None, -0.2)], 3);
        check(&[(10, Some(1), -0.1), (10, Some(1), -0.1), (1, Some(1), -0.9)], 1);
        check(&[(10, Some(0), -0.1), (1, Some(1), -0.9)], 10);
    }
}
