//! `countersign move`

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::base::RepoPath;
use crate::cli::refactored::{self, TestArgs};
use crate::cli::{Context, ExitCode, Failure, desk, interrupt, printable};
use crate::refactor::Move;
use crate::session::{self, Desk};

/// Propose to move a definition to another file, with its imports
///
/// A function, class, type or constant of Python, TypeScript, JavaScript, Rust or Go goes whole, with its
/// comments and decorators. What it uses is imported where it comes to, whoever used it imports it from
/// there, and imports that nothing needs any more go; packages go on showing what they showed. No model
/// is asked, and nothing is written: the change waits as a proposal. What syntax cannot decide is refused
/// with the reason, or told as a doubt and left as it is.
///
/// The project's own tests are run on the change in the sandbox, or the command that `--test` names.
///
/// With `--json` it prints `proposal`, `files`, `doubts`, and `before` and `after`, the runs of tests.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The name of a definition at the top of a file
    symbol: String,
    /// The file that it goes to; it may be new
    file: PathBuf,
    /// The file that has it, where several have one of that name
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    #[command(flatten)]
    tests: TestArgs,
}

pub(super) fn run(context: &Context, args: Args) -> Result<ExitCode, Failure> {
    let testing = args.tests.testing()?;
    let place = desk::open(context)?;
    let from = args.from.as_deref().map(|file| inside(context, &place, file)).transpose()?;
    let to = inside(context, &place, &args.file)?;
    let wanted = Move { name: args.symbol, from, to };
    let moved = session::plan_move(&place, &wanted)??;
    let cancel = interrupt::watch()?;
    let done = session::propose_move(&place, &moved, None, &testing, &cancel)?;
    if context.out.json {
        let mut document = refactored::document(&done);
        document["doubts"] =
            json!(moved.doubts.iter().map(ToString::to_string).collect::<Vec<_>>());
        context.out.document(&document)?;
        return Ok(refactored::code(&done));
    }
    let what = format!(
        "{} to {} in {}",
        printable(&moved.name),
        moved.to,
        refactored::count(done.files.len(), "file")
    );
    refactored::tell(context, &done, &what)?;
    for doubt in &moved.doubts {
        context.out.say(&format!("look at {}", printable(&doubt.to_string())));
    }
    Ok(refactored::code(&done))
}

/// The path in the repository of a file that need not be there.
fn inside(context: &Context, place: &Desk, file: &Path) -> Result<RepoPath, Failure> {
    let usage = |why: String| {
        Failure::new(why).code(ExitCode::Usage).hint("name a file of this repository")
    };
    let shown = file.display();
    let mut whole =
        std::path::absolute(context.dir.join(file)).map_err(|error| usage(error.to_string()))?;
    // The folders that are there may lead elsewhere; those that are not are made.
    let mut rest = Vec::new();
    let real = loop {
        if let Ok(real) = whole.canonicalize() {
            break real;
        }
        let name = whole.file_name().map(ToOwned::to_owned);
        let name = name.ok_or_else(|| usage(format!("`{shown}` names no file")))?;
        rest.push(name);
        whole.pop();
    };
    let whole = rest.iter().rev().fold(real, |path, name| path.join(name));
    let root = place.repo().root().canonicalize().map_err(|error| usage(error.to_string()))?;
    let below = whole
        .strip_prefix(&root)
        .map_err(|_| usage(format!("`{shown}` lies outside the repository")))?;
    RepoPath::from_os(below).map_err(|error| usage(error.to_string()))
}
