//! Takes back what was written, writes it again, and puts right what an interrupted run left.
//!
//! Only bytes that we wrote are ever replaced: a file that was edited since stops the whole undo.

use crate::policy::{EditPath, Permit};
use crate::proposal::receipt::{Receipts, Side};
use crate::proposal::transfer::{check, roll_back, transfer};
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
    check(repo, &found, side, permits)?;
    transfer(repo, store, &mut found, side)?;
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::path::Path;

    use proptest::prelude::*;
    use tempfile::TempDir;

    use super::*;
    use crate::base::{Digest, ReceiptId, RepoPath};
    use crate::proposal::testing::{apply, census, change, proposal, redo_last, undo_last};
    use crate::proposal::transfer::plug::pulled_after;
    use crate::proposal::{Proposal, Status, status};
    use crate::repo::testing::{path, put, scratch, state};
    use crate::repo::{FileChange, FileState, Mode};

    /// A repository with a bit of everything, and a proposal that does a bit of everything.
    fn busy() -> (TempDir, Repo, Proposal) {
        let (dir, repo) = scratch(&[("a", "1\r\n2"), ("gone", "x\n"), (".gitignore", "*.log\n")]);
        put(dir.path(), "untracked", "u");
        put(dir.path(), "d/ignored.log", "i");
        symlink("a", dir.path().join("link")).unwrap();
        fs::set_permissions(dir.path().join("gone"), PermissionsExt::from_mode(0o640)).unwrap();
        let mut a = change(&repo, "a", Some("1\r\nzwei"));
        a.after.as_mut().unwrap().mode = Mode::Executable;
        let changes = vec![
            a,
            change(&repo, "d/new", Some("n\n")),
            change(&repo, "deep/er/new", Some("")),
            change(&repo, "gone", None),
            change(&repo, "untracked", Some("v")),
        ];
        (dir, repo, proposal(changes))
    }

    #[test]
    fn undo_and_redo_go_down_and_up_the_stack() {
        let (dir, repo) = scratch(&[("a", "1\n")]);
        let text = || fs::read_to_string(dir.path().join("a")).unwrap();
        for next in ["2\n", "3\n"] {
            apply(&repo, &proposal(vec![change(&repo, "a", Some(next))]), &|_| true).unwrap();
        }
        let mut seen = Vec::new();
        for step in [undo_last, undo_last, redo_last, redo_last, undo_last] {
            step(&repo).unwrap();
            seen.push(text());
        }
        assert_eq!(seen, ["2\n", "1\n", "2\n", "3\n", "2\n"]);
        apply(&repo, &proposal(vec![change(&repo, "a", Some("4\n"))]), &|_| true).unwrap();
        assert_eq!(redo_last(&repo).unwrap_err().to_string(), "there is nothing to redo");
        undo_last(&repo).unwrap();
        undo_last(&repo).unwrap();
        assert_eq!(undo_last(&repo).unwrap_err().to_string(), "there is nothing to undo");
    }

    #[test]
    fn an_edit_since_stops_the_whole_undo() {
        let (dir, repo, proposal) = busy();
        apply(&repo, &proposal, &|_| true).unwrap();
        put(dir.path(), "deep/er/new", "mine");
        let before = census(dir.path());
        let error = undo_last(&repo).unwrap_err();
        assert_eq!(error.to_string(), "`deep/er/new` was edited since");
        assert_eq!(census(dir.path()), before);
        put(dir.path(), "deep/er/new", "");
        undo_last(&repo).unwrap();
    }

    #[test]
    fn a_directory_that_is_used_since_stays() {
        let (dir, repo, proposal) = busy();
        apply(&repo, &proposal, &|_| true).unwrap();
        put(dir.path(), "deep/mine", "m");
        undo_last(&repo).unwrap();
        assert!(!dir.path().join("deep/er").exists());
        assert!(dir.path().join("deep/mine").exists());
    }

    #[test]
    fn the_status_follows_the_receipts() {
        let (_dir, repo, mut proposal) = busy();
        let now = |proposal: &Proposal| status(proposal, &receipts(&repo).unwrap());
        assert_eq!(now(&proposal), Status::Waiting);
        apply(&repo, &proposal, &|hunk| hunk == 1).unwrap();
        assert_eq!(now(&proposal), Status::Partly);
        apply(&repo, &proposal, &|hunk| hunk != 1).unwrap();
        assert_eq!(now(&proposal), Status::Applied);
        undo_last(&repo).unwrap();
        undo_last(&repo).unwrap();
        assert_eq!(now(&proposal), Status::Waiting);
        proposal.rejected = true;
        assert_eq!(now(&proposal), Status::Rejected);
    }

    /// Pulls the plug of `movement` after every step there is; each time, `recover` must bring back
    /// what was there before, and the movement must then succeed.
    #[track_caller]
    fn check_crashes(
        prepare: fn(&Repo, &Proposal),
        movement: fn(&Repo, &Proposal) -> Result<Receipt, ApplyError>,
    ) {
        for steps in 0.. {
            let (dir, repo, proposal) = busy();
            prepare(&repo, &proposal);
            let before = census(dir.path());
            let finished = pulled_after(steps, || movement(&repo, &proposal)).is_some();
            if finished {
                assert!(steps > 5, "the plug was never pulled");
                assert_eq!(recover(&repo).unwrap(), []);
                return;
            }
            let recovered = recover(&repo).unwrap();
            assert_eq!(recovered.len(), 1, "after {steps} steps");
            assert_eq!(recovered[0].left, []);
            assert_eq!(census(dir.path()), before, "after {steps} steps");
            movement(&repo, &proposal).unwrap();
        }
    }

    fn apply_all(repo: &Repo, proposal: &Proposal) -> Result<Receipt, ApplyError> {
        apply(repo, proposal, &|_| true)
    }

    #[test]
    fn an_interrupted_apply_is_rolled_back() {
        check_crashes(|_, _| (), apply_all);
    }

    #[test]
    fn an_interrupted_undo_is_rolled_back() {
        let prepare = |repo: &Repo, proposal: &Proposal| drop(apply_all(repo, proposal).unwrap());
        check_crashes(prepare, |repo, _| undo_last(repo));
    }

    #[test]
    fn an_interrupted_redo_is_rolled_back() {
        let prepare = |repo: &Repo, proposal: &Proposal| {
            apply_all(repo, proposal).unwrap();
            undo_last(repo).unwrap();
        };
        check_crashes(prepare, |repo, _| redo_last(repo));
    }

    #[test]
    fn a_file_edited_after_the_crash_keeps_the_edit() {
        let (dir, repo, proposal) = busy();
        // Three steps: the record, the removal of `gone`, the staging of `a`; the fourth moves it.
        assert!(pulled_after(4, || apply_all(&repo, &proposal)).is_none());
        put(dir.path(), "a", "mine");
        let recovered = recover(&repo).unwrap();
        assert_eq!(recovered[0].left, [path("a")]);
        assert_eq!(fs::read(dir.path().join("a")).unwrap(), b"mine");
        assert_eq!(fs::read(dir.path().join("gone")).unwrap(), b"x\n");
        assert_eq!(receipts(&repo).unwrap()[0].state, ReceiptState::Abandoned);
        assert_eq!(recover(&repo).unwrap(), []);
    }

    #[test]
    fn what_cannot_be_rolled_back_at_once_is_kept_until_it_can() {
        let (dir, repo) = scratch(&[("gone", "the only copy\n")]);
        let proposal =
            proposal(vec![change(&repo, "gone", None), change(&repo, "new/file", Some("n\n"))]);
        let plan = crate::proposal::testing::planned(&repo, &proposal, &|_| true).unwrap();
        // Where a folder is to be made there is a file, and where the bytes would wait a folder.
        put(dir.path(), "new", "in the way");
        let receipt = ReceiptId::from_seed(&Digest::of(b"p-7e57 1"), 4);
        let taken = dir.path().join(format!(".countersign-{receipt}-0.tmp"));
        fs::create_dir(&taken).unwrap();
        let permits = crate::proposal::testing::permits(plan.files.iter().map(|file| &file.path));
        let error = crate::proposal::write(&repo, &plan, &permits).unwrap_err();
        assert!(matches!(error, ApplyError::HalfWay { .. }), "{error}");
        assert!(!dir.path().join("gone").exists());
        assert!(recover(&repo).is_err());
        fs::remove_dir(&taken).unwrap();
        let recovered = recover(&repo).unwrap();
        assert_eq!(recovered[0].restored, [path("gone")]);
        assert_eq!(fs::read(dir.path().join("gone")).unwrap(), b"the only copy\n");
        assert!(receipts(&repo).unwrap().is_empty());
    }

    #[test]
    fn what_cannot_be_written_half_way_is_rolled_back_at_once() {
        let (dir, repo, proposal) = busy();
        let before = census(dir.path());
        // Where the temporary file would stand, a directory stands.
        let blocked = dir.path().join("deep");
        fs::create_dir(&blocked).unwrap();
        let plan = crate::proposal::testing::planned(&repo, &proposal, &|_| true).unwrap();
        fs::remove_dir(&blocked).unwrap();
        put(dir.path(), "deep", "in the way");
        let permits = crate::proposal::testing::permits(plan.files.iter().map(|file| &file.path));
        let error = crate::proposal::write(&repo, &plan, &permits).unwrap_err();
        assert!(error.to_string().starts_with("cannot make the directory"), "{error}");
        fs::remove_file(&blocked).unwrap();
        assert_eq!(census(dir.path()), before);
        assert!(receipts(&repo).unwrap().is_empty());
    }

    #[test]
    fn a_damaged_receipt_is_no_excuse_to_write() {
        let (dir, repo, proposal) = busy();
        let receipt = apply_all(&repo, &proposal).unwrap();
        let store = repo.tree_state_dir().join("receipts").join(receipt.id.as_str());
        put(&store, "before-0", "forged");
        let before = census(dir.path());
        let error = undo_last(&repo).unwrap_err();
        assert!(matches!(error, ApplyError::Damaged { .. }), "{error}");
        assert_eq!(census(dir.path()), before);
    }

    /// Names that meet as files and directories, one of them no UTF-8.
    fn files() -> impl Strategy<Value = BTreeMap<&'static [u8], FileState>> {
        let names: [&[u8]; 6] = [b"a", b"d/b", b"d/\xff", b"d/e/c", b"x.log", b"w \"q\""];
        let text = "([ab]?\r?\n){0,12}[ab]?\0?";
        let mode = prop_oneof![Just(Mode::Regular), Just(Mode::Executable)];
        let file = (text, mode).prop_map(|(text, mode)| FileState { mode, ..state(&text) });
        proptest::collection::btree_map(proptest::sample::select(names.to_vec()), file, 0..6)
    }

    fn fill(root: &Path, files: &BTreeMap<&'static [u8], FileState>) {
        for (name, state) in files {
            let place = root.join(Path::new(std::ffi::OsStr::from_bytes(name)));
            fs::create_dir_all(place.parent().unwrap()).unwrap();
            put(root, ".git/one", &state.bytes);
            fs::rename(root.join(".git/one"), &place).unwrap();
            let bits = if state.mode == Mode::Executable { 0o755 } else { 0o644 };
            fs::set_permissions(&place, PermissionsExt::from_mode(bits)).unwrap();
        }
    }

    fn changes(
        before: &BTreeMap<&'static [u8], FileState>,
        after: &BTreeMap<&'static [u8], FileState>,
    ) -> Vec<FileChange> {
        let names: std::collections::BTreeSet<_> = before.keys().chain(after.keys()).collect();
        let change = |name: &&'static [u8]| FileChange {
            path: RepoPath::new(name).unwrap(),
            before: before.get(name).cloned(),
            after: after.get(name).cloned(),
        };
        names.into_iter().map(change).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn apply_then_undo_restores_every_byte(
            before in files(), after in files(), choice in any::<u32>(),
        ) {
            let (dir, repo) = scratch(&[(".gitignore", "*.log\n"), ("kept", "k")]);
            fill(dir.path(), &before);
            symlink("kept", dir.path().join("link")).unwrap();
            let untouched = census(dir.path());
            let proposal = proposal(changes(&before, &after));
            if apply(&repo, &proposal, &|hunk| choice >> (hunk % 32) & 1 == 1).is_ok() {
                let applied = census(dir.path());
                undo_last(&repo).unwrap();
                prop_assert_eq!(&census(dir.path()), &untouched);
                redo_last(&repo).unwrap();
                prop_assert_eq!(&census(dir.path()), &applied);
                undo_last(&repo).unwrap();
            }
            prop_assert_eq!(&census(dir.path()), &untouched);
        }
    }
}
