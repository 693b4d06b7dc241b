//! `countersign proposals`

use crate::cli::desk::open_repo;
use crate::cli::{Context, ExitCode, Failure, hunk, printable};
use crate::proposal::{Proposal, Status, hunks, list, receipts, status};

/// List the proposals, the oldest first
///
/// Rejected ones are left out unless `--all` is given.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Show rejected ones too
    #[arg(long)]
    all: bool,
}

pub(super) fn run(context: &Context, args: Args) -> Result<ExitCode, Failure> {
    let repo = open_repo(context)?;
    let (proposals, problems) = list(&repo)?;
    let receipts = receipts(&repo)?;
    let with_status = proposals.iter().map(|it| (it, status(it, &receipts)));
    let shown: Vec<(&Proposal, Status)> =
        with_status.filter(|(_, status)| args.all || *status != Status::Rejected).collect();
    for problem in problems {
        context.out.warn(&problem);
    }
    if context.out.json {
        let documents: Vec<_> =
            shown.iter().map(|(proposal, status)| hunk::summary(proposal, *status)).collect();
        context.out.document(&documents)?;
    } else if shown.is_empty() {
        context.out.say("no proposals; have one made with `countersign propose TASK`");
    } else {
        context.out.data(&table(&shown))?;
    }
    Ok(ExitCode::Done)
}

fn table(shown: &[(&Proposal, Status)]) -> String {
    let width = shown.iter().map(|(it, _)| it.id.as_str().len()).max().unwrap_or_default();
    let row = |(proposal, status): &(&Proposal, Status)| {
        let files = hunk::count(proposal.changes.len(), "file");
        let hunks = hunk::count(hunks(&proposal.changes).len(), "hunk");
        let (age, title) = (hunk::age(proposal), printable(&proposal.title));
        let verified = hunk::verification(proposal);
        let verified = verified.split(':').next().unwrap_or_default();
        let id = &proposal.id;
        format!(
            "{id:<width$}  {age:>4}  {status:<14}  {files:>8}  {hunks:>9}  {verified:<12}  {title}\n"
        )
    };
    shown.iter().map(row).collect()
}
