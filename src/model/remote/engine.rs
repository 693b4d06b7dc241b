//! The engine whose model is a server's.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};

use serde_json::{Map, Value};

use crate::base::Tokens;
use crate::model::remote::assembly::{Assembly, TooLong};
use crate::model::remote::count::{Counts, estimate};
use crate::model::remote::event::{self, Read};
use crate::model::remote::http::{Exchange, Head, Http, Next};
use crate::model::remote::key::Key;
use crate::model::remote::refusal::{self, Asked};
use crate::model::remote::sse::Events;
use crate::model::remote::{Endpoint, RemoteError, Server, probe, request};
use crate::model::{
    Cancel, Completion, Delta, Engine, EngineError, ModelInfo, Prompt, Sampling, Step,
};
use crate::policy::{Permit, ReachNetwork};

/// How often a request is sent again that a server could not take.
const RETRIES: u32 = 3;
/// Longest wait that a server may ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// How long to wait for a server that has ended an answer to say what it counted.
const LINGER: Duration = Duration::from_secs(2);
/// Requests under way at a time.
const SIDE_BY_SIDE: usize = 8;
/// Bytes of a refusal that are read.
const REFUSAL: usize = 64 << 10;
/// Bytes of an answer that comes whole, and none of a stream.
const WHOLE: usize = 64 << 20;

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
}

