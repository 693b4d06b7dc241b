//! `countersign model bench`

use serde::Serialize;

use crate::base::Tokens;
use crate::cli::desk::settings;
use crate::cli::{Context, ExitCode, Failure, remote};
use crate::model::{
    self, Cancel, Engine, Load, LocalEngine, Measured, Message, ModelFile, Prompt, Sampling,
    Speaker, Speed, Store,
};

/// Measure how fast a model reads and writes here
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Name of a model, or path of a .gguf file
    name: Option<String>,
    /// Tokens to read
    #[arg(long, value_name = "N", default_value_t = 512)]
    prompt: u32,
    /// Tokens to write behind them
    #[arg(long, value_name = "N", default_value_t = 128)]
    generate: u32,
    /// How often; the table shows the median
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
}

/// What `--json` shows. Speeds are in tokens a second.
#[derive(Debug, Serialize)]
struct Report {
    model: String,
    threads: u32,
    runs: u32,
    prompt: Row,
    generation: Row,
    /// Seconds to the first token of a prompt of that length that nobody has read before.
    first_token_s: Spread,
    /// The same for a prompt that was read before, but for its last words.
    first_token_cached_s: Spread,
}

#[derive(Debug, Serialize)]
struct Row {
    tokens: u32,
    per_second: Spread,
    /// Tokens for each second that the processors gave, all together.
    per_cpu_second: Spread,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct Spread {
    median: f64,
    least: f64,
    most: f64,
}

pub(super) fn run(context: &Context, args: &Args) -> Result<ExitCode, Failure> {
    let mut settings = settings(context)?;
    // What earlier runs have read would be found on disk.
    settings.cache = None;
    settings.context =
        settings.context.max(Tokens(args.prompt.saturating_add(args.generate).saturating_add(64)));
    let chosen = args.name.as_deref().or(context.global.model.as_deref());
    let chosen = chosen.or(context.config()?.model.name.as_deref());
    if remote::meant(context.config()?, chosen)?.is_some() {
        return Err(Failure::new("a model of a server cannot be measured here")
            .hint("`countersign propose` says how fast each answer was"));
    }
    let file = Store::open()?.resolve(chosen).map_err(Failure::no_model)?;
    let threads = settings.threads;
    let engine =
        LocalEngine::start(&file, settings).map_err(|error| Failure::no_model(error.into()))?;
    let load = Load { prompt: Tokens(args.prompt.max(1)), written: Tokens(args.generate.max(1)) };
    // The first run pays for pages of the weights that nobody has touched.
    engine.measure(Load { prompt: Tokens(16), written: Tokens(4) })?;
    let (mut speeds, mut cold, mut cached) = (Vec::new(), Vec::new(), Vec::new());
    for number in 0..args.runs {
        context.out.say(&format!("run {} of {}", number + 1, args.runs));
        speeds.push(engine.measure(load)?);
        let words = format!("run {number} ").repeat(args.prompt as usize / 3);
        cold.push(first_token(&engine, &format!("{words}one"))?);
        cached.push(first_token(&engine, &format!("{words}two"))?);
    }
    keep(context, &file, threads, &speeds);
    let row = |tokens: Tokens, per_second: &dyn Fn(usize) -> (f64, f64)| {
        let pairs: Vec<(f64, f64)> = (0..speeds.len()).map(per_second).collect();
        let rate = |seconds: f64| f64::from(tokens.0) / seconds;
        Row {
            tokens: tokens.0,
            per_second: spread(pairs.iter().map(|it| rate(it.0)).collect()),
            per_cpu_second: spread(pairs.iter().map(|it| rate(it.1)).collect()),
        }
    };
    let measured = Report {
        model: file.name.clone(),
        threads,
        runs: args.runs,
        prompt: row(load.prompt, &|at| (speeds[at].prompt_s, speeds[at].prompt_cpu_s)),
        generation: row(load.written, &|at| (speeds[at].written_s, speeds[at].written_cpu_s)),
        first_token_s: spread(cold),
        first_token_cached_s: spread(cached),
    };
    match context.out.json {
        true => context.out.document(&measured)?,
        false => context.out.data(&table(&measured))?,
    }
    Ok(ExitCode::Done)
}

/// Keeps what was measured of an installed model, for `model doctor`. Without it the measurement is
/// good nevertheless.
fn keep(context: &Context, file: &ModelFile, threads: u32, speeds: &[Speed]) {
    let (Some(digest), Some(demand)) = (file.digest, model::demand(&file.path)) else { return };
    let kept = Store::open().and_then(|store| {
        let known = Measured::of(&store, &file.name);
        let mut measured = known.unwrap_or_else(|| Measured::new(digest, demand));
        measured.add(threads, speeds);
        measured.keep(&store, &file.name)
    });
    if let Err(error) = kept {
        context.out.warn(&format!("what was measured is not kept: {error}"));
    }
}

fn first_token(engine: &LocalEngine, text: &str) -> Result<f64, Failure> {
    let message = Message::new(Speaker::User, text);
    let prompt = Prompt { messages: vec![message], ..Prompt::default() };
    let one = Sampling { max_tokens: Tokens(1), ..Sampling::default() };
    let answer = engine.complete(&prompt, &one, &Cancel::default(), &mut |_| {})?;
    Ok(answer.usage.first_token_s)
}

fn spread(mut values: Vec<f64>) -> Spread {
    values.sort_by(f64::total_cmp);
    let at = |place: usize| values.get(place).copied().unwrap_or(f64::NAN);
    Spread { median: at(values.len() / 2), least: at(0), most: at(values.len().saturating_sub(1)) }
}

fn table(measured: &Report) -> String {
    let mut text = format!(
        "{}, {} threads, median of {} (least to most)\n",
        measured.model, measured.threads, measured.runs
    );
    for (name, row) in [("prompt", &measured.prompt), ("generation", &measured.generation)] {
        let Spread { median, least, most } = row.per_second;
        text += &format!(
            "{name:<12} {:>5} tokens  {median:>8.2} a second ({least:.2} to {most:.2}), {:.2} a CPU second\n",
            row.tokens, row.per_cpu_second.median
        );
    }
    let (cold, cached) = (measured.first_token_s.median, measured.first_token_cached_s.median);
    text += &format!("first token  {cold:.2} s, of a prompt that was read before {cached:.2} s\n");
    text
}
