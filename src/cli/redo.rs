//! `countersign redo`

use crate::cli::{Context, ExitCode, Failure};

/// Write again what the last undo took back
#[derive(Debug, clap::Args)]
pub struct Args {}

pub(super) fn run(_context: &Context, _args: Args) -> Result<ExitCode, Failure> {
    todo!("redo")
}
