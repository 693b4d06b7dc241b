//! `countersign proposals`

use crate::cli::desk::open_repo;
use crate::cli::{Context, ExitCode, Failure, hunk, printable, verification};
use crate::proposal::{Proposal, Status, list, receipts, status};

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
        context
            .out
            .say("no proposals; have one made with `countersign propose \"what should change\"`");
    } else {
        context.out.data(&table(&shown))?;
    }
    Ok(ExitCode::Done)
}

fn table(shown: &[(&Proposal, Status)]) -> String {
    let rows: Vec<[String; 6]> = shown.iter().map(|(it, status)| row(it, *status)).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or_default();
    let widths = [0, 1, 2, 3, 4].map(width);
    let line = |[id, age, status, size, verified, title]: &[String; 6]| {
        let [a, b, c, d, e] = widths;
        format!("{id:a$}  {age:>b$}  {status:c$}  {size:d$}  {verified:e$}  {title}\n")
    };
    rows.iter().map(line).collect()
}

fn row(proposal: &Proposal, status: Status) -> [String; 6] {
    let files = hunk::count(proposal.files().len(), "file");
    let hunks = hunk::count(proposal.hunks().len(), "hunk");
    [
        proposal.id.to_string(),
        hunk::age(proposal),
        status.to_string(),
        format!("{hunks} in {files}"),
        verification::word(&proposal.verification).to_owned(),
        printable(&proposal.title),
    ]
}
