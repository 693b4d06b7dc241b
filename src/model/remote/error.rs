//! What can go wrong with a server, and what to do about it. No message has a key in it.

use serde::{Deserialize, Serialize};

use crate::base::Hint;

/// Why a server gave no answer. `server` is its address as a person typed it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum RemoteError {
    #[error("nothing answers at `{server}`: the connection was refused")]
    Refused { server: String },
    #[error("no host is called as in `{server}`")]
    NoHost { server: String },
    #[error("`{server}` could not be reached within {seconds} s")]
    Unreachable { server: String, seconds: u64 },
    #[error("`{server}` said nothing for {seconds} s")]
    Silent { server: String, seconds: u64 },
    #[error(
        "the connection to `{server}` was lost {}",
        if *begun { "in the middle of an answer" } else { "before it answered" }
    )]
    Lost { server: String, begun: bool },
    #[error("no safe connection to `{server}`: {why}")]
    Tls { server: String, why: String },
    #[error("`{server}` wants a key")]
    NoKey { server: String, key_env: Option<String>, sent: bool },
    #[error("`{server}` has no model `{model}`")]
    NoModel { server: String, model: String, has: Vec<String> },
    #[error("`{server}` has several models, and none is named")]
    WhichModel { server: String, has: Vec<String> },
    #[error("`{server}` is busy (HTTP {status})")]
    Busy { server: String, status: u16 },
    #[error("`{server}` sends elsewhere, to `{to}`")]
    Redirected { server: String, to: String },
    #[error("what answers at `{server}` is no model: it sent {what}")]
    NoApi { server: String, what: String },
    #[error("`{server}` said no (HTTP {status}): {why}")]
    Said { server: String, status: u16, why: String },
    #[error("`{server}` broke off: {why}")]
    BrokeOff { server: String, why: String },
    #[error("what `{server}` sent cannot be read: {why}")]
    Unreadable { server: String, why: String },
    #[error("the variable `{0}`, which should hold the key, is not set")]
    KeyNotSet(String),
    #[error("the variable `{0}` holds no key: a key is letters, digits and signs on one line")]
    BadKey(String),
    #[error("leave was given to reach `{permitted}`, not `{host}`")]
    OtherHost { permitted: String, host: String },
    #[error("it was stopped before `{server}` had said what it is")]
    Stopped { server: String },
}

impl Hint for RemoteError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Refused { .. } => Some("is the server running, and is the port right?".into()),
            Self::NoHost { .. } | Self::Unreachable { .. } => {
                Some("check the address and the network".into())
            }
            Self::Silent { .. } => Some(
                "a long prompt on a slow machine may take longer: set `silence_s` of the remote higher"
                    .into(),
            ),
            Self::Lost { .. } => Some(
                "the server may have ended, or the prompt may be longer than it holds; see its own log"
                    .into(),
            ),
            Self::Tls { .. } => Some(
                "certificates are checked against the roots of Mozilla; for a server of your own use \
                 `http://` on a network that you trust, or a tunnel"
                    .into(),
            ),
            Self::NoKey { key_env: Some(name), sent: true, .. } => {
                Some(format!("the server did not take the key in the variable `{name}`"))
            }
            Self::NoKey { .. } => Some(
                "put the key into a variable, and its name into your own configuration: `[remotes.NAME]` \
                 with `url` and `key_env`"
                    .into(),
            ),
            Self::NoModel { has, .. } | Self::WhichModel { has, .. } => Some(named(has)),
            Self::Busy { .. } => Some("try again later".into()),
            Self::Redirected { .. } => {
                Some("redirects are not followed; if that is the right place, name it".into())
            }
            Self::NoApi { .. } => {
                Some("the address of an API mostly ends in `/v1`: http://127.0.0.1:8080/v1".into())
            }
            Self::KeyNotSet(name) => Some(format!("run `export {name}=…` before")),
            Self::BadKey(name) => Some(format!("set `{name}` to the key alone")),
            Self::Said { .. } | Self::BrokeOff { .. } => {
                Some("the log of the server may say more".into())
            }
            Self::Unreadable { .. } => {
                Some("the server, or what stands before it, does not keep to the interface".into())
            }
            Self::OtherHost { .. } | Self::Stopped { .. } => None,
        }
    }
}

/// How to name a model that is there.
fn named(has: &[String]) -> String {
    const MOST: usize = 8;
    let shown: Vec<String> = has.iter().take(MOST).map(|id| format!("`#{id}`")).collect();
    let more = match has.len().saturating_sub(MOST) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    match shown.is_empty() {
        true => "the server lists none".into(),
        false => format!("put one behind the address: {}{more}", shown.join(", ")),
    }
}
