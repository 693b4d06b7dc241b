//! The engine that others see: starts the thread, sends it jobs, hands out what comes back.

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::token::LlamaToken;

use crate::base::Tokens;
use crate::model::chat::Template;
use crate::model::engine::only_one;
use crate::model::local::cache::{Cells, Key, Limits, Saved};
use crate::model::local::load::{self, MAX_BATCH, Settings};
use crate::model::local::options::Thoughts;
use crate::model::local::prepare::Prepared;
use crate::model::local::reading::Reading;
use crate::model::local::tokens;
use crate::model::local::worker::{AROUND_THOUGHTS, Job, Report, Task, Worker};
use crate::model::{
    Cancel, Completion, Delta, Engine, EngineError, Load, ModelFile, ModelInfo, Prompt, Sampling,
    Speed, Step,
};

/// A model in this process. Dropping it ends its thread.
pub struct LocalEngine {
    info: ModelInfo,
    template: Template,
    thoughts: Thoughts,
    model: Arc<LlamaModel>,
    /// Taken on drop, which ends the thread.
    jobs: Option<Sender<Task>>,
    thread: Option<JoinHandle<()>>,
}

impl LocalEngine {
    /// Loads the weights of `file` and waits until they can answer.
    pub fn start(file: &ModelFile, settings: Settings) -> Result<Self, EngineError> {
        let failed = |why: String| EngineError::Load { name: file.name.clone(), why };
        let prepared = Prepared::new(file, &settings)?;
        let (context, thoughts) = (prepared.plan.context, settings.thoughts);
        let (ready, loaded) = mpsc::channel();
        let (jobs, inbox) = mpsc::channel();
        let model_file = file.clone();
        let thread = thread::Builder::new()
            .name("inference".into())
            .spawn(move || serve(&model_file, &settings, &prepared, &ready, &inbox))
            .map_err(|error| failed(error.to_string()))?;
        let model = loaded
            .recv()
            .unwrap_or_else(|_| Err("its thread ended while loading".into()))
            .map_err(failed)?;
        let info = ModelInfo { name: file.name.clone(), digest: file.digest, context };
        if model.chat_template(None).is_err() {
            tracing::warn!(model = file.name, "the model has no chat template; ChatML is used");
        }
        let template = tokens::template(&model).map_err(failed)?;
        Ok(Self { info, template, thoughts, model, jobs: Some(jobs), thread: Some(thread) })
    }

    /// How many tokens `prompt` has as the model will read it.
    pub fn count_prompt(&self, prompt: &Prompt) -> Result<Tokens, EngineError> {
        let rendered = self.template.render(prompt).map_err(|why| self.failed(why))?;
        Ok(Tokens::count(tokens::of_prompt(&self.model, &rendered).len()))
    }

    /// Measures how fast it reads and writes; what it has read before is forgotten.
    pub fn measure(&self, load: Load) -> Result<Speed, EngineError> {
        let (prompt, answer) = (load.prompt, load.written);
        if prompt + answer > self.info.context {
            let (model, context) = (self.info.name.clone(), self.info.context);
            return Err(EngineError::ContextExceeded { model, prompt, answer, context });
        }
        let (report, measured) = mpsc::channel();
        let ended = || self.failed("its thread has ended");
        let jobs = self.jobs.as_ref().ok_or_else(ended)?;
        jobs.send(Task::Measure(load, report)).map_err(|_| ended())?;
        measured.recv().map_err(|_| ended())?.map_err(|why| self.failed(why))
    }

    /// Measures the seconds of a batch that writes so many tokens, at most 512; what it has read before
    /// is forgotten.
    pub fn measure_batch(&self, tokens: usize) -> Result<f64, EngineError> {
        let (report, measured) = mpsc::channel();
        let ended = || self.failed("its thread has ended");
        let jobs = self.jobs.as_ref().ok_or_else(ended)?;
        jobs.send(Task::Batch(tokens.clamp(1, MAX_BATCH as usize), report)).map_err(|_| ended())?;
        measured.recv().map_err(|_| ended())?.map_err(|why| self.failed(why))
    }

    fn failed(&self, why: impl Into<String>) -> EngineError {
        EngineError::Failed { name: self.info.name.clone(), why: why.into() }
    }

    /// How many of `tokens`, which are those of `prompt`, the next prompt will probably begin with: all
    /// but the beginning of an answer. Only where no other line could be of use is that worth finding out.
    fn likely(&self, prompt: &Prompt, tokens: &[LlamaToken]) -> usize {
        let all = tokens.len().saturating_sub(1);
        if prompt.prefill.is_empty() || !load::is_recurrent(&self.model) {
            return all;
        }
        let without = Prompt { prefill: String::new(), ..prompt.clone() };
        let Ok(rendered) = self.template.render(&without) else { return all };
        let without = tokens::of_prompt(&self.model, &rendered);
        let same = without.iter().zip(tokens).take_while(|(a, b)| a == b).count();
        // The last token of a prompt is always read.
        same.min(without.len().saturating_sub(1)).min(all)
    }

