//! `countersign replay`

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::cli::report::End;
use crate::cli::{Context, ExitCode, Failure, desk, interrupt, progress, workshop};
use crate::journal::{self, Record};
use crate::session::{self, Past, Replayed};

/// Larger transcripts are not read, in bytes.
const LARGEST: u64 = 256 << 20;

/// Do a recorded task once more, without a model and without running anything
///
/// FILE is what `countersign journal export TASK` printed. The answers and the outputs of the commands
/// are taken from it, on the files that it was recorded on; everything else is worked out anew, and the
/// proposal is stored like any other. Exits with 0 if it is the recorded one byte for byte, and with 1
/// where something departs from the record, which is said.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The transcript of a task
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

pub(super) fn run(context: &Context, args: Args) -> Result<ExitCode, Failure> {
    let mut end = match work(context, &args.file) {
        Ok(replayed) => End::replayed(replayed),
        Err(failure) => End::without_report(failure),
    };
    end.tell(context)?;
    end.failure.take().map_or(Ok(end.code), Err)
}

fn work(context: &Context, file: &Path) -> Result<Replayed, Failure> {
    let cancel = interrupt::watch()?;
    let records = records(&context.dir.join(file))?;
    let task = records.iter().find_map(|record| record.task.clone());
    let task = task.ok_or_else(|| no_transcript(file, "it holds no task"))?;
    let mut past = Past::find(&records, task.as_str())?;
    past.request.started = context.started;
    let place = desk::open(context)?;
    let mut observer = progress::observer(context);
    workshop::open(
        context,
        &place,
        (&|_| Ok(Box::new(session::absent(&past))), past.request.team.as_deref()),
        &cancel,
        observer.as_mut(),
        &mut |workshop, observer| session::replay(workshop, &past, &cancel, observer),
    )
}

/// The records of a transcript. One in which a line was changed is none.
fn records(file: &Path) -> Result<Vec<Record>, Failure> {
    let mut text = Vec::new();
    File::open(file)
        .and_then(|file| file.take(LARGEST + 1).read_to_end(&mut text))
        .map_err(|error| no_transcript(file, &error.to_string()))?;
    if text.len() as u64 > LARGEST {
        return Err(no_transcript(file, "it is too large"));
    }
    let (records, problems) = journal::read_transcript(&text);
    match problems.first() {
        Some(problem) => Err(no_transcript(file, &problem.to_string())),
        None => Ok(records),
    }
}

fn no_transcript(file: &Path, why: &str) -> Failure {
    Failure::new(format!("`{}` is no transcript of a task", file.display()))
        .because(why)
        .hint("have one printed by `countersign journal export TASK`")
}
