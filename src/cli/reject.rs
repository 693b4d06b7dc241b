//! `countersign reject`

use crate::cli::{Context, ExitCode, Failure};

/// Turn a proposal down
#[derive(Debug, clap::Args)]
pub struct Args {}

pub(super) fn run(_context: &Context, _args: Args) -> Result<ExitCode, Failure> {
    todo!("reject")
}
