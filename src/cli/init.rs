//! `countersign init`

use crate::cli::{Context, ExitCode, Failure};

/// Write a commented .countersign/ folder
#[derive(Debug, clap::Args)]
pub struct Args {}

pub(super) fn run(_context: &Context, _args: Args) -> Result<ExitCode, Failure> {
    todo!("init")
}
