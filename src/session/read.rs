//! What an agent may see of the work tree: the one place that reads files for it.

use git2::Oid;

use crate::base::RepoPath;
use crate::policy::{self, Actor, ReadPath};
use crate::proposal::Files;
use crate::repo::FileState;
use crate::session::decide::Desk;

/// Larger files are never shown to a model, in bytes.
const LARGEST: u64 = 4 << 20;

/// The file as it stands on disk, if an agent may read it.
pub(super) fn read(desk: &Desk, path: &RepoPath) -> Option<FileState> {
    policy::judge(&desk.rules, Actor::Agent, ReadPath { path: path.clone() }).permit().ok()?;
    let size = path.under(desk.repo.root()).symlink_metadata().ok()?.len();
    if size > LARGEST { None } else { desk.repo.read(path).ok().flatten() }
}

/// The file as `tree` has it, if an agent may read it: what a person edits meanwhile is not in it.
pub(super) fn read_in(desk: &Desk, tree: Oid, path: &RepoPath) -> Option<FileState> {
    policy::judge(&desk.rules, Actor::Agent, ReadPath { path: path.clone() }).permit().ok()?;
    let state = desk.repo.read_in(tree, path).ok().flatten()?;
    (state.bytes.len() as u64 <= LARGEST).then_some(state)
}

/// The files that edits may name: those that an agent may read.
pub(super) struct Seen<'a> {
    pub(super) desk: &'a Desk,
    pub(super) shown: &'a [RepoPath],
}

impl Files for Seen<'_> {
    fn read(&self, path: &RepoPath) -> Option<FileState> {
        read(self.desk, path)
    }

    fn shown(&self) -> &[RepoPath] {
        self.shown
    }
}
