//! Where a piece stands in its file: what somebody has to see who words it anew.

use std::ops::Range;

use crate::proposal::pieces::target_of;
use crate::proposal::{Piece, Subject, Verdict};

/// A piece in the file that it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InFile {
    /// The file with the piece in it, and with every other one that is not rejected.
    pub text: Vec<u8>,
    /// The lines of it that the piece stands for, counted from 0.
    pub lines: Range<usize>,
    /// These lines before the change.
    pub old: Vec<u8>,
}

impl Subject {
    /// The piece at `at` in its file; `None` where it has no lines.
    pub fn in_file(&self, pieces: &[Piece], at: usize) -> Option<InFile> {
        let piece = pieces.get(at).filter(|piece| piece.has_lines())?;
        let change = self.changes.iter().find(|change| change.path == *piece.path())?;
        let is_shown = |it: &Piece| it.verdict != Verdict::Rejected || it.hunk == piece.hunk;
        let text = target_of(change, pieces, &is_shown)?.bytes;
        let before = pieces[..at].iter().filter(|it| it.path() == piece.path() && is_shown(it));
        let (mut start, mut gone) = (piece.hunk.old.start as usize, 0);
        for earlier in before {
            start += earlier.hunk.new_side().count();
            gone += earlier.hunk.old_side().count();
        }
        let start = start.checked_sub(gone)?;
        let lines = start..start + piece.hunk.new_side().count();
        let old = piece.hunk.old_side().flat_map(|line| line.bytes.iter().copied()).collect();
        Some(InFile { text, lines, old })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use crate::proposal::hunks::lines;
    use crate::proposal::{Standing, Subject, Verdict, pieces, replace};
    use crate::repo::FileChange;
    use crate::repo::testing::{path, state};

    proptest! {
        #[test]
        fn a_piece_stands_where_it_says(
            before in "([abc]?\n){0,25}", after in "([abc]?\n){1,25}",
            deeds in proptest::collection::vec((any::<usize>(), 0..4_u8), 0..10),
        ) {
            let before = (!before.is_empty()).then(|| state(&before));
            let change = FileChange { path: path("f"), before, after: Some(state(&after)) };
            let key = "uncommitted".to_owned();
            let subject = Subject::new(key, vec![change], BTreeMap::new(), Standing::InTree);
            let mut all = pieces(subject.hunks());
            prop_assume!(!all.is_empty());
            for (place, deed) in deeds {
                let at = place % all.len();
                match deed {
                    0 => all[at].verdict = Verdict::Rejected,
                    1 => all[at].verdict = Verdict::Accepted,
                    _ => if let Some(parts) = all[at].split() {
                        replace(&mut all, at, parts);
                    }
                }
            }
            for (at, piece) in all.iter().enumerate() {
                let found = subject.in_file(&all, at).unwrap();
                let text = lines(&found.text)[found.lines].concat();
                prop_assert_eq!(text, piece.text());
            }
        }
    }
}
