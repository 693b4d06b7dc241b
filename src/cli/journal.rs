//! `countersign journal`

use crate::cli::{Context, ExitCode, Failure};

/// Read and verify the record of what happened
#[derive(Debug, clap::Args)]
pub struct Args {}

pub(super) fn run(_context: &Context, _args: Args) -> Result<ExitCode, Failure> {
    todo!("journal")
}
