//! One round of answers: asked for side by side, each drafted and tested as it ends, and stopped once
//! one of them passes.

use std::collections::BTreeMap;
use std::time::Instant;

use serde_json::json;

use crate::agent::{Approach, Attempt, Input};
use crate::base::{Digest, Tokens};
use crate::journal::Event;
use crate::model::{Cancel, Completion, Delta, Prompt, Sampling, Step, StopReason};
use crate::session::driver::SessionError;
use crate::session::recall;
use crate::session::run::Run;
use crate::session::single::answered;

/// What is known of a round while its answers are written.
#[derive(Default)]
struct Round {
    attempts: BTreeMap<usize, Attempt>,
    /// Tokens that each answer has so far.
    written: BTreeMap<usize, u32>,
    answers: Vec<Completion>,
    /// The names of what is asked.
    asked: Vec<Digest>,
    /// When the last answer ended.
    ended: Option<Instant>,
    problem: Option<SessionError>,
}

impl Round {
    fn name(&self, nth: usize) -> Digest {
        self.asked.get(nth).copied().unwrap_or(Digest::zero())
    }
}

impl Run<'_> {
    pub(super) fn ask(&mut self, round: u32, approach: Approach) -> Result<Input, SessionError> {
        self.pack_again(round)?;
        let role = &self.role.name;
        let begins = if round == 0 { role.clone() } else { format!("{role}, round {}", round + 1) };
        self.recorder.observer().begins(&begins);
        let enough = self.cancel.below();
        let mut attempts = Vec::new();
        for (prompt, samplings) in self.parts(round, &approach)? {
            if enough.is_cancelled() || agree(&attempts) {
                break;
            }
            attempts.extend(self.ask_part(&prompt, &samplings, &enough)?);
        }
        self.fill_calls(&mut attempts)?;
        Ok(Input::Answered(attempts))
    }

    /// Asks for answers to one prompt, until `enough` is raised, and raises it where one is so good that
    /// no other is needed.
    fn ask_part(
        &mut self,
        prompt: &Prompt,
        samplings: &[Sampling],
        enough: &Cancel,
    ) -> Result<Vec<Attempt>, SessionError> {
        self.recorder.record(Event::Asked {
            role: self.role.name.clone(),
            prompt: json!(prompt),
            sampling: json!(samplings),
        })?;
        let asked = Instant::now();
        let names = samplings.iter().map(|sampling| recall::asked(prompt, sampling)).collect();
        let mut known = Round { asked: names, ..Round::default() };
        let engine = self.workshop.engine;
        let answered = engine.candidates(prompt, samplings, enough, &mut |nth, step| {
            let settled = self.take(&mut known, nth, step);
            if settled || known.problem.is_some() {
                enough.cancel();
            }
        });
        let asked_s = asked.saturating_duration_since(self.request.started).as_secs_f64();
        let ended = known.ended.unwrap_or(asked);
        let seconds = ended.saturating_duration_since(asked).as_secs_f64();
        self.cost.add(&known.answers.iter().collect::<Vec<_>>(), asked_s, seconds);
        match known.problem {
            Some(problem) => Err(problem),
            None => {
                answered?;
                Ok(known.attempts.into_values().collect())
            }
        }
    }

    /// Takes what happened to an answer; whether the others are not needed any more.
    fn take(&mut self, known: &mut Round, nth: usize, step: Step) -> bool {
        match step {
            Step::Delta(delta) => {
                self.tell(known, nth, delta);
                false
            }
            Step::Ended(completion) => {
                known.answers.push(completion.clone());
                known.ended = Some(Instant::now());
                match self.attempt(&completion, known.name(nth)) {
                    Ok(attempt) => {
                        let settled = attempt.as_ref().is_some_and(|attempt| self.settles(attempt));
                        known.attempts.extend(attempt.map(|attempt| (nth, attempt)));
                        settled
                    }
                    Err(problem) => {
                        known.problem.get_or_insert(problem);
                        false
                    }
                }
            }
        }
    }

    /// Passes on what a person should see of it: the text of the first answer, the tokens of all.
    fn tell(&mut self, known: &mut Round, nth: usize, delta: Delta) {
        match delta {
            Delta::Written(tokens) => {
                known.written.insert(nth, tokens.0);
                let all = known.written.values().sum();
                self.recorder.observer().delta(&Delta::Written(Tokens(all)));
            }
            Delta::Restarted(why) => {
                known.attempts.remove(&nth);
                known.written.remove(&nth);
                if nth == 0 {
                    self.recorder.observer().delta(&Delta::Restarted(why.clone()));
                    let event = Event::EngineRestarted { why };
                    if let Err(error) = self.recorder.record(event) {
                        known.problem.get_or_insert(error.into());
                    }
                }
            }
            delta if nth == 0 => self.recorder.observer().delta(&delta),
            _ => {}
        }
    }

    /// Records an answer, drafts it and tests the draft; one that was broken off is no attempt.
    fn attempt(
        &mut self,
        completion: &Completion,
        asked: Digest,
    ) -> Result<Option<Attempt>, SessionError> {
        // Between answers there were tests.
        self.recorder.observer().begins(&self.role.name);
        self.recorder.record(answered(&self.role.name, asked, completion))?;
        if completion.stop == StopReason::Cancelled {
            return Ok(None);
        }
        let reply = completion.text.clone();
        let result = self.draft(&reply)?;
        if let Ok(drafted) = &result {
            let event = self.weighed(asked, drafted);
            self.recorder.record(event)?;
        }
        let tokens = completion.usage.completion.0.max(1) as f32;
        Ok(Some(Attempt { reply, likelihood: completion.logprob / tokens, result }))
    }

    /// Whether an attempt is so good that no other is needed: what failed before passes with it.
    fn settles(&self, attempt: &Attempt) -> bool {
        attempt.result.as_ref().is_ok_and(|drafted| {
            let judged = self.failing.is_some() && drafted.test.is_some();
            drafted.is_good() && (judged || drafted.examples.is_some())
        })
    }
}

/// Whether two answers that nothing speaks against do the same where no test can tell: then more would
/// most likely say the same again (Aggarwal et al., *Let's Sample Step by Step: Adaptive-Consistency for
/// Efficient Reasoning and Coding with LLMs*, 2023).
fn agree(attempts: &[Attempt]) -> bool {
    let good = attempts.iter().filter_map(|attempt| attempt.result.as_ref().ok());
    let good: Vec<_> = good.filter(|it| it.is_good() && it.test.is_none()).collect();
    good.iter().enumerate().any(|(at, one)| good[..at].iter().any(|other| one.does_as(other)))
}
