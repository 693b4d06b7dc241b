//! `countersign resume`

use std::time::Duration;

use serde_json::{Value, json};

use crate::cli::report::End;
use crate::cli::{Context, ExitCode, Failure, desk, interrupt, printable, progress, workshop};
use crate::journal;
use crate::repo::Repo;
use crate::session::{self, Claim, Desk, Past, Request, Standing};

/// Go on with a task that was killed, interrupted or out of time
///
/// Answers of the model and runs of the test command that had come to their end are taken from the
/// journal; what was half done is done again. The time limit begins anew. A task that was proposed
/// already is not done twice: its proposal is named.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The task, such as `t-7f3a02`; without it the last one of this work tree that is not done
    #[arg(value_name = "TASK")]
    task: Option<String>,
    /// List the tasks that can be gone on with
    #[arg(long, conflicts_with = "task")]
    list: bool,
}

pub(super) fn run(context: &Context, args: Args) -> Result<ExitCode, Failure> {
    if args.list {
        return list(context);
    }
    let mut end = match work(context, args.task.as_deref()) {
        Ok(end) => end,
        Err(failure) => End::without_report(failure),
    };
    end.tell(context)?;
    end.failure.take().map_or(Ok(end.code), Err)
}

fn work(context: &Context, task: Option<&str>) -> Result<End, Failure> {
    let cancel = interrupt::watch()?;
    let place = desk::open(context)?;
    let meant = pick(place.repo(), task)?;
    let claim = Claim::of(place.repo(), &meant.task)?;
    // Whoever had the claim before may have come to the end meanwhile.
    let mut past = Past::find(&journal::read(&place.repo().state_dir()).0, meant.task.as_str())?;
    past.request = request(context, &past)?;
    let mut observer = progress::observer(context);
    if let Some(report) = session::settled(&place, &past, observer.as_mut())? {
        context.out.say(&format!("task `{}` is done: {}", past.task, report.ending.name()));
        return End::before(report, &place);
    }
    if past.standing() == Standing::Over {
        let end = past.outcome.unwrap_or_default();
        return Err(Failure::new(format!("task `{}` is done: {end}", past.task))
            .hint("ask for it once more with `countersign propose`, in other words"));
    }
    let asked = past.request.model.clone();
    let report = workshop::open(
        context,
        &place,
        (
            &|role| desk::engine(context, &place, asked.as_deref().or(role), &cancel),
            past.request.team.as_deref(),
        ),
        &cancel,
        observer.as_mut(),
        &mut |workshop, observer| {
            context.out.say(&format!("goes on: {}", printable(&past.request.text)));
            say_what_differs(context, &place, &past, workshop)?;
            session::resume(workshop, (&past, &claim), &past.request, &cancel, observer)
        },
    )?;
    Ok(End::of(report))
}

/// The task that is meant: the one that is named, or the last of this work tree that is not done.
fn pick(repo: &Repo, task: Option<&str>) -> Result<Past, Failure> {
    let records = journal::read(&repo.state_dir()).0;
    if let Some(task) = task {
        return Ok(Past::find(&records, task)?);
    }
    let mut open = open_tasks(repo);
    if let Some(at) = open.iter().rposition(|past| !Claim::is_held(repo, &past.task)) {
        return Ok(open.swap_remove(at));
    }
    // A task that runs is refused under its name.
    open.pop().ok_or_else(|| {
        Failure::new("there is no task to go on with").hint("begin one with `countersign propose`")
    })
}

/// The tasks of this work tree that are not done, in the order in which they began.
fn open_tasks(repo: &Repo) -> Vec<Past> {
    let mut tasks = Past::all(&journal::read(&repo.state_dir()).0);
    let here = repo.work_tree_id();
    tasks.retain(|past| {
        past.standing() != Standing::Over && past.work_tree.as_ref().is_none_or(|it| *it == here)
    });
    tasks
}

/// What was asked for, with the time that there is from now on.
fn request(context: &Context, past: &Past) -> Result<Request, Failure> {
    let mut request = past.request.clone();
    if context.global.time_limit.is_some() {
        let limit = context.config()?.propose.time_limit_s;
        request.time_limit = Some(limit).filter(|limit| *limit > 0).map(Duration::from_secs);
    }
    Ok(request.from(context.started))
}

/// Where this is another tree, model or version of the prompts, less of the record counts.
fn say_what_differs(
    context: &Context,
    place: &Desk,
    past: &Past,
    workshop: &session::Workshop<'_>,
) -> Result<(), session::SessionError> {
    let info = workshop.engine.info();
    let was = past.model();
    if (&was.name, was.digest) != (&info.name, info.digest) {
        let name = printable(&was.name);
        context.out.say(&format!("the answers of another model do not count: it was `{name}`"));
    }
    if place.repo().snapshot()?.base_tree.to_string() != past.base() {
        context.out.say("the work tree has changed since; it is taken as it is now");
    }
    let words = [
        workshop.role(past.request.way).digest.to_string(),
        workshop.templates.digest().to_string(),
    ];
    if past.words.each_ref().map(Option::as_ref) != words.each_ref().map(Some) {
        context.out.say("role or prompts have changed since; they are taken as they are now");
    }
    Ok(())
}

fn list(context: &Context) -> Result<ExitCode, Failure> {
    let repo = desk::open_repo(context)?;
    let open = open_tasks(&repo);
    let rows: Vec<Value> = open.iter().map(|past| row(&repo, past)).collect();
    if context.out.json {
        context.out.document(&rows)?;
    } else if rows.is_empty() {
        context.out.say("there is no task to go on with");
    } else {
        context.out.data(&rows.iter().map(line).collect::<String>())?;
    }
    Ok(ExitCode::Done)
}

fn row(repo: &Repo, past: &Past) -> Value {
    let (answers, runs) = past.done();
    let state = match (Claim::is_held(repo, &past.task), &past.outcome) {
        (true, _) => "runs",
        (false, Some(end)) => end,
        (false, None) => "killed",
    };
    json!({
        "task": past.task,
        "began": past.began,
        "state": state,
        "answers": answers,
        "runs": runs,
        "text": past.request.text,
    })
}

/// As much of the words as a line holds.
const WORDS: usize = 60;

fn line(row: &Value) -> String {
    let text = |key: &str| row[key].as_str().map(printable).unwrap_or_default();
    let count = |key: &str, noun: &str| {
        let n = row[key].as_u64().unwrap_or_default();
        format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
    };
    let first: String = text("text").chars().take(WORDS).collect();
    let done = format!("{}, {}", count("answers", "answer"), count("runs", "run"));
    let (state, began) = (text("state"), text("began"));
    let state: String = state.chars().take(WORDS).collect();
    format!("{}  {}  {state}; {done}  {first}\n", text("task"), began.get(..19).unwrap_or(&began))
}
