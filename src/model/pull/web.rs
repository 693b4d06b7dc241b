//! One request at a time: asks for bytes of a file, follows where that leads, says why not.
//!
//! Redirects are followed here and not by the client, because every host passes the gate first, and
//! because the hub's token is for the hub alone.

use std::io::Read;
use std::time::Duration;

use ureq::http::{HeaderMap, Response};
use ureq::{Agent, Body};
use url::Url;

use crate::base::Digest;
use crate::model::pull::address;
use crate::model::pull::{Gate, PullError};

/// How many addresses one file may lead to.
const MOST_HOPS: usize = 8;
/// A server that says nothing for so long has gone.
const PATIENCE: Duration = Duration::from_secs(30);
/// Bytes of an answer that is text.
const MOST_TEXT: u64 = 16 << 20;

/// What is asked of servers, and in whose name.
#[derive(Debug)]
pub struct Web {
    agent: Agent,
    gate: Gate,
    /// Where the hub is.
    pub(super) hub: Url,
    token: Option<String>,
}

/// An answer that has bytes.
pub(super) struct Opened {
    /// Where they come from in the end.
    pub(super) url: Url,
    /// Which bytes they are, where the server was asked for some and heeds that: first and total.
    pub(super) part: Option<(u64, u64)>,
    /// How many there will be.
    pub(super) length: Option<u64>,
    /// What changes when the file does.
    pub(super) tag: Option<String>,
    /// The SHA-256 of the whole file, where a server on the way has said.
    pub(super) sha256: Option<Digest>,
    pub(super) body: Box<dyn Read + Send>,
}

/// What was said on the way, by whoever said it first.
#[derive(Default)]
struct Told {
    tag: Option<String>,
    sha256: Option<Digest>,
}

impl Web {
    /// Fetches through `gate`, from the hub that `HF_ENDPOINT` names, else the public one.
    pub fn new(gate: Gate) -> Result<Self, PullError> {
        let set = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty());
        let endpoint = set("HF_ENDPOINT").unwrap_or_else(|| format!("https://{}", address::HUB));
        let hub = Url::parse(&endpoint).map_err(|error| PullError::Address {
            text: endpoint.clone(),
            why: error.to_string(),
        })?;
        let token = set("HF_TOKEN").or_else(|| hf_hub::Cache::from_env().token());
        let agent = Agent::config_builder()
            .max_redirects(0)
            .http_status_as_error(false)
            // Ranges count the bytes of the file, not those of a packed one.
            .accept_encoding("identity")
            .user_agent(concat!("countersign/", env!("CARGO_PKG_VERSION")))
            .timeout_connect(Some(PATIENCE))
            .timeout_recv_response(Some(PATIENCE))
            .timeout_per_read(Some(PATIENCE))
            .build()
            .new_agent();
        Ok(Self { agent, gate, hub, token })
    }

    /// What stands between this and the hosts.
    pub(super) fn gate(&self) -> &Gate {
        &self.gate
    }

    /// The text at `url`, if it is not too long.
    pub(super) fn text(&self, url: &Url) -> Result<String, PullError> {
        let opened = self.open(url, None)?;
        let mut text = String::new();
        let read = opened.body.take(MOST_TEXT).read_to_string(&mut text);
        read.map_err(|error| unreachable(&opened.url, &error.to_string()))?;
        Ok(text)
    }

    /// Asks for the bytes of `url` from the first to the last of `range`, or for all of them.
    pub(super) fn open(&self, url: &Url, range: Option<(u64, u64)>) -> Result<Opened, PullError> {
        let (mut url, mut told) = (url.clone(), Told::default());
        for _ in 0..MOST_HOPS {
            self.gate.open(&address::host(&url))?;
            let response = self.ask(&url, range)?;
            told.hear(response.headers());
            let location = header(response.headers(), "location");
            match (response.status().as_u16(), location) {
                (301 | 302 | 303 | 307 | 308, Some(location)) => {
                    url = address::follow(&url, &location)?;
                }
                (200 | 206, _) => return Ok(opened(url, told, response)),
                (status, _) => return Err(PullError::Status { url: address::shown(&url), status }),
            }
        }
        Err(unreachable(&url, "it leads from one address to the next"))
    }

    fn ask(&self, url: &Url, range: Option<(u64, u64)>) -> Result<Response<Body>, PullError> {
        let mut request = self.agent.get(url.as_str());
        if let Some((first, last)) = range {
            request = request.header("Range", format!("bytes={first}-{last}"));
        }
        if let Some(token) = self.token.as_ref().filter(|_| url.origin() == self.hub.origin()) {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        request.call().map_err(|error| unreachable(url, &error.to_string()))
    }
}

fn opened(url: Url, told: Told, response: Response<Body>) -> Opened {
    let headers = response.headers();
    let partial = response.status().as_u16() == 206;
    let part =
        header(headers, "content-range").filter(|_| partial).and_then(|it| content_range(&it));
    let length = header(headers, "content-length").and_then(|it| it.parse().ok());
    let (tag, sha256) = (told.tag, told.sha256);
    let body = response.into_body().into_with_config().limit(u64::MAX).reader();
    Opened { url, part, length, tag, sha256, body: Box::new(body) }
}

impl Told {
    /// Of large files the hub's tag is the SHA-256, which it tells before it leads elsewhere; the
    /// tag of the last server is the one that is compared.
    fn hear(&mut self, headers: &HeaderMap) {
        let linked = header(headers, "x-linked-etag");
        let etag = header(headers, "etag").filter(|tag| !tag.starts_with("W/"));
        let hub = headers.contains_key("x-repo-commit");
        let digest = linked.or_else(|| etag.clone().filter(|_| hub));
        let digest = digest.and_then(|tag| tag.trim_matches('"').parse().ok());
        self.sha256 = self.sha256.or(digest);
        self.tag = etag.or_else(|| header(headers, "last-modified"));
    }
}

/// The first byte and the length of the whole, from `bytes 0-3/100`.
fn content_range(text: &str) -> Option<(u64, u64)> {
    let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    Some((range.split_once('-')?.0.parse().ok()?, total.parse().ok()?))
}

/// A header, if it is short and plain.
fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    let text = headers.get(name)?.to_str().ok()?;
    Some(text.to_owned()).filter(|text| text.len() <= 4096)
}

/// What a server does not give now, and may give later.
pub(super) fn unreachable(url: &Url, why: &str) -> PullError {
    let why = why.chars().filter(|c| !c.is_control()).take(300).collect();
    PullError::Unreachable { host: address::host(url), why }
}
