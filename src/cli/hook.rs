//! `countersign hook`

use crate::cli::{Context, ExitCode, Failure};

/// Install or remove the git pre-commit hook
#[derive(Debug, clap::Args)]
pub struct Args {}

pub(super) fn run(_context: &Context, _args: Args) -> Result<ExitCode, Failure> {
    todo!("hook")
}
