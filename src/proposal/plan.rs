//! What decisions would write to the work tree as it is now: it merges cleanly or it refuses.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;

use crate::base::{ProposalId, RepoPath};
use crate::proposal::merge::merge;
use crate::proposal::subject::Outcome;
use crate::proposal::{ApplyError, Conflict, ConflictKind, Piece, Standing, Subject};
use crate::repo::{FileState, Mode, Repo, RepoError};

/// What an apply would write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    pub proposal: ProposalId,
    /// The hunks that are written in full.
    pub hunks: Vec<u32>,
    /// The hunks of which only some parts are written.
    pub partly: Vec<u32>,
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
    /// The file that was moved here.
    pub moved_from: Option<RepoPath>,
    /// Whether it was edited since the proposal was made, and the edits were merged.
    pub merged: bool,
}

/// Why there is no plan for a file.
enum Trouble {
    Repo(RepoError),
    Link(RepoPath),
    Conflict(Conflict),
}

impl From<RepoError> for Trouble {
    fn from(error: RepoError) -> Self {
        Self::Repo(error)
    }
}

/// Works out what the decisions about `pieces` of `subject` would write, and writes nothing.
///
/// # Errors
/// [`ApplyError::Conflicts`] with every conflict of every file, when there is one.
pub fn plan(repo: &Repo, subject: &Subject, pieces: &[Piece]) -> Result<Plan, ApplyError> {
    let (numbers, partly) = written_hunks(subject, pieces)?;
    let (mut files, mut conflicts) = (Vec::new(), Vec::new());
    for outcome in subject.outcomes(pieces) {
        if !outcome.moves && outcome.target == outcome.base {
            continue;
        }
        match planned(repo, &outcome) {
            Ok(planned) => files.extend(planned),
            Err(Trouble::Conflict(conflict)) => conflicts.push(conflict),
            Err(Trouble::Link(path)) => return Err(ApplyError::Link(path)),
            Err(Trouble::Repo(error)) => return Err(error.into()),
        }
    }
    conflicts.extend(lost(repo, &files)?);
    files.retain(|file: &PlannedFile| file.from != file.to);
    match (conflicts.is_empty(), files.is_empty()) {
        (false, _) => Err(ApplyError::Conflicts(conflicts)),
        (true, true) => Err(ApplyError::AlreadyThere),
        (true, false) => Ok(Plan { proposal: subject.id.clone(), hunks: numbers, partly, files }),
    }
}

/// The files that `outcome` would write. A moved file may lie at either of its places by now: what
/// is decided about its lines goes where it lies.
fn planned(repo: &Repo, outcome: &Outcome) -> Result<Vec<PlannedFile>, Trouble> {
    let here = read(repo, &outcome.path)?;
    let there = match &outcome.other {
        Some(other) => Some((other, read(repo, other)?)),
        None => None,
    };
    match (here, there) {
        (None, Some((other, Some(there)))) => Ok(vec![edited(outcome, other, Some(there))?]),
        (Some(here), Some((other, there))) if outcome.moves => moved(outcome, here, other, there),
        // Where it is gone from both there is nothing to move.
        (None, Some(_)) => Err(conflict(&outcome.path, ConflictKind::Gone)),
        (here, _) => Ok(vec![edited(outcome, &outcome.path, here)?]),
    }
}

/// A file that stays where it lies, at `path`.
fn edited(
    outcome: &Outcome,
    path: &RepoPath,
    from: Option<FileState>,
) -> Result<PlannedFile, Trouble> {
    let to = merged(outcome, path, from.as_ref())?;
    let merged = from != outcome.base;
    Ok(PlannedFile { path: path.clone(), from, to, moved_from: None, merged })
}

/// A file that goes to `other`, with the edits that were made to it since.
fn moved(
    outcome: &Outcome,
    here: FileState,
    other: &RepoPath,
    there: Option<FileState>,
) -> Result<Vec<PlannedFile>, Trouble> {
    let to = merged(outcome, &outcome.path, Some(&here))?;
    if there.is_some() && there != to {
        return Err(conflict(other, ConflictKind::Appeared));
    }
    let merged = Some(&here) != outcome.base.as_ref();
    let (path, moved_from) = (outcome.path.clone(), Some(outcome.path.clone()));
    Ok(vec![
        PlannedFile { path, from: Some(here), to: None, moved_from: None, merged: false },
        PlannedFile { path: other.clone(), from: there, to, moved_from, merged },
    ])
}

/// Files that would go although they are to stay under another name: a disk may take `A` and `a`
/// for the same one, and then a rename looks as if what it leads to were there already.
fn lost(repo: &Repo, files: &[PlannedFile]) -> Result<Vec<Conflict>, RepoError> {
    let mut staying: BTreeMap<(u64, u64), &RepoPath> = BTreeMap::new();
    for file in files.iter().filter(|file| file.from.is_some() && file.from == file.to) {
        staying.extend(identity(repo, &file.path)?.map(|identity| (identity, &file.path)));
    }
    let mut lost = Vec::new();
    for file in files.iter().filter(|file| file.from.is_some() && file.to.is_none()) {
        let other = identity(repo, &file.path)?.and_then(|identity| staying.get(&identity));
        lost.extend(other.map(|other| Conflict {
            path: file.path.clone(),
            kind: ConflictKind::OneFile((*other).clone()),
        }));
    }
    Ok(lost)
}

/// What two names that lead to one file have in common.
fn identity(repo: &Repo, path: &RepoPath) -> Result<Option<(u64, u64)>, RepoError> {
    Ok(repo.stat(path)?.map(|metadata| (metadata.dev(), metadata.ino())))
}

fn merged(
    outcome: &Outcome,
    path: &RepoPath,
    now: Option<&FileState>,
) -> Result<Option<FileState>, Trouble> {
    let (base, target) = (outcome.base.as_ref(), outcome.target.as_ref());
    if [base, target].into_iter().flatten().any(is_link) {
        return Err(Trouble::Link(path.clone()));
    }
    merge(base, now, target).map_err(|kind| conflict(path, kind))
}

/// The file at `path`, which is no link.
fn read(repo: &Repo, path: &RepoPath) -> Result<Option<FileState>, Trouble> {
    let state = repo.read(path)?;
    if state.as_ref().is_some_and(is_link) { Err(Trouble::Link(path.clone())) } else { Ok(state) }
}

fn conflict(path: &RepoPath, kind: ConflictKind) -> Trouble {
    Trouble::Conflict(Conflict { path: path.clone(), kind })
}

/// The hunks that are written in full, and those of which some parts are.
fn written_hunks(subject: &Subject, pieces: &[Piece]) -> Result<(Vec<u32>, Vec<u32>), ApplyError> {
    if let Some(piece) = subject.open_wording(pieces) {
        return Err(ApplyError::OpenWording(piece.name()));
    }
    let (mut full, mut partly) = (Vec::new(), Vec::new());
    for parts in pieces.chunk_by(|a, b| a.hunk.number == b.hunk.number) {
        match parts.iter().filter(|piece| subject.acts(piece)).count() {
            0 => {}
            all if all == parts.len() => full.push(parts[0].hunk.number),
            _ => partly.push(parts[0].hunk.number),
        }
    }
    match (full.is_empty() && partly.is_empty(), subject.standing) {
        (true, Standing::Proposed) => Err(ApplyError::NothingAccepted),
        (true, Standing::InTree) => Err(ApplyError::NothingRejected),
        (false, _) => {
            full.sort_unstable();
            partly.sort_unstable();
            Ok((full, partly))
        }
    }
}

fn is_link(state: &FileState) -> bool {
    state.mode == Mode::Symlink
}
