//! Which files, in which state, does the index hold?
//!
//! The segments name their manifest, so both change in one step: a build that is cut short leaves
//! the state before it, or a part of the new one that the next build goes on from. It is one mapped
//! file of columns with a row for each file in the order of paths; only rows that are asked for are
//! looked at.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::base::{Digest, RepoPath};
use crate::index::columns::{
    Dictionary, Kind, Stored, decode, encode, numbers, push_entry, push_row, row, store,
};
use crate::index::schema::VERSION;
use crate::repo::{Files, Listing, Why};

/// A file as it was when it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexedFile {
    pub path: RepoPath,
    /// In bytes.
    pub size: u64,
    pub(super) modified_ns: i64,
    /// Of its bytes; `None` where it could not be read.
    pub digest: Option<Digest>,
    /// What its documents are found by.
    pub(super) key: u64,
    /// The name of its language, where a grammar knows it.
    pub language: Option<String>,
    /// How many chunks of it are in the index.
    pub chunks: u32,
    /// Why it has none.
    pub left_out: Option<Why>,
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
    /// The [`Listing`] without its files.
    Listing,
    ListedEnds,
    ListedPaths,
    ListedSizes,
    ListedTimes,
    ListedExecutable,
    PathEnds,
    Paths,
    Sizes,
    Times,
    /// Bytes of digests; zeros where there is none.
    Digests,
    Keys,
    /// A row for each file: its language, chunks, and why it has none; numbers of [`Rows::fact`].
    Facts,
}

const PARTS: usize = Part::Facts as usize + 1;
const KIND: Kind = Kind { magic: *b"manifest", version: VERSION as u64, parts: PARTS, lazy: &[] };

/// All but the [`About`].
const ROWS: [usize; PARTS - 1] = {
    let mut rows = [0; PARTS - 1];
    let mut at = 0;
    while at < rows.len() {
        rows[at] = at + 1;
        at += 1;
    }
    rows
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
        Self::open(dir, name, &Kind { lazy: &ROWS, ..KIND })
    }

    fn open(dir: &Path, name: &str, kind: &Kind) -> Option<Self> {
        let stored = Stored::open(&dir.join(name), kind)?;
        let about = decode(stored.part(Part::About))?;
        Some(Self { stored: Some(stored), about })
    }

    /// The work tree when it was last listed; `None` where it cannot be read.
    pub(super) fn listing(&self) -> Option<Listing> {
        let listing: Listing = decode(self.part(Part::Listing))?;
        let files = Files {
            ends: numbers(self.part(Part::ListedEnds)).to_vec(),
            paths: self.part(Part::ListedPaths).to_vec(),
            sizes: numbers(self.part(Part::ListedSizes)).to_vec(),
            modified_ns: numbers(self.part(Part::ListedTimes)).to_vec(),
            executable: self.part(Part::ListedExecutable).to_vec(),
        };
        Some(Listing { files: files.checked()?, ..listing })
    }

    /// How many files there are.
    pub(super) fn len(&self) -> usize {
        self.paths().len()
    }

    pub(super) fn pending(&self) -> usize {
        self.about.pending
    }

    pub(super) fn counts(&self) -> &Counts {
        &self.about.counts
    }

    /// Whether this was made by what `rulings` names.
    pub(super) fn is_ruled_by(&self, rulings: Digest) -> bool {
        self.about.rulings == Some(rulings)
    }

    /// Whether the file was kept out when this was made.
    pub(super) fn was_denied(&self, path: &RepoPath) -> bool {
        self.about.denied.binary_search(path).is_ok()
    }

    /// The path of the file at a place, as bytes.
    pub(super) fn path(&self, at: usize) -> &[u8] {
        u32::try_from(at).ok().and_then(|at| self.paths().get(at)).unwrap_or_default()
    }

    /// What the documents of the file at a place are found by.
    pub(super) fn keys(&self) -> &[u64] {
        numbers(self.part(Part::Keys))
    }

    /// The file at a place; `None` where there is none.
    pub(super) fn get(&self, at: usize) -> Option<IndexedFile> {
        let [language, chunks, left_out] = row(self.part(Part::Facts), at)?;
        let digest: [u8; 32] = *self.part(Part::Digests).as_chunks().0.get(at)?;
        Some(IndexedFile {
            path: RepoPath::new(self.path(at)).ok()?,
            size: *numbers(self.part(Part::Sizes)).get(at)?,
            modified_ns: *numbers(self.part(Part::Times)).get(at)?,
            digest: (digest != [0; 32]).then(|| Digest::from_bytes(digest)),
            key: *self.keys().get(at)?,
            language: language
                .checked_sub(1)
                .and_then(|it| self.about.languages.get(it as usize).cloned()),
            chunks,
            left_out: why(left_out),
        })
    }

    /// The place of a file.
    pub(super) fn find(&self, path: &RepoPath) -> Option<usize> {
        self.paths().find(path.as_bytes()).map(|at| at as usize)
    }

    /// The file at `path`, if it was looked at.
    pub(super) fn known(&self, path: &RepoPath) -> Option<IndexedFile> {
        self.get(self.find(path)?)
    }

    /// Whether the file at a place had this size and this time of modification when it was read.
    pub(super) fn had(&self, at: usize, size: u64, modified_ns: i64) -> bool {
        numbers(self.part(Part::Sizes)).get(at) == Some(&size)
            && numbers(self.part(Part::Times)).get(at) == Some(&modified_ns)
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
        let mut rows = Rows { languages: self.about.languages.clone(), ..Rows::default() };
        let mut changes = changes.iter().peekable();
        for at in 0..self.len() {
            let path = self.path(at);
            while let Some((_, file)) = changes.next_if(|(new, _)| new.as_bytes() < path) {
                file.iter().for_each(|file| rows.push(file));
            }
            match changes.next_if(|(new, _)| new.as_bytes() == path) {
                Some((_, file)) => file.iter().for_each(|file| rows.push(file)),
                None => rows.copy(self, at),
            }
        }
        changes.filter_map(|(_, file)| file.as_ref()).for_each(|file| rows.push(file));
        rows.store(&dir.join(name), basis, pending)
    }

    fn part(&self, part: Part) -> &[u8] {
        self.stored.as_ref().map(|stored| stored.part(part)).unwrap_or_default()
    }

    fn paths(&self) -> Dictionary<'_> {
        Dictionary { ends: self.part(Part::PathEnds), bytes: self.part(Part::Paths) }
    }
}

