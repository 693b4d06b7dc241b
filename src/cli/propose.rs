//! `countersign propose`

use std::path::PathBuf;
use std::time::Duration;

use serde_json::json;

use crate::agent::Ending;
use crate::base::RepoPath;
use crate::cli::progress::{Lines, Progress};
use crate::cli::{Context, ExitCode, Failure, desk, index, interrupt};
use crate::config::Config;
use crate::proposal::{self, Verdicts};
use crate::session::{self, Desk, Observer, Report, Request, Workshop};

/// Longest run of the test command.
const TEST_LIMIT: Duration = Duration::from_secs(900);

/// Have a model propose a change
///
/// Nothing is written to the work tree: the change waits as a proposal until you have reviewed it.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The task, in your words
    #[arg(required = true, value_name = "TASK")]
    task: Vec<String>,
    /// A file that the model has to see; may be given several times
    #[arg(short, long = "file", value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Command that tests the change, in a copy of the repository: once before it, once with it
    ///
    /// The copy holds what git tracks and what it does not ignore, edits included. The command runs
    /// with your own rights; $COUNTERSIGN_ROOT names the original, for what only that has
    /// (an environment, installed packages).
    #[arg(long, value_name = "CMD", env = "COUNTERSIGN_TEST", hide_env_values = true)]
    test: Option<String>,
    /// Apply the whole proposal unseen, whether its test passed or not
    #[arg(long)]
    apply: bool,
}

pub(super) fn run(context: &Context, args: Args) -> Result<ExitCode, Failure> {
    let cancel = interrupt::watch()?;
    let place = desk::open(context)?;
    let request = request(context, &place, &args)?;
    let mut observer: Box<dyn Observer> = match context.out.json {
        true => Box::new(Lines::new(context.out)),
        false => Box::new(Progress::new(context.out)),
    };
    observer.begins("load the model");
    let engine = desk::engine(context)?;
    observer.begins("index");
    let fresh = index::fresh(context, place.repo())?;
    let workshop = Workshop {
        desk: &place,
        index: &fresh.index,
        history: &fresh.history,
        engine: engine.as_ref(),
    };
    let report = session::propose(&workshop, &request, &cancel, observer.as_mut())?;
    drop(observer);
    conclude(context, &place, &report, args.apply)
}

fn request(context: &Context, place: &Desk, args: &Args) -> Result<Request, Failure> {
    let Config { model, propose, .. } = context.config()?;
    let limit = Some(propose.time_limit_s).filter(|seconds| *seconds > 0);
    let named = |file: &PathBuf| named(place, context, file);
    Ok(Request {
        text: args.task.join(" "),
        files: args.files.iter().map(named).collect::<Result<_, _>>()?,
        test: args.test.clone().or_else(|| propose.test.clone()),
        temperature: model.temperature,
        top_p: model.top_p,
        seed: model.seed,
        retries: propose.attempts,
        prompt_tokens: propose.context_tokens,
        answer_tokens: model.max_tokens,
        deadline: limit.map(|seconds| context.started + Duration::from_secs(seconds)),
        test_limit: TEST_LIMIT,
        started: context.started,
    })
}

/// The path in the repository of a file that a person named from where they are.
fn named(place: &Desk, context: &Context, file: &std::path::Path) -> Result<RepoPath, Failure> {
    let wrong = |why: String| {
        Failure::new(format!("cannot show `{}` to the model: {why}", file.display()))
            .code(ExitCode::Usage)
            .hint("name a file of this repository")
    };
    let absolute =
        context.dir.join(file).canonicalize().map_err(|error| wrong(error.to_string()))?;
    let root = place.repo().root().canonicalize().map_err(|error| wrong(error.to_string()))?;
    let inside =
        absolute.strip_prefix(&root).map_err(|_| wrong("it lies outside the repository".into()))?;
    RepoPath::from_os(inside).map_err(|error| wrong(error.to_string()))
}

