//! One answer as it is written: what was chosen, what is guessed, when it ends.

use std::collections::VecDeque;
use std::time::Instant;

use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::token::LlamaToken;

use crate::base::Tokens;
use crate::model::chat::{Next, Thinking};
use crate::model::local::grammar::Grammar;
use crate::model::local::line::LineId;
use crate::model::local::lookup::{Draft, Lookup};
use crate::model::local::pace::{Basis, Pace};
use crate::model::local::rounds::Rounds;
use crate::model::local::sampler::{Sampler, without};
use crate::model::local::stake::Stake;
use crate::model::local::worker::Job;
use crate::model::stream::TextStream;
use crate::model::{Completion, Sampling, StopReason, Usage};

/// What all answers to a prompt begin with.
pub(super) struct Read {
    lookup: Option<Lookup>,
    most_guessed: usize,
    rounds: Rounds,
}

impl Read {
    /// Of a prompt; so many tokens are guessed at once.
    pub(super) fn new(model: &LlamaModel, prompt: &[LlamaToken], most_guessed: usize) -> Self {
        let said = |token: &LlamaToken| (*token, model.vocab().token_to_piece(*token, false, None));
        Self {
            lookup: (most_guessed > 0).then(|| Lookup::new(prompt)),
            most_guessed,
            rounds: Rounds::behind(prompt.iter().map(said)),
        }
    }
}

/// An answer that is not whole yet.
pub(super) struct Writer {
    /// Where the model reads what it writes.
    pub(super) line: LineId,
    pub(super) usage: Usage,
    pub(super) stop: Option<StopReason>,
    max_tokens: usize,
    /// Most tokens with thoughts, and what opens and closes them, among them.
    most: usize,
    sampler: Sampler,
    grammar: Option<Grammar>,
    stream: TextStream,
    rounds: Rounds,
    thinking: Thinking,
    /// Tokens that come next whatever the model wants: they open or close its thoughts.
    forced: VecDeque<LlamaToken>,
    /// Whether tokens with a meaning of their own are part of the text.
    shows_special: bool,
    /// None where nothing is guessed.
    lookup: Option<Lookup>,
    most_guessed: usize,
    logprob: f32,
    /// Chosen, but not read by the model yet; behind it what is guessed to follow.
    ahead: Vec<LlamaToken>,
    /// What the guess rests on, and its first token, whether it is tried or not; none where nothing is
    /// guessed or it is certain.
    guess: Option<(Basis, LlamaToken)>,
    stake: Stake,
}

impl Writer {
    pub(super) fn new(
        line: LineId,
        job: &Job,
        sampling: &Sampling,
        grammar: Option<Grammar>,
        read: &Read,
    ) -> Self {
        let thinking = Thinking::new(&job.format, sampling.thinking, job.in_reasoning);
        Self {
            line,
            usage: Usage::default(),
            stop: None,
            max_tokens: sampling.max_tokens.0 as usize,
            most: job.room(sampling),
            sampler: Sampler::new(sampling),
            grammar,
            stream: TextStream::new(&job.prefill, &sampling.stop),
            rounds: read.rounds.clone(),
            thinking: match sampling.form.is_some() && job.prefill.is_empty() {
                true => thinking.before_a_form(),
                false => thinking,
            },
            forced: VecDeque::new(),
            shows_special: job.format.needs_special_tokens(),
            lookup: read.lookup.clone(),
            most_guessed: read.most_guessed,
            logprob: 0.0,
            ahead: Vec::new(),
            guess: None,
            stake: Stake::new(),
        }
    }

    pub(super) fn is_alive(&self) -> bool {
        self.stop.is_none()
    }

    /// What the model has to read next: the last token that was chosen, and guesses behind it.
    pub(super) fn ahead(&self) -> &[LlamaToken] {
        &self.ahead
    }

    /// Takes the first token, from the logits behind the prompt; gives the text that is certain now.
    pub(super) fn begin(&mut self, model: &LlamaModel, logits: &[f32]) -> String {
        if self.max_tokens == 0 {
            self.stop = Some(StopReason::Length);
            return String::new();
        }
        let mut text = String::new();
        let next = self.thinking.begin();
        self.force(model, next);
        if let Some(token) = self.choose(model, logits, &mut text) {
            self.ahead = vec![token];
        }
        text
    }

    /// Guesses what follows the chosen token. `answers` are being written side by side.
    pub(super) fn guess(&mut self, pace: &Pace, answers: usize) {
        self.ahead.truncate(1);
        self.guess = None;
        self.look_ahead(pace, answers);
        if answers == 1 {
            self.ahead.truncate(Pace::fitting(self.ahead.len()));
        }
    }

    fn look_ahead(&mut self, pace: &Pace, answers: usize) {
        // The last token of an answer is never read, so one guess less is of use.
        let most = self.left().saturating_sub(1).min(self.most_guessed);
        let Some(lookup) = self.lookup.as_mut().filter(|_| most > 0) else { return };
        if !self.forced.is_empty() {
            self.ahead.extend(self.forced.iter().take(most));
            return;
        }
        let grammar = self.grammar.as_mut().filter(|_| !self.thinking.is_thinking());
        let certain = grammar.map_or_else(Vec::new, |it| it.certain(most));
        if !certain.is_empty() {
            self.ahead.extend(certain);
            return;
        }
        let Draft { mut tokens, agreement } = lookup.draft(most);
        self.guess = tokens.first().map(|first| (Basis::Agreement(agreement), *first));
        tokens.truncate(pace.draft(answers, agreement, self.stake));
        self.ahead.extend(tokens);
    }

