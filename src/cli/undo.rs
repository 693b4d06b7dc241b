//! `countersign undo`

use crate::cli::{Context, ExitCode, Failure};

/// Take back what the last apply wrote
#[derive(Debug, clap::Args)]
pub struct Args {}

pub(super) fn run(_context: &Context, _args: Args) -> Result<ExitCode, Failure> {
    todo!("undo")
}
