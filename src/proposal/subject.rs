//! What a person decides about: a proposal, or any other change, in the files already or not.

use crate::base::{Digest, ProposalId, RepoPath};
use crate::proposal::pieces::target_of;
use crate::proposal::renames::hunks_with;
use crate::proposal::{Hunk, HunkKind, Origin, Piece, Proposal, Verdict};
use crate::repo::{FileChange, FileState, Renames};

/// A change that is decided about hunk by hunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The proposal's, or one made from the change itself where it is none.
    pub id: ProposalId,
    /// By path.
    pub changes: Vec<FileChange>,
    /// Which files are moved. The `before` of such a file is what it had where it lay.
    pub renames: Renames,
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
    /// Where it lies as far as the change knows.
    pub(super) path: RepoPath,
    /// Of a file that the change moves the other place: where it goes, or could lie already.
    pub(super) other: Option<RepoPath>,
    /// Whether it goes there.
    pub(super) moves: bool,
    pub(super) base: Option<FileState>,
    pub(super) target: Option<FileState>,
}

impl Subject {
    /// A proposal that is decided about.
    pub fn of(proposal: &Proposal) -> Self {
        Self {
            id: proposal.id.clone(),
            changes: proposal.files().into_owned(),
            renames: proposal.renames.clone(),
            standing: Standing::Proposed,
            key: proposal.id.to_string(),
            stamp: Some(proposal.commit.to_string()),
        }
    }

    /// A change that is no proposal, named by what it does.
    pub fn new(
        key: String,
        changes: Vec<FileChange>,
        renames: Renames,
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
        hunks_with(&self.changes, &self.renames)
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

    /// What the decisions make of every file that the change touches.
    pub(super) fn outcomes(&self, pieces: &[Piece]) -> Vec<Outcome> {
        self.changes.iter().map(|change| self.outcome(change, pieces)).collect()
    }

    /// What the decisions leave of the change: its files, and which of them are moved.
    pub fn chosen(&self, pieces: &[Piece]) -> (Vec<FileChange>, Renames) {
        let mut renames = Renames::new();
        let changes = self.outcomes(pieces).into_iter().map(|outcome| {
            let Outcome { path, other, moves, base: before, target: after } = outcome;
            match other.filter(|_| moves) {
                Some(to) => {
                    renames.insert(to.clone(), path);
                    FileChange { path: to, before, after }
                }
                None => FileChange { path, before, after },
            }
        });
        (changes.collect(), renames)
    }

    fn outcome(&self, change: &FileChange, pieces: &[Piece]) -> Outcome {
        let target = target_of(change, pieces, &|piece| self.has(piece));
        let new = change.path.clone();
        let (base, old) = match self.standing {
            Standing::Proposed => (change.before.clone(), self.renames.get(&new).cloned()),
            Standing::InTree => (change.after.clone(), self.renames.get(&new).cloned()),
        };
        let Some(old) = old else {
            return Outcome { path: new, other: None, moves: false, base, target };
        };
        let is_at_new = pieces.iter().any(|piece| {
            piece.hunk.kind == HunkKind::Rename && piece.hunk.path == new && self.has(piece)
        });
        let (path, other, moves) = match self.standing {
            Standing::Proposed => (old, new, is_at_new),
            Standing::InTree => (new, old, !is_at_new),
        };
        Outcome { path, other: Some(other), moves, base, target }
    }
}
