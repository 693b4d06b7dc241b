//! Takes back what was written, writes it again, and puts right what an interrupted run left.
//!
//! Only bytes that we wrote are ever replaced: a file that was edited since stops the whole undo.

use crate::policy::{EditPath, Permit};
use crate::proposal::receipt::{Receipts, Side};
use crate::proposal::transfer::{roll_back, transfer};
use crate::proposal::{ApplyError, Receipt, ReceiptState, RolledBack, receipts};
use crate::repo::Repo;

/// The receipt that [`undo`] would take back: the last one that is applied.
pub fn undoable(repo: &Repo) -> Result<Receipt, ApplyError> {
    last_applied(receipts(repo)?).ok_or(ApplyError::NothingToUndo)
}

/// The receipt that [`redo`] would write again: the last one that was taken back.
pub fn redoable(repo: &Repo) -> Result<Receipt, ApplyError> {
    last_undone(receipts(repo)?).ok_or(ApplyError::NothingToRedo)
}

/// Takes back what `receipt` wrote: bytes, permissions, files and directories that were not there.
///
/// # Errors
/// [`ApplyError::Edited`] when a file is no longer what was written; then nothing is changed.
pub fn undo(
    repo: &Repo,
    receipt: &Receipt,
    permits: &[Permit<EditPath>],
) -> Result<Receipt, ApplyError> {
    let store = Receipts::lock(repo)?;
    let found = last_applied(store.all()?).ok_or(ApplyError::NothingToUndo)?;
    proceed(repo, &store, found, receipt, Side::Before, permits)
}

/// Writes again what the undo of `receipt` took back.
///
/// # Errors
/// [`ApplyError::Edited`] when a file is no longer what the undo left; then nothing is changed.
pub fn redo(
    repo: &Repo,
    receipt: &Receipt,
    permits: &[Permit<EditPath>],
) -> Result<Receipt, ApplyError> {
    let store = Receipts::lock(repo)?;
    let found = last_undone(store.all()?).ok_or(ApplyError::NothingToRedo)?;
    proceed(repo, &store, found, receipt, Side::After, permits)
}

/// Rolls back what an interrupted run left half-done. Runs before anything else looks at the work
/// tree; it only goes back to bytes that were there, so no further permit is asked for.
pub fn recover(repo: &Repo) -> Result<Vec<RolledBack>, ApplyError> {
    let Some(store) = Receipts::lock_existing(repo)? else { return Ok(Vec::new()) };
    store.sweep()?;
    let mut done = Vec::new();
    for mut receipt in store.all()? {
        done.extend(roll_back(repo, &store, &mut receipt)?);
    }
    Ok(done)
}

fn proceed(
    repo: &Repo,
    store: &Receipts,
    mut found: Receipt,
    wanted: &Receipt,
    side: Side,
    permits: &[Permit<EditPath>],
) -> Result<Receipt, ApplyError> {
    if found.id != wanted.id {
        return Err(ApplyError::Overtaken);
    }
    transfer(repo, store, &mut found, side, permits)?;
    Ok(found)
}

fn last_applied(receipts: Vec<Receipt>) -> Option<Receipt> {
    receipts.into_iter().rfind(|receipt| receipt.state == ReceiptState::Applied)
}

/// Undoing goes down the stack, so the lowest undone one above all applied ones went last.
fn last_undone(receipts: Vec<Receipt>) -> Option<Receipt> {
    let applied = |receipt: &Receipt| receipt.state == ReceiptState::Applied;
    let above = receipts.iter().rposition(applied).map_or(0, |index| index + 1);
    receipts.into_iter().skip(above).find(|receipt| receipt.state == ReceiptState::Undone)
}
