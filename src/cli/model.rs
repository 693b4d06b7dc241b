//! `countersign model`

use std::path::Path;

use serde::Serialize;
use serde_json::json;

use crate::base::Tokens;
use crate::cli::desk::settings;
use crate::cli::{
    Context, ExitCode, Failure, bench, calibrate, calibrate_tools, fetch, model_doctor, remote,
};
use crate::model::catalogue::{self, Entry, Suits};
use crate::model::{Ability, Installed, Measured, ModelError, ModelInfo, Outlook, Store, outlook};

/// List, fetch, show, choose and remove models
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List the models that are installed and those that can be fetched
    List,
    /// Fetch a model by name, from a hub or an address, or register a .gguf file
    Pull(fetch::Args),
    /// Show what is known of a model
    Show {
        /// Name of a model, or of a server in the configuration
        name: String,
        /// Ask the server what it has; without this nothing is reached
        #[arg(long)]
        reach: bool,
    },
    /// Remove an installed model
    Rm {
        /// Name of a model
        name: String,
    },
    /// Measure how fast a model reads and writes here
    Bench(bench::Args),
    /// Say which models run on this machine, at which context, and about how fast
    Doctor(model_doctor::Args),
    /// Measure what suits a model on this machine, in about two minutes, and keep it
    Calibrate(calibrate::Args),
    /// Make an installed model the default
    Use {
        /// Name of a model
        name: String,
    },
}

/// A model as `--json` shows it.
#[derive(Debug, Serialize)]
pub(super) struct Listed {
    pub(super) name: String,
    installed: bool,
    default: bool,
    bytes: u64,
    licence: Option<String>,
    about: Option<String>,
    context: Option<u32>,
    memory: Option<u64>,
    path: Option<String>,
    sha256: Option<String>,
    source: Option<String>,
    from: Vec<&'static str>,
    /// What suits it, from the catalogue.
    suits: Option<Suits>,
    /// What was measured of it on this machine.
    measured: Option<Measured>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tools: Option<Ability>,
    /// How it would be loaded; only where one model is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    here: Option<Outlook>,
}

pub(super) fn run(context: &Context, args: Args) -> Result<ExitCode, Failure> {
    let store = Store::open()?;
    match args.command {
        Command::List => list(context, &store),
        Command::Pull(args) => fetch::run(context, &store, &args),
        Command::Show { name, reach } => show(context, &store, &name, reach),
        Command::Rm { name } => {
            store.remove(&name)?;
            context.out.say(&format!("removed `{name}`"));
            Ok(ExitCode::Done)
        }
        Command::Bench(args) => bench::run(context, &args),
        Command::Doctor(args) => model_doctor::run(context, &store, &args),
        Command::Calibrate(args) => calibrate::run(context, &store, &args),
        Command::Use { name } => {
            if remote::meant(context.config()?, Some(&name))?.is_some() {
                return Err(Failure::new(format!("`{name}` is a server, not an installed model"))
                    .hint(
                        "set `model.name` in your own configuration to have it answer by default",
                    ));
            }
            store.set_default(&name).map_err(Failure::no_model)?;
            context.out.say(&format!("`{name}` answers from now on"));
            Ok(ExitCode::Done)
        }
    }
}

fn list(context: &Context, store: &Store) -> Result<ExitCode, Failure> {
    let models = listed(store)?;
    let remotes = remote::listed(context.config()?);
    if context.out.json {
        let models = models.iter().map(|model| json!(model));
        let all: Vec<_> = models.chain(remotes.iter().map(|remote| json!(remote))).collect();
        context.out.document(&all)?;
        return Ok(ExitCode::Done);
    }
    let names = models.iter().map(|model| model.name.as_str());
    let names = names.chain(remotes.iter().map(|remote| remote.name()));
    let width = names.map(str::len).max().unwrap_or(0);
    let mut text = String::new();
    for remote in &remotes {
        text += &format!("{:width$}  remote     {}\n", remote.name(), remote.line());
    }
    for model in &models {
        let state = match (model.default, model.installed) {
            (true, _) => "default",
            (_, true) => "installed",
            _ => "-",
        };
        let licence = model.licence.as_deref().unwrap_or("unknown licence");
        let about = model.about.as_deref().unwrap_or("");
        text += &format!("{:width$}  {state:9}  {:>8}  {licence}\n", model.name, size(model.bytes));
        if !about.is_empty() {
            text += &format!("  {about}\n");
        }
    }
    context.out.data(&text)?;
    Ok(ExitCode::Done)
}

/// Installed models first, then those of the catalogue.
pub(super) fn listed(store: &Store) -> Result<Vec<Listed>, Failure> {
    // The default may be nobody's choice but the best that is here.
    let default = store.default_name().or_else(|| store.resolve(None).ok().map(|file| file.name));
    let installed = store.installed()?;
    let missing = |entry: &Entry| installed.iter().all(|model| model.name != entry.name);
    let available: Vec<_> = catalogue::catalogue().into_iter().filter(missing).collect();
    let here = installed.iter().map(|model| {
        let is_default = default.as_ref() == Some(&model.name);
        Listed::new(&model.name, catalogue::find(&model.name), Some(model), is_default)
    });
    let there =
        available.iter().map(|entry| Listed::new(&entry.name, Some(entry.clone()), None, false));
    Ok(here.chain(there).collect())
}

