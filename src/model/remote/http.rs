//! One request over HTTP: sent from a thread of its own, so that nobody waits for a silent server.
//!
//! Redirects are not followed, statuses are no errors here, and nothing is asked to be compressed.

use std::io::{self, Read};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::time::{Duration, Instant};

use ureq::http::{Request, Response};
use ureq::{Agent, Body, Timeout};

use crate::model::remote::key::Key;
use crate::model::remote::words::shown;
use crate::model::remote::{Endpoint, RemoteError};

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(10);
/// How often whoever waits looks whether it shall stop.
const TICK: Duration = Duration::from_millis(20);
/// Pieces of an answer that wait for whoever reads.
const WAITING: usize = 64;

/// Sends requests to one server.
#[derive(Debug)]
pub(super) struct Http {
    server: String,
    config: ureq::config::Config,
    key: Option<Key>,
    silence: Duration,
}

/// The beginning of an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) status: u16,
    /// The kind of its contents, in small letters.
    pub(super) kind: String,
    /// Seconds after which to ask again.
    pub(super) retry_after: Option<u64>,
    pub(super) location: Option<String>,
}

/// What comes of a request, in this order: one head, bytes, an end.
#[derive(Debug)]
enum Piece {
    Head(Head),
    Bytes(Vec<u8>),
    End,
    Failed(ureq::Error),
}

/// An answer under way. Dropping it closes the connection, so that the server stops.
pub(super) struct Exchange<'a> {
    http: &'a Http,
    agent: Agent,
    inbox: Receiver<Piece>,
    heard: bool,
}

/// What was waited for.
#[derive(Debug)]
pub(super) enum Next<T> {
    Came(T),
    /// Whoever waits was told to stop.
    Stopped,
}

impl Http {
    /// Sends to `endpoint`, with `key`.
    pub(super) fn new(endpoint: &Endpoint, key: Option<Key>) -> Self {
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .accept_encoding("")
            .user_agent(concat!("countersign/", env!("CARGO_PKG_VERSION")))
            .timeout_resolve(Some(CONNECT))
            .timeout_connect(Some(CONNECT))
            .timeout_per_read(Some(endpoint.silence))
            .timeout_per_write(Some(endpoint.silence));
        if endpoint.is_loopback() {
            config = config.proxy(None);
        }
        let (server, silence) = (endpoint.to_string(), endpoint.silence);
        Self { server, config: config.build(), key, silence }
    }

    /// The server as it is named in messages.
    pub(super) fn server(&self) -> String {
        self.server.clone()
    }

    /// Whether a key is sent.
    pub(super) fn has_key(&self) -> bool {
        self.key.is_some()
    }

    /// Words of the server, without the key that it may have repeated.
    pub(super) fn shown(&self, words: &str) -> String {
        // A key may be cut by the shortening, so that it is hidden before.
        shown(&self.key.as_ref().map_or_else(|| words.to_owned(), |key| key.hide(words)))
    }

    /// Sends `body` as JSON to `url`, or asks for what is there.
    pub(super) fn send(&self, url: &str, body: Option<Vec<u8>>) -> Exchange<'_> {
        let agent = self.config.new_agent();
        let (pieces, inbox) = mpsc::sync_channel(WAITING);
        let (sender, key, url) = (agent.clone(), self.key.clone(), url.to_owned());
        let work = move || {
            let answer = call(&sender, &url, key.as_ref(), body);
            // Whoever asked may have gone.
            let _ = forward(answer, &pieces);
        };
        std::thread::spawn(work);
        Exchange { http: self, agent, inbox, heard: false }
    }
}

fn call(
    agent: &Agent,
    url: &str,
    key: Option<&Key>,
    body: Option<Vec<u8>>,
) -> Result<Response<Body>, ureq::Error> {
    let mut request = Request::builder().uri(url);
    if let Some(key) = key {
        request = request.header("authorization", key.header());
    }
    match body {
        Some(body) => {
            let request = request.method("POST").header("content-type", "application/json");
            agent.run(request.body(body).map_err(ureq::Error::Http)?)
        }
        None => agent.run(request.method("GET").body(()).map_err(ureq::Error::Http)?),
    }
}

/// Hands an answer on, piece by piece, as long as somebody listens.
fn forward(
    answer: Result<Response<Body>, ureq::Error>,
    pieces: &SyncSender<Piece>,
) -> Result<(), mpsc::SendError<Piece>> {
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => return pieces.send(Piece::Failed(error)),
    };
    pieces.send(Piece::Head(head(&answer)))?;
    let mut body = answer.into_body().into_reader();
    let mut buffer = vec![0; 16 << 10];
    loop {
        match body.read(&mut buffer) {
            Ok(0) => return pieces.send(Piece::End),
            Ok(read) => pieces.send(Piece::Bytes(buffer[..read].to_vec()))?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return pieces.send(Piece::Failed(error.into())),
        }
    }
}

