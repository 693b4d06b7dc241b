//! What the inference thread does: reads a prompt, writes an answer, keeps what it has read.
//!
//! The keys and values of the last prompt and answer stay in the context. The next prompt is read
//! from the first token in which it differs, so prompts that begin alike cost only their ends.

use std::sync::mpsc::{Receiver, Sender};
use std::time::{Duration, Instant};

use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::token::LlamaToken;

use crate::base::Tokens;
use crate::model::local::load::MAX_BATCH;
use crate::model::local::pace::Pace;
use crate::model::local::sampler::sampler;
use crate::model::stream::TextStream;
use crate::model::{Cancel, Completion, Delta, Sampling, StopReason, Usage};

/// The one sequence that the context holds.
const SEQUENCE: i32 = 0;

/// One answer that somebody waits for.
pub(super) struct Job {
    /// The whole prompt; with the answer it fits the context.
    pub(super) prompt: Vec<LlamaToken>,
    /// What the answer begins with, already part of the prompt.
    pub(super) prefill: String,
    pub(super) sampling: Sampling,
    pub(super) cancel: Cancel,
    pub(super) reports: Sender<Report>,
    pub(super) submitted: Instant,
}

/// What the thread says about a job.
pub(super) enum Report {
    Delta(Delta),
    /// The last word: the answer, or why there is none.
    Done(Result<Completion, String>),
}

/// Owns the context.
pub(super) struct Worker<'m> {
    model: &'m LlamaModel,
    context: LlamaContext<'m>,
    batch: LlamaBatch<'static>,
    pace: Pace,
    /// Tokens whose keys and values the context holds, from position 0.
    held: Vec<LlamaToken>,
}

/// Ends an answer before its time.
enum Halt {
    Cancelled,
    Failed(String),
}

impl<'m> Worker<'m> {
    pub(super) fn new(model: &'m LlamaModel, context: LlamaContext<'m>) -> Self {
        let batch = LlamaBatch::new(MAX_BATCH as usize, 1);
        Self { model, context, batch, pace: Pace::new(), held: Vec::new() }
    }

    /// Answers jobs until nobody can send any more.
    pub(super) fn run(&mut self, jobs: &Receiver<Job>) {
        while let Ok(job) = jobs.recv() {
            let answer = self.answer(&job);
            // Whoever asked may be gone; that is their business.
            let _ = job.reports.send(Report::Done(answer));
        }
    }

    fn answer(&mut self, job: &Job) -> Result<Completion, String> {
        let mut usage = Usage { prompt: count(job.prompt.len()), ..Usage::default() };
        let mut stream = TextStream::new(&job.prefill, &job.sampling.stop);
        let started = Instant::now();
        let read = self.read(job, &mut usage);
        usage.prompt_s = seconds(started.elapsed());
        let written = read.and_then(|()| self.write(job, &mut stream, &mut usage));
        let stop = match written {
            Ok(stop) => stop,
            Err(Halt::Cancelled) => StopReason::Cancelled,
            Err(Halt::Failed(why)) => {
                self.forget(0);
                return Err(why);
            }
        };
        let rest = stream.finish();
        job.say(rest);
        Ok(Completion { text: stream.into_text(), stop, usage })
    }

    /// Brings the context to the end of the prompt.
    fn read(&mut self, job: &Job, usage: &mut Usage) -> Result<(), Halt> {
        // The last token is always read again: its logits choose the first token of the answer.
        let same = self.held.iter().zip(&job.prompt).take_while(|(a, b)| a == b).count();
        let kept = self.forget(same.min(job.prompt.len().saturating_sub(1)));
        usage.cached = count(kept);
        job.reading(kept);
        while self.held.len() < job.prompt.len() {
            job.check_cancel()?;
            let end = (self.held.len() + self.pace.batch()).min(job.prompt.len());
            let chunk = &job.prompt[self.held.len()..end];
            let started = Instant::now();
            self.decode(chunk)?;
            self.pace.learn(chunk.len(), started.elapsed());
            job.reading(end);
        }
        Ok(())
    }

    /// Writes the answer, token by token.
    fn write(
        &mut self,
        job: &Job,
        stream: &mut TextStream,
        usage: &mut Usage,
    ) -> Result<StopReason, Halt> {
        let mut sampler = sampler(&job.sampling);
        let started = Instant::now();
        job.say(job.prefill.clone());
        while usage.completion < job.sampling.max_tokens {
            job.check_cancel()?;
            let token = sampler.sample(&self.context, -1);
            if usage.completion == Tokens(0) {
                usage.first_token_s = seconds(job.submitted.elapsed());
            }
            if self.model.vocab().is_eog(token) {
                return Ok(StopReason::Finished);
            }
            usage.completion += Tokens(1);
            let (text, stop) = stream.push(&self.model.vocab().token_to_piece(token, false, None));
            job.say(text);
            usage.completion_s = seconds(started.elapsed());
            if let Some(stop) = stop {
                return Ok(stop);
            }
            self.decode(&[token])?;
        }
        Ok(StopReason::Length)
    }

    /// Runs `tokens` through the model behind those that are held.
    fn decode(&mut self, tokens: &[LlamaToken]) -> Result<(), Halt> {
        let failed = |why: &dyn std::fmt::Display| Halt::Failed(format!("llama.cpp: {why}"));
        self.batch.clear();
        for (i, token) in tokens.iter().enumerate() {
            let position = i32::try_from(self.held.len() + i).map_err(|error| failed(&error))?;
            let last = i + 1 == tokens.len();
            self.batch.add(*token, position, &[SEQUENCE], last).map_err(|error| failed(&error))?;
        }
        self.context.decode(&mut self.batch).map_err(|error| failed(&error))?;
        self.held.extend_from_slice(tokens);
        Ok(())
    }

    /// Drops all but the first `keep` tokens from the context; gives how many are really kept,
    /// which is none where a model cannot take back a part (recurrent models cannot).
    fn forget(&mut self, keep: usize) -> usize {
        let from = u32::try_from(keep).unwrap_or(0);
        let partly = self.context.kv_cache_seq_rm(SEQUENCE, Some(from), None);
        if keep == 0 || partly.is_err() {
            self.context.clear_kv_cache();
            self.held.clear();
        }
        self.held.truncate(keep);
        self.held.len()
    }
}

impl Job {
    fn check_cancel(&self) -> Result<(), Halt> {
        if self.cancel.is_cancelled() { Err(Halt::Cancelled) } else { Ok(()) }
    }

    fn reading(&self, done: usize) {
        let total = count(self.prompt.len());
        let _ = self.reports.send(Report::Delta(Delta::Reading { done: count(done), total }));
    }

    fn say(&self, text: String) {
        if !text.is_empty() {
            let _ = self.reports.send(Report::Delta(Delta::Text(text)));
        }
    }
}

fn count(tokens: usize) -> Tokens {
    Tokens(u32::try_from(tokens).unwrap_or(u32::MAX))
}

fn seconds(time: Duration) -> f64 {
    time.as_secs_f64()
}
