//! `countersign apply`

use bstr::ByteSlice;

use crate::cli::desk::{self, failed, pick};
use crate::cli::receipt::{self, Movement};
use crate::cli::{Context, ExitCode, Failure, hunk, printable};
use crate::proposal::{ApplyError, Conflict, ConflictKind, Proposal, Region, Verdicts};
use crate::session::DecideError;

/// Write accepted hunks of a proposal to the work tree
///
/// Edits made since the proposal are merged. Where both changed the same lines, nothing at all is
/// written and the conflict is shown. `countersign undo` takes back what was written.
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
    let desk = desk::open(context)?;
    let proposal = pick(desk.repo(), args.id.as_deref())?;
    let total = total(&proposal);
    let verdicts = verdicts(args.hunks.as_deref(), total)?;
    let receipt = desk.apply(&proposal, &verdicts).map_err(|error| {
        let doing = format!("cannot apply proposal `{}`", proposal.id);
        with_conflicts(error).while_doing(doing)
    })?;
    let (id, done) = (&proposal.id, receipt.hunks.len());
    let of = if done as u32 == total { String::new() } else { format!(" of {total}") };
    let words = format!("applied {done}{of} hunk{} of {id}", if total == 1 { "" } else { "s" });
    receipt::say(context, &words, &receipt, Movement::Forwards)?;
    context.out.say(&format!("receipt {}; take it back with `countersign undo`", receipt.id));
    Ok(ExitCode::Done)
}

/// How many hunks there are.
pub(super) fn total(proposal: &Proposal) -> u32 {
    proposal.hunks().last().map_or(0, |hunk| hunk.number)
}

/// The hunks in `list`, or all; a list that cannot be read is a mistake in the command line.
pub(super) fn verdicts(list: Option<&str>, total: u32) -> Result<Verdicts, Failure> {
    match list {
        None => Ok(Verdicts::accept_all(total)),
        Some(list) => Verdicts::accept_listed(list, total)
            .map_err(|error| Failure::from(error).code(ExitCode::Usage)),
    }
}

/// The failure, with both sides of every conflict.
fn with_conflicts(error: DecideError) -> Failure {
    let causes = match &error {
        DecideError::Apply(ApplyError::Conflicts(conflicts)) => {
            conflicts.iter().map(describe).collect()
        }
        _ => Vec::new(),
    };
    let mut failure = failed(error);
    if let Some((first, rest)) = causes.split_first() {
        failure.message.clone_from(first);
        failure.causes = rest.to_vec();
    }
    failure
}

/// Lines of one side that are shown; more of them are for the editor.
const SHOWN: usize = 12;

fn describe(conflict: &Conflict) -> String {
    let mut text = conflict.to_string();
    if let ConflictKind::Lines(regions) = &conflict.kind {
        regions.iter().for_each(|region| text += &sides(region));
    }
    text
}

fn sides(region: &Region) -> String {
    let mut text = String::new();
    for (who, bytes) in [("now", &region.ours), ("proposal", &region.theirs)] {
        let lines: Vec<&[u8]> = bytes.lines().collect();
        if lines.is_empty() {
            text += &format!("\n  {who:>8} | (nothing)");
        }
        for line in lines.iter().take(SHOWN) {
            text += &format!("\n  {who:>8} | {}", printable(&line.to_str_lossy()));
        }
        if lines.len() > SHOWN {
            text += &format!("\n  {who:>8} | … {}", hunk::count(lines.len() - SHOWN, "more line"));
        }
    }
    text
}
