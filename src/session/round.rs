//! One round of answers: asked for side by side, each drafted and tested as it ends, and stopped once
//! one of them passes.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Instant;

use serde_json::json;

use crate::agent::{Approach, Attempt, Feedback, Input, Turn};
use crate::base::{Digest, Tokens};
use crate::journal::Event;
use crate::model::{
    Cancel, Completion, Delta, Form, Message, Prompt, Sampling, Speaker, Step, StopReason,
};
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

    /// How many answers of a round are free to change what they like. Where a test tells which answer is
    /// right, changes of single lines take the place of some: they are written in no time.
    fn free_answers(&self) -> u32 {
        let all = self.request.candidates;
        if self.changes_lines() && !self.opening.anew { all.div_ceil(2) } else { all }
    }

    fn changes_lines(&self) -> bool {
        let examples_fail = self.examples.as_ref().is_some_and(|examples| examples.fail);
        let fails = self.failing.is_some() || examples_fail && self.found.stubs.is_empty();
        fails && !self.opening.lines.is_empty() && self.request.candidates > 1
    }

    /// How many tokens, how warm: the first answer of a task is the likeliest one, the others and
    /// those of later rounds are ever warmer.
    fn sampling(&self, round: u32, nth: u32, form: &Option<Form>) -> Sampling {
        let first = round == 0 && nth == 0;
        let heat = if first { 0.0 } else { self.role.warmer * (1.0 + 0.5 * (round + nth) as f32) };
        Sampling {
            temperature: (self.request.temperature + heat).min(HOTTEST),
            top_p: if first { self.request.top_p } else { self.request.top_p.min(NUCLEUS) },
            seed: self.request.seed.wrapping_add(round * 101 + nth),
            max_tokens: self.request.answer_tokens.min(self.opening.most_tokens),
            form: form.clone(),
            ..Sampling::default()
        }
    }

    /// What is asked in a round: changes of lines, which are written in no time, then free answers, or the
    /// other way round. What begins in the same way shares a prompt.
    fn parts(
        &self,
        round: u32,
        approach: &Approach,
    ) -> Result<Vec<(Prompt, Vec<Sampling>)>, SessionError> {
        let (prompt, form) = self.prompt(approach)?;
        let mut parts: Vec<(Prompt, Vec<Sampling>)> = Vec::new();
        for (prefill, sampling) in self.line_changes(round) {
            match parts.last_mut().filter(|(prompt, _)| prompt.prefill == prefill) {
                Some((_, samplings)) => samplings.push(sampling),
                None => parts.push((Prompt { prefill, ..prompt.clone() }, vec![sampling])),
            }
        }
        let all = self.free_answers();
        // What a reviewer found is mended, and nothing begins anew for it.
        let revises = |turn: &Turn| !matches!(turn.feedback, Feedback::Found(_));
        let revised = match approach {
            Approach::Revise(turn) if revises(turn) => all.div_ceil(2),
            _ => all,
        };
        let answers = |nths: Range<u32>, form: &Option<Form>| -> Vec<Sampling> {
            nths.map(|nth| self.sampling(round, nth, form)).collect()
        };
        let first = if self.opening.anew { 0 } else { parts.len() };
        // The likeliest answer is mostly the best one, and alone it is written twice as fast.
        let alone = if round == 0 { LIKELIEST.min(revised) } else { 0 };
        let mut free: Vec<_> = (0..alone).map(|nth| nth..nth + 1).collect();
        free.push(alone..revised);
        free.retain(|nths| !nths.is_empty());
        let behind = first + free.len();
        let free = free.into_iter().map(|nths| (prompt.clone(), answers(nths, &form)));
        parts.splice(first..first, free.collect::<Vec<_>>());
        // Small models like to say again what they are shown: some answers begin anew.
        if revised < all {
            let (prompt, form) = self.prompt(&Approach::Afresh)?;
            parts.insert(behind, (prompt, answers(revised..all, &form)));
        }
        Ok(parts)
    }

    /// Changes of one line each, with how they begin: the next ones in every round, and once all had
    /// their turn the same again, warmer.
    fn line_changes(&self, round: u32) -> Vec<(String, Sampling)> {
        if !self.changes_lines() {
            return Vec::new();
        }
        let lines = &self.opening.lines;
        let most = if self.opening.anew { FEW_LINES } else { LINES_A_ROUND };
        let many = most.min(lines.len());
        let first = round as usize * many;
        let sampling = |at: usize| {
            let again = (at / lines.len()) as f32;
            let (opening, form) = lines[at % lines.len()].clone();
            let sampling = Sampling {
                temperature: (self.request.temperature + again * LINES_WARMER).min(HOTTEST),
                seed: self.request.seed.wrapping_add(u32::try_from(at).unwrap_or_default()),
                max_tokens: LINE_TOKENS,
                form: Some(form),
                ..Sampling::default()
            };
            (opening, sampling)
        };
        (first..first + many).map(sampling).collect()
    }

    /// The prompt of a round, and the form that its free answers are held to.
    fn prompt(&self, approach: &Approach) -> Result<(Prompt, Option<Form>), SessionError> {
        let opening = &self.opening;
        let mut messages = opening.messages.clone();
        if let Approach::Revise(turn) = approach {
            messages.extend(self.exchange(turn)?);
        }
        let begun = *approach != Approach::Afresh && !opening.prefill.is_empty();
        let (prefill, form) = match begun {
            true => (opening.prefill.as_str(), &opening.form_behind_prefill),
            false => ("", &opening.form),
        };
        Ok((Prompt { messages, prefill: prefill.to_owned(), ..Prompt::default() }, form.clone()))
    }

    /// An answer and what was wrong with it, as messages.
    fn exchange(&self, Turn { reply, feedback }: &Turn) -> Result<[Message; 2], SessionError> {
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
            Feedback::Found(remarks) => self.found_words(remarks)?,
            Feedback::Failed(output) => {
                let failure = json!({ "command": self.command, "output": output });
                self.templates.render(&names.failed, json!({ "failure": failure }))?
            }
        };
        Ok([Message::new(Speaker::Assistant, reply.clone()), Message::new(Speaker::User, answer)])
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

/// Answers of the first round that are written one by one.
const LIKELIEST: u32 = 2;
/// Lines that are tried in one round, and where answers are long enough to say all anew.
const LINES_A_ROUND: usize = 24;
const FEW_LINES: usize = 12;
/// How much warmer a line is changed when it is its turn again.
const LINES_WARMER: f32 = 0.7;
/// Most tokens of such a change, the old line and the marks among them.
const LINE_TOKENS: Tokens = Tokens(160);
/// Warmer answers are noise.
const HOTTEST: f32 = 1.0;
/// The nucleus of warm answers: unlikely tokens break code.
const NUCLEUS: f32 = 0.95;
