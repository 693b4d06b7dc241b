//! Brings accepted hunks into the work tree as it is now: it merges cleanly or it refuses.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use crate::base::{Digest, Hint, ProposalId, ReceiptId, RepoPath};
use crate::policy::{EditPath, Permit};
use crate::proposal::merge::merge;
use crate::proposal::receipt::{Contents, Receipts, Side};
use crate::proposal::transfer::transfer;
use crate::proposal::{Conflict, Proposal, Receipt, ReceiptState, Version, Written, hunks, target};
use crate::repo::{FileState, Mode, Repo, RepoError, with_mode};

/// What an apply would write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    pub proposal: ProposalId,
    /// The accepted hunks.
    pub hunks: Vec<u32>,
    /// The files that would change; those that have the change already are left out.
    pub files: Vec<PlannedFile>,
}

/// A file that would be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedFile {
    pub path: RepoPath,
    /// The file as it is now.
    pub from: Option<FileState>,
    pub to: Option<FileState>,
    /// Whether it was edited since the proposal was made, and the edits were merged.
    pub merged: bool,
}

/// Why nothing was written, undone or redone.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    #[error(transparent)]
    Repo(#[from] RepoError),
    #[error("no hunk is accepted")]
    NothingAccepted,
    #[error("the work tree has these changes already")]
    AlreadyThere,
    #[error("{}", conflicts_in(.0))]
    Conflicts(Vec<Conflict>),
    #[error("`{0}` is a symbolic link, and links are never written")]
    Link(RepoPath),
    #[error("nobody permitted to write `{0}`")]
    NotPermitted(RepoPath),
    #[error("`{0}` was edited since")]
    Edited(RepoPath),
    #[error("there is nothing to undo")]
    NothingToUndo,
    #[error("there is nothing to redo")]
    NothingToRedo,
    #[error("another apply or undo came between")]
    Overtaken,
    #[error("receipt `{receipt}` is damaged: {why}")]
    Damaged { receipt: ReceiptId, why: String },
    #[error("`{place}` cannot be read: {why}")]
    Unreadable { place: PathBuf, why: String },
}

impl Hint for ApplyError {
    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Repo(error) => return error.hint(),
            Self::NothingAccepted => "name some with `--hunks 1,3-5`, or leave it out for all",
            Self::AlreadyThere => "run `git diff` to see them",
            Self::Conflicts(_) => {
                "nothing was written; apply the other hunks with `--hunks`, or change the file and try again"
            }
            Self::Link(_) => "edit the link, or the file it leads to, yourself",
            Self::Edited(_) => {
                "nothing was written; the edits stay, so take back those you do not want"
            }
            Self::NothingToUndo => "run `countersign proposals` to see what can be applied",
            Self::Overtaken => "look at the work tree, then try again",
            Self::Damaged { .. } | Self::Unreadable { .. } => {
                "what it wrote can no longer be undone; remove its directory to go on"
            }
            Self::NotPermitted(_) | Self::NothingToRedo => return None,
        };
        Some(hint.to_owned())
    }
}

/// Works out what accepting hunks of `proposal` would write, and writes nothing.
///
/// # Errors
/// [`ApplyError::Conflicts`] with every conflict of every file, when there is one.
pub fn plan(
    repo: &Repo,
    proposal: &Proposal,
    accepted: &dyn Fn(u32) -> bool,
) -> Result<Plan, ApplyError> {
    let all = hunks(&proposal.changes);
    let numbers: Vec<u32> = all.iter().map(|hunk| hunk.number).filter(|it| accepted(*it)).collect();
    if numbers.is_empty() {
        return Err(ApplyError::NothingAccepted);
    }
    let (mut files, mut conflicts) = (Vec::new(), Vec::new());
    for change in &proposal.changes {
        let base = change.before.as_ref();
        let target = target(change, &all, accepted);
        if target.as_ref() == base {
            continue;
        }
        let from = repo.read(&change.path)?;
        if [base, from.as_ref(), target.as_ref()].into_iter().flatten().any(is_link) {
            return Err(ApplyError::Link(change.path.clone()));
        }
        match merge(base, from.as_ref(), target.as_ref()) {
            Ok(to) if to == from => {}
            Ok(to) => {
                let merged = from.as_ref() != base;
                files.push(PlannedFile { path: change.path.clone(), from, to, merged });
            }
            Err(kind) => conflicts.push(Conflict { path: change.path.clone(), kind }),
        }
    }
    match (conflicts.is_empty(), files.is_empty()) {
        (false, _) => Err(ApplyError::Conflicts(conflicts)),
        (true, true) => Err(ApplyError::AlreadyThere),
        (true, false) => Ok(Plan { proposal: proposal.id.clone(), hunks: numbers, files }),
    }
}

/// Writes what was planned, all of it or nothing; costs as much as the bytes it writes.
///
/// # Errors
/// When a file is not permitted, was edited after the plan was made, or cannot be written.
pub fn write(
    repo: &Repo,
    plan: &Plan,
    permits: &[Permit<EditPath>],
) -> Result<Receipt, ApplyError> {
    let receipts = Receipts::lock(repo)?;
    let contents: Vec<Contents<'_>> = plan.files.iter().map(contents).collect();
    let mut receipt = receipts.create(draft(repo, plan)?, &contents)?;
    if let Err(error) = transfer(repo, &receipts, &mut receipt, Side::After, permits) {
        if receipt.state == ReceiptState::Applying {
            receipts.discard(&receipt.id)?;
        }
        return Err(error);
    }
    // What was undone before belongs to another line of history now.
    for undone in receipts.all()?.iter().filter(|it| it.state == ReceiptState::Undone) {
        receipts.discard(&undone.id)?;
    }
    Ok(receipt)
}

/// The receipt of a plan, before it has its number and its name.
fn draft(repo: &Repo, plan: &Plan) -> Result<Receipt, ApplyError> {
    let mut directories: Vec<RepoPath> = Vec::new();
    let mut files = Vec::new();
    for file in &plan.files {
        if file.to.is_some() {
            directories.extend(repo.missing_parents(&file.path));
        }
        files.push(written(repo, file)?);
    }
    directories.sort();
    directories.dedup();
    Ok(Receipt {
        id: ReceiptId::from_seed(&Digest::zero(), 4),
        sequence: 0,
        proposal: plan.proposal.clone(),
        hunks: plan.hunks.clone(),
        state: ReceiptState::Applying,
        files,
        directories,
    })
}

fn written(repo: &Repo, file: &PlannedFile) -> Result<Written, ApplyError> {
    let now = repo.stat(&file.path)?.map(|metadata| metadata.permissions().mode() & 0o7777);
    let version = |state: &FileState, permissions| Version {
        digest: state.digest(),
        mode: state.mode,
        permissions,
    };
    let before = file.from.as_ref().map(|state| version(state, now));
    let after = file.to.as_ref();
    let after = after.map(|state| version(state, now.map(|bits| with_mode(bits, state.mode))));
    Ok(Written { path: file.path.clone(), before, after })
}

fn contents(file: &PlannedFile) -> Contents<'_> {
    let (from, to) = (file.from.as_ref(), file.to.as_ref());
    (from.map(|state| state.bytes.as_slice()), to.map(|state| state.bytes.as_slice()))
}

fn is_link(state: &FileState) -> bool {
    state.mode == Mode::Symlink
}

fn conflicts_in(conflicts: &[Conflict]) -> String {
    let lines: Vec<String> = conflicts.iter().map(Conflict::to_string).collect();
    lines.join("; ")
}
