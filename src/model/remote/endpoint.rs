//! The address of a server, as a person types it: `http://HOST:PORT/v1#MODEL`.

use std::fmt::{self, Display, Formatter};
use std::time::Duration;

use ureq::http::Uri;

use crate::base::{Hint, Tokens};
use crate::policy::ReachNetwork;

/// Where a server is, and how to ask it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Scheme, host, port and path of its API, without a slash at the end.
    base: String,
    host: String,
    /// The model that shall answer; none is its only one.
    pub model: Option<String>,
    /// The variable that holds its key.
    pub key_env: Option<String>,
    /// The longest context to use.
    pub context: Option<Tokens>,
    /// Without a byte for so long it counts as dead.
    pub silence: Duration,
}

/// The text is no address of a server.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no address of a server: {why}")]
pub struct NoEndpoint {
    text: String,
    why: &'static str,
}

impl Hint for NoEndpoint {
    fn hint(&self) -> Option<String> {
        Some("write it like `http://127.0.0.1:8080/v1` or `https://HOST/v1#MODEL`".into())
    }
}

impl Endpoint {
    /// Whether `text` is meant as an address.
    pub fn is_meant_by(text: &str) -> bool {
        let scheme = text.split_once("://").map(|(scheme, _)| scheme);
        scheme.is_some_and(|it| it.eq_ignore_ascii_case("http") || it.eq_ignore_ascii_case("https"))
    }

    /// Reads an address. A path is taken as it stands; without one it is `/v1`.
    pub fn parse(text: &str) -> Result<Self, NoEndpoint> {
        // A query or a name may hold a key, so that they are not repeated.
        let repeated = text.split('?').next().unwrap_or_default();
        let refused = |why| NoEndpoint { text: repeated.to_owned(), why };
        let (address, model) = match text.split_once('#') {
            Some((address, model)) => (address, Some(model.trim())),
            None => (text, None),
        };
        if address.split('/').nth(2).is_some_and(|authority| authority.contains('@')) {
            let why = "a name or a password must not stand in it; keys come from a variable";
            return Err(NoEndpoint { text: "http…@…".into(), why });
        }
        let uri: Uri = address.trim().parse().map_err(|_| refused("it is no URL"))?;
        let scheme = uri.scheme_str().unwrap_or_default();
        if scheme != "http" && scheme != "https" {
            return Err(refused("it does not begin with `http://` or `https://`"));
        }
        let (Some(authority), Some(host)) = (uri.authority(), uri.host()) else {
            return Err(refused("it names no host"));
        };
        if uri.query().is_some() {
            return Err(refused("it has a query"));
        }
        let path = uri.path().trim_end_matches('/');
        let path = path.strip_suffix("/chat/completions").unwrap_or(path);
        let path = if path.is_empty() { "/v1" } else { path };
        Ok(Self {
            base: format!("{scheme}://{authority}{path}"),
            host: host.trim_matches(['[', ']']).to_lowercase(),
            model: model.filter(|model| !model.is_empty()).map(str::to_owned),
            key_env: None,
            context: None,
            silence: Duration::from_secs(600),
        })
    }

    /// The address of its API.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The address of `path` in its API.
    pub(super) fn api(&self, path: &str) -> String {
        format!("{}/{path}", self.base)
    }

    /// The address of `path` beside its API: servers keep there what is their own.
    pub(super) fn beside(&self, path: &str) -> String {
        format!("{}/{path}", self.base.strip_suffix("/v1").unwrap_or(&self.base))
    }

    /// The host alone.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Whether it is this machine.
    pub fn is_loopback(&self) -> bool {
        let address = self.host.parse::<std::net::IpAddr>();
        self.host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    }

    /// Whether others can read along.
    pub fn is_open(&self) -> bool {
        self.base.starts_with("http:") && !self.is_loopback()
    }

    /// What the gate is asked for.
    pub fn reach(&self) -> ReachNetwork {
        let purpose = "ask a model there, with parts of the repository".to_owned();
        ReachNetwork { host: self.host.clone(), purpose }
    }
}

impl Display for Endpoint {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.base)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, base: &str, host: &str, model: Option<&str>) {
        let endpoint = Endpoint::parse(text).unwrap();
        assert!(Endpoint::is_meant_by(text));
        assert_eq!((endpoint.base(), endpoint.host()), (base, host));
        assert_eq!(endpoint.model.as_deref(), model);
    }

    #[test]
    fn addresses_are_read_as_they_are_typed() {
        check("http://127.0.0.1:8080", "http://127.0.0.1:8080/v1", "127.0.0.1", None);
        check("http://h:1/v1/#a/b:c", "http://h:1/v1", "h", Some("a/b:c"));
        check("https://Api.Example.com/v1", "https://Api.Example.com/v1", "api.example.com", None);
        check("http://[::1]:9/openai/v1/chat/completions", "http://[::1]:9/openai/v1", "::1", None);
        assert_eq!(Endpoint::parse("http://h/v1").unwrap().beside("props"), "http://h/props");
        assert!(Endpoint::parse("http://[::1]/v1").unwrap().is_loopback());
        assert!(!Endpoint::parse("http://127.0.0.1.example/v1").unwrap().is_loopback());
    }

    #[test]
    fn what_is_no_address_is_refused_and_no_password_repeated() {
        for wrong in ["http://", "ftp://h", "http://h/v1?key=1", "http:///v1", "https://a b/"] {
            assert!(Endpoint::parse(wrong).is_err(), "{wrong}");
        }
        let password = ["hunter", "2x"].concat();
        let error = Endpoint::parse(&format!("https://me:{password}@h/v1")).unwrap_err();
        assert!(!error.to_string().contains(&password), "{error}");
        assert!(!Endpoint::is_meant_by("C:/models/x.gguf") && !Endpoint::is_meant_by("name"));
    }
}
