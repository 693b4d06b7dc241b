//! The engine that others see: starts the thread, sends it jobs, hands out what comes back.

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use llama_cpp_2::model::LlamaModel;

use crate::base::Tokens;
use crate::model::chat::Template;
use crate::model::local::load::{self, Settings};
use crate::model::local::tokens;
use crate::model::local::worker::{Job, Report, Worker};
use crate::model::{
    Cancel, Completion, Delta, Engine, EngineError, ModelFile, ModelInfo, Prompt, Sampling,
};

/// A model in this process. Dropping it ends its thread.
pub struct LocalEngine {
    info: ModelInfo,
    template: Template,
    model: Arc<LlamaModel>,
    /// Taken on drop, which ends the thread.
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl LocalEngine {
    /// Loads the weights of `file` and waits until they can answer.
    pub fn start(file: &ModelFile, settings: Settings) -> Result<Self, EngineError> {
        let failed = |why: String| EngineError::Load { name: file.name.clone(), why };
        let path = file.path.clone();
        let (ready, loaded) = mpsc::channel();
        let (jobs, inbox) = mpsc::channel();
        let context = settings.clone();
        let thread = thread::Builder::new()
            .name("inference".into())
            .spawn(move || serve(&path, &context, &ready, &inbox))
            .map_err(|error| failed(error.to_string()))?;
        let model = loaded
            .recv()
            .unwrap_or_else(|_| Err("its thread ended while loading".into()))
            .map_err(failed)?;
        let info = ModelInfo {
            name: file.name.clone(),
            digest: file.digest,
            context: load::context_size(&model, &settings),
        };
        if model.chat_template(None).is_err() {
            tracing::warn!(model = file.name, "the model has no chat template; ChatML is used");
        }
        let template = tokens::template(&model).map_err(failed)?;
        Ok(Self { info, template, model, jobs: Some(jobs), thread: Some(thread) })
    }

    /// How many tokens `prompt` has as the model will read it.
    pub fn count_prompt(&self, prompt: &Prompt) -> Result<Tokens, EngineError> {
        let rendered = self.template.render(prompt).map_err(|why| self.failed(why))?;
        Ok(count(tokens::of_prompt(&self.model, &rendered).len()))
    }

    fn failed(&self, why: impl Into<String>) -> EngineError {
        EngineError::Failed { name: self.info.name.clone(), why: why.into() }
    }

    /// The job for `prompt`, if it fits together with its answer.
    fn job(
        &self,
        prompt: &Prompt,
        sampling: &Sampling,
        cancel: &Cancel,
        reports: Sender<Report>,
    ) -> Result<Job, EngineError> {
        let submitted = Instant::now();
        let rendered = self.template.render(prompt).map_err(|why| self.failed(why))?;
        let tokens = tokens::of_prompt(&self.model, &rendered);
        if tokens.is_empty() {
            return Err(self.failed("the prompt is empty"));
        }
        if count(tokens.len()) + sampling.max_tokens > self.info.context {
            return Err(EngineError::ContextExceeded {
                model: self.info.name.clone(),
                prompt: count(tokens.len()),
                answer: sampling.max_tokens,
                context: self.info.context,
            });
        }
        Ok(Job {
            prompt: tokens,
            prefill: prompt.prefill.clone(),
            sampling: sampling.clone(),
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
        count(tokens::of_text(&self.model, text).len())
    }

    fn complete(
        &self,
        prompt: &Prompt,
        sampling: &Sampling,
        cancel: &Cancel,
        on_delta: &mut dyn FnMut(Delta),
    ) -> Result<Completion, EngineError> {
        let (reports, inbox) = mpsc::channel();
        let job = self.job(prompt, sampling, cancel, reports)?;
        let ended = || self.failed("its thread has ended");
        let jobs = self.jobs.as_ref().ok_or_else(ended)?;
        jobs.send(job).map_err(|_| ended())?;
        for report in inbox {
            match report {
                Report::Delta(delta) => on_delta(delta),
                Report::Done(answer) => return answer.map_err(|why| self.failed(why)),
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
    path: &std::path::Path,
    settings: &Settings,
    ready: &Sender<Result<Arc<LlamaModel>, String>>,
    jobs: &Receiver<Job>,
) {
    let model = match load::weights(path, settings) {
        Ok(model) => Arc::new(model),
        Err(why) => return drop(ready.send(Err(why))),
    };
    let context = match load::context(&model, settings) {
        Ok(context) => context,
        Err(why) => return drop(ready.send(Err(why))),
    };
    let _ = ready.send(Ok(Arc::clone(&model)));
    Worker::new(&model, context).run(jobs);
}

fn count(tokens: usize) -> Tokens {
    Tokens(u32::try_from(tokens).unwrap_or(u32::MAX))
}
