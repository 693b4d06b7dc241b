//! What the inference thread does: reads prompts and writes answers, several to one prompt side by
//! side.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};
use std::time::{Duration, Instant};

use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::token::LlamaToken;

use crate::base::Tokens;
use crate::model::chat::Format;
use crate::model::local::cache::{Cells, Feed};
use crate::model::local::grammar::{Grammar, Grammars};
use crate::model::local::line::LineId;
use crate::model::local::load::MAX_BATCH;
use crate::model::local::pace::Pace;
use crate::model::local::sampler::likeliest;
use crate::model::local::writer::{Read, Writer};
use crate::model::{
    Cancel, Clock, Completion, Delta, Load, Sampling, Speed, Step, StopReason, Usage,
};

/// More answers are written in turns: the kernels gain little from more side by side.
const MOST_AT_ONCE: usize = 8;
/// Most tokens that are guessed at once.
const MOST_GUESSED: usize = 47;
/// How many batches are measured, and behind how many tokens.
const BATCHES: usize = 5;
const BATCH_BEHIND: usize = 64;
/// Whoever has read so much writes it to disk at once and not only at the end.
const DEAR: u32 = 1024;

/// Tokens that open and close thoughts, at most.
pub(super) const AROUND_THOUGHTS: usize = 16;

/// Answers that somebody waits for.
pub(super) struct Job {
    /// The whole prompt; with the longest answer it fits the context.
    pub(super) prompt: Vec<LlamaToken>,
    /// So many of its tokens the next prompt will probably begin with: where states cannot lose their
    /// ends, one is kept there.
    pub(super) likely: usize,
    /// Tokens of the context that are left behind it.
    pub(super) left: usize,
    /// What the answers begin with, already part of the prompt.
    pub(super) prefill: String,
    /// How the model writes, and whether it begins amid thoughts.
    pub(super) format: Format,
    pub(super) in_reasoning: bool,
    /// One for each answer, with what it may think if the model can.
    pub(super) samplings: Vec<Sampling>,
    pub(super) cancel: Cancel,
    pub(super) reports: Sender<Report>,
    pub(super) submitted: Instant,
}

/// What the thread is asked for.
pub(super) enum Task {
    Answer(Job),
    Measure(Load, Sender<Result<Speed, String>>),
    /// Seconds of a batch that writes so many tokens.
    Batch(usize, Sender<Result<f64, String>>),
}

/// What the thread says about a job.
pub(super) enum Report {
    Step(usize, Step),
    /// The last word: that all answers have ended, or why they have not.
    Done(Result<(), String>),
}

/// Owns the context.
pub(super) struct Worker<'m> {
    model: &'m Arc<LlamaModel>,
    cells: Cells<'m>,
    pace: Pace,
    /// So many tokens are guessed at once.
    most_guessed: usize,
    /// Made when the first form is asked for.
    grammars: Option<Grammars>,
}

/// The prompt is read.
struct Ready {
    line: LineId,
    /// Where the logits behind its last token are.
    logits: usize,
    usage: Usage,
}

/// Ends a job before its time.
enum Halt {
    Cancelled,
    Failed(String),
}

impl From<String> for Halt {
    fn from(why: String) -> Self {
        Self::Failed(why)
    }
}

impl<'m> Worker<'m> {
    pub(super) fn new(
        model: &'m Arc<LlamaModel>,
        cells: Cells<'m>,
        guess: bool,
        costs: &[(usize, u64)],
    ) -> Self {
        let most_guessed = if guess { MOST_GUESSED.min(cells.most_taken_back()) } else { 0 };
        Self { model, cells, pace: Pace::knowing(costs), grammars: None, most_guessed }
    }

    /// Does jobs until nobody can send any more.
    pub(super) fn run(&mut self, tasks: &Receiver<Task>) {
        while let Ok(task) = tasks.recv() {
            // Whoever asked may be gone; that is their business.
            match task {
                Task::Answer(job) => {
                    let answers = self.guarded(|worker| worker.answer(&job));
                    let _ = job.reports.send(Report::Done(answers));
                }
                Task::Measure(load, reports) => {
                    let _ = reports.send(self.guarded(|worker| worker.measure(load)));
                }
                Task::Batch(tokens, reports) => {
                    let _ = reports.send(self.guarded(|worker| worker.batch(tokens)));
                }
            }
        }
        self.cells.save_all();
    }

