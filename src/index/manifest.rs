//! Which files, in which state, does the index hold?
//!
//! The segments name their manifest, so both change in one step: a build that is cut short leaves
//! the state before it, or a part of the new one that the next build goes on from. It is one mapped
//! file of columns with a row for each file in the order of paths; only rows that are asked for are
//! looked at.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::ops::Range;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::base::{Digest, RepoPath};
use crate::index::columns::{Kind, Stored, decode, encode, numbers, store};
use crate::index::schema::VERSION;
use crate::repo::{Files, Folders, Listing, Paths, Tracked, Version, Why};

/// A file as it was when it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexedFile {
    pub path: RepoPath,
    /// In bytes.
    pub size: u64,
    pub(super) version: Version,
    /// Of its bytes; `None` where it could not be read.
    pub digest: Option<Digest>,
    /// Git's name for its bytes; zeros where that is not known.
    pub(super) blob: [u8; 20],
    /// What its documents are found by.
    pub(super) key: u64,
    /// The name of its language, where a grammar knows it.
    pub language: Option<String>,
    /// Whether it was kept as plain text although a grammar knows its language: it is too long or too
    /// deep, or takes too long to parse.
    pub unparsed: bool,
    /// How many chunks of it are in the index.
    pub chunks: u32,
    /// Why it has none.
    pub left_out: Option<Why>,
    /// What it imports, see [`links`](super::links); empty where the file was not asked for by its path.
    pub(super) imports: Vec<u8>,
}

/// Every file that was looked at, and what decided which these are.
#[derive(Default)]
pub(super) struct Manifest {
    /// `None` where nothing was ever stored.
    stored: Option<Stored>,
    about: About,
}

/// What holds for the whole.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct About {
    rulings: Option<Digest>,
    /// See [`Manifest::is_settled`].
    settled_until: i64,
    /// Files that may not be read, in the order of paths.
    denied: Vec<RepoPath>,
    /// Files that are listed and that the index has not seen yet in this state: a build was cut short.
    pending: usize,
    /// The names of languages, by number.
    languages: Vec<String>,
    counts: Counts,
}

/// Sums over all files.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Counts {
    /// Files that have chunks.
    pub(super) files: usize,
    pub(super) chunks: u64,
    /// Files that were looked at and have none, by reason.
    pub(super) unread: BTreeMap<Why, usize>,
    /// Files that were kept as plain text although a grammar knows their language.
    pub(super) unparsed: usize,
}

/// What decided which files are in the index.
#[derive(Clone, Debug, Default)]
pub(super) struct Basis {
    /// The work tree when it was last listed.
    pub(super) listing: Listing,
    /// Names what decided which files may be read.
    pub(super) rulings: Option<Digest>,
    /// Those that may not, in the order of paths.
    pub(super) denied: Vec<RepoPath>,
}

/// What the file is made of.
#[derive(Clone, Copy)]
enum Part {
    /// An [`About`].
    About,
    /// The [`Listing`] without its columns.
    Listing,
    FolderEnds,
    FolderPaths,
    FolderTimes,
    FolderIdentities,
    TrackedEnds,
    TrackedPaths,
    TrackedAllowed,
    ListedEnds,
    ListedPaths,
    ListedSizes,
    ListedTimes,
    ListedIdentities,
    ListedExecutable,
    PathEnds,
    Paths,
    Sizes,
    Times,
    Identities,
    /// Bytes of digests; zeros where there is none.
    Digests,
    /// The same of git's names.
    Blobs,
    Keys,
    /// See [`NewRows::facts`].
    Facts,
    ImportEnds,
    /// What each file imports. They are looked into after a change only.
    Imports,
}

const PARTS: usize = Part::Imports as usize + 1;
const KIND: Kind = Kind {
    magic: *b"manifest",
    version: VERSION as u64,
    parts: PARTS,
    lazy: |part| part == Part::Imports as usize,
};

