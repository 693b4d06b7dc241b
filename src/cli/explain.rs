//! `countersign explain`

use std::path::PathBuf;

use crate::cli::ask::answered;
use crate::cli::file_argument::shown_file;
use crate::cli::{Context, ExitCode, Failure};
use crate::session::{self, Desk, Explained};

/// Explain a file, the definition at a line, or a name
///
/// The answer is a few sentences and the lines that they rest on. As with `ask`, every line that is cited is looked up in what the model was shown, and what is not there
/// is dropped and named. Whether the sentences follow from these lines is for you to judge.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What to explain
    #[arg(value_name = "PATH[:LINE]|NAME")]
    what: String,
}

pub(super) fn run(context: &Context, args: Args) -> Result<ExitCode, Failure> {
    answered(context, None, &|place, library, role| {
        let what = meant(context, place, &args.what)?;
        let found = session::explained(library, &what, role)?;
        found.ok_or_else(|| {
            Failure::new(format!("there is no `{}` here", args.what))
                .code(ExitCode::Usage)
                .hint("name a file, a line of it, or a definition; `countersign search` finds some")
        })
    })
}

/// A file that is there, or a line of one; anything else is a name.
fn meant(context: &Context, place: &Desk, text: &str) -> Result<Explained, Failure> {
    let most = context.config()?.index.max_file_bytes;
    let is_file = |file: &str| context.dir.join(PathBuf::from(file)).is_file();
    let path = |file: &str| shown_file(place, &context.dir, file.as_ref(), most);
    if is_file(text) {
        return Ok(Explained::File(path(text)?));
    }
    if let Some((file, line)) = text.rsplit_once(':')
        && let Ok(line) = line.parse()
        && is_file(file)
    {
        return Ok(Explained::Line(path(file)?, line));
    }
    Ok(Explained::Name(text.to_owned()))
}
