//! One file of parts, mapped into memory; it is replaced as a whole and never written in place.
//!
//! Each part has a check sum. Strangers' bytes make a part short or the file unusable, no panic.

use std::fs::File;
use std::hash::Hasher;
use std::io::{self, BufWriter, Write};
use std::ops::Range;
use std::path::Path;

use memmap2::Mmap;
use rustc_hash::FxHasher;

/// Another number makes every older file be built again.
const VERSION: u64 = 2;
const MAGIC: u64 = u64::from_le_bytes(*b"pastwork");
/// Magic, version, and the sum of what follows them in the head.
const HEAD: usize = 24;
/// Start, length and sum of a part.
const ENTRY: usize = 24;

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

pub(super) const PARTS: usize = Part::Changes as usize + 1;

/// The bytes of all parts, in their order.
pub(super) type Parts = [Vec<u8>; PARTS];

/// A file that was opened.
pub(super) struct Stored {
    bytes: Mmap,
    parts: [(Range<usize>, u64); PARTS],
}

impl Stored {
    /// `None` where there is no file of this version that is whole, but for what only a refresh
    /// needs; see [`Stored::is_whole`].
    pub(super) fn open(path: &Path) -> Option<Self> {
        let file = File::open(path).ok()?;
        // SAFETY: the file is only ever replaced by another, so its bytes stay as they are.
        let bytes = unsafe { Mmap::map(&file) }.ok()?;
        let head = bytes.get(HEAD..HEAD + PARTS * ENTRY)?;
        if number(&bytes, 0)? != MAGIC || number(&bytes, 8)? != VERSION {
            return None;
        }
        if number(&bytes, 16)? != sum(head) {
            return None;
        }
        let mut parts = [const { (0..0, 0) }; PARTS];
        for (part, entry) in parts.iter_mut().zip(head.chunks_exact(ENTRY)) {
            let start = usize::try_from(number(entry, 0)?).ok()?;
            let end = start.checked_add(usize::try_from(number(entry, 8)?).ok()?)?;
            bytes.get(start..end)?;
            *part = (start..end, number(entry, 16)?);
        }
        let stored = Self { bytes, parts };
        let lazy = |part| part == Part::Nodes as usize || part == Part::Records as usize;
        (0..PARTS).all(|part| lazy(part) || stored.whole(part)).then_some(stored)
    }

    pub(super) fn part(&self, part: Part) -> &[u8] {
        self.bytes.get(self.parts[part as usize].0.clone()).unwrap_or_default()
    }

    /// Whether all parts are as they were written.
    pub(super) fn is_whole(&self) -> bool {
        (0..PARTS).all(|part| self.whole(part))
    }

    fn whole(&self, part: usize) -> bool {
        let (range, expected) = &self.parts[part];
        self.bytes.get(range.clone()).is_some_and(|bytes| sum(bytes) == *expected)
    }
}

/// Writes beside the file and renames, so that a reader never sees half of it.
pub(super) fn store(path: &Path, parts: &Parts) -> io::Result<()> {
    let mut entries = Vec::with_capacity(PARTS * ENTRY);
    let mut start = HEAD + PARTS * ENTRY;
    for part in parts {
        for number in [start as u64, part.len() as u64, sum(part)] {
            entries.extend_from_slice(&number.to_le_bytes());
        }
        start += part.len();
    }
    let mut file = tempfile::NamedTempFile::new_in(path.parent().unwrap_or(Path::new(".")))?;
    let mut writer = BufWriter::new(file.as_file_mut());
    for number in [MAGIC, VERSION, sum(&entries)] {
        writer.write_all(&number.to_le_bytes())?;
    }
    writer.write_all(&entries)?;
    for part in parts {
        writer.write_all(part)?;
    }
    writer.flush()?;
    drop(writer);
    file.persist(path)?;
    Ok(())
}

fn sum(bytes: &[u8]) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(bytes);
    hasher.finish()
}

fn number(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

/// The row at `place` of a part that is rows of `N` numbers.
pub(super) fn row<const N: usize>(part: &[u8], place: usize) -> Option<[u32; N]> {
    let start = place.checked_mul(N * 4)?;
    let bytes = part.get(start..start.checked_add(N * 4)?)?;
    let mut row = [0; N];
    for (number, bytes) in row.iter_mut().zip(bytes.chunks_exact(4)) {
        *number = u32::from_le_bytes(bytes.try_into().ok()?);
    }
    Some(row)
}

/// Adds a row to a part.
pub(super) fn push_row<const N: usize>(part: &mut Vec<u8>, row: [u32; N]) {
    for number in row {
        part.extend_from_slice(&number.to_le_bytes());
    }
}

/// The bytes of an entry of a part that has the ends of its entries in another.
pub(super) fn entry<'a>(ends: &[u8], bytes: &'a [u8], place: usize) -> Option<&'a [u8]> {
    let start = match place.checked_sub(1) {
        Some(before) => row::<1>(ends, before)?[0],
        None => 0,
    };
    bytes.get(start as usize..row::<1>(ends, place)?[0] as usize)
}

/// Adds an entry to a part and its end to the other.
pub(super) fn push_entry(ends: &mut Vec<u8>, bytes: &mut Vec<u8>, entry: &[u8]) {
    bytes.extend_from_slice(entry);
    push_row(ends, [u32::try_from(bytes.len()).unwrap_or(u32::MAX)]);
}

/// A number in groups of seven bits, the lowest first.
pub(super) fn push_varint(bytes: &mut Vec<u8>, mut number: u32) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// Takes such a number off the front.
pub(super) fn varint(bytes: &mut &[u8]) -> Option<u32> {
    let mut number = 0u32;
    for shift in (0..32).step_by(7) {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u32::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}
