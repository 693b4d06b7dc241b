//! `countersign show`

use serde_json::Value;

use crate::cli::desk::{open_repo, pick};
use crate::cli::{Context, ExitCode, Failure, hunk, printable, verification};
use crate::proposal::{Hunk, Proposal, Status, receipts, status};

/// Show a proposal: what was asked, how it was tested, its hunks
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The proposal, for example `p-7f3a`; may be left out when only one waits
    #[arg(value_name = "ID")]
    id: Option<String>,
}

pub(super) fn run(context: &Context, args: Args) -> Result<ExitCode, Failure> {
    let repo = open_repo(context)?;
    let proposal = pick(&repo, args.id.as_deref())?;
    let status = status(&proposal, &receipts(&repo)?);
    let hunks = proposal.hunks();
    if context.out.json {
        context.out.document(&document(&proposal, status, &hunks))?;
    } else {
        context.out.data(&text(&proposal, status, &hunks))?;
        if status == Status::Waiting {
            context.out.say(&format!("accept it with `countersign apply {}`", proposal.id));
        }
    }
    Ok(ExitCode::Done)
}

fn document(proposal: &Proposal, status: Status, hunks: &[Hunk]) -> Value {
    let mut document = hunk::summary(proposal, status);
    document["task"] = proposal.task.clone().into();
    document["hunks"] = hunks.iter().map(hunk::document).collect();
    document
}

fn text(proposal: &Proposal, status: Status, hunks: &[Hunk]) -> String {
    let mut text = format!("{}  {}\n\n", proposal.id, printable(&proposal.title));
    let mut row = |name: &str, value: &str| text += &format!("{name:<8}  {value}\n");
    row("status", &status.to_string());
    row("made", &hunk::created(proposal).unwrap_or_default());
    row("model", &proposal.model.as_deref().map_or("-".to_owned(), printable));
    for (label, result) in verification::rows(&proposal.verification) {
        row(label, &result);
    }
    for (index, line) in proposal.task.lines().enumerate() {
        row(if index == 0 { "task" } else { "" }, &printable(line));
    }
    for (index, change) in proposal.files().iter().enumerate() {
        let of_file: Vec<Hunk> =
            hunks.iter().filter(|hunk| hunk.path == change.path).cloned().collect();
        let (added, removed) = hunk::counts(&of_file);
        let from = proposal.renames.get(&change.path).map(|from| format!("{from} → "));
        let name = format!("{}{}", from.unwrap_or_default(), change.path);
        row(if index == 0 { "files" } else { "" }, &format!("{name} +{added} -{removed}"));
    }
    for hunk in hunks {
        text += &format!("\n{}", hunk::text(hunk));
    }
    text
}
