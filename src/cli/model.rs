//! `countersign model`

use crate::cli::{Context, ExitCode, Failure};

/// List, fetch, show, choose and remove models
#[derive(Debug, clap::Args)]
pub struct Args {}

pub(super) fn run(_context: &Context, _args: Args) -> Result<ExitCode, Failure> {
    todo!("model")
}