    /// A panic ends one task and not the session; nobody knows what the context holds then.
    fn guarded<T>(
        &mut self,
        task: impl FnOnce(&mut Self) -> Result<T, String>,
    ) -> Result<T, String> {
        let done = catch_unwind(AssertUnwindSafe(|| task(self)));
        let done = done.unwrap_or_else(|_| Err("it panicked".to_owned()));
        if done.is_err() {
            self.cells.clear();
        }
        done
    }

    fn measure(&mut self, load: Load) -> Result<Speed, String> {
        self.cells.clear();
        let vocabulary = self.model.vocab().n_tokens().max(1);
        let token = |at: u32| {
            LlamaToken((at.wrapping_mul(7919) % vocabulary.cast_unsigned()).cast_signed())
        };
        let prompt: Vec<LlamaToken> = (0..load.prompt.0).map(token).collect();
        let line = self.cells.begin(&prompt, load.written.0 as usize)?.line;
        let clock = Clock::start();
        for chunk in prompt.chunks(MAX_BATCH as usize) {
            self.cells.decode(&[Feed { line, tokens: chunk, all_logits: false }])?;
        }
        let (prompt_s, prompt_cpu_s) = (clock.wall_s(), clock.cpu_s());
        let clock = Clock::start();
        for at in 0..load.written.0 {
            let tokens = [token(load.prompt.0 + at)];
            let places = self.cells.decode(&[Feed { line, tokens: &tokens, all_logits: true }])?;
            likeliest(self.cells.logits(places.first().map_or(0, |it| it.start)));
        }
        let (written_s, written_cpu_s) = (clock.wall_s(), clock.cpu_s());
        self.cells.clear();
        Ok(Speed {
            prompt: load.prompt,
            prompt_s,
            prompt_cpu_s,
            written: load.written,
            written_s,
            written_cpu_s,
        })
    }

    /// The quickest of a few batches that write, behind a short prompt: what others disturbed is longer.
    fn batch(&mut self, tokens: usize) -> Result<f64, String> {
        self.cells.clear();
        let vocabulary = self.model.vocab().n_tokens().max(1);
        let token =
            |at: usize| LlamaToken((at * 7919 % vocabulary.cast_unsigned() as usize) as i32);
        let all: Vec<LlamaToken> = (0..BATCH_BEHIND + BATCHES * tokens).map(token).collect();
        let (prompt, batches) = all.split_at(BATCH_BEHIND);
        let line = self.cells.begin(prompt, batches.len())?.line;
        self.cells.decode(&[Feed { line, tokens: prompt, all_logits: false }])?;
        let mut times = Vec::new();
        for tokens in batches.chunks(tokens.max(1)) {
            let clock = Clock::start();
            for places in self.cells.decode(&[Feed { line, tokens, all_logits: true }])? {
                for place in places {
                    likeliest(self.cells.logits(place));
                }
            }
            times.push(clock.wall_s());
        }
        self.cells.clear();
        Ok(times.into_iter().fold(f64::INFINITY, f64::min))
    }

    fn answer(&mut self, job: &Job) -> Result<(), String> {
        let grammars = job.samplings.iter().map(|it| self.grammar(it));
        let mut grammars: Vec<Option<Grammar>> = grammars.collect::<Result<_, String>>()?;
        while !grammars.is_empty() {
            let first = job.samplings.len() - grammars.len();
            let turn = grammars.drain(..self.turn(job, first)).collect();
            self.write_turn(job, first, turn)?;
        }
        Ok(())
    }

    /// How many answers from `first` on can be written side by side.
    fn turn(&self, job: &Job, first: usize) -> usize {
        let mut room = self.cells.size().saturating_sub(job.prompt.len());
        let fits = |sampling: &&Sampling| {
            let wanted = job.room(sampling);
            let fits = wanted <= room;
            room = room.saturating_sub(wanted);
            fits
        };
        // A line of its own for each; a recurrent model has few.
        let most = MOST_AT_ONCE.min(self.cells.most_lines());
        let fitting = job.samplings[first..].iter().take(most).take_while(fits).count();
        fitting.max(1)
    }

