//! `countersign review`

use std::io::{self, IsTerminal};

use anstream::{AutoStream, ColorChoice};

use crate::base::{Hint, ProposalId};
use crate::cli::desk::{self, pick};
use crate::cli::{Context, ExitCode, Failure, verification};
use crate::proposal::{self, Proposal, Verdicts};
use crate::review::{self, Outcome, ReviewInput, Theme};
use crate::session::{self, Desk};

/// Decide on a proposal, hunk by hunk
///
/// Nothing is written before you apply and answer `y`; leaving changes nothing.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The proposal, for example `p-7f3a`; may be left out when only one waits
    #[arg(value_name = "ID")]
    id: Option<String>,
}

pub(super) fn run(context: &Context, args: Args) -> Result<ExitCode, Failure> {
    let desk = desk::open(context)?;
    let proposal = pick(desk.repo(), args.id.as_deref())?;
    if !(io::stdin().is_terminal() && io::stdout().is_terminal()) {
        return Err(no_terminal(&proposal.id));
    }
    let mut apply = |verdicts: &Verdicts| apply(&desk, &proposal, verdicts);
    match review::run(input(&desk, &proposal), theme(), &mut apply)? {
        Outcome::Applied(said) => context.out.say(&said),
        Outcome::Quit => context.out.say("Nothing was applied."),
    }
    Ok(ExitCode::Done)
}

fn no_terminal(id: &ProposalId) -> Failure {
    Failure::new("a review needs a terminal to read keys from and to draw on")
        .code(ExitCode::Usage)
        .hint(format!(
            "look at it with `countersign show {id}`, then write what you accept with \
             `countersign apply {id} --hunks 1,3-5`"
        ))
}

/// As stdout is coloured: by flag, `NO_COLOR` and what the terminal can do.
fn theme() -> Theme {
    match AutoStream::choice(&io::stdout()) {
        ColorChoice::Never => Theme::Plain,
        ColorChoice::Auto | ColorChoice::AlwaysAnsi | ColorChoice::Always => Theme::Ansi,
    }
}

fn input(desk: &Desk, proposal: &Proposal) -> ReviewInput {
    ReviewInput {
        id: proposal.id.clone(),
        title: proposal.title.clone(),
        model: proposal.model.clone().unwrap_or_default(),
        verification: tested(proposal),
        files: proposal.changes.clone(),
        hunks: proposal::hunks(&proposal.changes),
        evidence: session::evidence(desk, proposal),
    }
}

/// How it was tested, a line each.
fn tested(proposal: &Proposal) -> Vec<String> {
    let rows = verification::rows(&proposal.verification);
    rows.into_iter().map(|(label, result)| format!("{label:<9} {result}")).collect()
}

/// Writes what was accepted and says what was done, or why nothing was and what helps.
fn apply(desk: &Desk, proposal: &Proposal, verdicts: &Verdicts) -> Result<String, String> {
    match desk.apply(proposal, verdicts) {
        Ok(receipt) => Ok(format!(
            "Applied {} of `{}` to {}. `countersign undo` takes it back.",
            counted(receipt.hunks.len(), "hunk"),
            receipt.proposal,
            counted(receipt.files.len(), "file"),
        )),
        Err(error) => Err(match error.hint() {
            Some(hint) => format!("{error}\n\n{hint}"),
            None => error.to_string(),
        }),
    }
}

/// `1 file`, `2 files`.
fn counted(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
