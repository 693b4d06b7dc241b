//! `countersign man`

use crate::cli::{Context, ExitCode, Failure};

/// Print the manual page
#[derive(Debug, clap::Args)]
pub struct Args {}

pub(super) fn run(_context: &Context, _args: Args) -> Result<ExitCode, Failure> {
    todo!("man")
}
