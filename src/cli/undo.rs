//! `countersign undo`

use crate::cli::desk::{self, failed};
use crate::cli::receipt::{self, Movement};
use crate::cli::{Context, ExitCode, Failure};

/// Take back what the last apply wrote
///
/// Restores every byte, permission and missing file, and touches nothing else. If one of the files
/// was edited since, nothing is changed.
#[derive(Debug, clap::Args)]
pub struct Args {}

pub(super) fn run(context: &Context, _args: Args) -> Result<ExitCode, Failure> {
    let desk = desk::open(context)?;
    let receipt = desk.undo().map_err(failed)?;
    let words = format!("took back {} of {}", receipt.id, receipt.proposal);
    receipt::say(context, &words, &receipt, Movement::Backwards)?;
    context.out.say("write it again with `countersign redo`");
    Ok(ExitCode::Done)
}
