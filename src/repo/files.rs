//! Files with their metadata in columns: a list that is copied, compared and stored as a whole.

use std::cmp::Ordering;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::base::RepoPath;
use crate::repo::{FileEntry, Mode, Version};

/// Paths in their order, one after another.
#[derive(Clone, Copy, Debug, Default)]
pub struct Paths<'a> {
    /// Where each path ends in `bytes`.
    pub ends: &'a [u32],
    pub bytes: &'a [u8],
}

impl<'a> Paths<'a> {
    /// How many there are.
    #[inline]
    pub fn len(self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.ends.is_empty()
    }

    /// The path at a place; empty where there is none.
    #[inline]
    pub fn get(self, at: usize) -> &'a [u8] {
        let end = |at: usize| self.ends.get(at).map_or(0, |end| *end as usize);
        let start = if at == 0 { 0 } else { end(at - 1) };
        self.bytes.get(start..end(at)).unwrap_or_default()
    }

    /// Where the bytes of the paths at `places` are.
    pub fn bytes_of(self, places: &Range<usize>) -> Range<usize> {
        let end = |at: usize| self.ends.get(at).map_or(0, |end| *end as usize);
        let start = places.start.checked_sub(1).map_or(0, end);
        let end = if places.is_empty() { start } else { end(places.end - 1) };
        start..end.max(start)
    }

    /// The place of a path.
    pub fn find(self, path: &[u8]) -> Option<usize> {
        self.place(path).ok()
    }

    /// The place of a path, or else the place at which it would be.
    pub fn place(self, path: &[u8]) -> Result<usize, usize> {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low.midpoint(high);
            match self.get(middle).cmp(path) {
                Ordering::Less => low = middle + 1,
                Ordering::Greater => high = middle,
                Ordering::Equal => return Ok(middle),
            }
        }
        Err(low)
    }
}

/// Files in the order of their paths. The columns have a row for each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Files {
    /// Where each path ends in `path_bytes`.
    pub path_ends: Vec<u32>,
    /// The paths one after another.
    pub path_bytes: Vec<u8>,
    /// In bytes.
    pub sizes: Vec<u64>,
    /// Of their versions.
    pub modified_ns: Vec<i64>,
    pub identities: Vec<u64>,
    /// One for files that may be executed, zero for others.
    pub executable: Vec<u8>,
}

impl Files {
    /// Sorts `entries`; of two with one path the first stays.
    pub(super) fn of(mut entries: Vec<FileEntry>) -> Self {
        entries.sort_by(|a, b| a.path.cmp(&b.path));
        entries.dedup_by(|a, b| a.path == b.path);
        let mut files = Self::default();
        entries.iter().for_each(|entry| files.push(entry));
        files
    }

    /// `None` where the columns do not fit together: they come from a file.
    pub fn checked(self) -> Option<Self> {
        let rows = self.len();
        let times = [self.modified_ns.len(), self.identities.len()];
        let same = times == [rows; 2] && [self.sizes.len(), self.executable.len()] == [rows; 2];
        let last = self.path_ends.last().map_or(0, |end| *end as usize);
        (same && last == self.path_bytes.len() && self.path_ends.is_sorted()).then_some(self)
    }

    /// How many there are.
    #[inline]
    pub fn len(&self) -> usize {
        self.path_ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.path_ends.is_empty()
    }

