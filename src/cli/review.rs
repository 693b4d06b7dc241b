//! `countersign review`

use std::collections::BTreeMap;
use std::io::{self, IsTerminal};

use anstream::{AutoStream, ColorChoice};
use serde_json::Value;

use crate::base::ProposalId;
use crate::cli::{Context, ExitCode, Failure};
use crate::proposal::{self, Proposal, Status, Verdict, Verdicts};
use crate::repo::Repo;
use crate::review::{self, Outcome, ReviewInput, Theme};

/// Decide on a proposal, hunk by hunk
///
/// Nothing is written before you apply and answer `y`; leaving changes nothing.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The proposal; may be left out when only one waits
    #[arg(value_name = "ID")]
    id: Option<String>,
}

pub(super) fn run(context: &Context, args: Args) -> Result<ExitCode, Failure> {
    let repo = Repo::discover(&context.dir)?;
    let proposal = match &args.id {
        Some(text) => proposal::load(&repo, &proposal::find(&repo, text)?)?,
        None => only_waiting(context, &repo)?,
    };
    if !(io::stdin().is_terminal() && io::stdout().is_terminal()) {
        return Err(no_terminal(&proposal.id));
    }
    let mut apply = |verdicts: &Verdicts| apply(&repo, &proposal, verdicts);
    match review::run(input(&proposal), theme(), &mut apply)? {
        Outcome::Applied(said) => context.out.say(&said),
        Outcome::Quit => context.out.say("Nothing was applied."),
    }
    Ok(ExitCode::Done)
}

/// The proposal that waits, if it is the only one.
fn only_waiting(context: &Context, repo: &Repo) -> Result<Proposal, Failure> {
    let (proposals, problems) = proposal::list(repo)?;
    for problem in problems {
        context.out.warn(&problem);
    }
    let receipts = proposal::receipts(repo)?;
    let mut waiting = proposals;
    waiting.retain(|proposal| {
        matches!(proposal::status(proposal, &receipts), Status::Waiting | Status::Partly)
    });
    if waiting.len() > 1 {
        let ids: Vec<String> = waiting.iter().map(|it| format!("`{}`", it.id)).collect();
        return Err(Failure::new(format!("{} proposals wait: {}", ids.len(), ids.join(", ")))
            .code(ExitCode::Usage)
            .hint(format!("name one: `countersign review {}`", waiting[0].id)));
    }
    waiting.pop().ok_or_else(|| {
        Failure::new("no proposal waits to be reviewed")
            .hint("have one made with `countersign propose \"what should change\"`")
    })
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

fn input(proposal: &Proposal) -> ReviewInput {
    ReviewInput {
        id: proposal.id.clone(),
        title: proposal.title.clone(),
        model: proposal.model.clone().unwrap_or_default(),
        verification: verification(&proposal.verification),
        files: proposal.changes.clone(),
        hunks: proposal::hunks(&proposal.changes),
        evidence: BTreeMap::new(),
    }
}

/// What is known about the verification, a line each.
fn verification(value: &Value) -> Vec<String> {
    match value {
        Value::Null => vec!["not verified: no command was run on this change".to_owned()],
        Value::Object(facts) => facts
            .iter()
            .map(|(key, value)| match value {
                Value::Bool(true) => format!("{key}  ✓ yes"),
                Value::Bool(false) => format!("{key}  ✗ no"),
                Value::String(text) => format!("{key}  {text}"),
                other => format!("{key}  {other}"),
            })
            .collect(),
        other => vec![other.to_string()],
    }
}

/// Finds out whether what was accepted fits the work tree as it is now.
///
/// Writing it needs permits and leaves an event in the journal, which is not this room's business.
fn apply(repo: &Repo, proposal: &Proposal, verdicts: &Verdicts) -> Result<String, String> {
    let is_accepted = |number| verdicts.of(number) == Verdict::Accepted;
    let plan = proposal::plan(repo, proposal, &is_accepted).map_err(|error| error.to_string())?;
    let hunks: Vec<String> = plan.hunks.iter().map(u32::to_string).collect();
    Err(format!(
        "What you accepted fits the work tree. To write it, leave and type\n\n  countersign apply \
         {} --hunks {}",
        proposal.id,
        hunks.join(",")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verification_is_told_line_by_line() {
        let value = serde_json::json!({"command": "pytest", "passed": false, "seconds": 3});
        assert_eq!(verification(&value), ["command  pytest", "passed  ✗ no", "seconds  3"]);
        assert_eq!(verification(&Value::Null).len(), 1);
    }
}
