//! `countersign rename`

use serde_json::json;

use crate::cli::index::looked_up;
use crate::cli::{Context, ExitCode, Failure, desk, printable};
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
/// With `--json` the last line has `proposal`, `files` and `places`.
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
}

pub(super) fn run(context: &Context, args: Args) -> Result<ExitCode, Failure> {
    let place = desk::open(context)?;
    let index = looked_up(context, place.repo())?;
    let reach = if args.comments { Reach::Everything } else { Reach::Code };
    let found = retrieval::rename(&index, [&args.old, &args.new], args.all, reach)?;
    let renaming = found.map_err(refused)?;
    let id = session::propose_renaming(&place, &renaming, &args.new)?;
    let places: usize = renaming.files.iter().map(|file| file.at.len()).sum();
    if context.out.json {
        let files: Vec<_> = renaming.files.iter().map(|file| &file.path).collect();
        context.out.document(&json!({ "proposal": id, "files": files, "places": places }))?;
        return Ok(ExitCode::Done);
    }
    let plural = |count: usize, what: &str| {
        let s = if count == 1 { "" } else { "s" };
        format!("{count} {what}{s}")
    };
    context.out.data(&format!(
        "proposal {id}   {} in {}\nthe work tree is untouched; decide with `countersign review {id}`\n",
        plural(places, "place"),
        plural(renaming.files.len(), "file"),
    ))?;
    if renaming.unspoken > 0 {
        context.out.say(&format!(
            "{} in comments, strings and documents stay; `--comments` renames them too",
            plural(renaming.unspoken, "place"),
        ));
    }
    Ok(ExitCode::Done)
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
