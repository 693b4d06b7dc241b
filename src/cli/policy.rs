//! `countersign policy`

use crate::cli::{Context, ExitCode, Failure};

/// Show the rules, or explain what they say of an action
#[derive(Debug, clap::Args)]
pub struct Args {}

pub(super) fn run(_context: &Context, _args: Args) -> Result<ExitCode, Failure> {
    todo!("policy")
}
