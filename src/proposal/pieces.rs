//! A change as a person leaves it: every hunk in one piece or more, each decided by itself.
//!
//! The pieces of a hunk part its old lines and its new lines among them, in order, so that all of
//! them together are the hunk. What stands in a piece is the proposal's, or worded anew by the
//! person or, on a comment, by a model.

use serde::{Deserialize, Serialize};

use crate::base::RepoPath;
use crate::proposal::put_in::put_in;
use crate::proposal::{Hunk, HunkKind, Verdict, Verdicts};
use crate::repo::{FileChange, FileState};

/// Whose lines a piece puts in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    #[default]
    Proposal,
    /// Worded by the person who reviews.
    Person,
    /// Worded by a model, asked by a comment.
    Revision,
}

/// A hunk or a part of one, with all that was decided about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// What it shows. Its number is that of the hunk that it was split from.
    pub hunk: Hunk,
    /// From 1 among the parts of its hunk; 0 where the hunk is whole.
    pub part: u32,
    pub origin: Origin,
    pub verdict: Verdict,
    /// What the person said about it, the oldest first.
    pub comments: Vec<String>,
}

/// Every hunk in one piece, undecided.
pub fn pieces(hunks: Vec<Hunk>) -> Vec<Piece> {
    let whole = |hunk| Piece {
        hunk,
        part: 0,
        origin: Origin::Proposal,
        verdict: Verdict::Undecided,
        comments: Vec::new(),
    };
    hunks.into_iter().map(whole).collect()
}

/// Every hunk in one piece, decided as `verdicts` say.
pub fn decided(hunks: Vec<Hunk>, verdicts: &Verdicts) -> Vec<Piece> {
    let mut pieces = pieces(hunks);
    for piece in &mut pieces {
        piece.verdict = verdicts.of(piece.hunk.number);
    }
    pieces
}

/// The file with those of its pieces put in that `wanted` says; none of them give `before`.
pub fn target_of(
    change: &FileChange,
    pieces: &[Piece],
    wanted: &dyn Fn(&Piece) -> bool,
) -> Option<FileState> {
    let mine = pieces.iter().filter(|piece| piece.hunk.path == change.path);
    put_in(change, mine.filter(|piece| wanted(piece)).map(|piece| &piece.hunk))
}

/// Puts pieces in the place of the one at `at`, and counts the parts of its hunk anew.
pub fn replace(pieces: &mut Vec<Piece>, at: usize, by: Vec<Piece>) {
    let Some(number) = pieces.get(at).map(|piece| piece.hunk.number) else { return };
    pieces.splice(at..=at, by);
    count_parts(pieces, number);
}

/// Numbers the parts of hunk `number`, which stand together.
pub fn count_parts(pieces: &mut [Piece], number: u32) {
    let of_hunk = |piece: &&mut Piece| piece.hunk.number == number;
    let is_split = pieces.iter().filter(|piece| piece.hunk.number == number).count() > 1;
    for (part, piece) in (1..).zip(pieces.iter_mut().filter(of_hunk)) {
        piece.part = if is_split { part } else { 0 };
    }
}

impl Piece {
    /// What a person calls it: `3`, or `3.2` for the second part of hunk 3.
    pub fn name(&self) -> String {
        match self.part {
            0 => self.hunk.number.to_string(),
            part => format!("{}.{part}", self.hunk.number),
        }
    }

    /// The file it changes.
    pub fn path(&self) -> &RepoPath {
        &self.hunk.path
    }

    /// Whether it has lines that can be split and worded otherwise.
    pub fn has_lines(&self) -> bool {
        self.hunk.kind == HunkKind::Lines
    }

    /// Whether nothing was done to it but deciding.
    pub fn is_untouched(&self) -> bool {
        self.part == 0 && self.origin == Origin::Proposal && self.comments.is_empty()
    }
}

impl Origin {
    /// Who worded it, where that is not the proposal.
    pub fn words(self) -> Option<&'static str> {
        match self {
            Self::Proposal => None,
            Self::Person => Some("edited by hand"),
            Self::Revision => Some("revised by the model"),
        }
    }
}

#[cfg(test)]
#[path = "pieces_tests.rs"]
mod tests;
