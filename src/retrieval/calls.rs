//! The call graph around the best files, as far as names tell it: who uses what they define, and who
//! defines what they use.
//!
//! Names are looked up, no code is followed: a name that many define or say ties nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;

use crate::base::{on_threads, runs};
use crate::index::{ChunkId, FileId, Index, IndexError, identifiers};
use crate::retrieval::candidates::Signals;
use crate::retrieval::rerank::Ranked;

/// The code around a hit: so many chunks of each file.
const CHUNKS_A_FILE: usize = 3;
/// So many of a file that is one for the state of the task, where no word leads into it.
const CHUNKS_A_SEED: usize = 8;
/// A name that more files define ties none of them.
const MAX_DEFINING_FILES: usize = 6;
/// Shorter names are not looked up.
const SHORTEST_NAME: usize = 4;
/// A name that a larger share of the files say ties nothing, within these numbers of files.
const COMMON_SHARE: f32 = 0.15;
const COMMON_FILES: Range<usize> = 30..600;
/// Fewer names are looked up faster by one thread.
const NAMES_A_THREAD: usize = 50;

/// What calls tie to the best files, and how strongly.
#[derive(Default)]
pub(super) struct Calls {
    /// Files that use what the best chunks define.
    pub(super) uses: BTreeMap<FileId, f32>,
    /// Files that define what the best chunks use.
    pub(super) used: BTreeMap<FileId, f32>,
    /// Where those define it.
    pub(super) places: HashMap<FileId, ChunkId>,
}

/// A file whose calls are looked at.
struct Centre {
    file: FileId,
    /// Its best chunks.
    chunks: Vec<ChunkId>,
    /// The names that they say.
    names: BTreeSet<String>,
}

impl Calls {
    /// The calls in the best chunks of `centres`, each centre weighing as much as its score.
    pub(super) fn around(
        index: &Index,
        signals: &Signals,
        centres: &[Ranked],
    ) -> Result<Self, IndexError> {
        let read = centres.iter().map(|it| Centre::read(index, signals, it.file));
        let read = read.collect::<Result<Vec<Centre>, IndexError>>()?;
        let names = followed(index, &read)?;
        let mut calls = Self::default();
        for (centre, ranked) in read.iter().zip(centres) {
            let mut own = Self { places: std::mem::take(&mut calls.places), ..Self::default() };
            for name in centre.names.iter().filter_map(|name| names.get(name.as_str())) {
                own.tie(index, centre, name);
            }
            add(&mut calls.uses, own.uses, ranked.score);
            add(&mut calls.used, own.used, ranked.score);
            calls.places = own.places;
        }
        Ok(calls)
    }

    /// Ties the file `centre`, which says `name`, to others.
    fn tie(&mut self, index: &Index, centre: &Centre, name: &Name) {
        if !name.files.contains(&centre.file) {
            let at = |chunk: &ChunkId| Some((index.file_of(*chunk)?, *chunk));
            for (file, chunk) in name.defining.iter().filter_map(at) {
                self.places.entry(file).or_insert(chunk);
            }
            for file in &name.files {
                *self.used.entry(*file).or_default() += name.weight;
            }
        } else if name.defining.iter().any(|chunk| centre.chunks.contains(chunk)) {
            for user in name.saying.iter().filter(|it| **it != centre.file) {
                *self.uses.entry(*user).or_default() += name.weight;
            }
        }
    }
}

impl Centre {
    fn read(index: &Index, signals: &Signals, file: FileId) -> Result<Self, IndexError> {
        let chunks = signals.of_file.get(&file).map(Vec::as_slice).unwrap_or_default();
        let mut chunks: Vec<ChunkId> = chunks.iter().take(CHUNKS_A_FILE).map(|it| it.0).collect();
        if chunks.is_empty() && signals.seeds.contains(&file) {
            chunks = index.chunks_of(file);
            chunks.truncate(CHUNKS_A_SEED);
        }
        let mut names = BTreeSet::new();
        for chunk in &chunks {
            match index.candidate(*chunk) {
                Ok(candidate) => {
                    let all = identifiers(&candidate.text);
                    names.extend(all.filter(|it| it.len() >= SHORTEST_NAME).map(str::to_owned));
                }
                Err(IndexError::Stale(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Self { file, chunks, names })
    }
}

/// Every name that `centres` say and that ties files; looked up on all processors.
fn followed<'a>(
    index: &Index,
    centres: &'a [Centre],
) -> Result<HashMap<&'a str, Name>, IndexError> {
    let names: BTreeSet<&str> =
        centres.iter().flat_map(|it| &it.names).map(String::as_str).collect();
    // Names that begin alike lie side by side in the index, too.
    let names: Vec<&str> = names.into_iter().collect();
    let follow = |run: Range<usize>| {
        let each = names[run].iter().filter_map(|name| {
            Name::follow(index, name).transpose().map(|it| it.map(|it| (*name, it)))
        });
        each.collect::<Result<Vec<(&str, Name)>, IndexError>>()
    };
    let found = on_threads(runs(names.len(), NAMES_A_THREAD), follow);
    Ok(found.into_iter().collect::<Result<Vec<_>, IndexError>>()?.into_iter().flatten().collect())
}

/// A name that ties files.
struct Name {
    defining: Vec<ChunkId>,
    /// The files that define it.
    files: Vec<FileId>,
    /// The files that say it.
    saying: Vec<FileId>,
    weight: f32,
}

impl Name {
    /// `None` where it is no name, or one that too many define or say.
    fn follow(index: &Index, name: &str) -> Result<Option<Self>, IndexError> {
        let Some(defining) = index.defining_at_most(name, MAX_DEFINING_FILES)? else {
            return Ok(None);
        };
        let mut files: Vec<FileId> = defining.iter().filter_map(|it| index.file_of(*it)).collect();
        files.dedup();
        if files.is_empty() {
            return Ok(None);
        }
        let all = index.file_count() as f32;
        let most = ((all * COMMON_SHARE) as usize).clamp(COMMON_FILES.start, COMMON_FILES.end);
        let Some(saying) = index.saying_at_most(name, most)? else { return Ok(None) };
        let weight = (1.0 + all / saying.len().max(1) as f32).ln() / files.len() as f32;
        Ok(Some(Self { defining, files, saying, weight }))
    }
}

/// Adds `more` to `sums`, all of it together weighing `weight`.
fn add(sums: &mut BTreeMap<FileId, f32>, more: BTreeMap<FileId, f32>, weight: f32) {
    let all: f32 = more.values().sum();
    for (file, tie) in more {
        *sums.entry(file).or_default() += weight * tie / all;
    }
}
