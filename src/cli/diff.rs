//! `countersign diff`

use crate::cli::desk::{open_repo, pick};
use crate::cli::{Context, ExitCode, Failure, apply};
use crate::proposal::{Verdict, hunks, patch, target};
use crate::repo::FileChange;

/// Print a proposal as a patch
///
/// The patch is against the files as the proposal knew them, and `git apply` takes it. Binary files
/// are named, not carried.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The proposal, for example `p-7f3a`; may be left out when only one waits
    #[arg(value_name = "ID")]
    id: Option<String>,
    /// Only these hunks, for example `1,3-5`; all by default
    #[arg(long, value_name = "LIST")]
    hunks: Option<String>,
}

pub(super) fn run(context: &Context, args: Args) -> Result<ExitCode, Failure> {
    let repo = open_repo(context)?;
    let proposal = pick(&repo, args.id.as_deref())?;
    let verdicts = apply::verdicts(args.hunks.as_deref(), apply::total(&proposal))?;
    let hunks = hunks(&proposal.changes);
    let chosen = |change: &FileChange| {
        let after = target(change, &hunks, &|number| verdicts.of(number) == Verdict::Accepted);
        FileChange { after, ..change.clone() }
    };
    let changes: Vec<FileChange> = proposal.changes.iter().map(chosen).collect();
    context.out.bytes(&patch(&changes))?;
    Ok(ExitCode::Done)
}
