//! `countersign proposals`

use crate::cli::{Context, ExitCode, Failure};

/// List the proposals that wait
#[derive(Debug, clap::Args)]
pub struct Args {}

pub(super) fn run(_context: &Context, _args: Args) -> Result<ExitCode, Failure> {
    todo!("proposals")
}
