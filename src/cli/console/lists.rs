//! What can be chosen from: files and definitions, and the proposals that wait.

use crate::base::RepoPath;
use crate::cli::{Context, Failure, index, verification};
use crate::console::{ProposalRow, Target};
use crate::index::FileId;
use crate::proposal::{self, LineKind, Proposal, Status};
use crate::repo::Repo;

/// So many definitions are listed.
const MOST: usize = 20_000;

/// Files, then the definitions in them.
pub(super) fn targets(context: &Context, repo: &Repo) -> Result<Vec<Target>, Failure> {
    let index = index::looked_up(context, repo)?;
    let files = || {
        let all = (0..index.file_count()).filter_map(|at| u32::try_from(at).ok()).map(FileId);
        all.filter_map(|id| Some((id, RepoPath::new(index.path_of(id)).ok()?)))
    };
    let mut targets: Vec<Target> = files().map(|(_, path)| Target { path, symbol: None }).collect();
    for (id, path) in files() {
        for chunk in index.chunks_of(id) {
            if targets.len() >= MOST {
                return Ok(targets);
            }
            if let Some(symbol) = index.symbol_of(chunk)? {
                targets.push(Target { path: path.clone(), symbol: Some(symbol) });
            }
        }
    }
    targets.dedup();
    Ok(targets)
}

/// What waits for a decision, the newest first.
pub(super) fn proposals(repo: &Repo) -> Result<Vec<ProposalRow>, Failure> {
    let receipts = proposal::receipts(repo)?;
    let (mut proposals, _) = proposal::list(repo)?;
    proposals.retain(|it| proposal::status(it, &receipts) == Status::Waiting);
    proposals.sort_by_key(|it| std::cmp::Reverse(it.created));
    Ok(proposals.iter().map(row).collect())
}

fn row(proposal: &Proposal) -> ProposalRow {
    let hunks = proposal.hunks();
    let count =
        |kind| hunks.iter().flat_map(|hunk| &hunk.lines).filter(|line| line.kind == kind).count();
    ProposalRow {
        id: proposal.id.clone(),
        title: proposal.title.clone(),
        model: proposal.model.clone().unwrap_or_default(),
        verified: verified(proposal),
        files: proposal.files().len(),
        hunks: hunks.len(),
        added: count(LineKind::Added),
        removed: count(LineKind::Removed),
    }
}

/// How its tests went, in a few words.
fn verified(proposal: &Proposal) -> String {
    let rows = verification::rows(&proposal.verification);
    let says =
        |label: &str| rows.iter().find(|(it, _)| *it == label).map(|(_, text)| text.as_str());
    let sign = match verification::word(&proposal.verification) {
        "passed" => "✓",
        "failed" => "✗",
        _ => return "· not tested".to_owned(),
    };
    format!("{sign} {}", says("with it").unwrap_or_default())
}