impl From<Part> for usize {
    fn from(part: Part) -> Self {
        part as Self
    }
}

impl Manifest {
    /// `None` where there is none that this version can use.
    pub(super) fn load(dir: &Path, name: &str) -> Option<Self> {
        Self::open(dir, name, &KIND)
    }

    /// The same for those who only ask what holds for the whole.
    pub(super) fn peek(dir: &Path, name: &str) -> Option<Self> {
        Self::open(dir, name, &Kind { lazy: |part| part != Part::About as usize, ..KIND })
    }

    fn open(dir: &Path, name: &str, kind: &Kind) -> Option<Self> {
        let stored = Stored::open(&dir.join(name), kind)?;
        let about = decode(stored.part(Part::About))?;
        let manifest = Self { stored: Some(stored), about };
        manifest.fits().then_some(manifest)
    }

    /// The work tree when it was last listed; `None` where it cannot be read.
    pub(super) fn listing(&self) -> Option<Listing> {
        let listing: Listing = decode(self.part(Part::Listing))?;
        let files = Files {
            path_ends: numbers(self.part(Part::ListedEnds)).to_vec(),
            path_bytes: self.part(Part::ListedPaths).to_vec(),
            sizes: numbers(self.part(Part::ListedSizes)).to_vec(),
            modified_ns: numbers(self.part(Part::ListedTimes)).to_vec(),
            identities: numbers(self.part(Part::ListedIdentities)).to_vec(),
            executable: self.part(Part::ListedExecutable).to_vec(),
        };
        let folders = Folders {
            path_ends: numbers(self.part(Part::FolderEnds)).to_vec(),
            path_bytes: self.part(Part::FolderPaths).to_vec(),
            modified_ns: numbers(self.part(Part::FolderTimes)).to_vec(),
            identities: numbers(self.part(Part::FolderIdentities)).to_vec(),
        };
        let tracked = Tracked {
            path_ends: numbers(self.part(Part::TrackedEnds)).to_vec(),
            path_bytes: self.part(Part::TrackedPaths).to_vec(),
            allowed: self.part(Part::TrackedAllowed).to_vec(),
        };
        let (files, folders) = (files.checked()?, folders.checked()?);
        let (tracked, unlisted) = (tracked.checked()?, listing.unlisted.checked()?);
        Some(Listing { files, folders, tracked, unlisted, ..listing })
    }