    /// The token that was chosen last, where nothing is guessed to follow it, but the heads could be asked.
    pub(super) fn at_a_loss(&self, pace: &Pace) -> Option<LlamaToken> {
        let may_guess = self.lookup.is_some() && self.forced.is_empty();
        match self.ahead[..] {
            [last] if may_guess && self.stake.allows(pace.heads_price()) => Some(last),
            _ => None,
        }
    }

    /// Takes what the heads of the model guess to follow.
    pub(super) fn take_guess(&mut self, tokens: &[LlamaToken]) {
        let most = self.left().saturating_sub(1).min(self.most_guessed);
        let tokens = &tokens[..tokens.len().min(most)];
        if let Some(first) = tokens.first() {
            self.guess = Some((Basis::Heads, *first));
            self.ahead.extend(tokens);
        }
    }

    /// Judges what the model has read by its logits, one slice for each token, where so many `answers`
    /// are written side by side; gives the text that is certain now, and how many tokens it stays with.
    pub(super) fn judge<'a>(
        &mut self,
        model: &LlamaModel,
        logits: impl Iterator<Item = &'a [f32]>,
        pace: &mut Pace,
        answers: usize,
    ) -> (String, usize) {
        let read = std::mem::take(&mut self.ahead);
        let (mut text, mut kept, mut first) = (String::new(), 0, None);
        for logits in logits {
            kept += 1;
            let Some(token) = self.choose(model, logits, &mut text) else { break };
            first = first.or(Some(token));
            if read.get(kept) != Some(&token) {
                self.ahead = vec![token];
                break;
            }
        }
        let price = match self.guess {
            Some((Basis::Heads, _)) => pace.heads_price(),
            _ => pace.price(read.len(), answers),
        };
        self.stake.settle(kept, price);
        let (guessed, right) = (read.len() - 1, kept - 1);
        self.usage.drafted += Tokens::count(guessed);
        self.usage.accepted += Tokens::count(right);
        match self.guess {
            Some((basis, _)) if guessed > 0 => pace.guessed(basis, right, guessed),
            // What was not tried is learned from all the same.
            Some((basis, guess)) => pace.guessed(basis, usize::from(first == Some(guess)), 1),
            None => {}
        }
        (text, kept)
    }

    /// The answer as far as it has come; text that was held back is in it, and given beside it.
    pub(super) fn finish(mut self) -> (String, Completion) {
        let rest = self.stream.finish();
        let stop = self.stop.unwrap_or(StopReason::Cancelled);
        let answer = Completion::new(self.stream.into_text(), stop, self.usage);
        (rest, Completion { logprob: self.logprob, ..answer })
    }

    /// Tokens that may still be written. Thoughts take nothing from the answer.
    fn left(&self) -> usize {
        let written = self.usage.completion.0 as usize;
        let said = written.saturating_sub(self.thinking.spent().0 as usize);
        self.max_tokens.saturating_sub(said).min(self.most.saturating_sub(written))
    }

    /// The next token, if the answer goes on with one that has to be read.
    fn choose(
        &mut self,
        model: &LlamaModel,
        logits: &[f32],
        text: &mut String,
    ) -> Option<LlamaToken> {
        let forced = self.forced.pop_front();
        // Neither thoughts nor what closes them have the form of the answer.
        let is_answer = forced.is_none() && !self.thinking.is_thinking();
        let token = match forced {
            Some(token) => token,
            None => self.sample(logits)?,
        };
        if model.vocab().is_eog(token) {
            self.stop = Some(StopReason::Finished);
            return None;
        }
        self.usage.completion += Tokens(1);
        if let Some(lookup) = &mut self.lookup {
            lookup.push(token);
        }
        let bytes = model.vocab().token_to_piece(token, self.shows_special, None);
        let next = self.thinking.push(&String::from_utf8_lossy(&bytes), Tokens(1));
        if self.forced.is_empty() {
            self.force(model, next);
        }
        self.rounds.push(token, &bytes);
        let (piece, stop) = match is_answer {
            true => self.stream.push(&bytes),
            false => (self.stream.pass(&bytes), None),
        };
        text.push_str(&piece);
        self.stop = stop;
        if let Some(grammar) = self.grammar.as_mut().filter(|_| is_answer && stop.is_none()) {
            if !grammar.push(token) {
                self.stop = Some(StopReason::DeadEnd);
            } else if grammar.is_complete() {
                self.stop = Some(StopReason::Finished);
            }
        }
        if self.stop.is_none() && self.left() == 0 {
            self.stop = Some(StopReason::Length);
        }
        self.stop.is_none().then_some(token)
    }

    fn sample(&mut self, logits: &[f32]) -> Option<LlamaToken> {
        let started = Instant::now();
        let grammar = self.grammar.as_mut().filter(|_| !self.thinking.is_thinking());
        let choice = match self.rounds.next() {
            Some(again) => self.sampler.choose(&without(logits, again), grammar),
            None => self.sampler.choose(logits, grammar),
        };
        self.usage.choosing_s += started.elapsed().as_secs_f64();
        let Some(choice) = choice else {
            self.stop = Some(StopReason::DeadEnd);
            return None;
        };
        self.logprob += choice.logprob;
        Some(choice.token)
    }

    fn force(&mut self, model: &LlamaModel, next: Next) {
        if let Next::Write(text) = next {
            self.forced.extend(model.vocab().tokenize(text.as_bytes(), false, true));
        }
    }
}
