//! Takes all files of a receipt from one side to the other: all of them or none.
//!
//! Apply, undo and redo are the same movement. The receipt says which one is under way before the
//! first file changes, so whoever comes after a crash can roll it back.

use std::os::unix::fs::PermissionsExt;

use crate::base::RepoPath;
use crate::policy::{EditPath, Permit};
use crate::proposal::receipt::{Receipts, Side};
use crate::proposal::{ApplyError, Receipt, ReceiptState, Written};
use crate::repo::{FileState, Repo, RepoError, with_mode};

/// What a roll-back did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RolledBack {
    /// The receipt as it is now, or as it was before it was dropped.
    pub receipt: Receipt,
    /// What had been going on.
    pub interrupted: ReceiptState,
    /// Files that were put back.
    pub restored: Vec<RepoPath>,
    /// Files that somebody edited meanwhile; they keep what they have.
    pub left: Vec<RepoPath>,
}

impl std::fmt::Display for RolledBack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names = |paths: &[RepoPath]| {
            paths.iter().map(|path| format!("`{path}`")).collect::<Vec<_>>().join(", ")
        };
        let movement = match self.interrupted {
            ReceiptState::Undoing => "undo",
            ReceiptState::Redoing => "redo",
            _ => "apply",
        };
        write!(f, "an interrupted {movement} of `{}` was rolled back", self.receipt.proposal)?;
        if !self.restored.is_empty() {
            write!(f, ": {} restored", names(&self.restored))?;
        }
        if !self.left.is_empty() {
            write!(f, "; {} edited since and left alone", names(&self.left))?;
        }
        Ok(())
    }
}

/// Whether the files of `receipt` may go to `side`. Writes nothing.
///
/// # Errors
/// When a file is not permitted or not what the other side says.
pub(super) fn check(
    repo: &Repo,
    receipt: &Receipt,
    side: Side,
    permits: &[Permit<EditPath>],
) -> Result<(), ApplyError> {
    for file in &receipt.files {
        permitted(&file.path, permits)?;
        expect(repo, receipt, file, other(side))?;
    }
    Ok(())
}

/// Takes the files of `receipt`, which were checked, to `side`.
///
/// # Errors
/// When writing fails half-way; then what was written is rolled back. Where that fails too the
/// receipt says what is under way, and [`recover`](crate::proposal::recover) ends it.
pub(super) fn transfer(
    repo: &Repo,
    receipts: &Receipts,
    receipt: &mut Receipt,
    side: Side,
) -> Result<(), ApplyError> {
    receipt.state = moving(receipt.state, side);
    receipts.save(receipt)?;
    step();
    let all: Vec<usize> = (0..receipt.files.len()).collect();
    if let Err(error) = write_files(repo, receipts, receipt, &all, side) {
        let id = receipt.id.clone();
        roll_back(repo, receipts, receipt)
            .map_err(|error| ApplyError::HalfWay { receipt: id, source: Box::new(error) })?;
        return Err(error);
    }
    receipt.state = settled(side);
    receipts.save(receipt)
}

/// Rolls back what was under way; `None` when nothing was.
pub(super) fn roll_back(
    repo: &Repo,
    receipts: &Receipts,
    receipt: &mut Receipt,
) -> Result<Option<RolledBack>, ApplyError> {
    let interrupted = receipt.state;
    let back = match interrupted {
        ReceiptState::Applying | ReceiptState::Redoing => Side::Before,
        ReceiptState::Undoing => Side::After,
        ReceiptState::Applied | ReceiptState::Undone | ReceiptState::Abandoned => return Ok(None),
    };
    let (mut stray, mut left) = (Vec::new(), Vec::new());
    for (index, file) in receipt.files.iter().enumerate() {
        // A directory that became a link since cannot be looked into, and so is left alone.
        let Ok(now) = look(repo, receipt, file) else {
            left.push(file.path.clone());
            continue;
        };
        repo.remove_temp(&file.path, &temp(receipt, index))?;
        if file.is_at(back, now.as_ref()) {
            continue;
        }
        if file.is_at(other(back), now.as_ref()) {
            stray.push(index);
        } else {
            left.push(file.path.clone());
        }
    }
    write_files(repo, receipts, receipt, &stray, back)?;
    let restored = stray.iter().map(|index| receipt.files[*index].path.clone()).collect();
    receipt.state = match interrupted {
        ReceiptState::Applying => ReceiptState::Abandoned,
        _ => settled(back),
    };
    if interrupted == ReceiptState::Applying && left.is_empty() {
        receipts.discard(&receipt.id)?;
    } else {
        receipts.save(receipt)?;
    }
    Ok(Some(RolledBack { receipt: receipt.clone(), interrupted, restored, left }))
}