/// The columns of files while they are written.
#[derive(Default)]
struct Rows {
    ends: Vec<u8>,
    paths: Vec<u8>,
    sizes: Vec<u64>,
    times: Vec<i64>,
    digests: Vec<u8>,
    keys: Vec<u64>,
    facts: Vec<u8>,
    languages: Vec<String>,
    counts: Counts,
}

impl Rows {
    fn push(&mut self, file: &IndexedFile) {
        push_entry(&mut self.ends, &mut self.paths, file.path.as_bytes());
        self.sizes.push(file.size);
        self.times.push(file.modified_ns);
        self.digests.extend(file.digest.map_or([0; 32], |digest| digest.to_bytes()));
        self.keys.push(file.key);
        let language = file.language.as_ref().map_or(0, |name| self.language(name));
        self.fact([language, file.chunks, number(file.left_out)]);
    }

    /// Adds a file as `old` has it.
    fn copy(&mut self, old: &Manifest, at: usize) {
        let number = |part| numbers::<u64>(old.part(part)).get(at).copied().unwrap_or_default();
        push_entry(&mut self.ends, &mut self.paths, old.path(at));
        self.sizes.push(number(Part::Sizes));
        self.times.push(number(Part::Times).cast_signed());
        self.keys.push(number(Part::Keys));
        let digest = old.part(Part::Digests).as_chunks::<32>().0.get(at);
        self.digests.extend(digest.copied().unwrap_or_default());
        self.fact(row(old.part(Part::Facts), at).unwrap_or_default());
    }

    /// Adds the numbers of a file: its language, its chunks, and why it has none.
    fn fact(&mut self, fact: [u32; 3]) {
        let [_, chunks, left_out] = fact;
        match why(left_out) {
            Some(why) => *self.counts.unread.entry(why).or_default() += 1,
            None => self.counts.files += 1,
        }
        self.counts.chunks += u64::from(chunks);
        push_row(&mut self.facts, fact);
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
            denied: basis.denied.clone(),
            pending,
            languages: self.languages,
            counts: self.counts,
        };
        let listed = &basis.listing.files;
        let parts: [&[u8]; PARTS] = [
            &encode(&about),
            &encode(&basis.listing),
            bytemuck::cast_slice(&listed.ends),
            &listed.paths,
            bytemuck::cast_slice(&listed.sizes),
            bytemuck::cast_slice(&listed.modified_ns),
            &listed.executable,
            &self.ends,
            &self.paths,
            bytemuck::cast_slice(&self.sizes),
            bytemuck::cast_slice(&self.times),
            &self.digests,
            bytemuck::cast_slice(&self.keys),
            &self.facts,
        ];
        store(path, &KIND, &parts)?;
        Ok(about.counts)
    }
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
