//! `countersign completions`

use clap::CommandFactory;
use clap_complete::Shell;

use crate::cli::{Context, ExitCode, Failure};

/// Print a completion script for a shell
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The shell
    shell: Shell,
}

pub(super) fn run(context: &Context, args: Args) -> Result<ExitCode, Failure> {
    let mut command = crate::cli::Args::command();
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, env!("CARGO_PKG_NAME"), &mut script);
    context.out.bytes(&script)?;
    Ok(ExitCode::Done)
}
