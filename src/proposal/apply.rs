//! Writes what was planned to the work tree, all of it or nothing, and says why where it does not.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use crate::base::{Digest, Hint, ReceiptId, RepoPath};
use crate::policy::{EditPath, Permit};
use crate::proposal::receipt::{Contents, Receipts, Side};
use crate::proposal::transfer::{check, transfer};
use crate::proposal::{Conflict, Plan, PlannedFile, Receipt, ReceiptState, Version, Written};
use crate::repo::{FileState, Repo, RepoError, with_mode};

/// Why nothing was written, undone or redone.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    #[error(transparent)]
    Repo(#[from] RepoError),
    #[error("no hunk is accepted")]
    NothingAccepted,
    #[error("no hunk is rejected or edited, so nothing changes")]
    NothingRejected,
    #[error("hunk {0} has other words, and nobody decided about them")]
    OpenWording(String),
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
    #[error("the files of receipt `{receipt}` are written half-way, and rolling that back failed")]
    HalfWay { receipt: ReceiptId, source: Box<ApplyError> },
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
            Self::NothingRejected => "reject what is to leave the work tree",
            Self::OpenWording(_) => "accept or reject it first",
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
            Self::HalfWay { .. } => {
                "what they had is kept; put right what stops it, and any command goes on with it"
            }
            Self::Damaged { .. } | Self::Unreadable { .. } => {
                "what it wrote can no longer be undone; remove its directory to go on"
            }
            Self::NotPermitted(_) | Self::NothingToRedo => return None,
        };
        Some(hint.to_owned())
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
    if let Err(error) = check(repo, &receipt, Side::After, permits) {
        receipts.discard(&receipt.id)?;
        return Err(error);
    }
    // From here on the receipt may have the only copy of a file: it goes once all is rolled back.
    transfer(repo, &receipts, &mut receipt, Side::After)?;
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
        partly: plan.partly.clone(),
        state: ReceiptState::Applying,
        files,
        directories,
    })
}

fn written(repo: &Repo, file: &PlannedFile) -> Result<Written, ApplyError> {
    let bits = |path| -> Result<Option<u32>, ApplyError> {
        Ok(repo.stat(path)?.map(|metadata| metadata.permissions().mode() & 0o7777))
    };
    let now = bits(&file.path)?;
    // A file that moves takes its permissions along.
    let kept = match &file.moved_from {
        Some(from) if now.is_none() => bits(from)?,
        _ => now,
    };
    let version = |state: &FileState, permissions| Version {
        digest: state.digest(),
        mode: state.mode,
        permissions,
    };
    let before = file.from.as_ref().map(|state| version(state, now));
    let after = file.to.as_ref();
    let after = after.map(|state| version(state, kept.map(|bits| with_mode(bits, state.mode))));
    Ok(Written { path: file.path.clone(), before, after })
}

fn contents(file: &PlannedFile) -> Contents<'_> {
    let (from, to) = (file.from.as_ref(), file.to.as_ref());
    (from.map(|state| state.bytes.as_slice()), to.map(|state| state.bytes.as_slice()))
}