    /// The files in the order of their paths.
    pub(super) fn rows(&self) -> Rows<'_> {
        Rows {
            paths: Paths {
                ends: numbers(self.part(Part::PathEnds)),
                bytes: self.part(Part::Paths),
            },
            sizes: numbers(self.part(Part::Sizes)),
            times: numbers(self.part(Part::Times)),
            identities: numbers(self.part(Part::Identities)),
            digests: numbers(self.part(Part::Digests)),
            blobs: numbers(self.part(Part::Blobs)),
            keys: numbers(self.part(Part::Keys)),
            facts: numbers(self.part(Part::Facts)),
            imports: Paths {
                ends: numbers(self.part(Part::ImportEnds)),
                bytes: self.part(Part::Imports),
            },
            languages: &self.about.languages,
        }
    }

    pub(super) fn pending(&self) -> usize {
        self.about.pending
    }

    pub(super) fn counts(&self) -> &Counts {
        &self.about.counts
    }

    /// Whether a file that has this version still has the bytes that were read: it was written
    /// well before it was listed, so that another write would have given it another one.
    pub(super) fn is_settled(&self, version: Version) -> bool {
        version.modified_ns < self.about.settled_until
    }

    /// Whether this was made by what `rulings` names.
    pub(super) fn is_ruled_by(&self, rulings: Digest) -> bool {
        self.about.rulings == Some(rulings)
    }

    /// Whether the file was kept out when this was made.
    pub(super) fn was_denied(&self, path: &RepoPath) -> bool {
        self.about.denied.binary_search(path).is_ok()
    }

    /// Writes a manifest under `name`, in one step: the files of this one with `changes`, where
    /// `None` stands for a file that is gone.
    pub(super) fn store(
        &self,
        dir: &Path,
        name: &str,
        basis: &Basis,
        changes: &BTreeMap<RepoPath, Option<IndexedFile>>,
        pending: usize,
    ) -> io::Result<Counts> {
        let old = self.rows();
        let mut new = NewRows { languages: old.languages.to_vec(), ..NewRows::default() };
        // Rows that stay are copied together.
        let mut next = 0;
        for (path, file) in changes {
            let at = old.paths.place(path.as_bytes());
            let (Ok(end) | Err(end)) = at;
            new.copy(old, next..end.max(next));
            next = end.max(next) + usize::from(at.is_ok());
            file.iter().for_each(|file| new.push(file));
        }
        new.copy(old, next.min(old.len())..old.len());
        new.store(&dir.join(name), basis, pending)
    }

    /// Whether all columns have the same number of rows, and the paths are as long as is said.
    fn fits(&self) -> bool {
        let rows = self.rows();
        let columns = [rows.sizes.len(), rows.times.len(), rows.digests.len(), rows.keys.len()];
        columns == [rows.len(); 4]
            && [rows.facts.len(), rows.identities.len(), rows.imports.len()] == [rows.len(); 3]
            && rows.blobs.len() == rows.len()
            && rows.paths.ends.is_sorted()
            && rows.paths.ends.last().map_or(0, |end| *end as usize) == rows.paths.bytes.len()
    }

    fn part(&self, part: Part) -> &[u8] {
        self.stored.as_ref().map(|stored| stored.part(part)).unwrap_or_default()
    }
}

/// What a manifest says of files, row by row.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    pub(super) paths: Paths<'a>,
    pub(super) sizes: &'a [u64],
    times: &'a [i64],
    identities: &'a [u64],
    digests: &'a [[u8; 32]],
    blobs: &'a [[u8; 20]],
    /// What the documents of each file are found by.
    pub(super) keys: &'a [u64],
    facts: &'a [[u32; 4]],
    languages: &'a [String],
    imports: Paths<'a>,
}

impl<'a> Rows<'a> {
    /// How many files there are.
    #[inline]
    pub(super) fn len(self) -> usize {
        self.paths.len()
    }

    /// The file at a place; `None` where there is none.
    pub(super) fn get(self, at: usize) -> Option<IndexedFile> {
        let [language, chunks, left_out, unparsed] = *self.facts.get(at)?;
        let digest = *self.digests.get(at)?;
        let language = language.checked_sub(1).and_then(|it| self.languages.get(it as usize));
        Some(IndexedFile {
            path: RepoPath::new(self.paths.get(at)).ok()?,
            size: *self.sizes.get(at)?,
            version: self.version(at),
            digest: (digest != [0; 32]).then(|| Digest::from_bytes(digest)),
            blob: *self.blobs.get(at)?,
            key: *self.keys.get(at)?,
            language: language.cloned(),
            unparsed: unparsed != 0,
            chunks,
            left_out: why(left_out),
            imports: Vec::new(),
        })
    }

    /// The name of the language of a file that was read and parsed.
    pub(super) fn language(self, at: usize) -> Option<&'a str> {
        let [language, _, left_out, _] = *self.facts.get(at)?;
        let language = self.languages.get(language.checked_sub(1)? as usize)?;
        (left_out == 0).then_some(language)
    }

    /// What a file imports.
    pub(super) fn imports(self, at: usize) -> &'a [u8] {
        self.imports.get(at)
    }

    /// The version of a file that was looked at.
    #[inline]
    pub(super) fn version(self, at: usize) -> Version {
        Version { modified_ns: self.times[at], identity: self.identities[at] }
    }

    /// The file at `path`, if it was looked at.
    pub(super) fn find(self, path: &RepoPath) -> Option<IndexedFile> {
        let at = self.paths.find(path.as_bytes())?;
        Some(IndexedFile { imports: self.imports(at).to_owned(), ..self.get(at)? })
    }
}

