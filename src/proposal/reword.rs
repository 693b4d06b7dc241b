//! Puts other lines in the place of those that a piece has.

use similar::{Algorithm, DiffTag, capture_diff_slices};

use crate::base::Hint;
use crate::proposal::hunks::{count, line, lines};
use crate::proposal::{Hunk, Line, LineKind, Origin, Piece, Verdict};
use crate::repo::is_binary;

/// More bytes than that are no hunk that somebody worded.
const MAX_BYTES: usize = 4 << 20;

/// Why a text does not take the place of a piece's lines.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RewordError {
    #[error("there are no lines to edit in it: {0}")]
    NoLines(String),
    #[error("the text is empty; the lines stay as they were")]
    Empty,
    #[error("nothing was changed")]
    Same,
    #[error("the text is no text any more: it has bytes that no editor shows")]
    Binary,
    #[error("the text has more than {} MB", MAX_BYTES >> 20)]
    TooLong,
}

impl Hint for RewordError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::NoLines(_) | Self::Same => None,
            Self::Empty => Some("to leave the lines out, reject the hunk".to_owned()),
            Self::Binary | Self::TooLong => Some("the lines stay as they were".to_owned()),
        }
    }
}

impl Piece {
    /// The lines that it puts in, with those around them: what an editor is given.
    pub fn text(&self) -> Vec<u8> {
        self.hunk.new_side().flat_map(|line| line.bytes.iter().copied()).collect()
    }

    /// This piece with `text` in the place of its new lines. A person's own words are accepted by
    /// writing them; a model's are undecided again.
    pub fn reworded(&self, text: &[u8], origin: Origin) -> Result<Piece, RewordError> {
        if !self.has_lines() {
            return Err(RewordError::NoLines(self.hunk.note.clone().unwrap_or_default()));
        }
        let text = self.ended(text);
        let former = self.text();
        if text == former {
            return Err(RewordError::Same);
        } else if text.trim_ascii().is_empty() {
            return Err(RewordError::Empty);
        } else if text.len() > MAX_BYTES {
            return Err(RewordError::TooLong);
        } else if is_binary(&text) {
            return Err(RewordError::Binary);
        }
        let start = self.hunk.new.start;
        let new = start..start.saturating_add(count(lines(&text).len()));
        let hunk = Hunk { lines: self.compared(&text), new, ..self.hunk.clone() };
        let verdict = match origin {
            Origin::Person => Verdict::Accepted,
            Origin::Proposal | Origin::Revision => Verdict::Undecided,
        };
        Ok(Piece { hunk, origin, verdict, ..self.clone() })
    }

    /// `text` with a line feed at its end, unless this piece is the end of a file without one.
    fn ended(&self, text: &[u8]) -> Vec<u8> {
        let mut text = text.to_vec();
        let ends_in = |end: &[u8]| self.hunk.lines.iter().all(|line| line.bytes.ends_with(end));
        if !text.is_empty() && !text.ends_with(b"\n") && ends_in(b"\n") {
            text.extend(if ends_in(b"\r\n") { &b"\r\n"[..] } else { b"\n" });
        }
        text
    }

    /// The old lines against those of `text`. What number a new line will have is not known.
    fn compared(&self, text: &[u8]) -> Vec<Line> {
        let old: Vec<&[u8]> = self.hunk.old_side().map(|line| line.bytes.as_slice()).collect();
        let new = lines(text);
        let start = self.hunk.old.start as usize;
        let mut shown = Vec::new();
        for op in capture_diff_slices(Algorithm::Histogram, &old, &new) {
            let (from, to) = (op.old_range(), op.new_range());
            let kind = match op.tag() {
                DiffTag::Equal => LineKind::Context,
                _ => LineKind::Removed,
            };
            shown.extend(from.map(|at| line(kind, Some(start + at), None, old[at])));
            if kind == LineKind::Removed {
                shown.extend(to.map(|at| line(LineKind::Added, None, None, new[at])));
            }
        }
        shown
    }
}
