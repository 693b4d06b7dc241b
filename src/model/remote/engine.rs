//! The engine whose model is a server's.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};

use serde_json::{Map, Value};

use crate::base::Tokens;
use crate::model::remote::assembly::Assembly;
use crate::model::remote::conversation::{Conversation, Outcome};
use crate::model::remote::count::{Counts, estimate};
use crate::model::remote::http::Http;
use crate::model::remote::key::Key;
use crate::model::remote::refusal::Asked;
use crate::model::remote::{Endpoint, RemoteError, Server, probe, request};
use crate::model::{
    Cancel, Completion, Delta, Engine, EngineError, ModelInfo, Prompt, Sampling, Step,
};
use crate::policy::{Permit, ReachNetwork};

/// How often a request is sent again that a server could not take.
const RETRIES: u32 = 3;
/// Requests under way at a time.
const SIDE_BY_SIDE: usize = 8;

/// A model behind a server that speaks the chat completions of OpenAI.
#[derive(Debug)]
pub struct RemoteEngine {
    info: ModelInfo,
    endpoint: Endpoint,
    server: Server,
    http: Http,
    /// For questions that no model has to think about.
    quick: Http,
    counts: Counts,
    /// Fields that the server refuses, taken out of every request.
    left_out: Mutex<Vec<Value>>,
    /// It refuses forms, so that answers are only checked.
    free: AtomicBool,
}

impl RemoteEngine {
    /// Asks the server at `endpoint` what it is, and takes it as an engine. Without anybody's word
    /// for its context it is taken to be `context`. The permit must be for this host.
    pub fn connect(
        endpoint: Endpoint,
        context: Tokens,
        permit: &Permit<ReachNetwork>,
        cancel: &Cancel,
    ) -> Result<Self, EngineError> {
        let permitted = &permit.act().host;
        if permitted != endpoint.host() {
            let (permitted, host) = (permitted.clone(), endpoint.host().to_owned());
            return Err(RemoteError::OtherHost { permitted, host }.into());
        }
        let key = endpoint.key_env.as_deref().map(Key::of_variable).transpose()?;
        Self::with_key(endpoint, context, key, cancel)
    }

    pub(super) fn with_key(
        endpoint: Endpoint,
        context: Tokens,
        key: Option<Key>,
        cancel: &Cancel,
    ) -> Result<Self, EngineError> {
        let silence = endpoint.silence.min(probe::QUICK);
        let mut hurried = endpoint.clone();
        hurried.silence = silence;
        let quick = Http::new(&hurried, key.clone());
        let http = Http::new(&endpoint, key);
        let server = probe::probe(&quick, &endpoint, &|| cancel.is_cancelled())?;
        let context = match (server.context, endpoint.context) {
            (Some(said), Some(set)) => said.min(set),
            (said, set) => said.or(set).unwrap_or(context),
        };
        let name = format!("{endpoint}#{}", server.model);
        let info = ModelInfo { name, digest: None, context };
        tracing::info!(model = %info.name, kind = server.kind.name(), %context, "a server answers");
        let (counts, left_out) = (Counts::default(), Mutex::default());
        let free = AtomicBool::new(false);
        Ok(Self { info, endpoint, server, http, quick, counts, left_out, free })
    }

    /// What the server is.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// Tokens of the texts of `prompt`. What a template adds is not among them.
    fn count_prompt(&self, prompt: &Prompt, exactly: bool) -> Tokens {
        let count = |text: &str| if exactly { self.count(text) } else { estimate(text) };
        let tools = prompt.tools.iter().map(|tool| estimate(&tool.parameters.to_string()));
        let texts = prompt.messages.iter().map(|message| count(&message.text));
        texts.chain(tools).sum::<Tokens>() + count(&prompt.prefill)
    }

