//! What most commands open first: the desk to decide at, the proposal that is meant, the model.

use std::str::FromStr;

use crate::base::Tokens;
use crate::cli::{Context, ExitCode, Failure, remote};
use crate::model::catalogue::catalogue;
use crate::model::{
    self, Absent, Adapter, Cancel, Engine, Measured, NoChoice, Rope, Store, Thoughts, machine,
};
use crate::proposal::{self, Proposal, Status};
use crate::repo::Repo;
use crate::session::{self, DecideError, Desk};

/// Opens repository, rules and journal, and puts right what an interrupted run left.
pub(super) fn open(context: &Context) -> Result<Desk, Failure> {
    let repo = open_repo(context)?;
    let rules = context.rules(&repo)?;
    Ok(Desk::open(repo, rules)?)
}

/// Finds the repository and puts right what an interrupted run left in it.
pub(super) fn open_repo(context: &Context) -> Result<Repo, Failure> {
    let repo = Repo::discover(&context.dir)?;
    for rolled_back in session::recover(&repo)? {
        context.out.warn(&rolled_back.to_string());
    }
    Ok(repo)
}

/// The proposal that `id` stands for; without one, the only one that waits.
pub(super) fn pick(repo: &Repo, id: Option<&str>) -> Result<Proposal, Failure> {
    if let Some(id) = id {
        return Ok(proposal::load(repo, &proposal::find(repo, id)?)?);
    }
    let receipts = proposal::receipts(repo)?;
    let (mut proposals, _) = proposal::list(repo)?;
    proposals.retain(|it| proposal::status(it, &receipts) == Status::Waiting);
    let ids: Vec<String> = proposals.iter().map(|it| format!("`{}`", it.id)).collect();
    match (proposals.pop(), proposals.is_empty()) {
        (Some(only), true) => Ok(only),
        (None, _) => Err(Failure::new("no proposal waits")
            .hint("have one made with `countersign propose \"what should change\"`")),
        (Some(_), false) => {
            Err(Failure::new(format!("{} proposals wait: {}", ids.len(), ids.join(", ")))
                .code(ExitCode::Usage)
                .hint(format!("name one, for example {}", ids[0])))
        }
    }
}

/// A decision that was not carried out, with the exit code that says why.
pub(super) fn failed(error: DecideError) -> Failure {
    let code = match &error {
        DecideError::Refused(_) => ExitCode::Denied,
        _ => ExitCode::Failed,
    };
    Failure::from(error).code(code)
}

/// The model for a role: what `--model` says, else the role's own, else as the configuration says. It
/// is loaded, or reached where it is a server's.
pub(super) fn engine(
    context: &Context,
    desk: &Desk,
    role: Option<&str>,
    cancel: &Cancel,
) -> Result<Box<dyn Engine>, Failure> {
    let config = context.config()?;
    let name = context.global.model.as_deref().or(role).or(config.model.name.as_deref());
    if let Some(endpoint) = remote::meant(config, name)? {
        return remote::engine(context, endpoint, &context.rules(desk.repo())?, cancel);
    }
    let mut settings = settings(context)?;
    if let Some(measured) = measured(name) {
        tune(&mut settings, &measured, config.model.threads);
    }
    settings.thoughts = thoughts(name, settings.thoughts);
    model::open(name, settings).map_err(Failure::no_model)
}

/// The engine, or where no model is named anywhere and none is there nobody in its place, if that is
/// allowed.
pub(super) fn engine_if_any(
    context: &Context,
    desk: &Desk,
    role: Option<&str>,
    spare: bool,
    cancel: &Cancel,
) -> Result<Box<dyn Engine>, Failure> {
    let config = context.config()?;
    let named = context.global.model.is_some() || role.is_some() || config.model.name.is_some();
    match engine(context, desk, role, cancel) {
        Err(Failure { code: ExitCode::NoModel, message, hint, .. }) if spare && !named => {
            context.out.say("there is no model here; a mistake may be mended without one");
            Ok(Box::new(Absent::nameless(config.model.context, message, hint)))
        }
        other => other,
    }
}

