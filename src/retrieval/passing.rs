//! Which files pass the filter, and which places in them?
//!
//! Whole files are judged by the index as far as it goes; only for phrases and regular expressions
//! are their texts read, on all processors.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::PathBuf;

use crate::base::RepoPath;
use crate::index::{ChunkId, FileId, Index, IndexError};
use crate::repo::{BlobId, read_regular};
use crate::retrieval::candidates::Signals;
use crate::retrieval::filter::Filter;
use crate::retrieval::shown::Known;
use crate::retrieval::state::Shown;
use crate::retrieval::{Hit, Place};
use crate::syntax::{Language, Symbol, symbols};

/// Of a definition that is longer so much is shown, in lines.
const MAX_LINES: usize = 80;

/// A filter before an index.
pub(super) struct Gate<'a> {
    pub(super) index: &'a Index,
    pub(super) filter: &'a Filter,
    /// The files that may define what is asked for, by how well the names match; `None` where no
    /// definition is asked for.
    defining: Option<BTreeMap<FileId, u8>>,
    /// What was shown before.
    known: Known,
    /// The names of the bytes of files that have hits.
    blobs: RefCell<HashMap<FileId, BlobId>>,
}

impl<'a> Gate<'a> {
    pub(super) fn new(index: &'a Index, filter: &'a Filter) -> Result<Self, IndexError> {
        let mut defining: Option<BTreeMap<FileId, u8>> = None;
        for name in &filter.names {
            let found = index.files_defining(|it| name.class(it))?;
            defining = Some(match defining {
                None => found,
                Some(before) => {
                    let both =
                        |(file, class): (FileId, u8)| Some((file, class.max(*before.get(&file)?)));
                    found.into_iter().filter_map(both).collect()
                }
            });
        }
        if !filter.kinds.is_empty() {
            let of_kind: BTreeSet<FileId> = index.files_of_kinds(&filter.kinds)?;
            match &mut defining {
                Some(defining) => defining.retain(|file, _| of_kind.contains(file)),
                None => defining = Some(of_kind.into_iter().map(|file| (file, 0)).collect()),
            }
        }
        Ok(Self { index, filter, defining, known: Known::default(), blobs: RefCell::default() })
    }

    /// The same, and it knows what was `shown` before.
    pub(super) fn knowing(self, shown: &[Shown]) -> Self {
        Self { known: Known::of(self.index, shown), ..self }
    }

    /// Whether the file can have a place that passes, as far as the index knows.
    pub(super) fn allows(&self, file: FileId) -> bool {
        let Some(indexed) = self.index.file(file) else { return false };
        let language = |it: &Language| Some(it.name()) == indexed.language.as_deref();
        let languages = &self.filter.languages;
        indexed.left_out.is_none()
            && (languages.is_empty() || languages.iter().any(language))
            && self.filter.paths.iter().all(|it| it.is_match(&indexed.path))
            && self.defining.as_ref().is_none_or(|it| it.contains_key(&file))
    }

    /// How well the names in the file match; less is better.
    pub(super) fn class(&self, file: FileId) -> u8 {
        self.defining.as_ref().and_then(|it| it.get(&file)).copied().unwrap_or_default()
    }

    /// Those of `files` whose texts say what is asked for, in the same order.
    pub(super) fn saying(&self, files: &[FileId]) -> Vec<FileId> {
        if !self.filter.wants_text() {
            return files.to_vec();
        }
        let places: Vec<_> = files.iter().map(|file| (*file, self.index.location(*file))).collect();
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let size = places.len().div_ceil(threads).max(1);
        let filter = self.filter;
        let says = |(path, size): &(PathBuf, u64)| {
            read_regular(path, *size).is_ok_and(|it| filter.is_said_in(&it))
        };
        std::thread::scope(|scope| {
            let parts = places.chunks(size).map(|part| {
                scope.spawn(move || {
                    part.iter().filter(|(_, place)| says(place)).map(|it| it.0).collect::<Vec<_>>()
                })
            });
            let running: Vec<_> = parts.collect();
            running.into_iter().flat_map(|it| it.join().unwrap_or_default()).collect()
        })
    }

    /// Takes out of `signals` every file that does not pass.
    pub(super) fn narrow(&self, signals: &mut Signals) {
        if self.filter.is_empty() {
            return;
        }
        let mut files: BTreeSet<FileId> = signals.of_file.keys().copied().collect();
        for list in signals.lists() {
            files.extend(list.iter().map(|it| it.0));
        }
        let files: Vec<FileId> = files.into_iter().filter(|file| self.allows(*file)).collect();
        let passing: HashSet<FileId> = self.saying(&files).into_iter().collect();
        for list in signals.lists() {
            list.retain(|it| passing.contains(&it.0));
        }
    }