fn conclude(
    context: &Context,
    place: &Desk,
    report: &Report,
    apply: bool,
) -> Result<ExitCode, Failure> {
    let code = exit_code(&report.ending);
    let applied = match &report.proposal {
        Some(id) if apply => {
            let proposal = proposal::load(place.repo(), id)?;
            let hunks = u32::try_from(proposal::hunks(&proposal.changes).len()).unwrap_or(u32::MAX);
            Some(place.apply(&proposal, &Verdicts::accept_all(hunks))?)
        }
        _ => None,
    };
    if context.out.json {
        context.out.line(&result(report, applied.is_some()))?;
    } else {
        context.out.data(&words(report, applied.is_some()))?;
    }
    match &report.ending {
        Ending::Proposed { .. } | Ending::Cancelled => {}
        Ending::NoUsableReply(reason) => {
            return Err(Failure::new("no reply of the model could be applied")
                .code(code)
                .because(reason.clone())
                .hint(
                    "say the task more exactly, name the file with `--file`, or use a larger model",
                ));
        }
        Ending::TimeUp => {
            return Err(Failure::new(
                "the time limit was reached before there was a change to propose",
            )
            .code(code)
            .hint("give more time with `--time-limit`"));
        }
    }
    Ok(code)
}

fn exit_code(ending: &Ending) -> ExitCode {
    match ending {
        Ending::Proposed { verified: Some(false) } => ExitCode::Unverified,
        Ending::Proposed { .. } => ExitCode::Done,
        Ending::NoUsableReply(_) => ExitCode::Failed,
        Ending::TimeUp => ExitCode::BudgetSpent,
        Ending::Cancelled => ExitCode::Interrupted,
    }
}

/// The last JSON line: what came of it and what it cost.
fn result(report: &Report, applied: bool) -> serde_json::Value {
    let cost = &report.cost;
    json!({
        "v": 1,
        "type": "task.completed",
        "task": report.task,
        "proposal": report.proposal,
        "applied": applied,
        "outcome": outcome(&report.ending),
        "before": report.before,
        "after": report.after,
        "requests": cost.requests,
        "well_formed": cost.refused == 0,
        "prompt_tokens": cost.prompt_tokens.saturating_sub(cost.cached_tokens),
        "prompt_tokens_sent": cost.prompt_tokens,
        "completion_tokens": cost.completion_tokens,
        "first_token_s": cost.first_token_s,
        "prompt_tokens_per_s": cost.prompt_rate(),
        "completion_tokens_per_s": cost.completion_rate(),
        "seconds": report.seconds,
    })
}

fn outcome(ending: &Ending) -> &'static str {
    match ending {
        Ending::Proposed { verified: Some(true) } => "verified",
        Ending::Proposed { verified: Some(false) } => "verification_failed",
        Ending::Proposed { verified: None } => "proposed",
        Ending::NoUsableReply(_) => "no_usable_reply",
        Ending::TimeUp => "time_up",
        Ending::Cancelled => "interrupted",
    }
}

/// The summary for people.
fn words(report: &Report, applied: bool) -> String {
    let mut text = String::new();
    if let Some(id) = &report.proposal {
        text.push_str(&format!("proposal {id}"));
        for (when, run) in [("before", &report.before), ("after", &report.after)] {
            if let Some(run) = run {
                let word = if run.passed { "passed" } else { "failed" };
                text.push_str(&format!("   test {when}: {word}"));
            }
        }
        text.push('\n');
        text.push_str(&match applied {
            true => "applied to the work tree; take it back with `countersign undo`\n".to_owned(),
            false => format!("the work tree is untouched; decide with `countersign review {id}`\n"),
        });
    }
    text.push_str(&figures(report));
    text
}

/// One line of figures: time to the first token, rates, tokens, total.
fn figures(report: &Report) -> String {
    let cost = &report.cost;
    let mut parts = Vec::new();
    if let Some(seconds) = cost.first_token_s {
        parts.push(format!("first token after {seconds:.1} s"));
    }
    let rate =
        |rate: Option<f64>| rate.map(|rate| format!(" at {rate:.0} tok/s")).unwrap_or_default();
    parts.push(format!(
        "read {}{}",
        cost.prompt_tokens.saturating_sub(cost.cached_tokens),
        rate(cost.prompt_rate())
    ));
    if cost.cached_tokens.0 > 0 {
        parts.push(format!("{} cached", cost.cached_tokens));
    }
    parts.push(format!("wrote {}{}", cost.completion_tokens, rate(cost.completion_rate())));
    parts.push(format!("{} request{}", cost.requests, if cost.requests == 1 { "" } else { "s" }));
    parts.push(format!("{:.1} s in all", report.seconds));
    format!("{}\n", parts.join(" · "))
}
