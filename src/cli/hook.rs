//! `countersign hook`

use crate::cli::{Context, ExitCode, Failure};
use crate::hooks::{self, State};
use crate::repo::Repo;

/// Install or remove the git pre-commit hook
///
/// The hook runs `countersign check --staged` before every commit. A hook that is there already is
/// kept and runs first; `uninstall` puts it back as it was.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Put the hook in
    Install,
    /// Take the hook out, and put back the one that was there before
    Uninstall,
    /// Say what stands where git looks for the hook
    Status,
}

pub(super) fn run(context: &Context, args: Args) -> Result<ExitCode, Failure> {
    let repo = Repo::discover(&context.dir)?;
    match args.command {
        Command::Install => install(context, &repo),
        Command::Uninstall => uninstall(context, &repo),
        Command::Status => status(context, &repo),
    }
}

fn install(context: &Context, repo: &Repo) -> Result<ExitCode, Failure> {
    let program = std::env::current_exe()
        .map_err(|error| Failure::new(format!("cannot find this program: {error}")))?;
    let installed = hooks::install(repo, &program)?;
    let hook = installed.hook.display();
    context.out.say(&match (installed.already, installed.state) {
        (true, _) => format!("the hook is there already: {hook}"),
        (false, State::Chained) => format!("installed {hook}; the hook that was there runs first"),
        (false, _) => format!("installed {hook}"),
    });
    Ok(ExitCode::Done)
}

fn uninstall(context: &Context, repo: &Repo) -> Result<ExitCode, Failure> {
    let uninstalled = hooks::uninstall(repo)?;
    let hook = uninstalled.hook.display();
    context.out.say(&match (uninstalled.removed, uninstalled.restored) {
        (false, _) => format!("no hook is installed: {hook}"),
        (true, true) => format!("removed the hook; {hook} is again the one that was there before"),
        (true, false) => format!("removed {hook}"),
    });
    Ok(ExitCode::Done)
}

fn status(context: &Context, repo: &Repo) -> Result<ExitCode, Failure> {
    let (hook, state) = hooks::status(repo)?;
    if context.out.json {
        let document = serde_json::json!({ "state": state, "hook": hook.to_string_lossy() });
        context.out.document(&document)?;
        return Ok(ExitCode::Done);
    }
    let words = match state {
        State::Absent => "not installed",
        State::Installed => "installed",
        State::Chained => "installed; another hook runs first",
        State::Foreign => "not installed; another hook is there",
    };
    context.out.data(&format!("{words}: {}\n", hook.display()))?;
    Ok(ExitCode::Done)
}
