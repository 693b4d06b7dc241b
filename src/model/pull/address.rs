//! Addresses that may be fetched from: encrypted ones, and those of this machine.

use url::{Host, Url};

use crate::model::pull::PullError;

/// The hub where nobody names another.
pub(super) const HUB: &str = "huggingface.co";

/// Reads an address that a person typed.
pub(super) fn read(text: &str) -> Result<Url, PullError> {
    let url = Url::parse(text).map_err(|error| bad(text, &error.to_string()))?;
    check(&url)?;
    Ok(url)
}

/// Refuses what others on the way could read or change.
pub(super) fn check(url: &Url) -> Result<(), PullError> {
    if !url.username().is_empty() || url.password().is_some() {
        return Err(bad(&shown(url), "it carries a name or a password"));
    }
    match url.scheme() {
        "https" => Ok(()),
        "http" if is_local(url) => Ok(()),
        "http" => Err(bad(&shown(url), "without encryption anybody on the way could change it")),
        _ => Err(bad(&shown(url), "only https is spoken here")),
    }
}

/// Where `location`, which the answer of `from` named, leads to.
pub(super) fn follow(from: &Url, location: &str) -> Result<Url, PullError> {
    let url = from.join(location).map_err(|error| bad(&shown(from), &error.to_string()))?;
    // A person who names a plain hub has decided; nobody else may lead away from encryption.
    if url.scheme() != from.scheme() || url.scheme() != "http" {
        check(&url)?;
    }
    Ok(url)
}

/// The address without what may be secret in it.
pub(super) fn shown(url: &Url) -> String {
    let mut url = url.clone();
    let _ = (url.set_username(""), url.set_password(None));
    url.set_query(None);
    url.set_fragment(None);
    url.to_string()
}

/// Host and port, as the gate names them.
pub(super) fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

fn is_local(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn bad(text: &str, why: &str) -> PullError {
    PullError::Address { text: text.to_owned(), why: why.to_owned() }
}
