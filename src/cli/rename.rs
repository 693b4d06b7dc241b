//! `countersign rename`

use serde_json::json;

use crate::cli::index::looked_up;
use crate::cli::refactored::{self, TestArgs};
use crate::cli::{Context, ExitCode, Failure, desk, interrupt, printable};
use crate::retrieval::{self, NoRenaming, Reach};
use crate::session;

/// How many places are named where several things have the name.
const NAMED: usize = 5;

/// Propose another name for a definition, everywhere that it is named
///
/// No model is asked, and nothing is written: the change waits as a proposal. Names are compared as
/// whole identifiers in code; types are not known, so that a name which several things have is renamed
/// only with `--all`, and a new name that is defined already, or said in a file that would change, is
/// refused. Comments, strings and documents stay as they are unless `--comments` is given.
///
/// The project's own tests are run on the change in the sandbox, or the command that `--test` names.
///
/// With `--json` it prints `proposal`, `files`, `places`, and `before` and `after`, the runs of tests.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A name, or a path such as `Client.connect`
    old: String,
    /// The new name, without what encloses it
    new: String,
    /// Rename everything of that name
    #[arg(long)]
    all: bool,
    /// In comments, strings and documents too
    #[arg(long)]
    comments: bool,
    #[command(flatten)]
    tests: TestArgs,
}

pub(super) fn run(context: &Context, args: Args) -> Result<ExitCode, Failure> {
    let testing = args.tests.testing()?;
    let place = desk::open(context)?;
    let index = looked_up(context, place.repo())?;
    let reach = if args.comments { Reach::Everything } else { Reach::Code };
    let found = retrieval::rename(&index, [&args.old, &args.new], args.all, reach)?;
    let renaming = found.map_err(refused)?;
    let cancel = interrupt::watch()?;
    let done = session::propose_renaming(&place, &renaming, &args.new, None, &testing, &cancel)?;
    let places: usize = renaming.files.iter().map(|file| file.at.len()).sum();
    if context.out.json {
        let mut document = refactored::document(&done);
        document["places"] = json!(places);
        context.out.document(&document)?;
        return Ok(refactored::code(&done));
    }
    let count = refactored::count;
    let what = format!("{} in {}", count(places, "place"), count(renaming.files.len(), "file"));
    refactored::tell(context, &done, &what)?;
    if renaming.unspoken > 0 {
        context.out.say(&format!(
            "{} in comments, strings and documents stay; `--comments` renames them too",
            count(renaming.unspoken, "place"),
        ));
    }
    Ok(refactored::code(&done))
}

fn refused(why: NoRenaming) -> Failure {
    let hint = match &why {
        NoRenaming::NoName(_) => "give a name of letters, digits and `_`".to_owned(),
        NoRenaming::Unknown { near, .. } if near.is_empty() => {
            "`countersign search` finds it by what it does".to_owned()
        }
        NoRenaming::Unknown { near, .. } => format!("did you mean `{}`?", near.join("`, `")),
        NoRenaming::Several { places, .. } => {
            let named: Vec<_> = places.iter().take(NAMED).map(|it| printable(it)).collect();
            format!("`--all` renames them all: {}", named.join(", "))
        }
        NoRenaming::Taken { .. } => "choose another name".to_owned(),
        NoRenaming::Stale(_) => "run it again".to_owned(),
    };
    Failure::new(why.to_string()).hint(hint)
}
