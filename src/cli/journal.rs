//! `countersign journal`

use clap::Subcommand;
use serde_json::{Map, Value};

use crate::base::TaskId;
use crate::cli::{Context, ExitCode, Failure, printable};
use crate::journal::{self, Record};
use crate::repo::Repo;

/// Read and verify the record of what happened
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List what happened, oldest first, one line each
    List(ListArgs),
    /// Show a record, or all records of a task, whole
    Show(ShowArgs),
    /// Print the records of a task as they stand, for `countersign replay`
    ///
    /// It holds every prompt and answer, and with them pieces of files: look before you hand it on.
    Export(ExportArgs),
    /// Check that no record was changed, removed, put in or moved; exit with 1 if one was
    Verify,
}

#[derive(Debug, clap::Args)]
struct ListArgs {
    /// Only the records of this task, for example `t-7f3a02`
    #[arg(long, value_name = "TASK")]
    task: Option<TaskId>,
    /// Only the newest N records
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
}

#[derive(Debug, clap::Args)]
struct ShowArgs {
    /// The number of a record, or a task such as `t-7f3a`
    #[arg(value_name = "SEQ|TASK")]
    what: What,
}

#[derive(Debug, clap::Args)]
struct ExportArgs {
    /// The task, such as `t-7f3a02`
    #[arg(value_name = "TASK")]
    task: TaskId,
}

#[derive(Clone, Debug)]
enum What {
    Record(u64),
    Task(TaskId),
}

impl std::str::FromStr for What {
    type Err = crate::base::NotAnId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self::Record).or_else(|_| text.parse().map(Self::Task))
    }
}

impl What {
    fn covers(&self, record: &Record) -> bool {
        match self {
            Self::Record(seq) => record.seq == *seq,
            Self::Task(task) => record.task.as_ref() == Some(task),
        }
    }
}

const LIST: &str = "run `countersign journal list` for what there is";

pub(super) fn run(context: &Context, args: Args) -> Result<ExitCode, Failure> {
    match args.command {
        Command::List(args) => list(context, &args),
        Command::Show(args) => show(context, &args),
        Command::Export(args) => export(context, &args),
        Command::Verify => verify(context),
    }
}

/// The records that can be read; what is in the way of others is a warning, never the end.
fn records(context: &Context) -> Result<Vec<Record>, Failure> {
    let repo = Repo::discover(&context.dir)?;
    let (records, problems) = journal::read(&repo.state_dir());
    for problem in problems {
        context.out.warn(&format!("journal.jsonl, {problem}"));
    }
    Ok(records)
}

fn list(context: &Context, args: &ListArgs) -> Result<ExitCode, Failure> {
    let mut records = records(context)?;
    records.retain(|record| args.task.is_none() || record.task == args.task);
    let skipped = args.limit.map_or(0, |limit| records.len().saturating_sub(limit));
    let records = &records[skipped..];
    if context.out.json {
        context.out.document(&records)?;
    } else if records.is_empty() {
        context.out.say("nothing has happened yet");
    } else {
        context.out.data(&records.iter().map(line).collect::<String>())?;
    }
    Ok(ExitCode::Done)
}

/// What a list shows of a record's summary; the rest is for `journal show`.
const SUMMARY_CHARS: usize = 100;

fn line(record: &Record) -> String {
    let summary = printable(&record.event.summary());
    let mut shown: String = summary.chars().take(SUMMARY_CHARS).collect();
    if shown.len() < summary.len() {
        shown.push('…');
    }
    let task = record.task.as_ref().map_or("-", TaskId::as_str);
    format!("{:>5}  {:.0}  {task:<8}  {shown}\n", record.seq, record.time)
}

fn show(context: &Context, args: &ShowArgs) -> Result<ExitCode, Failure> {
    let mut records = records(context)?;
    records.retain(|record| args.what.covers(record));
    if records.is_empty() {
        return Err(match &args.what {
            What::Record(seq) => {
                Failure::new(format!("there is no record {seq} in the journal")).hint(LIST)
            }
            What::Task(task) => no_task(task),
        });
    }
    match (context.out.json, &args.what) {
        (true, What::Record(_)) => context.out.document(&records[0])?,
        (true, What::Task(_)) => context.out.document(&records)?,
        (false, _) => {
            let texts: Vec<String> = records.iter().map(whole).collect();
            context.out.data(&texts.join("\n"))?;
        }
    }
    Ok(ExitCode::Done)
}

fn export(context: &Context, args: &ExportArgs) -> Result<ExitCode, Failure> {
    let repo = Repo::discover(&context.dir)?;
    let text = journal::transcript(&repo.state_dir(), &args.task);
    let text = text.map_err(|error| Failure::new(format!("cannot read the journal: {error}")))?;
    if text.is_empty() {
        return Err(no_task(&args.task));
    }
    context.out.bytes(&text)?;
    Ok(ExitCode::Done)
}

fn no_task(task: &TaskId) -> Failure {
    Failure::new(format!("there is no task `{task}` in the journal")).hint(LIST)
}

/// A record with every field on lines of its own.
fn whole(record: &Record) -> String {
    let mut text = line(record);
    let fields = serde_json::to_value(&record.event).unwrap_or_default();
    for (name, value) in fields.as_object().unwrap_or(&Map::new()) {
        text.push_str(&format!("       {name}: {}\n", field(value)));
    }
    text.push_str(&format!("       hash: {}\n", record.hash));
    text
}

/// A value inline, or indented below its name where it has several lines.
fn field(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        other => serde_json::to_string_pretty(other).unwrap_or_default(),
    };
    let lines: Vec<String> = text.lines().map(printable).collect();
    match lines.as_slice() {
        [] => String::new(),
        [line] => line.clone(),
        lines => lines.iter().map(|line| format!("\n         {line}")).collect(),
    }
}

fn verify(context: &Context) -> Result<ExitCode, Failure> {
    let repo = Repo::discover(&context.dir)?;
    let report = journal::verify(&repo.state_dir());
    if context.out.json {
        context.out.document(&report)?;
    } else if report.problems.is_empty() {
        context.out.data(&format!("the journal is intact: {} records\n", report.records))?;
    } else {
        let lines: String = report.problems.iter().map(|problem| format!("{problem}\n")).collect();
        context.out.data(&printable_lines(&lines))?;
    }
    if report.torn_bytes > 0 {
        let torn = report.torn_bytes;
        context
            .out
            .say(&format!("{torn} bytes of an unfinished record at the end are not counted"));
    }
    Ok(if report.problems.is_empty() { ExitCode::Done } else { ExitCode::Failed })
}

fn printable_lines(text: &str) -> String {
    text.lines().map(|line| printable(line) + "\n").collect()
}
