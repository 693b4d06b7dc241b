//! What runs where no command is given?
//!
//! The interactive program: the screen of `console` in front, a thread with the model behind it.

mod backstage;
mod lists;
mod teller;
mod worker;

use std::io::{self, IsTerminal};

use crate::cli::{Context, ExitCode, Failure, desk, review};
use crate::console::{self, ModelLine, Start};
use crate::repo::Repo;
use crate::session;

/// Runs the interactive program.
pub(super) fn run(context: &Context) -> Result<ExitCode, Failure> {
    if !(io::stdin().is_terminal() && io::stdout().is_terminal()) {
        return Err(Failure::new("the interactive program needs a terminal")
            .code(ExitCode::Usage)
            .hint("run a command, for example `countersign propose TASK`; `countersign --help` lists them"));
    }
    let place = desk::open(context)?;
    // What is wrong with the configuration is said before the screen is taken.
    context.config()?;
    let start = Start {
        repository: named(place.repo()),
        model: ModelLine::default(),
        theme: review::theme(),
        sent: session::sent(place.repo()),
    };
    let mut backstage = backstage::Behind::new(context, &place);
    let sent = console::run(start, &mut backstage);
    backstage.end();
    session::keep_sent(place.repo(), &sent?);
    Ok(if crate::review::is_ending() { ExitCode::Interrupted } else { ExitCode::Done })
}

/// The folder of the repository and its branch.
fn named(repo: &Repo) -> String {
    let root = repo.root();
    let folder = root.file_name().unwrap_or(root.as_os_str()).to_string_lossy().into_owned();
    let head = repo.git().head().ok();
    let branch = head.and_then(|head| head.shorthand().ok().map(str::to_owned));
    match branch {
        Some(branch) => format!("{folder}  {branch}"),
        None => folder,
    }
}
