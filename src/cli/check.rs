//! `countersign check`

use crate::cli::{Context, ExitCode, Failure};

/// Check a change: broken syntax, conflict markers, secrets
#[derive(Debug, clap::Args)]
pub struct Args {}

pub(super) fn run(_context: &Context, _args: Args) -> Result<ExitCode, Failure> {
    todo!("check")
}
