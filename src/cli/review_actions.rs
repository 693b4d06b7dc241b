//! What a review has done at the desk: decisions carried out and kept, hunks edited.

use crate::base::Hint;
use crate::cli::hunk::count;
use crate::cli::review_subject::Reviewed;
use crate::cli::reviser::Revises;
use crate::proposal::{self, InFile, Piece, Receipt, SavedReview, Standing, Verdict};
use crate::review::Actions;
use crate::session::{self, DecideError, Desk, Revision};

/// The desk, the change that is decided about there, and where decisions are kept.
pub(super) struct AtDesk<'a> {
    pub(super) desk: &'a Desk,
    pub(super) reviewed: &'a Reviewed,
    pub(super) saved: SavedReview,
    /// Who words hunks anew.
    pub(super) reviser: &'a mut dyn Revises,
}

impl Actions for AtDesk<'_> {
    fn apply(&mut self, pieces: &[Piece]) -> Result<String, String> {
        let subject = &self.reviewed.subject;
        let done = match &self.reviewed.proposal {
            Some(proposal) => self.desk.apply_pieces(proposal, subject, pieces),
            None => self.desk.carry_out(subject, pieces),
        };
        match done {
            Ok(receipt) => {
                self.keep_what_is_left(&receipt, pieces);
                Ok(self.said(&receipt))
            }
            Err(error) => Err(with_hint(&error)),
        }
    }

    fn save(&mut self, pieces: &[Piece], at: Option<&str>) -> Result<(), String> {
        self.saved
            .save(pieces, at)
            .map_err(|error| format!("your decisions are not kept for the next time: {error}"))
    }

    fn edit(&mut self, piece: &Piece) -> Result<Vec<u8>, String> {
        let name = piece.path().to_string();
        session::edit(self.desk.repo(), &name, &piece.text()).map_err(|error| match error.hint() {
            Some(hint) => format!("{error}; {hint}"),
            None => error.to_string(),
        })
    }

    fn revise(&mut self, pieces: &[Piece], at: usize, comment: &str) -> Result<(), String> {
        let revision = self.revision(pieces, at, comment);
        self.reviser.begin(revision.ok_or("it has no lines to word anew")?)
    }

    fn revised(&mut self) -> Option<Result<Vec<u8>, String>> {
        self.reviser.done()
    }

    fn tells(&mut self) -> Option<String> {
        self.reviser.tells()
    }
}

impl AtDesk<'_> {
    /// A piece and a comment as a model is asked about them.
    fn revision(&self, pieces: &[Piece], at: usize, comment: &str) -> Option<Revision> {
        let (piece, reviewed) = (pieces.get(at)?, self.reviewed);
        let InFile { text, lines, .. } = reviewed.subject.in_file(pieces, at)?;
        let proposal = reviewed.proposal.as_ref();
        Some(Revision {
            proposal: proposal.map(|it| it.id.clone()),
            task: proposal.map(|it| it.task.clone()).unwrap_or_default(),
            hunk: piece.hunk.number,
            path: piece.hunk.path.clone(),
            text,
            lines,
            comment: comment.to_owned(),
        })
    }

    /// Hunks that have left the work tree are no hunks any more.
    fn keep_what_is_left(&self, receipt: &Receipt, pieces: &[Piece]) {
        let is_open = |piece: &Piece| piece.verdict == Verdict::Undecided;
        let subject = &self.reviewed.subject;
        if subject.standing == Standing::Proposed && self.reviewed.proposal.is_none() {
            // A patch of which a part is in the files does not fit any more.
            let _ = proposal::forget(self.desk.repo(), &subject.key);
        } else if subject.standing == Standing::InTree && pieces.iter().any(is_open) {
            let is_left = |piece: &&Piece| {
                let number = &piece.hunk.number;
                !receipt.hunks.contains(number) && !receipt.partly.contains(number)
            };
            let left: Vec<Piece> = pieces.iter().filter(is_left).cloned().collect();
            // The files are as they were decided; what is lost here is decided once more.
            let _ = self.saved.save(&left, None);
        }
    }

    fn said(&self, receipt: &Receipt) -> String {
        let hunks = count(receipt.hunks.len() + receipt.partly.len(), "hunk");
        let partly = match receipt.partly.len() {
            0 => String::new(),
            some => format!(" ({some} in part)"),
        };
        let files = count(receipt.files.len(), "file");
        match (self.reviewed.subject.standing, &self.reviewed.proposal) {
            (Standing::InTree, _) => format!(
                "Changed {hunks}{partly} in {files} as you decided. `countersign undo` gives them back."
            ),
            (Standing::Proposed, Some(_)) => format!(
                "Applied {hunks}{partly} of `{}` to {files}. `countersign undo` takes it back.",
                receipt.proposal
            ),
            (Standing::Proposed, None) => format!(
                "Applied {hunks}{partly} of the patch to {files}. `countersign undo` takes it back."
            ),
        }
    }
}

pub(super) fn with_hint(error: &DecideError) -> String {
    match error.hint() {
        Some(hint) => format!("{error}\n\n{hint}"),
        None => error.to_string(),
    }
}