fn head(answer: &Response<Body>) -> Head {
    let header = |name: &str| Some(answer.headers().get(name)?.to_str().ok()?.to_owned());
    Head {
        status: answer.status().as_u16(),
        kind: header("content-type").unwrap_or_default().to_lowercase(),
        retry_after: header("retry-after").and_then(|text| text.trim().parse().ok()),
        location: header("location"),
    }
}

impl Exchange<'_> {
    /// Waits for the head; `stop` is asked several times a second.
    pub(super) fn head(&mut self, stop: &dyn Fn() -> bool) -> Result<Next<Head>, RemoteError> {
        match self.next(stop)? {
            Next::Came(Piece::Head(head)) => Ok(Next::Came(head)),
            Next::Came(_) => Err(self.lost()),
            Next::Stopped => Ok(Next::Stopped),
        }
    }

    /// Waits for more bytes; nothing is the end.
    pub(super) fn bytes(
        &mut self,
        stop: &dyn Fn() -> bool,
    ) -> Result<Next<Option<Vec<u8>>>, RemoteError> {
        match self.next(stop)? {
            Next::Came(Piece::Bytes(bytes)) => Ok(Next::Came(Some(bytes))),
            Next::Came(Piece::End) => Ok(Next::Came(None)),
            Next::Came(Piece::Head(_) | Piece::Failed(_)) => Err(self.lost()),
            Next::Stopped => Ok(Next::Stopped),
        }
    }

    /// All bytes that are left, at most `most`: more is cut off.
    pub(super) fn rest(
        &mut self,
        most: usize,
        stop: &dyn Fn() -> bool,
    ) -> Result<Next<Vec<u8>>, RemoteError> {
        let mut all = Vec::new();
        while let Next::Came(bytes) = self.bytes(stop)? {
            match bytes {
                Some(bytes) => all.extend(bytes),
                None => return Ok(Next::Came(all)),
            }
            if all.len() > most {
                all.truncate(most);
                return Ok(Next::Came(all));
            }
        }
        Ok(Next::Stopped)
    }

    fn next(&mut self, stop: &dyn Fn() -> bool) -> Result<Next<Piece>, RemoteError> {
        // The thread minds the time itself; this is for what it cannot interrupt.
        let late = Instant::now() + self.http.silence + CONNECT * 3;
        loop {
            if stop() {
                return Ok(Next::Stopped);
            }
            match self.inbox.recv_timeout(TICK) {
                Ok(Piece::Failed(error)) => return Err(self.failed(error)),
                Ok(piece) => {
                    self.heard = true;
                    return Ok(Next::Came(piece));
                }
                Err(RecvTimeoutError::Timeout) if Instant::now() < late => {}
                Err(RecvTimeoutError::Timeout) => return Err(self.silent()),
                Err(RecvTimeoutError::Disconnected) => return Err(self.lost()),
            }
        }
    }

    fn silent(&self) -> RemoteError {
        RemoteError::Silent { server: self.http.server(), seconds: self.http.silence.as_secs() }
    }

    fn lost(&self) -> RemoteError {
        RemoteError::Lost { server: self.http.server(), begun: self.heard }
    }

    fn failed(&self, error: ureq::Error) -> RemoteError {
        let server = self.http.server();
        match error {
            ureq::Error::Timeout(Timeout::Connect | Timeout::Resolve) => {
                RemoteError::Unreachable { server, seconds: CONNECT.as_secs() }
            }
            ureq::Error::Timeout(_) => self.silent(),
            ureq::Error::HostNotFound => RemoteError::NoHost { server },
            ureq::Error::Io(error) => match error.kind() {
                io::ErrorKind::ConnectionRefused => RemoteError::Refused { server },
                io::ErrorKind::TimedOut => self.silent(),
                // A certificate, most of all.
                io::ErrorKind::InvalidData if !self.heard => {
                    RemoteError::Tls { server, why: self.http.shown(&error.to_string()) }
                }
                io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
                    RemoteError::Unreachable { server, seconds: CONNECT.as_secs() }
                }
                // Whatever else happens to a connection ends it. ureq hides its own errors in these.
                _ => match error.get_ref().and_then(|inner| inner.downcast_ref()) {
                    Some(ureq::Error::Timeout(_)) => self.silent(),
                    _ => self.lost(),
                },
            },
            ureq::Error::Tls(why) => RemoteError::Tls { server, why: why.to_owned() },
            ureq::Error::Rustls(error) => {
                RemoteError::Tls { server, why: self.http.shown(&error.to_string()) }
            }
            ureq::Error::Protocol(_) if self.heard => self.lost(),
            other => RemoteError::NoApi {
                server,
                what: format!("no HTTP ({})", self.http.shown(&other.to_string())),
            },
        }
    }
}

impl Drop for Exchange<'_> {
    fn drop(&mut self) {
        self.agent.clone().shutdown();
    }
}