/// Writes the files at `indices`. What goes makes room first: a file may turn into a directory of
/// the same name, or a directory into a file.
fn write_files(
    repo: &Repo,
    receipts: &Receipts,
    receipt: &Receipt,
    indices: &[usize],
    side: Side,
) -> Result<(), ApplyError> {
    let goes = |index: &usize| receipt.files[*index].version(side).is_none();
    let (gone, kept): (Vec<usize>, Vec<usize>) = indices.iter().partition(|index| goes(index));
    for index in gone {
        write_one(repo, receipts, receipt, index, side)?;
        step();
    }
    if side == Side::Before {
        tidy(repo, receipt)?;
    }
    for index in kept {
        write_one(repo, receipts, receipt, index, side)?;
        step();
    }
    Ok(())
}

/// Writes one file. It is looked at once more in the last moment: an editor may have saved.
fn write_one(
    repo: &Repo,
    receipts: &Receipts,
    receipt: &Receipt,
    index: usize,
    side: Side,
) -> Result<(), ApplyError> {
    let file = &receipt.files[index];
    let Some(state) = receipts.state(receipt, index, side)? else {
        expect(repo, receipt, file, other(side))?;
        return Ok(repo.remove(&file.path)?);
    };
    let permissions = permissions(repo, file, side)?;
    let staged = repo.stage(&file.path, &state, permissions, &temp(receipt, index))?;
    step();
    expect(repo, receipt, file, other(side))?;
    Ok(staged.commit()?)
}

/// The permissions for a file on `side`: as recorded, unless somebody set others since.
fn permissions(repo: &Repo, file: &Written, side: Side) -> Result<Option<u32>, ApplyError> {
    let Some(version) = file.version(side) else { return Ok(None) };
    let now = repo.stat(&file.path)?.map(|metadata| metadata.permissions().mode() & 0o7777);
    let recorded = file.version(other(side)).and_then(|version| version.permissions);
    Ok(match now {
        Some(now) if Some(now) == recorded && version.permissions.is_some() => version.permissions,
        Some(now) => Some(with_mode(now, version.mode)),
        None => version.permissions,
    })
}

/// Removes the directories that the receipt's apply made, as far as they are empty.
fn tidy(repo: &Repo, receipt: &Receipt) -> Result<(), ApplyError> {
    for directory in receipt.directories.iter().rev() {
        repo.remove_empty_directory(directory)?;
    }
    Ok(())
}

fn permitted(path: &RepoPath, permits: &[Permit<EditPath>]) -> Result<(), ApplyError> {
    if permits.iter().any(|permit| permit.act().path == *path) {
        Ok(())
    } else {
        Err(ApplyError::NotPermitted(path.clone()))
    }
}

fn expect(repo: &Repo, receipt: &Receipt, file: &Written, side: Side) -> Result<(), ApplyError> {
    if file.is_at(side, look(repo, receipt, file)?.as_ref()) {
        Ok(())
    } else {
        Err(ApplyError::Edited(file.path.clone()))
    }
}

/// The file as it is now. A directory that the apply put in its place is no file.
fn look(repo: &Repo, receipt: &Receipt, file: &Written) -> Result<Option<FileState>, RepoError> {
    match repo.read(&file.path) {
        Err(RepoError::NotAFile(path)) if receipt.directories.contains(&path) => Ok(None),
        other => other,
    }
}

/// The name under which a file waits for its move; no other receipt has it.
fn temp(receipt: &Receipt, index: usize) -> String {
    format!(".countersign-{}-{index}.tmp", receipt.id)
}

fn other(side: Side) -> Side {
    match side {
        Side::Before => Side::After,
        Side::After => Side::Before,
    }
}

fn moving(state: ReceiptState, side: Side) -> ReceiptState {
    match (state, side) {
        (_, Side::Before) => ReceiptState::Undoing,
        (ReceiptState::Applying, Side::After) => ReceiptState::Applying,
        (_, Side::After) => ReceiptState::Redoing,
    }
}

fn settled(side: Side) -> ReceiptState {
    match side {
        Side::Before => ReceiptState::Undone,
        Side::After => ReceiptState::Applied,
    }
}

/// A place where tests pull the plug.
fn step() {
    #[cfg(test)]
    plug::step();
}

/// Stops the program at a chosen step, as a kill would: nothing after it runs.
#[cfg(test)]
pub(super) mod plug {
    use std::cell::Cell;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    thread_local! {
        static LEFT: Cell<u32> = const { Cell::new(u32::MAX) };
    }

    pub(super) fn step() {
        let left = LEFT.get();
        assert!(left > 0, "the plug was pulled");
        LEFT.set(left - 1);
    }

    /// Runs `work` until step `steps`; `None` when it did not get to its end.
    pub(crate) fn pulled_after<T>(steps: u32, work: impl FnOnce() -> T) -> Option<T> {
        LEFT.set(steps);
        let result = catch_unwind(AssertUnwindSafe(work)).ok();
        LEFT.set(u32::MAX);
        result
    }
}