/// How one request went.
enum Outcome {
    Answered,
    Cancelled,
    /// It may be sent again after a while.
    Again {
        error: EngineError,
        wait: Option<Duration>,
    },
    /// It may be sent again without what the server refuses.
    Without(Value),
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
        Ok(Self { info, endpoint, server, http, quick, counts, left_out })
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
        let mut tries = 0;
        loop {
            let mut answer = Assembly::new(self.server.kind, prompt, sampling, started);
            let body = self.body(prompt, sampling);
            match self.once(&body, &asked, &mut answer, stop, on_delta)? {
                Outcome::Answered => {
                    return Ok(answer.into_completion(false, asked.prompt, on_delta));
                }
                Outcome::Cancelled => {
                    return Ok(answer.into_completion(true, asked.prompt, on_delta));
                }
                Outcome::Without(refused) => {
                    tracing::warn!(server = %self.endpoint, %refused, "asking again without");
                    self.left_out.lock().unwrap_or_else(PoisonError::into_inner).push(refused);
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

    fn body(&self, prompt: &Prompt, sampling: &Sampling) -> Map<String, Value> {
        let mut body = request::body(&self.server, prompt, sampling);
        for refused in self.left_out.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            request::leave_out(&mut body, refused);
        }
        body
    }

    /// Sends one request and takes what comes.
    fn once(
        &self,
        body: &Map<String, Value>,
        asked: &Asked<'_>,
        answer: &mut Assembly<'_>,
        stop: &dyn Fn() -> bool,
        on_delta: &mut dyn FnMut(Delta),
    ) -> Result<Outcome, EngineError> {
        if stop() {
            return Ok(Outcome::Cancelled);
        }
        let url = self.endpoint.api("chat/completions");
        let bytes = serde_json::to_vec(body).unwrap_or_default();
        let mut exchange = self.http.send(&url, Some(bytes));
        let head = match exchange.head(stop) {
            Ok(Next::Came(head)) => head,
            Ok(Next::Stopped) => return Ok(Outcome::Cancelled),
            Err(error @ (RemoteError::Refused { .. } | RemoteError::Lost { .. })) => {
                return Ok(Outcome::Again { error: error.into(), wait: None });
            }
            Err(error) => return Err(error.into()),
        };
        if !(200..300).contains(&head.status) {
            return self.refused(body, asked, &head, &mut exchange, stop);
        }
        if head.kind.contains("html") {
            return Err(self.no_api(&head, b"<"));
        }
        if head.kind.contains("json") {
            let Next::Came(whole) = exchange.rest(WHOLE, stop)? else {
                return Ok(Outcome::Cancelled);
            };
            self.take(&whole, asked, answer, on_delta)?;
            return self.ended(answer, &whole, &head);
        }
        self.stream(&head, asked, &mut exchange, answer, stop, on_delta)
    }

    /// Reads a stream to its end, or to where it need not be read on.
    fn stream(
        &self,
        head: &Head,
        asked: &Asked<'_>,
        exchange: &mut Exchange<'_>,
        answer: &mut Assembly<'_>,
        stop: &dyn Fn() -> bool,
        on_delta: &mut dyn FnMut(Delta),
    ) -> Result<Outcome, EngineError> {
        let mut events = Events::default();
        let mut begin: Vec<u8> = Vec::new();
        let mut ended: Option<Instant> = None;
        loop {
            let lingers = ended.is_some_and(|ended| ended.elapsed() > LINGER);
            let bytes =
                match exchange.bytes(&|| stop() || ended.is_some_and(|it| it.elapsed() > LINGER)) {
                    Ok(Next::Came(bytes)) => bytes,
                    Ok(Next::Stopped) if answer.is_finished() => None,
                    Ok(Next::Stopped) => return Ok(Outcome::Cancelled),
                    // The answer was whole before.
                    Err(_) if answer.is_finished() => None,
                    Err(error) => return Err(error.into()),
                };
            let Some(bytes) = bytes.filter(|_| !lingers) else { break };
            begin.extend(bytes.iter().take(80_usize.saturating_sub(begin.len())));
            let whole =
                events.push(&bytes).map_err(|_| self.unreadable("an event is too large"))?;
            for data in whole {
                if self.take(&data, asked, answer, on_delta)? || answer.is_stopped() {
                    return self.ended(answer, &begin, head);
                }
            }
            if answer.is_finished() {
                ended.get_or_insert_with(Instant::now);
            }
        }
        if let Some(data) = events.finish().filter(|_| !answer.is_finished()) {
            self.take(&data, asked, answer, on_delta)?;
        }
        self.ended(answer, &begin, head)
    }

    /// Takes one event; true for the mark that ends the stream.
    fn take(
        &self,
        data: &[u8],
        asked: &Asked<'_>,
        answer: &mut Assembly<'_>,
        on_delta: &mut dyn FnMut(Delta),
    ) -> Result<bool, EngineError> {
        match event::read(data) {
            Read::Event(event) => match answer.push(*event, on_delta) {
                Ok(()) => Ok(false),
                Err(TooLong) => Err(self.unreadable("the answer is too large")),
            },
            Read::Done => Ok(true),
            Read::Failed(said) => Err(refusal::of_stream(&self.http, asked, &said)),
            Read::NoJson(why) => Err(self.unreadable(&why)),
        }
    }

    /// The stream is at its end: was the answer?
    fn ended(
        &self,
        answer: &Assembly<'_>,
        begin: &[u8],
        head: &Head,
    ) -> Result<Outcome, EngineError> {
        let server = self.http.server();
        if let Some(word) = answer.ended_by_server() {
            let why = format!("it ended the answer itself (`{word}`)");
            return Err(RemoteError::BrokeOff { server, why }.into());
        }
        if answer.is_finished() || answer.is_stopped() {
            return Ok(Outcome::Answered);
        }
        if !begin.trim_ascii_start().starts_with(b"data:") && !head.kind.contains("event-stream") {
            return Err(self.no_api(head, begin));
        }
        Err(RemoteError::Lost { server, when: "in the middle of an answer" }.into())
    }

    fn refused(
        &self,
        body: &Map<String, Value>,
        asked: &Asked<'_>,
        head: &Head,
        exchange: &mut Exchange<'_>,
        stop: &dyn Fn() -> bool,
    ) -> Result<Outcome, EngineError> {
        let Next::Came(said) = exchange.rest(REFUSAL, stop)? else { return Ok(Outcome::Cancelled) };
        let error = refusal::of_conversation(&self.http, &self.endpoint, asked, head, &said);
        let wait = head.retry_after.map(Duration::from_secs).filter(|it| *it <= LONGEST_WAIT);
        if matches!(head.status, 429 | 503) && wait.is_some() {
            return Ok(Outcome::Again { error, wait });
        }
        let read: Value = serde_json::from_slice(&said).unwrap_or_default();
        match head.status == 400 && request::leave_out(&mut body.clone(), &read) {
            true => Ok(Outcome::Without(read)),
            false => Err(error),
        }
    }

    fn no_api(&self, head: &Head, body: &[u8]) -> EngineError {
        let what = refusal::what(&self.http, head, body);
        RemoteError::NoApi { server: self.http.server(), what }.into()
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
