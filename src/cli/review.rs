//! `countersign review`

use crate::cli::{Context, ExitCode, Failure};

/// Decide on a proposal, hunk by hunk
#[derive(Debug, clap::Args)]
pub struct Args {}

pub(super) fn run(_context: &Context, _args: Args) -> Result<ExitCode, Failure> {
    todo!("review")
}
