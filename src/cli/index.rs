//! `countersign index`

use crate::cli::{Context, ExitCode, Failure};

/// Build or refresh the index
#[derive(Debug, clap::Args)]
pub struct Args {}

pub(super) fn run(_context: &Context, _args: Args) -> Result<ExitCode, Failure> {
    todo!("index")
}