impl Listed {
    fn new(name: &str, entry: Option<Entry>, installed: Option<&Installed>, default: bool) -> Self {
        let record = installed.and_then(|model| model.record.as_ref());
        let published = entry.as_ref().and_then(|entry| entry.sha256);
        let mut from = Vec::new();
        if let Some(entry) = &entry {
            from.extend(entry.packages.as_ref().map(|_| "packages"));
            from.extend(entry.hub.as_ref().map(|_| "hub"));
        }
        let suits = entry.as_ref().map(|entry| entry.suits.clone());
        Self {
            name: name.to_owned(),
            installed: installed.is_some(),
            default,
            bytes: installed
                .map(|model| model.bytes)
                .or(entry.as_ref().map(|entry| entry.bytes))
                .unwrap_or(0),
            licence: record
                .and_then(|record| record.licence.clone())
                .or(entry.as_ref().map(|entry| entry.licence.clone())),
            context: entry.as_ref().map(|entry| entry.context.0),
            memory: entry.as_ref().map(|entry| entry.memory),
            about: entry.map(|entry| entry.about),
            path: installed.map(|model| model.path.display().to_string()),
            sha256: record
                .map(|record| record.sha256)
                .or(published)
                .map(|digest| digest.to_string()),
            source: record.map(|record| record.source.clone()),
            from,
            suits,
            measured: None,
            tools: None,
            here: None,
        }
    }
}

fn show(context: &Context, store: &Store, name: &str, reach: bool) -> Result<ExitCode, Failure> {
    let rules = || context.rules_here(context.config()?.policy.mode);
    let rules = reach.then(rules).transpose()?;
    if let Some(remote) = remote::show(context, name, rules.as_ref())? {
        match context.out.json {
            true => context.out.document(&remote)?,
            false => context.out.data(&remote.rows())?,
        }
        return Ok(ExitCode::Done);
    }
    let found = listed(store)?.into_iter().find(|model| model.name == name);
    let Some(mut model) = found else {
        // Says which name is meant, perhaps.
        let error = store.resolve(Some(name)).err();
        let unknown = || ModelError::Unknown { name: name.to_owned(), closest: None };
        return Err(Failure::no_model(error.unwrap_or_else(unknown)));
    };
    model.measured = Measured::of(store, name);
    let digest = store.find(name)?.and_then(|it| it.record).map(|record| record.sha256);
    let info = ModelInfo { name: name.to_owned(), digest, context: Tokens(0) };
    model.tools = Ability::of(store, &info);
    let settings = settings(context)?;
    model.here = model.path.as_deref().and_then(|path| outlook(Path::new(path), &settings));
    if context.out.json {
        context.out.document(&model)?;
        return Ok(ExitCode::Done);
    }
    let mut measured = model.measured.as_ref().map(calibrate::text).unwrap_or_default();
    measured += &model.tools.as_ref().map(calibrate_tools::text).unwrap_or_default();
    let suits = model.suits.as_ref().and_then(suits_text);
    let experts = model.here.filter(|it| it.estimate.experts > 0).map(|it| {
        let (asked, all) = (size(it.estimate.active), size(it.estimate.weights));
        format!("each token goes through {asked} of {all}")
    });
    let context_length = model.context.map(|tokens| format!("{tokens} tokens"));
    let state = if model.installed { "installed" } else { "not installed" };
    let rows = [
        ("name", Some(model.name)),
        ("about", model.about),
        ("state", Some(if model.default { format!("{state}, default") } else { state.into() })),
        ("licence", model.licence),
        ("size", Some(size(model.bytes))),
        ("memory", model.memory.map(size)),
        ("context", context_length),
        ("suits", suits),
        ("experts", experts),
        ("here", model.here.map(|it| it.to_string())),
        ("file", model.path),
        ("sha256", model.sha256),
        ("source", model.source),
        ("from", Some(model.from.join(", ")).filter(|from| !from.is_empty())),
    ];
    let rows = rows.into_iter().filter_map(|(label, value)| value.map(|value| (label, value)));
    let text: String = rows.map(|(label, value)| format!("{label:8} {value}\n")).collect();
    context.out.data(&(text + &measured))?;
    Ok(ExitCode::Done)
}

/// What suits a model, in a line; nothing where it is the usual.
fn suits_text(suits: &Suits) -> Option<String> {
    let experts = suits.experts.as_ref().map(|place| format!("experts on the {place}"));
    let cells = suits.cells.as_ref().map(|kind| format!("keys and values as {kind}"));
    let thinking = suits.thinking.map(|tokens| format!("{tokens} tokens of thought"));
    let parts: Vec<String> = [experts, cells, thinking].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// Bytes as people read them.
pub(super) fn size(bytes: u64) -> String {
    match bytes.div_ceil(1_000_000) {
        megabytes @ 0..1000 => format!("{megabytes} MB"),
        megabytes => format!("{:.1} GB", megabytes as f64 / 1000.0),
    }
}
