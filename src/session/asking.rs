//! What is asked in a round: which prompts, how many answers to each, and how warm.

use std::ops::Range;

use serde_json::json;

use crate::agent::{Approach, Feedback, Turn};
use crate::base::Tokens;
use crate::model::{Form, Message, Prompt, Sampling, Speaker};
use crate::session::driver::SessionError;
use crate::session::run::Run;

/// Answers of the first round that are written one by one where no test tells which is right.
const LIKELIEST: u32 = 2;
/// Lines that are tried in one round, and where answers are long enough to say all anew.
const LINES_A_ROUND: usize = 24;
const FEW_LINES: usize = 12;
/// Seconds of one test run past which whole answers are tried before such changes, and how many seconds
/// the runs of these may take in a round then.
const SLOW_S: f64 = 8.0;
const LINES_S: f64 = 60.0;
/// How much warmer a line is changed when it is its turn again.
const LINES_WARMER: f32 = 0.7;
/// Most tokens of such a change, the old line and the marks among them.
const LINE_TOKENS: Tokens = Tokens(160);
/// Warmer answers are noise.
const HOTTEST: f32 = 1.0;
/// The nucleus of warm answers: unlikely tokens break code.
const NUCLEUS: f32 = 0.95;

impl Run<'_> {
    /// How many answers of a round are free to change what they like. Where a test tells which answer is
    /// right, changes of single lines take the place of some: they are written in no time.
    fn free_answers(&self) -> u32 {
        let all = self.request.candidates;
        if self.changes_lines() && !self.opening.anew { all.div_ceil(2) } else { all }
    }

    fn changes_lines(&self) -> bool {
        let examples_fail = self.examples.as_ref().is_some_and(|examples| examples.failing > 0);
        let fails = self.failing.is_some() || examples_fail && self.found.stubs.is_empty();
        fails && !self.opening.lines.is_empty() && self.request.candidates > 1
    }

    /// Whether a run of the tests takes so long that few changes can be tried.
    fn tests_slowly(&self) -> bool {
        self.before.as_ref().is_some_and(|run| run.seconds > SLOW_S)
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
    pub(super) fn parts(
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
        let first = if self.opening.anew || self.tests_slowly() { 0 } else { parts.len() };
        // The likeliest answer is mostly the best one, and alone it is written twice as fast.
        let alone = match round {
            0 if self.failing.is_some() => 1,
            0 => LIKELIEST.min(revised),
            _ => 0,
        };
        let mut free: Vec<_> = (0..alone).map(|nth| nth..nth + 1).collect();
        free.push(alone..revised);
        free.retain(|nths| !nths.is_empty());
        let behind = first + free.len();
        let free = free.into_iter().map(|nths| {
            let anew = self.emptied_prompt().filter(|_| round == 0 && nths.start > 0);
            (anew.unwrap_or_else(|| prompt.clone()), answers(nths, &form))
        });
        parts.splice(first..first, free.collect::<Vec<_>>());
        // Small models like to say again what they are shown: some answers begin anew.
        if revised < all {
            let (prompt, form) = match self.emptied_prompt() {
                Some(prompt) => (prompt, self.opening.form_behind_prefill.clone()),
                None => self.prompt(&Approach::Afresh)?,
            };
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
        let affordable = match &self.before {
            Some(run) if self.tests_slowly() => ((LINES_S / run.seconds) as usize).max(1),
            _ => most,
        };
        let many = most.min(affordable).min(lines.len());
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

    /// The prompt of the first round with the code still to be written.
    fn emptied_prompt(&self) -> Option<Prompt> {
        let messages = self.opening.emptied.clone()?;
        Some(Prompt { messages, prefill: self.opening.prefill.clone(), ..Prompt::default() })
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
