//! `countersign propose`

use std::path::PathBuf;
use std::time::Duration;

use crate::agent::SOLO;
use crate::cli::file_argument::shown_file;
use crate::cli::propose_tests::Wanted;
use crate::cli::report::End;
use crate::cli::{
    Context, ExitCode, Failure, desk, interrupt, progress, propose_tests, variables, way, worded,
    workshop,
};
use crate::config::Config;
use crate::session::{self, Desk, Report, Request, Selection};

/// Longest run of the test command.
const TEST_LIMIT: Duration = Duration::from_secs(900);

/// More answers than this share one batch badly.
pub(super) const MOST_CANDIDATES: u32 = 16;

/// Have a model propose a change
///
/// Nothing is written to the work tree: the change waits as a proposal until you have reviewed it.
/// A task that only renames or moves one definition, such as "Rename `a` to `b`" or "Move `a` to b.py",
/// is carried out by `rename` or `move`, and no model is asked.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The task, in your words
    #[arg(required_unless_present = "tests", value_name = "TASK")]
    task: Vec<String>,
    /// A file that the model has to see; may be given several times
    #[arg(short, long = "file", value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Command that tests the change, in a copy of the repository: once before it, once with it
    /// [env: COUNTERSIGN_TEST]
    ///
    /// The copy holds what git tracks and what it does not ignore, edits included. The command runs
    /// with your own rights; $COUNTERSIGN_ROOT names the original, for what only that has
    /// (an environment, installed packages).
    #[arg(long, value_name = "CMD")]
    test: Option<String>,
    /// Write tests of these functions of Python, or of the public ones of a file: they pass on the code
    /// as it is, and fail with small mistakes in it
    ///
    /// The model thinks of inputs; what they should give is what the code gives now, so look at it: a test
    /// that pins a mistake is wrong. Mistakes that no test shows are listed. A task says what to look at.
    #[arg(long, value_name = "FILE[::NAME]", num_args = 1.., conflicts_with = "files")]
    tests: Vec<String>,
    /// Answers that are written side by side; the best one is proposed [default: 4]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=i64::from(MOST_CANDIDATES)))]
    candidates: Option<u32>,
    /// How it is worked on: `pipeline` asks the model for edits of what was found, `loop` lets it look
    /// around, edit and test with tools [default: auto, which is `loop` for a model that `model calibrate`
    /// found able to]
    #[arg(long, value_name = "WAY", value_parser = ["auto", "pipeline", "loop"])]
    way: Option<String>,
    /// Who works on it: solo (one who writes), pair (one who writes, one who reads the change, and what
    /// that finds is mended), full, or a team of your own [default: solo]
    #[arg(long, value_name = "NAME", conflicts_with = "tests")]
    team: Option<String>,
    /// Apply the whole proposal unseen, whether its test passed or not
    #[arg(long)]
    apply: bool,
}

pub(super) fn run(context: &Context, args: Args) -> Result<ExitCode, Failure> {
    if !args.tests.is_empty() {
        let Args { task, tests, test, candidates, apply, .. } = args;
        let wanted = Wanted { wish: task.join(" "), named: tests, test, candidates, apply };
        return propose_tests::run(context, &wanted);
    }
    let mut end = match work(context, &args) {
        Ok((place, report)) => End::of(report).applied_if(args.apply, &place),
        Err(failure) => End::without_report(failure),
    };
    end.tell(context)?;
    end.failure.take().map_or(Ok(end.code), Err)
}

/// Everything up to the report.
fn work(context: &Context, args: &Args) -> Result<(Desk, Report), Failure> {
    let cancel = interrupt::watch()?;
    let place = desk::open(context)?;
    let request = request(context, &place, args)?;
    if request.files.is_empty() {
        let (text, test) = (request.text.as_str(), request.test.as_deref());
        let within = cancel.until(request.deadline);
        if let Some(report) = worded::carried_out(context, &place, text, test, &within)? {
            return Ok((place, report));
        }
    }
    let wanted = args.way.as_ref().unwrap_or(&context.config()?.propose.way);
    if let Some(team) = request.team.as_ref().filter(|_| wanted == "loop") {
        let said = format!("the team `{team}` does not work with tools");
        return Err(Failure::new(said)
            .code(ExitCode::Usage)
            .hint("leave out `--way loop` or the team"));
    }
    let own = way::model_of_role(&place, wanted)?;
    let request = match context.global.model {
        None if own.is_some() => Request { model: own.clone(), ..request },
        _ => request,
    };
    // A mistake may be mended without a model; who is asked nevertheless says that there is none.
    let spare = request.repair && session::tells_of_a_mistake(&request.text);
    let mut observer = progress::observer(context);
    let report = workshop::open(
        context,
        &place,
        (
            &|role| desk::engine_if_any(context, &place, own.as_deref().or(role), spare, &cancel),
            request.team.as_deref(),
        ),
        &cancel,
        observer.as_mut(),
        &mut |workshop, observer| {
            let way = way::of(context, wanted, request.team.as_deref(), workshop.engine.info());
            let request = Request { way, ..request.clone() };
            session::propose(workshop, &request, &cancel, observer)
        },
    )?;
    Ok((place, report))
}

impl Args {
    /// A task and nothing else: all other things are as environment and configuration say.
    pub(super) fn task(text: String) -> Self {
        Self {
            task: vec![text],
            files: Vec::new(),
            test: None,
            tests: Vec::new(),
            candidates: None,
            way: None,
            team: None,
            apply: false,
        }
    }
}

pub(super) fn request(context: &Context, place: &Desk, args: &Args) -> Result<Request, Failure> {
    let Config { model, propose, index, .. } = context.config()?;
    let text = args.task.join(" ");
    if text.trim().is_empty() {
        return Err(Failure::new("the task is empty")
            .code(ExitCode::Usage)
            .hint("say in your words what is to change"));
    }
    let limit = Some(propose.time_limit_s).filter(|seconds| *seconds > 0);
    let file = |file: &PathBuf| shown_file(place, &context.dir, file, index.max_file_bytes);
    let request = Request {
        text,
        files: args.files.iter().map(file).collect::<Result<_, _>>()?,
        test: variables::test(args.test.as_deref(), propose.test.as_deref())?,
        model: context.global.model.as_deref().or(model.name.as_deref()).map(lasting),
        repair: propose.repair,
        other_tests: propose.other_tests,
        examples: propose.examples,
        way: session::Way::default(),
        window: None,
        temperature: model.temperature,
        top_p: model.top_p,
        seed: model.seed,
        rounds: propose.attempts.max(1),
        candidates: args.candidates.unwrap_or(propose.candidates).clamp(1, MOST_CANDIDATES),
        prompt_tokens: propose.context_tokens,
        answer_tokens: model.max_tokens,
        time_limit: limit.map(Duration::from_secs),
        selection: Selection::default(),
        team: (args.team.clone().or(Some(propose.team.clone()))).filter(|team| team != SOLO),
        deadline: None,
        test_limit: TEST_LIMIT,
        started: context.started,
    };
    Ok(request.from(context.started))
}

/// A model as it can be asked for from any folder.
fn lasting(name: &str) -> String {
    let (kind, path) = match name.split_once("scripted:") {
        Some(("", path)) => ("scripted:", path),
        _ => ("", name),
    };
    match std::path::Path::new(path).canonicalize() {
        Ok(place) => format!("{kind}{}", place.display()),
        Err(_) => name.to_owned(),
    }
}
