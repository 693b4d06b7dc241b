//! Servers that answer in the place of a model on this machine: which one is meant, and what is
//! known of it. None is reached unless a person asks for an answer, or for what it has.

use std::time::Duration;

use serde::Serialize;

use crate::base::Tokens;
use crate::cli::{Context, ExitCode, Failure, printable};
use crate::config::{Config, Remote};
use crate::model::remote::{Endpoint, RemoteEngine, Server};
use crate::model::{Cancel, Engine, ModelError};
use crate::policy::{Actor, Rules, judge};

/// A server of the configuration as `--json` shows it. Its key is in no document.
#[derive(Debug, Serialize)]
pub(super) struct Listed {
    name: String,
    url: String,
    model: Option<String>,
    key_env: Option<String>,
    key_is_set: bool,
    context: Option<Tokens>,
    #[serde(skip_serializing_if = "Option::is_none")]
    server: Option<Server>,
}

/// The server that `choice` means: an address, or the name of one in the configuration.
pub(super) fn meant(config: &Config, choice: Option<&str>) -> Result<Option<Endpoint>, Failure> {
    let Some(choice) = choice else { return Ok(None) };
    if let Some(remote) = config.remotes.iter().find(|remote| remote.name == choice) {
        return endpoint(remote).map(Some);
    }
    if !Endpoint::is_meant_by(choice) {
        return Ok(None);
    }
    let mut typed = parse(choice)?;
    // What the person has said of this address holds for it also where it is typed.
    for remote in &config.remotes {
        let known = endpoint(remote).ok().filter(|known| known.base() == typed.base());
        if let Some(known) = known {
            let model = typed.model.or(known.model.clone());
            typed = known;
            typed.model = model;
            break;
        }
    }
    Ok(Some(typed))
}

fn parse(text: &str) -> Result<Endpoint, Failure> {
    Endpoint::parse(text).map_err(|error| Failure::from(error).code(ExitCode::Usage))
}

fn endpoint(remote: &Remote) -> Result<Endpoint, Failure> {
    if remote.url.is_empty() {
        return Err(Failure::new(format!("the remote `{}` has no address", remote.name))
            .code(ExitCode::NoModel)
            .hint(format!("set `url` in `[remotes.{}]` of your own configuration", remote.name)));
    }
    let mut endpoint = parse(&remote.url)?;
    endpoint.model = remote.model.clone().or(endpoint.model);
    endpoint.key_env = remote.key_env.clone();
    endpoint.context = Some(remote.context).filter(|context| context.0 > 0);
    endpoint.silence = Duration::from_secs(u64::from(remote.silence_s).max(1));
    Ok(endpoint)
}

/// The model behind `endpoint`, if the rules let this person reach its host.
pub(super) fn engine(
    context: &Context,
    endpoint: Endpoint,
    rules: &Rules,
    cancel: &Cancel,
) -> Result<Box<dyn Engine>, Failure> {
    let remote = connect(context, endpoint, rules, cancel)?;
    if remote.server().tokenizer.is_none() {
        context.out.say("this server counts no tokens: their number is estimated");
    }
    Ok(Box::new(remote))
}

fn connect(
    context: &Context,
    endpoint: Endpoint,
    rules: &Rules,
    cancel: &Cancel,
) -> Result<RemoteEngine, Failure> {
    let ruling = judge(rules, Actor::Person, endpoint.reach());
    let permit =
        ruling.permit().map_err(|refusal| Failure::from(refusal).code(ExitCode::Denied))?;
    if !endpoint.is_loopback() {
        let host = printable(endpoint.host());
        context.out.say(&format!("what the model sees of this repository is sent to `{host}`"));
    }
    if endpoint.is_open() {
        context.out.warn("the way there is not encrypted: others on it can read along");
    }
    let fallback = context.config()?.model.context;
    RemoteEngine::connect(endpoint, fallback, &permit, cancel).map_err(|error| {
        let code = if cancel.by_person() { ExitCode::Interrupted } else { ExitCode::NoModel };
        Failure::from(ModelError::from(error)).code(code)
    })
}

/// The servers of the configuration.
pub(super) fn listed(config: &Config) -> Vec<Listed> {
    config.remotes.iter().map(Listed::of).collect()
}

/// The server `name` of the configuration; with `rules` it is asked what it has.
pub(super) fn show(
    context: &Context,
    name: &str,
    rules: Option<&Rules>,
) -> Result<Option<Listed>, Failure> {
    let config = context.config()?;
    let Some(remote) = config.remotes.iter().find(|remote| remote.name == name) else {
        return Ok(None);
    };
    let mut listed = Listed::of(remote);
    if let Some(rules) = rules {
        let engine = connect(context, endpoint(remote)?, rules, &Cancel::default())?;
        listed.context = Some(engine.info().context);
        listed.server = Some(engine.server().clone());
    }
    Ok(Some(listed))
}

impl Listed {
    fn of(remote: &Remote) -> Self {
        let is_set = |name: &String| std::env::var_os(name).is_some_and(|key| !key.is_empty());
        Self {
            name: remote.name.clone(),
            url: remote.url.clone(),
            model: remote.model.clone(),
            key_env: remote.key_env.clone(),
            key_is_set: remote.key_env.as_ref().is_some_and(is_set),
            context: Some(remote.context).filter(|context| context.0 > 0),
            server: None,
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Where it is and what it needs, on a line.
    pub(super) fn line(&self) -> String {
        let mut line = printable(&self.url);
        if let Some(model) = &self.model {
            line += &format!(", model {}", printable(model));
        }
        match &self.key_env {
            Some(name) if self.key_is_set => line += &format!(", key in ${}", printable(name)),
            Some(name) => line += &format!(", its key is missing: ${} is not set", printable(name)),
            None => {}
        }
        line
    }

    /// Whether all is there to ask it.
    pub(super) fn is_ready(&self) -> bool {
        Endpoint::parse(&self.url).is_ok() && (self.key_env.is_none() || self.key_is_set)
    }

    /// Everything, a line each.
    pub(super) fn rows(&self) -> String {
        let key = self.key_env.as_ref().map(|name| match self.key_is_set {
            true => format!("in ${name}"),
            false => format!("${name} is not set"),
        });
        let server = self.server.as_ref();
        let tokenizer = server.map(|server| match server.tokenizer {
            Some(_) => "counted by the server".to_owned(),
            None => "estimated".to_owned(),
        });
        let offers = server.map(|server| {
            let ids: Vec<&str> = server.models.iter().take(20).map(|it| it.id.as_str()).collect();
            let more = server.models.len() - ids.len();
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!("{}{more}", ids.join(", "))
        });
        let rows = [
            ("name", Some(self.name.clone())),
            ("state", Some("remote".to_owned())),
            ("url", Some(self.url.clone())),
            ("model", server.map(|server| server.model.clone()).or(self.model.clone())),
            ("key", key),
            ("context", self.context.map(|tokens| format!("{} tokens", tokens.0))),
            ("server", server.map(|server| server.kind.name().to_owned())),
            ("tokens", tokenizer),
            ("offers", offers),
        ];
        let rows = rows.into_iter().filter_map(|(label, value)| Some((label, value?)));
        rows.map(|(label, value)| format!("{label:8} {}\n", printable(&value))).collect()
    }
}