/// How long the installed model that is meant thinks, where nobody says: as the catalogue does.
fn thoughts(name: Option<&str>, set: Thoughts) -> Thoughts {
    let suits = || {
        let file = Store::open().ok()?.resolve(name).ok()?;
        let entry = catalogue().into_iter().find(|entry| entry.name == file.name)?;
        Some(Thoughts::Most(Tokens(entry.suits.thinking?)))
    };
    match set {
        Thoughts::Auto => suits().unwrap_or_default(),
        set @ Thoughts::Most(_) => set,
    }
}

/// What was measured here of the installed model that is meant.
fn measured(name: Option<&str>) -> Option<Measured> {
    let store = Store::open().ok()?;
    let file = store.resolve(name).ok()?;
    Measured::of(&store, &file.name).filter(|_| file.path.starts_with(store.folder()))
}

/// Sets what was measured to be best, unless the configuration says how many threads; cores that
/// others are using are theirs.
fn tune(settings: &mut model::Settings, measured: &Measured, configured: u32) {
    settings.costs = measured.micros();
    if let Some(best) = measured.best().filter(|_| configured == 0) {
        settings.threads = settings.threads.min(best.threads);
    }
}

/// How to load a model, by the flags and the configuration.
pub(super) fn settings(context: &Context) -> Result<model::Settings, Failure> {
    let config = &context.config()?.model;
    let threads = if config.threads == 0 { machine::idle_cores() } else { config.threads };
    let cache_limit = u64::from(config.cache_mb) << 20;
    let rope = match config.rope.as_str() {
        "yarn" => Rope::Yarn { factor: config.rope_factor, original: config.rope_original },
        _ => Rope::Model,
    };
    let adapter = config.adapter.as_deref().map(|text| choice("model.adapter", text));
    // A path is meant from where the command was started.
    let adapter = adapter
        .transpose()?
        .map(|adapter: Adapter| Adapter { path: context.dir.join(&adapter.path), ..adapter });
    Ok(model::Settings {
        context: config.context,
        threads,
        gpu_layers: config.gpu_layers,
        experts: choice("model.experts", &config.experts)?,
        cells: choice("model.kv", &config.kv)?,
        flash: choice("model.flash", &config.flash)?,
        rope,
        adapter,
        thoughts: choice("model.thinking", &config.thinking)?,
        cache: model::cache_folder().filter(|_| cache_limit > 0),
        cache_limit,
        ..model::Settings::default()
    })
}

/// The choice that `text` names for `key`.
fn choice<T: FromStr<Err = NoChoice>>(key: &str, text: &str) -> Result<T, Failure> {
    text.parse().map_err(|error| Failure::new(format!("`{key}`: {error}")).code(ExitCode::Usage))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Digest;
    use crate::model::{Cost, Demand, Rate};

    #[test]
    fn what_was_measured_is_used_unless_the_configuration_says_otherwise() {
        let mut measured = Measured::new(Digest::zero(), Demand::default());
        let rate = |threads, reading| Rate { threads, reading, writing: 9.0, load: 0.0 };
        measured.speeds = vec![rate(1, 20.0), rate(2, 40.0), rate(4, 30.0)];
        measured.costs = vec![Cost { tokens: 1, seconds: 0.25 }];
        let tuned = |threads, configured| {
            let mut settings = model::Settings { threads, ..model::Settings::default() };
            tune(&mut settings, &measured, configured);
            assert_eq!(settings.costs, [(1, 250_000)]);
            settings.threads
        };
        assert_eq!(tuned(4, 0), 2);
        assert_eq!(tuned(1, 0), 1, "others are using the rest");
        assert_eq!(tuned(4, 4), 4);
        measured.speeds.iter_mut().for_each(|rate| rate.load = 1e6);
        assert!(measured.micros().is_empty(), "others disturbed");
    }
}