/// The columns of files while they are written.
#[derive(Default)]
struct NewRows {
    ends: Vec<u32>,
    paths: Vec<u8>,
    sizes: Vec<u64>,
    times: Vec<i64>,
    identities: Vec<u64>,
    digests: Vec<[u8; 32]>,
    blobs: Vec<[u8; 20]>,
    keys: Vec<u64>,
    /// The number of its language, how many chunks it has, the number of why it has none, and one for
    /// a file that was not parsed.
    facts: Vec<[u32; 4]>,
    languages: Vec<String>,
    import_ends: Vec<u32>,
    imports: Vec<u8>,
}

impl NewRows {
    fn push(&mut self, file: &IndexedFile) {
        self.paths.extend_from_slice(file.path.as_bytes());
        self.ends.push(u32::try_from(self.paths.len()).unwrap_or(u32::MAX));
        self.sizes.push(file.size);
        self.times.push(file.version.modified_ns);
        self.identities.push(file.version.identity);
        self.digests.push(file.digest.map_or([0; 32], Digest::to_bytes));
        self.blobs.push(file.blob);
        self.keys.push(file.key);
        let language = file.language.as_ref().map_or(0, |name| self.language(name));
        let unparsed = u32::from(file.unparsed);
        self.facts.push([language, file.chunks, number(file.left_out), unparsed]);
        self.imports.extend_from_slice(&file.imports);
        self.import_ends.push(u32::try_from(self.imports.len()).unwrap_or(u32::MAX));
    }

    /// Adds files as `old` has them.
    fn copy(&mut self, old: Rows<'_>, places: Range<usize>) {
        copy(&mut self.ends, &mut self.paths, old.paths, &places);
        copy(&mut self.import_ends, &mut self.imports, old.imports, &places);
        self.sizes.extend_from_slice(&old.sizes[places.clone()]);
        self.times.extend_from_slice(&old.times[places.clone()]);
        self.identities.extend_from_slice(&old.identities[places.clone()]);
        self.digests.extend_from_slice(&old.digests[places.clone()]);
        self.blobs.extend_from_slice(&old.blobs[places.clone()]);
        self.keys.extend_from_slice(&old.keys[places.clone()]);
        self.facts.extend_from_slice(&old.facts[places]);
    }

    fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for [_, chunks, left_out, unparsed] in &self.facts {
            match why(*left_out) {
                Some(why) => *counts.unread.entry(why).or_default() += 1,
                None => counts.files += 1,
            }
            counts.chunks += u64::from(*chunks);
            counts.unparsed += usize::from(*unparsed != 0);
        }
        counts
    }

    /// The number of a language; zero is none.
    fn language(&mut self, name: &str) -> u32 {
        let at = self.languages.iter().position(|it| it == name).unwrap_or_else(|| {
            self.languages.push(name.to_owned());
            self.languages.len() - 1
        });
        at as u32 + 1
    }

    fn store(self, path: &Path, basis: &Basis, pending: usize) -> io::Result<Counts> {
        let about = About {
            rulings: basis.rulings,
            settled_until: basis.listing.settled_until(),
            denied: basis.denied.clone(),
            pending,
            counts: self.counts(),
            languages: self.languages,
        };
        let Listing { files: listed, folders, tracked, .. } = &basis.listing;
        let parts: [&[u8]; PARTS] = [
            &encode(&about),
            &encode(&basis.listing),
            bytemuck::cast_slice(&folders.path_ends),
            &folders.path_bytes,
            bytemuck::cast_slice(&folders.modified_ns),
            bytemuck::cast_slice(&folders.identities),
            bytemuck::cast_slice(&tracked.path_ends),
            &tracked.path_bytes,
            &tracked.allowed,
            bytemuck::cast_slice(&listed.path_ends),
            &listed.path_bytes,
            bytemuck::cast_slice(&listed.sizes),
            bytemuck::cast_slice(&listed.modified_ns),
            bytemuck::cast_slice(&listed.identities),
            &listed.executable,
            bytemuck::cast_slice(&self.ends),
            &self.paths,
            bytemuck::cast_slice(&self.sizes),
            bytemuck::cast_slice(&self.times),
            bytemuck::cast_slice(&self.identities),
            bytemuck::cast_slice(&self.digests),
            bytemuck::cast_slice(&self.blobs),
            bytemuck::cast_slice(&self.keys),
            bytemuck::cast_slice(&self.facts),
            bytemuck::cast_slice(&self.import_ends),
            &self.imports,
        ];
        store(path, &KIND, &parts)?;
        Ok(about.counts)
    }
}

