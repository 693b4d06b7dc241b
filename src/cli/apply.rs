//! `countersign apply`

use crate::cli::{Context, ExitCode, Failure};

/// Write accepted hunks of a proposal to the work tree
#[derive(Debug, clap::Args)]
pub struct Args {}

pub(super) fn run(_context: &Context, _args: Args) -> Result<ExitCode, Failure> {
    todo!("apply")
}
