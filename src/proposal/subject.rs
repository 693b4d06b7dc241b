//! What a person decides about: a proposal, or any other change, in the files already or not.

use std::collections::BTreeMap;

use crate::base::{Digest, ProposalId, RepoPath};
use crate::proposal::hunks::without_lines;
use crate::proposal::pieces::target_of;
use crate::proposal::{Hunk, HunkKind, Origin, Piece, Proposal, Verdict, hunks};
use crate::repo::{FileChange, FileState};

/// A change that is decided about hunk by hunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The proposal's, or one made from the change itself where it is none.
    pub id: ProposalId,
    /// By path.
    pub changes: Vec<FileChange>,
    /// Where a changed file lay before, by the path where it lies after. Its `before` is what it
    /// had there.
    pub renames: BTreeMap<RepoPath, RepoPath>,
    pub standing: Standing,
    /// Names the review among those whose decisions are kept; a file's name.
    pub key: String,
    /// What decisions are about, where another change of the same key has to begin anew.
    pub stamp: Option<String>,
}

/// Where the change is before anything is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nowhere yet: accepted hunks are put into the files.
    Proposed,
    /// In the files: rejected hunks are taken out of them.
    InTree,
}

/// A file as the change knew it, and as the decisions want it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) path: RepoPath,
    pub(super) base: Option<FileState>,
    pub(super) target: Option<FileState>,
}

impl Subject {
    /// A proposal that is decided about.
    pub fn of(proposal: &Proposal) -> Self {
        Self {
            id: proposal.id.clone(),
            changes: proposal.changes.clone(),
            renames: BTreeMap::new(),
            standing: Standing::Proposed,
            key: proposal.id.to_string(),
            stamp: Some(proposal.commit.to_string()),
        }
    }

    /// A change that is no proposal, named by what it does.
    pub fn new(
        key: String,
        changes: Vec<FileChange>,
        renames: BTreeMap<RepoPath, RepoPath>,
        standing: Standing,
    ) -> Self {
        let mut seed = key.clone().into_bytes();
        for change in &changes {
            seed.extend(change.path.as_bytes());
            for state in [&change.before, &change.after] {
                let digest = state.as_ref().map(FileState::digest);
                seed.extend(format!("\0{digest:?}").into_bytes());
            }
        }
        let id = ProposalId::from_seed(&Digest::of(&seed), 8);
        Self { id, changes, renames, standing, key, stamp: None }
    }

    /// The hunks that it is made of, numbered from 1.
    pub fn hunks(&self) -> Vec<Hunk> {
        if self.renames.is_empty() {
            return hunks(&self.changes);
        }
        let mut all = Vec::new();
        for change in &self.changes {
            if let Some(from) = self.renames.get(&change.path) {
                let note = format!("renamed from `{from}`");
                all.push(without_lines(change.path.clone(), HunkKind::Rename, note));
            }
            all.extend(hunks(std::slice::from_ref(change)));
        }
        for (number, hunk) in (1..).zip(&mut all) {
            hunk.number = number;
        }
        all
    }

    /// Whether the decision about `piece` makes it part of the files.
    pub fn has(&self, piece: &Piece) -> bool {
        match self.standing {
            Standing::Proposed => piece.verdict == Verdict::Accepted,
            Standing::InTree => piece.verdict != Verdict::Rejected,
        }
    }

    /// Whether the decision about `piece` changes files.
    pub fn acts(&self, piece: &Piece) -> bool {
        match self.standing {
            Standing::Proposed => piece.verdict == Verdict::Accepted,
            Standing::InTree => {
                piece.verdict == Verdict::Rejected || piece.origin != Origin::Proposal
            }
        }
    }

    /// The first piece that the files would get unseen: worded anew, in the files already, and not
    /// decided about.
    pub(super) fn open_wording<'a>(&self, pieces: &'a [Piece]) -> Option<&'a Piece> {
        let is_open = |piece: &&Piece| {
            piece.origin != Origin::Proposal && piece.verdict == Verdict::Undecided
        };
        pieces.iter().find(is_open).filter(|_| self.standing == Standing::InTree)
    }

    /// Every file that the change touches, with what becomes of it.
    pub(super) fn outcomes(&self, pieces: &[Piece]) -> Vec<Outcome> {
        self.changes.iter().flat_map(|change| self.outcomes_of(change, pieces)).collect()
    }

    fn outcomes_of(&self, change: &FileChange, pieces: &[Piece]) -> Vec<Outcome> {
        let target = target_of(change, pieces, &|piece| self.has(piece));
        let in_tree = self.standing == Standing::InTree;
        let base = if in_tree { &change.after } else { &change.before };
        let Some(from) = self.renames.get(&change.path) else {
            return vec![Outcome { path: change.path.clone(), base: base.clone(), target }];
        };
        let is_moved = pieces.iter().any(|piece| {
            piece.hunk.kind == HunkKind::Rename && piece.hunk.path == change.path && self.has(piece)
        });
        let (old, new) = if is_moved { (None, target) } else { (target, None) };
        let (old_base, new_base) =
            if in_tree { (None, base.clone()) } else { (base.clone(), None) };
        vec![
            Outcome { path: from.clone(), base: old_base, target: old },
            Outcome { path: change.path.clone(), base: new_base, target: new },
        ]
    }
}
