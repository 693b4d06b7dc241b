//! What the commands about proposals share: the desk to decide at, and which proposal is meant.

use crate::cli::{Context, ExitCode, Failure};
use crate::proposal::{self, Proposal, Status};
use crate::repo::Repo;
use crate::session::{self, DecideError, Desk};

/// Opens repository, rules and journal, and puts right what an interrupted run left.
pub(super) fn open(context: &Context) -> Result<Desk, Failure> {
    let repo = open_repo(context)?;
    let rules = context.rules(&repo)?;
    Ok(Desk::open(repo, rules)?)
}

/// Finds the repository and puts right what an interrupted run left in it.
pub(super) fn open_repo(context: &Context) -> Result<Repo, Failure> {
    let repo = Repo::discover(&context.dir)?;
    for rolled_back in session::recover(&repo)? {
        context.out.warn(&rolled_back.to_string());
    }
    Ok(repo)
}

/// The proposal that `id` stands for; without one, the only one that waits.
pub(super) fn pick(repo: &Repo, id: Option<&str>) -> Result<Proposal, Failure> {
    if let Some(id) = id {
        return Ok(proposal::load(repo, &proposal::find(repo, id)?)?);
    }
    let receipts = proposal::receipts(repo)?;
    let (mut proposals, _) = proposal::list(repo)?;
    proposals.retain(|it| proposal::status(it, &receipts) == Status::Waiting);
    let ids: Vec<String> = proposals.iter().map(|it| format!("`{}`", it.id)).collect();
    match (proposals.pop(), proposals.is_empty()) {
        (Some(only), true) => Ok(only),
        (None, _) => Err(Failure::new("no proposal waits")
            .hint("run `countersign proposals --all` to see those decided on")),
        (Some(_), false) => Err(Failure::new(format!("{} proposals wait", ids.len()))
            .code(ExitCode::Usage)
            .hint(format!("name one of them: {}", ids.join(", ")))),
    }
}

/// A decision that was not carried out, with the exit code that says why.
pub(super) fn failed(error: DecideError) -> Failure {
    let code = match &error {
        DecideError::Refused(_) => ExitCode::Denied,
        _ => ExitCode::Failed,
    };
    Failure::from(error).code(code)
}
