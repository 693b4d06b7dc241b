//! `countersign reject`

use serde_json::json;

use crate::cli::desk::{self, failed, pick};
use crate::cli::{Context, ExitCode, Failure, printable};

/// Turn a proposal down; git keeps it, the list forgets it
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The proposal, for example `p-7f3a`; may be left out when only one waits
    #[arg(value_name = "ID")]
    id: Option<String>,
}

pub(super) fn run(context: &Context, args: Args) -> Result<ExitCode, Failure> {
    let desk = desk::open(context)?;
    let proposal = pick(desk.repo(), args.id.as_deref())?;
    desk.reject(&proposal).map_err(failed)?;
    if context.out.json {
        context.out.document(&json!({"proposal": proposal.id, "status": "rejected"}))?;
    } else {
        context.out.data(&format!("rejected {}: {}\n", proposal.id, printable(&proposal.title)))?;
    }
    Ok(ExitCode::Done)
}
