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

/// Kind, version, and the sum of what follows them in the head.
const HEAD: usize = 24;
/// Start, length and sum of a part.
const ENTRY: usize = 24;
/// Parts begin at multiples of this, so that their numbers can be read where they lie.
const ALIGNMENT: usize = 8;

/// What a file is made of.
pub(in crate::index) struct Kind {
    /// Tells it from other files. It is written as a number of this machine, so that a machine with
    /// another order of bytes takes the file for a strange one.
    pub(in crate::index) magic: [u8; 8],
    /// Another number makes every older file be built again.
    pub(in crate::index) version: u64,
    pub(in crate::index) parts: usize,
    /// Parts that are looked into so seldom that opening leaves their sums alone; see
    /// [`Stored::is_whole`].
    pub(in crate::index) lazy: fn(usize) -> bool,
}

/// A file that was opened.
pub(in crate::index) struct Stored {
    bytes: Mmap,
    parts: Vec<(Range<usize>, u64)>,
}

impl Stored {
    /// `None` where there is no file of this kind and version that is whole, but for its lazy parts.
    pub(in crate::index) fn open(path: &Path, kind: &Kind) -> Option<Self> {
        let file = File::open(path).ok()?;
        // SAFETY: the file is only ever replaced by another, so its bytes stay as they are.
        let bytes = unsafe { Mmap::map(&file) }.ok()?;
        let head = bytes.get(HEAD..HEAD + kind.parts * ENTRY)?;
        if number(&bytes, 0)? != u64::from_le_bytes(kind.magic)
            || number(&bytes, 8)? != kind.version
            || number(&bytes, 16)? != sum(head)
        {
            return None;
        }
        let mut parts = Vec::with_capacity(kind.parts);
        for entry in head.chunks_exact(ENTRY) {
            let start = usize::try_from(number(entry, 0)?).ok()?;
            let end = start.checked_add(usize::try_from(number(entry, 8)?).ok()?)?;
            bytes.get(start..end)?;
            parts.push((start..end, number(entry, 16)?));
        }
        let stored = Self { bytes, parts };
        (0..kind.parts).all(|it| (kind.lazy)(it) || stored.whole(it)).then_some(stored)
    }

    /// The bytes of a part; none where the kind has no such part.
    pub(in crate::index) fn part(&self, part: impl Into<usize>) -> &[u8] {
        let range = self.parts.get(part.into()).map(|(range, _)| range.clone());
        range.and_then(|range| self.bytes.get(range)).unwrap_or_default()
    }

    /// Whether all parts are as they were written.
    pub(in crate::index) fn is_whole(&self) -> bool {
        (0..self.parts.len()).all(|part| self.whole(part))
    }

    fn whole(&self, part: usize) -> bool {
        let (range, expected) = &self.parts[part];
        self.bytes.get(range.clone()).is_some_and(|bytes| sum(bytes) == *expected)
    }
}

/// Writes beside the file and renames, so that a reader never sees half of it.
pub(in crate::index) fn store(
    path: &Path,
    kind: &Kind,
    parts: &[impl AsRef<[u8]>],
) -> io::Result<()> {
    debug_assert_eq!(parts.len(), kind.parts);
    let parts: Vec<&[u8]> = parts.iter().map(AsRef::as_ref).collect();
    let mut entries = Vec::with_capacity(parts.len() * ENTRY);
    let mut start = HEAD + parts.len() * ENTRY;
    for part in &parts {
        for number in [start as u64, part.len() as u64, sum(part)] {
            entries.extend_from_slice(&number.to_ne_bytes());
        }
        start = (start + part.len()).next_multiple_of(ALIGNMENT);
    }
    let mut file = tempfile::NamedTempFile::new_in(path.parent().unwrap_or(Path::new(".")))?;
    let mut writer = BufWriter::new(file.as_file_mut());
    for number in [u64::from_le_bytes(kind.magic), kind.version, sum(&entries)] {
        writer.write_all(&number.to_ne_bytes())?;
    }
    writer.write_all(&entries)?;
    for part in parts {
        writer.write_all(part)?;
        let rest = part.len().next_multiple_of(ALIGNMENT) - part.len();
        writer.write_all(&[0; ALIGNMENT][..rest])?;
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
    Some(u64::from_ne_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the tests damage files of their own")]
mod tests {
    use super::*;

    const KIND: Kind = Kind { magic: *b"testtest", version: 1, parts: 3, lazy: |part| part == 2 };

    fn parts(texts: [&str; 3]) -> [Vec<u8>; 3] {
        texts.map(|text| text.as_bytes().to_vec())
    }

    #[test]
    fn any_changed_or_missing_byte_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("parts");
        // Nothing is between these parts or behind them.
        store(&path, &KIND, &parts(["eight by", "", "sixteen bytes..."])).unwrap();
        let is_whole = || Stored::open(&path, &KIND).is_some_and(|it| it.is_whole());
        let whole = std::fs::read(&path).unwrap();
        assert!(is_whole());
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 1;
            std::fs::write(&path, &damaged).unwrap();
            assert!(!is_whole(), "changed at {at}");
            std::fs::write(&path, &whole[..at]).unwrap();
            assert!(!is_whole(), "cut at {at}");
        }
    }

    #[test]
    fn parts_are_read_as_they_were_written() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("parts");
        store(&path, &KIND, &parts(["one", "", "three"])).unwrap();
        let stored = Stored::open(&path, &KIND).unwrap();
        let read: Vec<&[u8]> = (0..4usize).map(|part| stored.part(part)).collect();
        assert_eq!(read, [&b"one"[..], b"", b"three", b""]);
    }

    #[test]
    fn another_version_or_kind_is_not_opened() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("parts");
        store(&path, &KIND, &parts(["", "", ""])).unwrap();
        assert!(Stored::open(&path, &KIND).is_some());
        assert!(Stored::open(&path, &Kind { version: 2, ..KIND }).is_none());
        assert!(Stored::open(&path, &Kind { magic: *b"otherone", ..KIND }).is_none());
    }
}
