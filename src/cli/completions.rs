//! `countersign completions`

use crate::cli::{Context, ExitCode, Failure};

/// Print a completion script for a shell
#[derive(Debug, clap::Args)]
pub struct Args {}

pub(super) fn run(_context: &Context, _args: Args) -> Result<ExitCode, Failure> {
    todo!("completions")
}