    /// The places of a file that pass, in the order of lines.
    pub(super) fn places(&self, file: FileId) -> Result<Vec<Place>, IndexError> {
        if self.filter.wants_definitions() {
            let text = self.index.text(file)?;
            let language = self.index.language_of(file);
            let symbols = language.map(|it| symbols(it, &text)).unwrap_or_default();
            let said = |it: &Symbol| self.filter.is_said_in(&text[it.bytes.clone()]);
            let passing = symbols.into_iter().filter(|it| self.filter.takes(it) && said(it));
            return Ok(passing.map(|it| Place::Definition(Box::new(it))).collect());
        }
        let mut places = Vec::new();
        for chunk in self.index.chunks_of(file) {
            let says = !self.filter.wants_text()
                || self.filter.is_said_in(self.index.candidate(chunk)?.text.as_bytes());
            if says {
                places.push(Place::Chunk(chunk));
            }
        }
        Ok(places)
    }

    /// The places of a file that pass: those that overlap the `best` chunks before the others.
    pub(super) fn best_places(
        &self,
        file: FileId,
        best: &[ChunkId],
    ) -> Result<Vec<Place>, IndexError> {
        let rank: HashMap<ChunkId, usize> =
            best.iter().enumerate().rev().map(|(rank, chunk)| (*chunk, rank)).collect();
        let chunks = self.index.chunks_of(file);
        let of = |place: &Place| match place {
            Place::Chunk(chunk) => rank.get(chunk).copied(),
            Place::Definition(symbol) => {
                let starts =
                    |line: u32| chunks.partition_point(|chunk| self.index.line_of(*chunk) <= line);
                let first = starts(symbol.span.start).saturating_sub(1);
                let over = &chunks[first..starts(symbol.span.end).max(first)];
                over.iter().filter_map(|chunk| rank.get(chunk).copied()).min()
            }
        };
        let mut places = self.places(file)?;
        places.sort_by_key(|place| of(place).unwrap_or(usize::MAX));
        Ok(places)
    }

    /// Those of `places` that were not shown before, or say something else since.
    pub(super) fn not_shown(
        &self,
        file: FileId,
        places: Vec<Place>,
    ) -> Result<Vec<Place>, IndexError> {
        if self.known.is_new(file) {
            return Ok(places);
        }
        let mut new = Vec::new();
        for place in places {
            match self.hit(file, &place) {
                Ok(hit) if self.known.has(file, &Shown::of(&hit)) => {}
                Ok(_) => new.push(place),
                Err(IndexError::Stale(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(new)
    }

    /// A place of a file as a hit; its score and reasons are for the caller to add.
    pub(super) fn hit(&self, file: FileId, place: &Place) -> Result<Hit, IndexError> {
        hit(self.index, self.filter, file, self.blob(file)?, place)
    }

    fn blob(&self, file: FileId) -> Result<BlobId, IndexError> {
        if let Some(blob) = self.blobs.borrow().get(&file) {
            return Ok(blob.clone());
        }
        let blob = self.index.blob(file)?;
        self.blobs.borrow_mut().insert(file, blob.clone());
        Ok(blob)
    }
}

fn hit(
    index: &Index,
    filter: &Filter,
    file: FileId,
    blob: BlobId,
    place: &Place,
) -> Result<Hit, IndexError> {
    let path: RepoPath = index.file(file).ok_or(IndexError::Missing)?.path;
    let hit = |span, symbol, kind, text| Hit {
        path,
        span,
        blob,
        symbol,
        kind,
        score: 0.0,
        why: String::new(),
        signals: BTreeMap::new(),
        lines: Vec::new(),
        text,
    };
    Ok(match place {
        Place::Chunk(chunk) => {
            let it = index.candidate(*chunk)?;
            let lines = filter.telling_lines(it.text.as_bytes(), it.span.start);
            Hit { lines, ..hit(it.span, it.symbol, it.kind, it.text) }
        }
        Place::Definition(symbol) => {
            let text = index.text(file)?;
            let whole = lines_of(&text, symbol.span.start, symbol.span.end);
            let mut lines = filter.telling_lines(&whole, symbol.span.start);
            if lines.is_empty() {
                lines.extend(symbol.names_at.first().map(|at| line_of(&text, *at)));
            }
            let shown: Vec<u8> = whole
                .split_inclusive(|it| *it == b'\n')
                .take(MAX_LINES)
                .flatten()
                .copied()
                .collect();
            let text = String::from_utf8_lossy(&shown).into_owned();
            Hit { lines, ..hit(symbol.span, Some(symbol.path.clone()), Some(symbol.kind), text) }
        }
    })
}

/// The line of the byte `at`, counted from 1.
pub(super) fn line_of(text: &[u8], at: usize) -> u32 {
    let before = text[..at.min(text.len())].iter().filter(|byte| **byte == b'\n').count();
    u32::try_from(before + 1).unwrap_or(u32::MAX)
}

/// Lines `first` to `last`, counted from 1.
fn lines_of(text: &[u8], first: u32, last: u32) -> Vec<u8> {
    let lines = text.split_inclusive(|byte| *byte == b'\n').skip(first.saturating_sub(1) as usize);
    lines.take((last + 1 - first) as usize).flatten().copied().collect()
}