    /// The job for `prompt`, if it fits together with the longest of its answers.
    fn job(
        &self,
        prompt: &Prompt,
        samplings: &[Sampling],
        cancel: &Cancel,
        reports: Sender<Report>,
    ) -> Result<Job, EngineError> {
        let submitted = Instant::now();
        let rendered = self.template.render(prompt).map_err(|why| self.failed(why))?;
        let tokens = tokens::of_prompt(&self.model, &rendered);
        let format = self.template.format(prompt);
        if tokens.is_empty() {
            return Err(self.failed("the prompt is empty"));
        }
        let answer = samplings.iter().map(|it| it.max_tokens).max().unwrap_or_default();
        if Tokens::count(tokens.len()) + answer > self.info.context {
            return Err(EngineError::ContextExceeded {
                model: self.info.name.clone(),
                prompt: Tokens::count(tokens.len()),
                answer,
                context: self.info.context,
            });
        }
        let in_reasoning = format.begins_in_reasoning(&rendered.text);
        let left = (self.info.context.0 as usize).saturating_sub(tokens.len());
        let room = left.saturating_sub(answer.0 as usize + AROUND_THOUGHTS);
        let samplings = samplings.iter().map(|sampling| {
            let most = self.thoughts.before(prompt, sampling, in_reasoning);
            let thinking = most.min(Tokens::count(room));
            Sampling { thinking: format.has_reasoning().then_some(thinking), ..sampling.clone() }
        });
        Ok(Job {
            samplings: samplings.collect(),
            likely: self.likely(prompt, &tokens),
            prompt: tokens,
            left,
            in_reasoning,
            format,
            prefill: prompt.prefill.clone(),
            cancel: cancel.clone(),
            reports,
            submitted,
        })
    }
}

impl Engine for LocalEngine {
    fn info(&self) -> &ModelInfo {
        &self.info
    }

    fn count(&self, text: &str) -> Tokens {
        Tokens::count(tokens::of_text(&self.model, text).len())
    }

    fn complete(
        &self,
        prompt: &Prompt,
        sampling: &Sampling,
        cancel: &Cancel,
        on_delta: &mut dyn FnMut(Delta),
    ) -> Result<Completion, EngineError> {
        only_one(self, prompt, sampling, cancel, on_delta)
    }

    fn candidates(
        &self,
        prompt: &Prompt,
        samplings: &[Sampling],
        cancel: &Cancel,
        on_step: &mut dyn FnMut(usize, Step),
    ) -> Result<Vec<Completion>, EngineError> {
        let (reports, inbox) = mpsc::channel();
        let job = self.job(prompt, samplings, cancel, reports)?;
        let reading = || Reading::new(&job.format, prompt, job.in_reasoning);
        let mut readings: Vec<_> = samplings.iter().map(|_| Some(reading())).collect();
        let mut answers: Vec<Option<Completion>> = samplings.iter().map(|_| None).collect();
        let ended = || self.failed("its thread has ended");
        let jobs = self.jobs.as_ref().ok_or_else(ended)?;
        jobs.send(Task::Answer(job)).map_err(|_| ended())?;
        for report in inbox {
            match report {
                Report::Step(at, Step::Delta(Delta::Text(text))) => {
                    let deltas = readings[at].as_mut().map(|reading| reading.push(text));
                    deltas.into_iter().flatten().for_each(|it| on_step(at, Step::Delta(it)));
                }
                Report::Step(at, Step::Delta(delta)) => on_step(at, Step::Delta(delta)),
                Report::Step(at, Step::Ended(raw)) => {
                    let Some(reading) = readings[at].take() else { continue };
                    let (deltas, answer) = reading.finish(raw);
                    deltas.into_iter().for_each(|it| on_step(at, Step::Delta(it)));
                    on_step(at, Step::Ended(answer.clone()));
                    answers[at] = Some(answer);
                }
                Report::Done(Ok(())) => {
                    let answers = answers.into_iter().collect::<Option<_>>();
                    return answers.ok_or_else(|| self.failed("an answer is missing"));
                }
                Report::Done(Err(why)) => return Err(self.failed(why)),
            }
        }
        Err(ended())
    }
}

impl Drop for LocalEngine {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has already said so.
            let _ = thread.join();
        }
    }
}

/// The whole life of the inference thread: load, say so, answer until the engine is dropped.
fn serve(
    file: &ModelFile,
    settings: &Settings,
    prepared: &Prepared,
    ready: &Sender<Result<Arc<LlamaModel>, String>>,
    jobs: &Receiver<Task>,
) {
    let (model, mut adapter) = match prepared.weights(file) {
        Ok(weights) => (Arc::new(weights.model), weights.adapter),
        Err(why) => return drop(ready.send(Err(why))),
    };
    let context = match prepared.context(&model, adapter.as_mut()) {
        Ok(context) => context,
        Err(why) => return drop(ready.send(Err(why))),
    };
    let _ = ready.send(Ok(Arc::clone(&model)));
    let cells = Cells::new(context, saved(file, settings, prepared), &model, Limits::default())
        .with(prepared.layouts(&model));
    Worker::new(&model, cells, settings.guess, &settings.costs).run(jobs);
}

/// What earlier processes have read. Without it everything is read again, which is only slow.
fn saved(file: &ModelFile, settings: &Settings, prepared: &Prepared) -> Option<Saved> {
    let folder = settings.cache.as_ref()?;
    let key = Key::of(file, &prepared.shape());
    let saved = key.and_then(|key| Saved::open(folder, &key, settings.cache_limit));
    saved.inspect_err(|error| tracing::warn!(%error, "what the model reads is not kept")).ok()
}
