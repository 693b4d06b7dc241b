//! One round of answers: asked for side by side, each drafted and tested as it ends, and stopped once
//! one of them passes.

use std::collections::BTreeMap;
use std::time::Instant;

use serde_json::json;

use crate::agent::{Approach, Attempt, Drafted, Feedback, Input, TestResult, Turn};
use crate::journal::Event;
use crate::model::{
    Completion, Delta, Form, Message, Prompt, Sampling, Speaker, Step, StopReason, Usage,
};
use crate::session::driver::SessionError;
use crate::session::run::Run;

/// What is known of a round while its answers are written.
#[derive(Default)]
struct Round {
    attempts: BTreeMap<usize, Attempt>,
    /// Tokens that each answer has so far.
    written: BTreeMap<usize, u32>,
    usages: Vec<Usage>,
    /// When the last answer ended.
    ended: Option<Instant>,
    problem: Option<SessionError>,
}

impl Run<'_> {
    pub(super) fn ask(&mut self, round: u32, approach: Approach) -> Result<Input, SessionError> {
        let (prompt, forms) = self.prompt(approach)?;
        let samplings: Vec<_> =
            (0..self.request.candidates).map(|nth| self.sampling(round, nth, &forms)).collect();
        let role = &self.role.name;
        let begins = if round == 0 { role.clone() } else { format!("{role}, round {}", round + 1) };
        self.recorder.observer().begins(&begins);
        self.recorder.record(Event::Asked {
            role: role.clone(),
            prompt: json!(prompt),
            sampling: json!(samplings),
        })?;
        let asked = Instant::now();
        let enough = self.cancel.below();
        let mut known = Round::default();
        let engine = self.workshop.engine;
        let answered = engine.candidates(&prompt, &samplings, &enough, &mut |nth, step| {
            let settled = self.take(&mut known, nth, step);
            if settled || known.problem.is_some() {
                enough.cancel();
            }
        });
        let asked_s = asked.saturating_duration_since(self.request.started).as_secs_f64();
        let ended = known.ended.unwrap_or(asked);
        let seconds = ended.saturating_duration_since(asked).as_secs_f64();
        self.cost.add(&known.usages, asked_s, seconds);
        match known.problem {
            Some(problem) => Err(problem),
            None => {
                answered?;
                Ok(Input::Answered(known.attempts.into_values().collect()))
            }
        }
    }

    /// One answer that is no edit, recorded.
    pub(super) fn answer(
        &mut self,
        role: &str,
        prompt: &Prompt,
        sampling: &Sampling,
    ) -> Result<Completion, SessionError> {
        self.recorder.record(Event::Asked {
            role: role.to_owned(),
            prompt: json!(prompt),
            sampling: json!([sampling]),
        })?;
        let asked = Instant::now();
        let mut deaths = Vec::new();
        let observer = self.recorder.observer();
        let mut on_delta = |delta| {
            observer.delta(&delta);
            if let Delta::Restarted(why) = delta {
                deaths.push(why);
            }
        };
        let engine = self.workshop.engine;
        let completion = engine.complete(prompt, sampling, &self.cancel, &mut on_delta)?;
        for why in deaths {
            self.recorder.record(Event::EngineRestarted { why })?;
        }
        let asked_s = asked.saturating_duration_since(self.request.started).as_secs_f64();
        self.cost.add(&[completion.usage], asked_s, asked.elapsed().as_secs_f64());
        self.recorder.record(answered(role, &completion))?;
        Ok(completion)
    }

    /// Takes what happened to an answer; whether the others are not needed any more.
    fn take(&mut self, known: &mut Round, nth: usize, step: Step) -> bool {
        match step {
            Step::Delta(delta) => {
                self.tell(known, nth, delta);
                false
            }
            Step::Ended(completion) => {
                known.usages.push(completion.usage);
                known.ended = Some(Instant::now());
                match self.attempt(&completion) {
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
                self.recorder.observer().delta(&Delta::Written(crate::base::Tokens(all)));
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
    fn attempt(&mut self, completion: &Completion) -> Result<Option<Attempt>, SessionError> {
        self.recorder.record(answered(&self.role.name, completion))?;
        if completion.stop == StopReason::Cancelled {
            return Ok(None);
        }
        let reply = completion.text.clone();
        let result = self.draft(&reply)?;
        let tokens = completion.usage.completion.0.max(1) as f32;
        Ok(Some(Attempt { reply, likelihood: completion.logprob / tokens, result }))
    }

    /// Whether an attempt is so good that no other is needed: what failed before passes with it.
    fn settles(&self, attempt: &Attempt) -> bool {
        let passed = |test: &Option<TestResult>| test.as_ref().is_some_and(|test| test.passed);
        attempt.result.as_ref().is_ok_and(|Drafted { test, examples, flaws, .. }| {
            flaws.is_empty() && (self.failing.is_some() && passed(test) || passed(examples))
        })
    }

    /// How many tokens, how warm, in which form: the first answer of a task in each form is the
    /// likeliest one, the others and those of later rounds are ever warmer.
    fn sampling(&self, round: u32, nth: u32, forms: &[Option<Form>]) -> Sampling {
        let kinds = u32::try_from(forms.len()).unwrap_or(1).max(1);
        let first = round == 0 && nth < kinds;
        let heat = self.role.warmer * (1.0 + 0.5 * (round + nth - nth.min(kinds)) as f32);
        Sampling {
            temperature: (self.request.temperature + if first { 0.0 } else { heat }).min(HOTTEST),
            top_p: if first { self.request.top_p } else { self.request.top_p.min(NUCLEUS) },
            seed: self.request.seed.wrapping_add(round * 101 + nth),
            max_tokens: self.request.answer_tokens.min(self.opening.most_tokens),
            form: forms.get((nth % kinds) as usize).cloned().flatten(),
            ..Sampling::default()
        }
    }

    /// The prompt of a round, and the forms that its answers are held to in turn. Where a test tells
    /// which answer is right, some of them change only lines: those are written in no time.
    fn prompt(&self, approach: Approach) -> Result<(Prompt, Vec<Option<Form>>), SessionError> {
        let opening = &self.opening;
        let afresh = approach == Approach::Afresh;
        let mut messages = opening.messages.clone();
        if let Approach::Revise(turn) = approach {
            messages.extend(self.exchange(turn)?);
        }
        let lines = if afresh { &opening.lines } else { &opening.lines_of_place };
        let lines = lines.as_ref().or(opening.lines.as_ref()).filter(|_| self.failing.is_some());
        let begun = !afresh && !opening.prefill.is_empty();
        let (prefill, forms) = match (lines, begun) {
            (Some(lines), true) if opening.form_of_place.is_some() => {
                (String::new(), vec![Some(lines.clone()), opening.form_of_place.clone()])
            }
            (Some(lines), false) => {
                (String::new(), vec![Some(lines.clone()), opening.form.clone()])
            }
            (_, true) => (opening.prefill.clone(), vec![opening.form_behind_prefill.clone()]),
            (None, false) => (String::new(), vec![opening.form.clone()]),
        };
        Ok((Prompt { messages, prefill, ..Prompt::default() }, forms))
    }

    /// An answer and what was wrong with it, as messages.
    fn exchange(&self, Turn { reply, feedback }: Turn) -> Result<[Message; 2], SessionError> {
        let names = &self.role.prompts;
        let answer = match feedback {
            Feedback::Refused(reason) => {
                self.templates.render(&names.refused, json!({ "reason": reason }))?
            }
            Feedback::Flawed(flaw) => {
                self.templates.render(&names.flawed, json!({ "reason": flaw }))?
            }
            Feedback::Unlike(output) => {
                self.templates.render(&names.unlike, json!({ "output": output }))?
            }
            Feedback::Failed(output) => {
                let failure = json!({ "command": self.command, "output": output });
                self.templates.render(&names.failed, json!({ "failure": failure }))?
            }
        };
        Ok([Message::new(Speaker::Assistant, reply), Message::new(Speaker::User, answer)])
    }
}

fn answered(role: &str, completion: &Completion) -> Event {
    Event::Answered {
        role: role.to_owned(),
        text: completion.whole().to_owned(),
        stop: json!(completion.stop).as_str().unwrap_or_default().to_owned(),
        usage: json!(completion.usage),
    }
}

/// Warmer answers are noise.
const HOTTEST: f32 = 1.0;
/// The nucleus of warm answers: unlikely tokens break code.
const NUCLEUS: f32 = 0.95;
