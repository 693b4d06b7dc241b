//! `countersign diff`

use crate::cli::{Context, ExitCode, Failure};

/// Print a proposal as a patch
#[derive(Debug, clap::Args)]
pub struct Args {}

pub(super) fn run(_context: &Context, _args: Args) -> Result<ExitCode, Failure> {
    todo!("diff")
}
