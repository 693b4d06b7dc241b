//! `countersign model calibrate`

use std::time::{Duration, Instant};

use crate::base::{Digest, Tokens};
use crate::cli::desk::settings;
use crate::cli::{Context, ExitCode, Failure, calibrate_tools, interrupt, remote};
use crate::model::calibrate::{Calibration, Stage};
use crate::model::{
    self, Cancel, LocalEngine, Measured, ModelError, ModelFile, Store, demand, machine,
};
use crate::session;

/// What the longest prompt that is measured needs.
const LEAST_CONTEXT: Tokens = Tokens(2048);

/// Measure what suits a model on this machine, in about two minutes, and keep it
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Name of an installed model
    name: Option<String>,
    /// Seconds after which no new exercise is begun
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    time: u64,
    /// Seconds that you would wait for a prompt to be read
    #[arg(long, value_name = "SECONDS", default_value_t = 30.0)]
    patience: f64,
    /// Only the exercises with tools, which tell whether `propose` lets the model work with them; also for
    /// a server
    #[arg(long)]
    tools: bool,
}

pub(super) fn run(context: &Context, store: &Store, args: &Args) -> Result<ExitCode, Failure> {
    if args.tools {
        return tools(context, store, args);
    }
    let mut settings = settings(context)?;
    settings.cache = None;
    settings.context = settings.context.max(LEAST_CONTEXT);
    let threads = context.config()?.model.threads;
    let most_threads = if threads == 0 { machine::physical_cores() } else { threads };
    let chosen = args.name.as_deref().or(context.global.model.as_deref());
    let chosen = chosen.or(context.config()?.model.name.as_deref());
    let file = store.resolve(chosen).map_err(Failure::no_model)?;
    let digest = digest(store, &file)?;
    let demand = demand(&file.path).ok_or_else(|| {
        Failure::new(format!("the head of `{}` does not say what it costs", file.name))
            .hint("`countersign model bench` measures any model that loads")
    })?;
    let cancel = interrupt::watch()?;
    let deadline = Instant::now() + Duration::from_secs(args.time);
    let busy = machine::physical_cores() - machine::idle_cores();
    if busy > 0 {
        let cores = if busy == 1 { "core" } else { "cores" };
        context.out.warn(&format!(
            "others are using {busy} {cores}: what is measured now is lower than it could be"
        ));
    }
    let patience_s = args.patience;
    let calibration =
        Calibration { file: &file, settings, most_threads, patience_s, cancel: &cancel };
    let mut on_stage = |stage| context.out.say(&words(stage));
    let mut kept = Ok(());
    let mut on_result = |measured: &Measured| kept = measured.keep(store, &file.name);
    let measured = calibration.run(digest, demand, &mut on_stage, &mut on_result);
    let (engine, mut measured) = measured?;
    kept?;
    // However long the rest took, there is some time for these.
    let deadline = deadline.max(Instant::now() + Duration::from_secs(args.time / 2));
    practise(context, store, &engine, &cancel.until(Some(deadline)), &mut measured)?;
    let within = cancel.until(Some(deadline));
    let ability = calibrate_tools::measured(context, store, &engine, &within)?;
    match context.out.json {
        true => {
            let mut document = serde_json::json!(measured);
            document["tools"] = serde_json::json!(ability);
            context.out.document(&document)?;
        }
        false => context.out.data(&(text(&measured) + &calibrate_tools::text(&ability)))?,
    }
    if cancel.is_cancelled() {
        let kept = "what was measured so far is kept; run the same command again for all of it";
        return Err(Failure::new("interrupted").code(ExitCode::Interrupted).hint(kept));
    }
    Ok(ExitCode::Done)
}