    fn grammar(&mut self, sampling: &Sampling) -> Result<Option<Grammar>, String> {
        let Some(form) = &sampling.form else { return Ok(None) };
        if self.grammars.is_none() {
            self.grammars = Some(Grammars::new(Arc::clone(self.model))?);
        }
        self.grammars.as_ref().map(|grammars| grammars.compile(form)).transpose()
    }

    /// Writes answers from number `first` on, one for each of `grammars`.
    fn write_turn(
        &mut self,
        job: &Job,
        first: usize,
        grammars: Vec<Option<Grammar>>,
    ) -> Result<(), String> {
        let samplings = &job.samplings[first..first + grammars.len()];
        let room = samplings.iter().map(|it| job.room(it)).sum();
        let ready = match self.read(job, first, room) {
            Ok(ready) => ready,
            Err((Halt::Cancelled, usage)) => {
                for i in 0..samplings.len() {
                    let stop = StopReason::Cancelled;
                    job.end(first + i, Completion::new(job.prefill.clone(), stop, usage));
                }
                return Ok(());
            }
            Err((Halt::Failed(why), _)) => return Err(why),
        };
        let read = Read::new(self.model, &job.prompt, self.most_guessed);
        let mut writers = Vec::new();
        for (i, (sampling, grammar)) in samplings.iter().zip(grammars).enumerate() {
            let is_last = i + 1 == samplings.len();
            let line = match is_last {
                true => ready.line,
                false => self.cells.branch(ready.line, job.prompt.len())?,
            };
            writers.push((first + i, Writer::new(line, job, sampling, grammar, &read)));
        }
        self.write(job, &ready, writers)?;
        if ready.usage.prompt.saturating_sub(ready.usage.cached).0 >= DEAR {
            self.cells.save(ready.line);
        }
        Ok(())
    }

    /// Brings a line of the context to the end of the prompt, with room for so many tokens more.
    fn read(&mut self, job: &Job, first: usize, room: usize) -> Result<Ready, (Halt, Usage)> {
        let mut usage = Usage { prompt: Tokens::count(job.prompt.len()), ..Usage::default() };
        self.cells.follow(job.samplings.len() == 1 && self.pace.asks_heads());
        let started = Instant::now();
        let begun = self.cells.begin(&job.prompt, room).map_err(|why| (why.into(), usage))?;
        usage.cached = Tokens::count(begun.held);
        usage.restored = Tokens::count(begun.restored);
        let (mut at, mut logits) = (begun.held, 0);
        job.reading(first, at);
        while at < job.prompt.len() {
            if self.cells.is_whole_only() && at == job.likely && at > begun.held {
                let kept = self.cells.branch(begun.line, at).map_err(|why| (why.into(), usage))?;
                self.cells.touch(kept);
            }
            let end = (at + self.pace.batch()).min(job.prompt.len());
            // A batch ends where a state is kept.
            let end = if (at + 1..end).contains(&job.likely) { job.likely } else { end };
            let feed = Feed { line: begun.line, tokens: &job.prompt[at..end], all_logits: false };
            let before = Instant::now();
            let read = match job.cancel.is_cancelled() {
                true => Ok(None),
                false => self.cells.decode_until(&[feed], &job.cancel),
            };
            let Some(places) = read.map_err(|why| (why.into(), usage))? else {
                usage.prompt_s = seconds(started.elapsed());
                return Err((Halt::Cancelled, usage));
            };
            self.pace.learn(end - at, before.elapsed());
            logits = places.last().map_or(0, |places| places.start);
            at = end;
            job.reading(first, at);
        }
        usage.prompt_s = seconds(started.elapsed());
        usage.saved_s = begun.held as f64 * self.pace.reading_s();
        Ok(Ready { line: begun.line, logits, usage })
    }