fn conflicts_in(conflicts: &[Conflict]) -> String {
    let lines: Vec<String> = conflicts.iter().map(Conflict::to_string).collect();
    lines.join("; ")
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::path::Path;

    use super::*;
    use crate::proposal::testing::{apply, census, change, planned, proposal};
    use crate::repo::Mode;
    use crate::repo::testing::{path, put, scratch};

    /// Proposes `theirs` for a file of `base`, lets the user write `ours`, and applies it all.
    #[track_caller]
    fn check(base: &str, ours: &str, theirs: &str, expected: Result<&str, &str>) {
        let (dir, repo) = scratch(&[("f", base)]);
        let proposal = proposal(vec![change(&repo, "f", Some(theirs))]);
        put(dir.path(), "f", ours);
        let before = census(dir.path());
        let result = apply(&repo, &proposal, &|_| true).map_err(|error| error.to_string());
        match expected {
            Ok(text) => {
                result.unwrap();
                assert_eq!(fs::read_to_string(dir.path().join("f")).unwrap(), text);
            }
            Err(message) => {
                assert_eq!(result.unwrap_err(), message);
                assert_eq!(census(dir.path()), before, "a refusal must not write");
            }
        }
    }

    #[test]
    fn the_file_as_it_was_gets_the_proposal() {
        check("a\r\nb", "a\r\nb", "\u{feff}a\r\nB", Ok("\u{feff}a\r\nB"));
    }

    #[test]
    fn edits_on_other_lines_stay() {
        check("a\nb\nc\n", "mine\na\nb\nc\n", "a\nb\nC\n", Ok("mine\na\nb\nC\n"));
    }

    #[test]
    fn edits_on_the_same_lines_refuse() {
        let message = "`f` was changed where the proposal changes it: line 2";
        check("a\nb\nc\n", "a\nmine\nc\n", "a\ntheirs\nc\n", Err(message));
        check("a\0", "b\0", "c\0", Err("`f` was changed, and it is binary"));
    }

    #[test]
    fn what_is_there_already_is_not_written() {
        check("a\n", "b\n", "b\n", Err("the work tree has these changes already"));
    }

    #[test]
    fn one_conflict_refuses_every_file() {
        let (dir, repo) = scratch(&[("a", "1\n"), ("b", "1\n")]);
        let new = change(&repo, "c", Some("new\n"));
        let changes = vec![change(&repo, "a", Some("2\n")), change(&repo, "b", None), new];
        let proposal = proposal(changes);
        put(dir.path(), "b", "mine\n");
        put(dir.path(), "c", "mine\n");
        let before = census(dir.path());
        let error = apply(&repo, &proposal, &|_| true).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`b` was changed, and the proposal removes it; `c` appeared with other contents"
        );
        assert_eq!(census(dir.path()), before);
        apply(&repo, &proposal, &|hunk| hunk == 1).unwrap();
        assert_eq!(fs::read(dir.path().join("a")).unwrap(), b"2\n");
    }

    #[test]
    fn nothing_is_written_through_a_link() {
        let (dir, repo) = scratch(&[("a", "1\n")]);
        let outside = tempfile::TempDir::new().unwrap();
        put(outside.path(), "a", "1\n");
        let proposals = [
            proposal(vec![change(&repo, "a", Some("2\n"))]),
            proposal(vec![change(&repo, "d/a", Some("2\n"))]),
        ];
        fs::remove_file(dir.path().join("a")).unwrap();
        symlink(outside.path().join("a"), dir.path().join("a")).unwrap();
        symlink(outside.path(), dir.path().join("d")).unwrap();
        let errors = proposals.map(|it| apply(&repo, &it, &|_| true).unwrap_err().to_string());
        assert_eq!(errors[0], "`a` is a symbolic link, and links are never written");
        assert!(errors[1].starts_with("`d/a` lies behind the symbolic link"), "{}", errors[1]);
        assert_eq!(fs::read(outside.path().join("a")).unwrap(), b"1\n");
    }

    #[test]
    fn without_a_permit_nothing_happens() {
        let (dir, repo) = scratch(&[("a", "1\n")]);
        let before = census(dir.path());
        let proposal = proposal(vec![change(&repo, "a", Some("2\n"))]);
        let plan = planned(&repo, &proposal, &|_| true).unwrap();
        let error = write(&repo, &plan, &[]).unwrap_err();
        assert_eq!(error.to_string(), "nobody permitted to write `a`");
        assert_eq!(census(dir.path()), before);
        assert!(crate::proposal::receipts(&repo).unwrap().is_empty());
    }

    #[test]
    fn permissions_are_kept_and_a_mode_is_set() {
        let (dir, repo) = scratch(&[("a", "1\n"), ("b", "1\n")]);
        let mode = |name: &str| {
            let place = dir.path().join(name);
            fs::metadata(place).unwrap().permissions().mode() & 0o7777
        };
        let chmod = |place: &Path, bits| {
            fs::set_permissions(place, fs::Permissions::from_mode(bits)).unwrap();
        };
        chmod(&dir.path().join("a"), 0o600);
        chmod(&dir.path().join("b"), 0o640);
        let mut b = change(&repo, "b", Some("2\n"));
        b.after.as_mut().unwrap().mode = Mode::Executable;
        let proposal = proposal(vec![change(&repo, "a", Some("2\n")), b]);
        apply(&repo, &proposal, &|_| true).unwrap();
        assert_eq!((mode("a"), mode("b")), (0o600, 0o750));
    }

    #[test]
    fn a_file_that_has_both_names_of_a_rename_is_not_lost() {
        let (dir, repo) = scratch(&[("Readme", "1\n")]);
        let changes = vec![change(&repo, "README", Some("1\n")), change(&repo, "Readme", None)];
        let (apart, mut renamed) = (proposal(changes.clone()), proposal(changes));
        renamed.renames.insert(path("README"), path("Readme"));
        // A second link stands for a disk that takes both names for one.
        fs::hard_link(dir.path().join("Readme"), dir.path().join("README")).unwrap();
        let before = census(dir.path());
        for proposal in [apart, renamed] {
            assert_eq!(
                apply(&repo, &proposal, &|_| true).unwrap_err().to_string(),
                "`Readme` goes and `README` stays, and on this disk they are one file"
            );
            assert_eq!(census(dir.path()), before);
        }
    }

    #[test]
    fn a_file_may_become_a_directory() {
        let (dir, repo) = scratch(&[("a", "1\n")]);
        let gone = change(&repo, "a", None);
        let proposal = proposal(vec![gone, change(&repo, "a/b", Some("2\n"))]);
        apply(&repo, &proposal, &|_| true).unwrap();
        assert_eq!(repo.read(&path("a/b")).unwrap().unwrap().bytes, b"2\n");
        crate::proposal::testing::undo_last(&repo).unwrap();
        assert_eq!(fs::read(dir.path().join("a")).unwrap(), b"1\n");
    }
}