    /// What is asked for, if it can fit. A server that says how much fits says no itself.
    fn asked(&self, prompt: &Prompt, sampling: &Sampling) -> Result<Asked<'_>, EngineError> {
        let says = self.server.context == Some(self.info.context);
        let mind = !says || self.server.kind.cuts_prompts();
        let asked = Asked {
            server: &self.server,
            prompt: self.count_prompt(prompt, mind),
            answer: sampling.max_tokens,
            context: self.info.context,
        };
        let Asked { prompt, answer, context, .. } = asked;
        if mind && prompt + answer > context {
            let model = self.info.name.clone();
            return Err(EngineError::ContextExceeded { model, prompt, answer, context });
        }
        Ok(asked)
    }

    fn answer(
        &self,
        prompt: &Prompt,
        sampling: &Sampling,
        stop: &dyn Fn() -> bool,
        on_delta: &mut dyn FnMut(Delta),
    ) -> Result<Completion, EngineError> {
        let started = Instant::now();
        let asked = self.asked(prompt, sampling)?;
        let conversation = Conversation { http: &self.http, endpoint: &self.endpoint, asked, stop };
        let (mut tries, mut unformed) = (0, false);
        loop {
            let mut answer = Assembly::new(self.server.kind, prompt, sampling, started);
            let body = self.body(prompt, sampling, unformed);
            match conversation.once(&body, &mut answer, on_delta)? {
                Outcome::Answered => {
                    self.free.fetch_or(unformed, Ordering::Relaxed);
                    return Ok(answer.into_completion(false, asked.prompt, on_delta));
                }
                Outcome::Cancelled => {
                    return Ok(answer.into_completion(true, asked.prompt, on_delta));
                }
                Outcome::Without(refused) => {
                    let words = self.http.shown(&refused.to_string());
                    tracing::warn!(server = %self.endpoint, words, "asking again without a field");
                    self.left_out.lock().unwrap_or_else(PoisonError::into_inner).push(refused);
                }
                Outcome::WithoutForm => {
                    tracing::warn!(server = %self.endpoint, "it refuses the form: asking without");
                    unformed = true;
                }
                Outcome::Again { error, .. } if tries == RETRIES => return Err(error),
                Outcome::Again { error, wait } => {
                    let wait = wait.unwrap_or(Duration::from_millis(250 << tries));
                    tries += 1;
                    tracing::warn!(%error, tries, wait_s = wait.as_secs_f64(), "asking again");
                    if pause(wait, stop) {
                        return Ok(answer.into_completion(true, asked.prompt, on_delta));
                    }
                }
            }
        }
    }

    fn body(&self, prompt: &Prompt, sampling: &Sampling, unformed: bool) -> Map<String, Value> {
        let mut body = request::body(&self.server, prompt, sampling);
        for refused in self.left_out.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            request::leave_out(&mut body, refused);
        }
        if unformed || self.free.load(Ordering::Relaxed) {
            request::leave_form_out(&mut body);
        }
        body
    }

    fn unreadable(&self, why: &str) -> EngineError {
        RemoteError::Unreadable { server: self.http.server(), why: self.http.shown(why) }.into()
    }
}

impl Engine for RemoteEngine {
    fn info(&self) -> &ModelInfo {
        &self.info
    }

    /// By the server's tokenizer where it has one, else an estimate: bytes by three and a half.
    fn count(&self, text: &str) -> Tokens {
        let Server { model, tokenizer, .. } = &self.server;
        self.counts.count(&self.quick, &self.endpoint, model, *tokenizer, text)
    }

    fn complete(
        &self,
        prompt: &Prompt,
        sampling: &Sampling,
        cancel: &Cancel,
        on_delta: &mut dyn FnMut(Delta),
    ) -> Result<Completion, EngineError> {
        self.answer(prompt, sampling, &|| cancel.is_cancelled(), on_delta)
    }

    /// Side by side, in requests of their own: servers share what prompts have in common.
    fn candidates(
        &self,
        prompt: &Prompt,
        samplings: &[Sampling],
        cancel: &Cancel,
        on_step: &mut dyn FnMut(usize, Step),
    ) -> Result<Vec<Completion>, EngineError> {
        let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
        let (reports, inbox) = mpsc::channel::<(usize, Result<Step, EngineError>)>();
        let work = |reports: mpsc::Sender<_>| {
            let stop = || cancel.is_cancelled() || failed.load(Ordering::Relaxed);
            while let Some((at, sampling)) = numbered(samplings, &next) {
                // The one who listens is there until all have ended.
                let tell = |step| drop(reports.send((at, step)));
                let answer =
                    self.answer(prompt, sampling, &stop, &mut |delta| tell(Ok(Step::Delta(delta))));
                failed.fetch_or(answer.is_err(), Ordering::Relaxed);
                tell(answer.map(Step::Ended));
            }
        };
        let mut answers: Vec<Option<Completion>> = samplings.iter().map(|_| None).collect();
        let mut error = None;
        std::thread::scope(|scope| {
            for _ in 0..samplings.len().min(SIDE_BY_SIDE) {
                let (work, reports) = (&work, reports.clone());
                scope.spawn(move || work(reports));
            }
            drop(reports);
            for (at, step) in inbox {
                match step {
                    Ok(step) => {
                        if let Step::Ended(answer) = &step {
                            answers[at] = Some(answer.clone());
                        }
                        on_step(at, step);
                    }
                    Err(failure) => error = error.take().or(Some(failure)),
                }
            }
        });
        match (error, answers.into_iter().collect::<Option<Vec<_>>>()) {
            (None, Some(answers)) => Ok(answers),
            (Some(error), _) => Err(error),
            (None, None) => Err(self.unreadable("an answer is missing")),
        }
    }
}

/// The next of `samplings`, which no other thread takes.
fn numbered<'s>(samplings: &'s [Sampling], next: &AtomicUsize) -> Option<(usize, &'s Sampling)> {
    let at = next.fetch_add(1, Ordering::Relaxed);
    samplings.get(at).map(|sampling| (at, sampling))
}

/// Waits; gives whether it was told to stop before or meanwhile.
fn pause(wait: Duration, stop: &dyn Fn() -> bool) -> bool {
    let until = Instant::now() + wait;
    while !stop() {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return false;
        }
        std::thread::sleep(left.min(Duration::from_millis(20)));
    }
    true
}
