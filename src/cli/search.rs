//! `countersign search`

use crate::cli::{Context, ExitCode, Failure};

/// Search the repository
#[derive(Debug, clap::Args)]
pub struct Args {}

pub(super) fn run(_context: &Context, _args: Args) -> Result<ExitCode, Failure> {
    todo!("search")
}
