//! `countersign redo`

use crate::cli::desk::{self, failed};
use crate::cli::receipt::{self, Movement};
use crate::cli::{Context, ExitCode, Failure};

/// Write again what the last undo took back
#[derive(Debug, clap::Args)]
pub struct Args {}

pub(super) fn run(context: &Context, _args: Args) -> Result<ExitCode, Failure> {
    let desk = desk::open(context)?;
    let receipt = desk.redo().map_err(failed)?;
    let words = format!("wrote {} of {} again", receipt.id, receipt.proposal);
    receipt::say(context, &words, &receipt, Movement::Forwards)?;
    context.out.say("take it back with `countersign undo`");
    Ok(ExitCode::Done)
}
