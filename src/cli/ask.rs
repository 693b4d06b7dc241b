//! `countersign ask`

use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::agent::Role;
use crate::base::{RepoPath, Tokens};
use crate::cli::answer;
use crate::cli::file_argument::shown_file;
use crate::cli::progress::{Lines, Progress};
use crate::cli::workshop::OpenEngine;
use crate::cli::{Context, ExitCode, Failure, desk, index, interrupt, roles};
use crate::config::Config;
use crate::model::Cancel;
use crate::session::{
    self, Answered, Desk, Library, Observer, Places, Question, Respondent, Selection,
};

/// Who answers.
const ROLE: &str = "explainer";

/// Ask about the repository: an answer, and the lines that it rests on
///
/// The model is shown the places that the question is about and answers in a few sentences. Every line
/// that it cites is looked up in what it was shown: what is not there, letter for letter, is dropped and
/// named, so that each `PATH:LINE` leads to the line that is printed beside it. Whether the sentences
/// follow from these lines is for you to judge.
///
/// Without a model the ranked places are printed that would have been read, and the exit code is 13.
/// With `--json` the events are streamed as lines; the last one has `type` `task.completed`, `outcome`,
/// `answer`, `citations` (`path`, `line`, `text`, `blob`), `dropped`, `shown`, tokens and seconds.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The question, in your words
    #[arg(required = true, value_name = "QUESTION")]
    question: Vec<String>,
    /// A file to look at first; may be given several times
    #[arg(short, long = "file", value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Most tokens of the prompt; by default what the role `explainer` says
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(256..))]
    tokens: Option<u32>,
}

pub(super) fn run(context: &Context, args: Args) -> Result<ExitCode, Failure> {
    answered(context, args.tokens, &|place, library, role| {
        let text = text(&args)?;
        let files = files(context, place, &args)?;
        let places = session::places(library, &text, &files, role)?;
        Ok((text, places))
    })
}

/// What to ask, and where the answer stands.
pub(super) type Asked<'a> =
    &'a dyn Fn(&Desk, Library<'_>, &Role) -> Result<(String, Places), Failure>;

/// Asks, and says what came of it.
pub(super) fn answered(
    context: &Context,
    tokens: Option<u32>,
    asked: Asked<'_>,
) -> Result<ExitCode, Failure> {
    match work(context, tokens, asked) {
        Ok(End::Answered(answered)) => answer::tell(context, &answered),
        Ok(End::NoModel(places, failure)) => {
            answer::tell_places(context, &places, &failure)?;
            Err(failure)
        }
        Err(failure) => {
            if context.out.json {
                let failed = serde_json::json!({ "outcome": "failed" });
                context.out.line(&failure.event())?;
                context.out.line(&answer::last_line(context, failure.code, &failed))?;
            }
            Err(failure)
        }
    }
}

/// How far it came.
pub(super) enum End {
    Answered(Box<Answered>),
    NoModel(Places, Failure),
}

/// Who answers, whether to go on, and who watches.
pub(super) struct Sitting<'a> {
    pub(super) engine: OpenEngine<'a>,
    pub(super) cancel: &'a Cancel,
    pub(super) observer: &'a mut dyn Observer,
    /// What the person wants in view, or out of it.
    pub(super) selection: Selection,
    /// When the person asked.
    pub(super) started: Instant,
}

fn work(context: &Context, tokens: Option<u32>, asked: Asked<'_>) -> Result<End, Failure> {
    let cancel = interrupt::watch()?;
    let place = desk::open(context)?;
    let mut observer: Box<dyn Observer> = match context.out.json {
        true => Box::new(Lines::new(context.out)),
        false => Box::new(Progress::new(context.out)),
    };
    let sitting = Sitting {
        engine: &|role| desk::engine(context, &place, role, &cancel),
        cancel: &cancel,
        observer: observer.as_mut(),
        selection: Selection::default(),
        started: context.started,
    };
    answer(context, &place, tokens, asked, sitting)
}

/// Finds what a question is about and has it answered.
pub(super) fn answer(
    context: &Context,
    place: &Desk,
    tokens: Option<u32>,
    asked: Asked<'_>,
    sitting: Sitting<'_>,
) -> Result<End, Failure> {
    let Sitting { engine, cancel, observer, selection, started } = sitting;
    let (roles, templates) = roles::load(context, Some(place.repo().root()))?;
    let role = roles.get(ROLE).map_err(|error| Failure::new(error.to_string()))?;
    observer.begins("index");
    let fresh = index::fresh(context, place.repo(), &|| cancel.is_cancelled())?;
    index::say_unfinished(context, &fresh.report);
    let library = Library { desk: place, index: &fresh.index, history: &fresh.history };
    observer.begins("locate");
    let (text, places) = asked(place, library, &role.role)?;
    observer.begins("load the model");
    let engine = match engine(role.role.model.as_deref()) {
        Err(failure) if failure.code == ExitCode::NoModel => {
            return Ok(End::NoModel(places, failure));
        }
        engine => engine?,
    };
    let respondent = Respondent { engine: engine.as_ref(), role, templates: &templates };
    let Config { model, propose, .. } = context.config()?;
    let limit = Some(propose.time_limit_s).filter(|seconds| *seconds > 0);
    let budget = role.role.budget;
    let question = Question {
        text,
        temperature: role.role.temperature.unwrap_or(model.temperature),
        top_p: role.role.top_p.unwrap_or(model.top_p),
        seed: model.seed,
        prompt_tokens: (tokens.map(Tokens))
            .or(budget.prompt_tokens)
            .unwrap_or(propose.context_tokens),
        answer_tokens: budget.answer_tokens.unwrap_or(model.max_tokens).min(model.max_tokens),
        selection,
        deadline: limit.map(|seconds| started + Duration::from_secs(seconds)),
        started,
    };
    let answered = session::ask(library, respondent, &question, &places, cancel, observer)?;
    Ok(End::Answered(Box::new(answered)))
}

fn text(args: &Args) -> Result<String, Failure> {
    let text = args.question.join(" ");
    match text.trim().is_empty() {
        false => Ok(text),
        true => Err(Failure::new("the question is empty")
            .code(ExitCode::Usage)
            .hint("say in your words what you want to know")),
    }
}

fn files(context: &Context, place: &Desk, args: &Args) -> Result<Vec<RepoPath>, Failure> {
    let most = context.config()?.index.max_file_bytes;
    args.files.iter().map(|file| shown_file(place, &context.dir, file, most)).collect()
}
