//! `countersign propose`

use crate::cli::{Context, ExitCode, Failure};

/// Have a model propose a change
#[derive(Debug, clap::Args)]
pub struct Args {}

pub(super) fn run(_context: &Context, _args: Args) -> Result<ExitCode, Failure> {
    todo!("propose")
}
