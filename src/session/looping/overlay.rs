//! The draft of a model that edits step by step: changed files over the work tree, in memory only.

use std::collections::BTreeMap;

use git2::Oid;

use crate::base::{Digest, RepoPath};
use crate::proposal::Files;
use crate::repo::{FileChange, FileState};
use crate::session::decide::Desk;
use crate::session::read::read_in;
use crate::session::recall::ground;

/// Changes against the work tree as it was when the task began, each file once.
#[derive(Clone, Debug)]
pub(super) struct Overlay {
    /// The work tree as it was then.
    base: Oid,
    changes: BTreeMap<RepoPath, FileChange>,
}

impl Overlay {
    /// A draft that changes nothing yet of what `base` has.
    pub(super) fn new(base: Oid) -> Self {
        Self { base, changes: BTreeMap::new() }
    }

    /// The file as the draft has it, if an agent may read it.
    pub(super) fn read(&self, desk: &Desk, path: &RepoPath) -> Option<FileState> {
        match self.changes.get(path) {
            Some(change) => change.after.clone(),
            None => read_in(desk, self.base, path),
        }
    }

    /// The same draft with `changes` made to it, which start from what it has.
    pub(super) fn with(&self, changes: Vec<FileChange>) -> Self {
        let mut new = self.clone();
        for change in changes {
            let known = new.changes.remove(&change.path);
            let before = known.map_or(change.before, |known| known.before);
            if before != change.after {
                new.changes.insert(change.path.clone(), FileChange { before, ..change });
            }
        }
        new
    }

    pub(super) fn changes(&self) -> Vec<FileChange> {
        self.changes.values().cloned().collect()
    }

    pub(super) fn has(&self, path: &RepoPath) -> bool {
        self.changes.contains_key(path)
    }

    /// The files that it changes and has, with what is in them.
    pub(super) fn files(&self) -> impl Iterator<Item = (&RepoPath, &FileState)> {
        self.changes.values().filter_map(|change| Some((&change.path, change.after.as_ref()?)))
    }

    /// Names the draft; none where it changes nothing.
    pub(super) fn digest(&self) -> Option<Digest> {
        (!self.changes.is_empty()).then(|| ground(self.base, &self.changes(), ""))
    }
}

/// The files that edits may name: those of the draft.
pub(super) struct Drafted<'a> {
    pub(super) desk: &'a Desk,
    pub(super) overlay: &'a Overlay,
    pub(super) shown: &'a [RepoPath],
}

impl Files for Drafted<'_> {
    fn read(&self, path: &RepoPath) -> Option<FileState> {
        self.overlay.read(self.desk, path)
    }

    fn shown(&self) -> &[RepoPath] {
        self.shown
    }
}