    /// Their paths.
    #[inline]
    pub fn paths(&self) -> Paths<'_> {
        Paths { ends: &self.path_ends, bytes: &self.path_bytes }
    }

    /// The version of a file; the oldest one where there is none at this place.
    #[inline]
    pub fn version(&self, at: usize) -> Version {
        version(&self.modified_ns, &self.identities, at)
    }

    /// A file; `None` where there is none at this place.
    pub fn get(&self, at: usize) -> Option<FileEntry> {
        Some(FileEntry {
            path: RepoPath::new(self.paths().get(at)).ok()?,
            size: *self.sizes.get(at)?,
            version: self.version(at),
            mode: if self.executable.get(at) == Some(&0) {
                Mode::Regular
            } else {
                Mode::Executable
            },
        })
    }

    /// Those that `keep` lets through by place and path, and `added`; of two with one path the added
    /// one stays.
    pub(super) fn merged(
        &self,
        mut keep: impl FnMut(usize, &[u8]) -> bool,
        added: Vec<FileEntry>,
    ) -> Self {
        let added = Self::of(added);
        let (old, new) = (self.paths(), added.paths());
        let mut merged = Self::default();
        // Those that stay are copied together.
        let (mut from, mut next) = (0, 0);
        for at in 0..self.len() {
            let path = old.get(at);
            let here = next;
            while next < new.len() && new.get(next) < path {
                next += 1;
            }
            let replaced = next < new.len() && new.get(next) == path;
            let stays = !replaced && keep(at, path);
            if here < next || !stays {
                merged.copy(self, from..at);
                merged.copy(&added, here..next);
                from = if stays { at } else { at + 1 };
            }
        }
        merged.copy(self, from..self.len());
        merged.copy(&added, next..added.len());
        merged
    }

    /// Adds a file behind all others.
    fn push(&mut self, entry: &FileEntry) {
        self.path_bytes.extend_from_slice(entry.path.as_bytes());
        self.path_ends.push(u32::try_from(self.path_bytes.len()).unwrap_or(u32::MAX));
        self.sizes.push(entry.size);
        self.modified_ns.push(entry.version.modified_ns);
        self.identities.push(entry.version.identity);
        self.executable.push(u8::from(entry.mode == Mode::Executable));
    }

    /// Adds files of `other` behind all others.
    fn copy(&mut self, other: &Self, places: Range<usize>) {
        let bytes = other.paths().bytes_of(&places);
        let (before, start) = (self.path_bytes.len(), bytes.start);
        self.path_bytes.extend_from_slice(&other.path_bytes[bytes]);
        let moved = |end: &u32| u32::try_from(*end as usize - start + before).unwrap_or(u32::MAX);
        self.path_ends.extend(other.path_ends[places.clone()].iter().map(moved));
        self.sizes.extend_from_slice(&other.sizes[places.clone()]);
        self.modified_ns.extend_from_slice(&other.modified_ns[places.clone()]);
        self.identities.extend_from_slice(&other.identities[places.clone()]);
        self.executable.extend_from_slice(&other.executable[places]);
    }
}

/// Folders with their versions in columns, in the order of their paths; the root is the empty path.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Folders {
    /// Where each path ends in `path_bytes`.
    pub path_ends: Vec<u32>,
    /// The paths one after another.
    pub path_bytes: Vec<u8>,
    /// Of their versions.
    pub modified_ns: Vec<i64>,
    pub identities: Vec<u64>,
}

impl Folders {
    /// Sorts `folders`.
    pub(super) fn of(mut folders: Vec<(Vec<u8>, Version)>) -> Self {
        folders.sort();
        let mut columns = Self::default();
        for (path, version) in folders {
            columns.path_bytes.extend_from_slice(&path);
            columns.path_ends.push(u32::try_from(columns.path_bytes.len()).unwrap_or(u32::MAX));
            columns.modified_ns.push(version.modified_ns);
            columns.identities.push(version.identity);
        }
        columns
    }

    /// `None` where the columns do not fit together: they come from a file.
    pub fn checked(self) -> Option<Self> {
        let last = self.path_ends.last().map_or(0, |end| *end as usize);
        let same = [self.modified_ns.len(), self.identities.len()] == [self.len(); 2];
        (same && last == self.path_bytes.len() && self.path_ends.is_sorted()).then_some(self)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.path_ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.path_ends.is_empty()
    }