/// Only the exercises with tools, of a model here or of a server's.
fn tools(context: &Context, store: &Store, args: &Args) -> Result<ExitCode, Failure> {
    let config = context.config()?;
    let global = context.global.model.as_deref();
    let chosen = args.name.as_deref().or(global).or(config.model.name.as_deref());
    let cancel = interrupt::watch()?;
    let within = cancel.until(Instant::now().checked_add(Duration::from_secs(args.time)));
    let engine = match remote::meant(config, chosen)? {
        Some(endpoint) => {
            let rules = context.rules_here(config.policy.mode)?;
            remote::engine(context, endpoint, &rules, &cancel)?
        }
        None => model::open(chosen, settings(context)?).map_err(Failure::no_model)?,
    };
    calibrate_tools::run(context, store, engine.as_ref(), &within)
}

/// The digest that what is measured is kept under: only installed models have a place for it.
fn digest(store: &Store, file: &ModelFile) -> Result<Digest, Failure> {
    let installed = store.find(&file.name).ok().flatten();
    let record = installed.filter(|it| it.path == file.path).and_then(|it| it.record);
    record.map(|record| record.sha256).ok_or_else(|| {
        Failure::new(format!("`{}` is not installed, so nothing can be kept of it", file.name))
            .hint("`countersign model pull PATH` installs a file")
    })
}

fn practise(
    context: &Context,
    store: &Store,
    engine: &LocalEngine,
    cancel: &Cancel,
    measured: &mut Measured,
) -> Result<(), Failure> {
    context.out.say("exercises in editing, in each form");
    let name = crate::model::Engine::info(engine).name.clone();
    let mut kept: Result<(), ModelError> = Ok(());
    let mut so_far = measured.clone();
    measured.edits = session::practise(engine, cancel, &mut |edits| {
        so_far.edits = edits.to_vec();
        kept = so_far.keep(store, &name);
    })?;
    kept?;
    Ok(measured.keep(store, &name)?)
}

fn words(stage: Stage) -> String {
    match stage {
        Stage::Threads(1) => "speed with 1 thread".to_owned(),
        Stage::Threads(threads) => format!("speed with {threads} threads"),
        Stage::Batch(1) => "cost of 1 token at once".to_owned(),
        Stage::Batch(tokens) => format!("cost of {tokens} tokens at once"),
        Stage::Prompt(tokens) => format!("a prompt of {tokens} tokens"),
    }
}

/// What was measured, as `model show` shows it, too.
pub(super) fn text(measured: &Measured) -> String {
    let mut text = "measured here\n".to_owned();
    let best = measured.best().map(|rate| rate.threads);
    for rate in &measured.speeds {
        let mark = if Some(rate.threads) == best { ", best" } else { "" };
        let threads = if rate.threads == 1 { "thread " } else { "threads" };
        text += &format!(
            "  {:>2} {threads}  reads {:.1}, writes {:.1} tokens a second (load {:.1}{mark})\n",
            rate.threads, rate.reading, rate.writing, rate.load
        );
    }
    let one = measured.costs.iter().find(|cost| cost.tokens == 1).map(|cost| cost.seconds);
    for cost in measured.costs.iter().filter(|cost| cost.tokens > 1) {
        let units = one.map_or(f64::NAN, |one| cost.seconds / one);
        text +=
            &format!("  {:>2} tokens at once cost as much as {units:.1} one by one\n", cost.tokens);
    }
    if !measured.costs.is_empty() && measured.micros().is_empty() {
        text += "     others used the cores meanwhile, so these costs are not used\n";
    }
    if let Some(readable) = measured.readable {
        text += &format!(
            "  a prompt of {} tokens is read within {:.0} s\n",
            readable.tokens, readable.seconds
        );
    }
    for edits in &measured.edits {
        let left = session::exercises() as u32 - edits.tried.min(session::exercises() as u32);
        let left = if left == 0 { String::new() } else { format!("; {left} not tried") };
        text += &format!(
            "  edits by {}: {} of {} small exercises right, {} could be applied{left}\n",
            edits.dialect, edits.passed, edits.tried, edits.applied
        );
    }
    text
}
