//! `countersign doctor`

use crate::cli::{Context, ExitCode, Failure};

/// Look at this machine and this repository, and say what is missing
#[derive(Debug, clap::Args)]
pub struct Args {}

pub(super) fn run(_context: &Context, _args: Args) -> Result<ExitCode, Failure> {
    todo!("doctor")
}
