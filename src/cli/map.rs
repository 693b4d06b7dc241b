//! `countersign map`

use crate::cli::{Context, ExitCode, Failure};

/// Outline the repository within a token budget
#[derive(Debug, clap::Args)]
pub struct Args {}

pub(super) fn run(_context: &Context, _args: Args) -> Result<ExitCode, Failure> {
    todo!("map")
}
