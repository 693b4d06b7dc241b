//! `countersign show`

use crate::cli::{Context, ExitCode, Failure};

/// Show a proposal: what it is, how it was verified, its hunks
#[derive(Debug, clap::Args)]
pub struct Args {}

pub(super) fn run(_context: &Context, _args: Args) -> Result<ExitCode, Failure> {
    todo!("show")
}