    /// Writes all answers, token by token, or faster where what comes next can be guessed; each is
    /// handed over as soon as it has ended.
    fn write(
        &mut self,
        job: &Job,
        ready: &Ready,
        mut writers: Vec<(usize, Writer)>,
    ) -> Result<(), String> {
        let started = Instant::now();
        for (i, (answer, writer)) in writers.iter_mut().enumerate() {
            job.say(*answer, job.prefill.clone());
            let text = writer.begin(self.model, self.cells.logits(ready.logits));
            let shared = Usage { cached: ready.usage.prompt, prompt_s: 0.0, ..ready.usage };
            let usage = if i == 0 { ready.usage } else { shared };
            let first_token_s = seconds(job.submitted.elapsed());
            writer.usage = Usage { completion: writer.usage.completion, first_token_s, ..usage };
            job.say(*answer, text);
        }
        loop {
            let ended = writers.extract_if(.., |(_, writer)| !writer.is_alive());
            ended.for_each(|(answer, writer)| job.finish(answer, writer));
            if writers.is_empty() || job.cancel.is_cancelled() {
                break;
            }
            let answers = writers.len();
            for (_, writer) in &mut writers {
                writer.guess(&self.pace, answers);
            }
            if let [(_, writer)] = &mut writers[..] {
                self.ask_heads(writer);
            }
            let feed = |(_, writer): &(usize, Writer)| (writer.line, writer.ahead().to_vec());
            let fed: Vec<_> = writers.iter().map(feed).collect();
            let feeds: Vec<_> = fed
                .iter()
                .map(|(line, tokens)| Feed { line: *line, tokens, all_logits: true })
                .collect();
            let before = Instant::now();
            let Some(places) = self.cells.decode_until(&feeds, &job.cancel)? else { break };
            self.pace.wrote(places.iter().map(ExactSizeIterator::len).sum(), before.elapsed());
            for ((answer, writer), places) in writers.iter_mut().zip(places) {
                let read = places.len();
                let logits = places.map(|place| self.cells.logits(place));
                let (text, kept) = writer.judge(self.model, logits, &mut self.pace, answers);
                self.cells.take_back(writer.line, read - kept);
                writer.usage.completion_s = seconds(started.elapsed());
                job.step(*answer, Step::Delta(Delta::Written(writer.usage.completion)));
                job.say(*answer, text);
            }
        }
        writers.into_iter().for_each(|(answer, writer)| job.finish(answer, writer));
        Ok(())
    }

    /// Has the heads of the model guess where nothing else is guessed.
    fn ask_heads(&mut self, writer: &mut Writer) {
        let last = writer.at_a_loss(&self.pace).filter(|_| self.pace.asks_heads());
        let Some(last) = last else { return };
        let before = Instant::now();
        let guess = self.cells.ask_heads(writer.line, last);
        if !guess.is_empty() {
            self.pace.asked_heads(before.elapsed());
            writer.take_guess(&guess);
        }
    }
}

impl Job {
    /// Most tokens of an answer with its thoughts, which take nothing from it.
    pub(super) fn room(&self, sampling: &Sampling) -> usize {
        let thoughts = sampling.thinking.map_or(0, |most| most.0 as usize + AROUND_THOUGHTS);
        (sampling.max_tokens.0 as usize + thoughts).min(self.left)
    }

    fn reading(&self, first: usize, done: usize) {
        let total = Tokens::count(self.prompt.len());
        self.step(first, Step::Delta(Delta::Reading { done: Tokens::count(done), total }));
    }

    fn say(&self, answer: usize, text: String) {
        if !text.is_empty() {
            self.step(answer, Step::Delta(Delta::Text(text)));
        }
    }

    /// Hands over what a writer has written.
    fn finish(&self, answer: usize, writer: Writer) {
        let (rest, completion) = writer.finish();
        self.say(answer, rest);
        self.end(answer, completion);
    }

    fn end(&self, answer: usize, completion: Completion) {
        self.step(answer, Step::Ended(completion));
    }

    fn step(&self, answer: usize, step: Step) {
        let _ = self.reports.send(Report::Step(answer, step));
    }
}

fn seconds(time: Duration) -> f64 {
    time.as_secs_f64()
}
