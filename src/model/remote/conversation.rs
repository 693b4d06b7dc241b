//! One request for an answer, and what comes of it.

use std::time::{Duration, Instant};

use serde_json::{Map, Value};

use crate::model::remote::assembly::{Assembly, TooLong};
use crate::model::remote::event::{self, Read};
use crate::model::remote::http::{Exchange, Head, Http, Next};
use crate::model::remote::refusal::{self, Asked};
use crate::model::remote::sse::Events;
use crate::model::remote::{Endpoint, RemoteError, request};
use crate::model::{Delta, EngineError};

/// Longest wait that a server may ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// How long to wait for a server that has ended an answer to say what it counted.
const LINGER: Duration = Duration::from_secs(2);
/// Bytes of a refusal that are read.
const REFUSAL: usize = 64 << 10;
/// Bytes of an answer that comes whole, and none of a stream.
const WHOLE: usize = 64 << 20;

/// Who is asked, and for what.
pub(super) struct Conversation<'a> {
    pub(super) http: &'a Http,
    pub(super) endpoint: &'a Endpoint,
    pub(super) asked: Asked<'a>,
    /// Whether whoever asks wants no more of it.
    pub(super) stop: &'a dyn Fn() -> bool,
}

/// How one request went.
pub(super) enum Outcome {
    Answered,
    Cancelled,
    /// It may be sent again after a while.
    Again {
        error: EngineError,
        wait: Option<Duration>,
    },
    /// It may be sent again without the field that the server refuses.
    Without(Value),
    /// It may be sent again without the form, which the server refuses.
    WithoutForm,
}

impl Conversation<'_> {
    /// Sends one request and takes what comes.
    pub(super) fn once(
        &self,
        body: &Map<String, Value>,
        answer: &mut Assembly<'_>,
        on_delta: &mut dyn FnMut(Delta),
    ) -> Result<Outcome, EngineError> {
        if (self.stop)() {
            return Ok(Outcome::Cancelled);
        }
        let url = self.endpoint.api("chat/completions");
        let bytes = serde_json::to_vec(body).unwrap_or_default();
        let mut exchange = self.http.send(&url, Some(bytes));
        let head = match exchange.head(self.stop) {
            Ok(Next::Came(head)) => head,
            Ok(Next::Stopped) => return Ok(Outcome::Cancelled),
            Err(error @ (RemoteError::Refused { .. } | RemoteError::Lost { .. })) => {
                return Ok(Outcome::Again { error: error.into(), wait: None });
            }
            Err(error) => return Err(error.into()),
        };
        if !(200..300).contains(&head.status) {
            return self.refused(body, &head, &mut exchange);
        }
        if head.kind.contains("html") {
            return Err(self.no_api(&head, b"<"));
        }
        if head.kind.contains("json") {
            let Next::Came(whole) = exchange.rest(WHOLE, self.stop)? else {
                return Ok(Outcome::Cancelled);
            };
            self.take(&whole, answer, on_delta)?;
            return self.ended(answer, &whole, &head);
        }
        self.stream(&head, &mut exchange, answer, on_delta)
    }

    /// Reads a stream to its end, or to where it need not be read on.
    fn stream(
        &self,
        head: &Head,
        exchange: &mut Exchange<'_>,
        answer: &mut Assembly<'_>,
        on_delta: &mut dyn FnMut(Delta),
    ) -> Result<Outcome, EngineError> {
        let mut events = Events::default();
        let mut begin: Vec<u8> = Vec::new();
        let mut ended: Option<Instant> = None;
        loop {
            let lingers = ended.is_some_and(|ended| ended.elapsed() > LINGER);
            let bytes = match exchange
                .bytes(&|| (self.stop)() || ended.is_some_and(|it| it.elapsed() > LINGER))
            {
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
                if self.take(&data, answer, on_delta)? || answer.is_stopped() {
                    return self.ended(answer, &begin, head);
                }
            }
            if answer.is_finished() {
                ended.get_or_insert_with(Instant::now);
            }
        }
        if let Some(data) = events.finish().filter(|_| !answer.is_finished()) {
            self.take(&data, answer, on_delta)?;
        }
        self.ended(answer, &begin, head)
    }

    /// Takes one event; true for the mark that ends the stream.
    fn take(
        &self,
        data: &[u8],
        answer: &mut Assembly<'_>,
        on_delta: &mut dyn FnMut(Delta),
    ) -> Result<bool, EngineError> {
        match event::read(data) {
            Read::Event(event) => match answer.push(*event, on_delta) {
                Ok(()) => Ok(false),
                Err(TooLong) => Err(self.unreadable("the answer is too large")),
            },
            Read::Done => {
                answer.end();
                Ok(true)
            }
            Read::Failed(said) => Err(refusal::of_stream(self.http, &self.asked, &said)),
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
        Err(RemoteError::Lost { server, begun: true }.into())
    }

    fn refused(
        &self,
        body: &Map<String, Value>,
        head: &Head,
        exchange: &mut Exchange<'_>,
    ) -> Result<Outcome, EngineError> {
        let Next::Came(said) = exchange.rest(REFUSAL, self.stop)? else {
            return Ok(Outcome::Cancelled);
        };
        let error = refusal::of_conversation(self.http, self.endpoint, &self.asked, head, &said);
        let asked = head.retry_after.map(Duration::from_secs);
        if matches!(head.status, 429 | 503) && asked.is_none_or(|it| it <= LONGEST_WAIT) {
            return Ok(Outcome::Again { error, wait: asked });
        }
        let read: Value = serde_json::from_slice(&said).unwrap_or_default();
        let is_too_long = matches!(error, EngineError::ContextExceeded { .. });
        if head.status != 400 || is_too_long {
            return Err(error);
        }
        if request::leave_out(&mut body.clone(), &read) {
            return Ok(Outcome::Without(read));
        }
        match request::leave_form_out(&mut body.clone()) {
            true => Ok(Outcome::WithoutForm),
            false => Err(error),
        }
    }

    fn no_api(&self, head: &Head, body: &[u8]) -> EngineError {
        let what = refusal::what(self.http, head, body);
        RemoteError::NoApi { server: self.http.server(), what }.into()
    }

    fn unreadable(&self, why: &str) -> EngineError {
        RemoteError::Unreadable { server: self.http.server(), why: self.http.shown(why) }.into()
    }
}