/// Adds the texts at `places` of `old`; none of those that it does not have.
fn copy(ends: &mut Vec<u32>, bytes: &mut Vec<u8>, old: Paths<'_>, places: &Range<usize>) {
    let of = old.bytes_of(places);
    let (before, start) = (bytes.len(), of.start);
    let copied = old.bytes.get(of).unwrap_or_default();
    bytes.extend_from_slice(copied);
    let most = bytes.len();
    let moved = |end: &u32| (*end as usize).saturating_sub(start) + before;
    let moved = |end: &u32| u32::try_from(moved(end).min(most)).unwrap_or(u32::MAX);
    ends.extend(old.ends[places.clone()].iter().map(moved));
}

/// The reasons that a file may have for being without chunks, by number; zero is none.
const REASONS: [Why; 5] =
    [Why::Binary, Why::TooLarge, Why::Unreadable, Why::Denied, Why::Repository];

fn number(left_out: Option<Why>) -> u32 {
    left_out.and_then(|why| REASONS.iter().position(|it| *it == why)).map_or(0, |at| at as u32 + 1)
}

fn why(number: u32) -> Option<Why> {
    REASONS.get(number.checked_sub(1)? as usize).copied()
}

/// Removes every manifest in `dir` but `current` and the one before it, which a reader may be about
/// to open.
pub(super) fn sweep(dir: &Path, current: &str, before: Option<&str>) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(PREFIX) && name != current && Some(&*name) != before {
            // What cannot be removed now is removed the next time.
            let _ = fs::remove_file(entry.path());
        }
    }
}

const PREFIX: &str = "manifest-";

/// The name of the manifest that belongs to the state `opstamp` of the segments.
pub(super) fn name(opstamp: u64) -> String {
    format!("{PREFIX}{opstamp}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repo::testing::{put, unborn};
    use crate::repo::{Limits, list};

    #[test]
    fn a_list_is_kept_whole() {
        let (root, repo) = unborn();
        for path in ["a/b.rs", "c/d.rs", "e/f.rs", "e/.git/HEAD"] {
            put(root.path(), path, "text");
        }
        let mut index = repo.git().index().unwrap();
        index.add_path(Path::new("c/d.rs")).unwrap();
        index.write().unwrap();
        put(root.path(), ".gitignore", "/c\n");
        let listing = list(repo.root(), Some(repo.git()), &Limits { file_bytes: 99 }, None);
        assert_eq!((listing.unlisted.len(), listing.left_out.len()), (1, 1));
        let dir = tempfile::tempdir().unwrap();
        let basis = Basis { listing, ..Basis::default() };
        Manifest::default().store(dir.path(), "manifest-1", &basis, &BTreeMap::new(), 0).unwrap();
        let stored = Manifest::load(dir.path(), "manifest-1").unwrap();
        assert_eq!(stored.listing().as_ref(), Some(&basis.listing));
    }
}
