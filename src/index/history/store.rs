//! The file of the past, and what it is made of.

use crate::index::columns::Kind;

/// What only a refresh needs has its sum checked by a refresh.
pub(super) const KIND: Kind = Kind {
    magic: *b"pastwork",
    version: 4,
    parts: PARTS,
    lazy: |part| part == Part::Nodes as usize || part == Part::Records as usize,
};

/// What the file is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// An `About`.
    About,
    /// The commits that are known, with their parents.
    Nodes,
    /// Where the record of each node ends.
    RecordEnds,
    Records,
    WordEnds,
    Words,
    PathEnds,
    Paths,
    /// Where the postings of each word end.
    PostingEnds,
    Postings,
    /// A row for each commit that counts, the newest first, and one more to end the last.
    Commits,
    /// The files of the commits, one after another.
    Files,
    /// A row for each change.
    Changes,
}

impl From<Part> for usize {
    fn from(part: Part) -> Self {
        part as Self
    }
}

pub(super) const PARTS: usize = Part::Changes as usize + 1;

/// The bytes of all parts, in their order.
pub(super) type Parts = [Vec<u8>; PARTS];
