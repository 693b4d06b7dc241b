//! Proposals to try things on, and a look at everything in a work tree.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use git2::Oid;
use serde_json::Value;

use crate::base::RepoPath;
use crate::config;
use crate::policy::{Actor, EditPath, Permit, Rules, judge};
use crate::proposal::{
    ApplyError, NewProposal, Plan, Proposal, Receipt, Subject, Verdict, pieces, plan, redo,
    redoable, store, undo, undoable, write,
};
use crate::repo::testing::{path, state};
use crate::repo::{FileChange, FileState, Renames, Repo};

/// A proposal as it would be loaded.
pub(super) fn proposal(changes: Vec<FileChange>) -> Proposal {
    Proposal {
        id: "p-7e57".parse().unwrap(),
        title: "test".into(),
        task: String::new(),
        model: None,
        created: 0,
        base: Oid::ZERO_SHA1,
        commit: Oid::ZERO_SHA1,
        changes,
        renames: Renames::new(),
        verification: Value::Null,
        trailers: Vec::new(),
        rejected: false,
    }
}

/// A proposal of `changes`, stored.
pub(super) fn stored(repo: &Repo, changes: Vec<FileChange>) -> Proposal {
    let new = NewProposal {
        snapshot: repo.snapshot().unwrap(),
        changes,
        title: "test".into(),
        task: String::new(),
        model: None,
        verification: Value::Null,
        trailers: Vec::new(),
    };
    store(repo, &new).unwrap()
}

/// From the file as it is on disk to `after`.
pub(super) fn change(repo: &Repo, name: &str, after: Option<&str>) -> FileChange {
    let before = repo.read(&path(name)).unwrap();
    let mode = before.as_ref().map(|before| before.mode);
    let keep_mode = |after: FileState| FileState { mode: mode.unwrap_or(after.mode), ..after };
    FileChange { path: path(name), before, after: after.map(|text| keep_mode(state(text))) }
}

pub(super) fn permits<'a>(paths: impl IntoIterator<Item = &'a RepoPath>) -> Vec<Permit<EditPath>> {
    let rules = Rules::built_in(config::Mode::Ask).unwrap();
    let permit = |path: &RepoPath| {
        judge(&rules, Actor::Person, EditPath { path: path.clone() }).permit().unwrap()
    };
    paths.into_iter().map(permit).collect()
}

/// What accepting hunks of `proposal` would write.
pub(super) fn planned(
    repo: &Repo,
    proposal: &Proposal,
    accepted: &dyn Fn(u32) -> bool,
) -> Result<Plan, ApplyError> {
    let subject = Subject::of(proposal);
    let mut pieces = pieces(subject.hunks());
    for piece in pieces.iter_mut().filter(|piece| accepted(piece.hunk.number)) {
        piece.verdict = Verdict::Accepted;
    }
    plan(repo, &subject, &pieces)
}

pub(super) fn apply(
    repo: &Repo,
    proposal: &Proposal,
    accepted: &dyn Fn(u32) -> bool,
) -> Result<Receipt, ApplyError> {
    let plan = planned(repo, proposal, accepted)?;
    write(repo, &plan, &permits(plan.files.iter().map(|file| &file.path)))
}

pub(super) fn undo_last(repo: &Repo) -> Result<Receipt, ApplyError> {
    let receipt = undoable(repo)?;
    undo(repo, &receipt, &permits(receipt.files.iter().map(|file| &file.path)))
}

pub(super) fn redo_last(repo: &Repo) -> Result<Receipt, ApplyError> {
    let receipt = redoable(repo)?;
    redo(repo, &receipt, &permits(receipt.files.iter().map(|file| &file.path)))
}

/// Everything below `root` but `.git`: permission bits, and the bytes or where a link leads.
pub(super) fn census(root: &Path) -> BTreeMap<PathBuf, (u32, Vec<u8>)> {
    let mut found = BTreeMap::new();
    let mut open = vec![root.to_owned()];
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let place = entry.unwrap().path();
            if place.ends_with(".git") {
                continue;
            }
            let metadata = fs::symlink_metadata(&place).unwrap();
            let bytes = if metadata.is_symlink() {
                fs::read_link(&place).unwrap().to_string_lossy().into_owned().into_bytes()
            } else if metadata.is_dir() {
                open.push(place.clone());
                Vec::new()
            } else {
                fs::read(&place).unwrap()
            };
            found.insert(place, (metadata.permissions().mode(), bytes));
        }
    }
    found
}