    /// Their paths.
    pub fn paths(&self) -> Paths<'_> {
        Paths { ends: &self.path_ends, bytes: &self.path_bytes }
    }

    /// The version of a folder; the oldest one where there is none at this place.
    pub fn version(&self, at: usize) -> Version {
        version(&self.modified_ns, &self.identities, at)
    }

    /// Whether a folder is among them, in this version.
    pub(super) fn has(&self, path: &[u8], version: Version) -> bool {
        self.paths().find(path).is_some_and(|at| self.version(at) == version)
    }

    /// Each with its version.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], Version)> {
        let paths = self.paths();
        (0..self.len()).map(move |at| (paths.get(at), self.version(at)))
    }
}

#[inline]
fn version(modified_ns: &[i64], identities: &[u64], at: usize) -> Version {
    let modified_ns = modified_ns.get(at).copied().unwrap_or_default();
    Version { modified_ns, identity: identities.get(at).copied().unwrap_or_default() }
}

/// Files that git tracks and that rules of git ignore, in the order of their paths: in a few work
/// trees these are all files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tracked {
    /// Where each path ends in `path_bytes`.
    pub path_ends: Vec<u32>,
    /// The paths one after another.
    pub path_bytes: Vec<u8>,
    /// One for files that are there and that agents may know of, zero for others.
    pub allowed: Vec<u8>,
}

impl Tracked {
    /// Sorts `files`, each with whether it is there and agents may know of it.
    pub(super) fn of(mut files: Vec<(RepoPath, bool)>) -> Self {
        files.sort();
        let mut columns = Self::default();
        for (path, allowed) in files {
            columns.path_bytes.extend_from_slice(path.as_bytes());
            columns.path_ends.push(u32::try_from(columns.path_bytes.len()).unwrap_or(u32::MAX));
            columns.allowed.push(u8::from(allowed));
        }
        columns
    }

    /// `None` where the columns do not fit together: they come from a file.
    pub fn checked(self) -> Option<Self> {
        let last = self.path_ends.last().map_or(0, |end| *end as usize);
        let same = self.path_ends.len() == self.allowed.len() && last == self.path_bytes.len();
        (same && self.path_ends.is_sorted()).then_some(self)
    }

    /// Their paths.
    pub fn paths(&self) -> Paths<'_> {
        Paths { ends: &self.path_ends, bytes: &self.path_bytes }
    }

    /// Whether the file is among them, was there, and agents may know of it.
    pub(super) fn allows(&self, path: &RepoPath) -> bool {
        let at = self.paths().find(path.as_bytes());
        at.is_some_and(|at| self.allowed.get(at) == Some(&1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(path: &str, size: u64) -> FileEntry {
        let path = RepoPath::new(path).unwrap();
        let version = Version { modified_ns: -1, identity: 3 };
        FileEntry { path, size, version, mode: Mode::Executable }
    }

    fn shown(files: &Files) -> String {
        let shown = (0..files.len()).map(|at| {
            let entry = files.get(at).unwrap();
            assert_eq!(files.paths().find(entry.path.as_bytes()), Some(at));
            format!("{} {}", entry.path, entry.size)
        });
        shown.collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn sorted_found_and_merged() {
        let files = Files::of(vec![entry("b", 1), entry("a/c", 2), entry("b", 3), entry("d", 4)]);
        assert_eq!(shown(&files), "a/c 2, b 1, d 4");
        assert_eq!(files.paths().find(b"c"), None);
        let added = vec![entry("e", 5), entry("b", 6), entry("a", 7)];
        let merged = files.merged(|_, path| path != b"d", added);
        assert_eq!(shown(&merged), "a 7, a/c 2, b 6, e 5");
        assert_eq!(files.get(0), Some(entry("a/c", 2)));
    }

    #[test]
    fn columns_that_do_not_fit_are_refused() {
        let files = Files::of(vec![entry("a", 1), entry("b", 1)]);
        assert_eq!(files.clone().checked().as_ref(), Some(&files));
        assert_eq!(Files { path_ends: vec![1, 3], ..files.clone() }.checked(), None);
        assert_eq!(Files { path_ends: vec![2, 1], ..files.clone() }.checked(), None);
        assert_eq!(Files { identities: vec![1], ..files.clone() }.checked(), None);
        assert_eq!(Files { sizes: vec![1], ..files }.checked(), None);
    }
}
