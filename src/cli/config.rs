//! `countersign config`

use crate::cli::{Context, ExitCode, Failure};

/// Show the configuration and where each value comes from
#[derive(Debug, clap::Args)]
pub struct Args {}

pub(super) fn run(_context: &Context, _args: Args) -> Result<ExitCode, Failure> {
    todo!("config")
}
