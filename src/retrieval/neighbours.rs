//! What stands around the best files: what they use and import, who uses and imports them, what changes
//! with them.
//!
//! Words find where to look; what has to change with it often does not say them. The first files
//! keep their places, and their neighbours are put before what only says some of the words.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::index::{ChunkId, FileId, History, Index, IndexError};
use crate::repo::parent;
use crate::retrieval::calls::Calls;
use crate::retrieval::candidates::Signals;
use crate::retrieval::constraints::share;
use crate::retrieval::imports::Imports;
use crate::retrieval::intent::Wanted;
use crate::retrieval::passing::Gate;
use crate::retrieval::rerank::Ranked;

/// So many files keep their places.
const KEPT: usize = 4;
/// So many files have neighbours.
const CENTRES: usize = 8;
/// So many files tell which folders and which names matter.
const TOLD_BY: usize = 20;

/// How much each tie counts where it is strongest.
const TOGETHER: f32 = 0.18;
const FOLDER: f32 = 0.15;
const SIBLING: f32 = 0.1;
const USES: f32 = 0.1;
const USED: f32 = 0.1;
/// Small, since calls by name say most of it already; fitted on tasks of several repositories and held
/// on others.
const IMPORTED: f32 = 0.02;
const IMPORTING: f32 = 0.03;

/// The neighbours of the best files, and what ties them.
#[derive(Default)]
pub(super) struct Around {
    parts: BTreeMap<FileId, Vec<(&'static str, f32)>>,
    /// Where a neighbour defines what is used.
    chunks: HashMap<FileId, ChunkId>,
}

impl Around {
    /// Looks around the best of `ranked`.
    pub(super) fn of(
        index: &Index,
        history: &History,
        signals: &Signals,
        ranked: &[Ranked],
    ) -> Result<Self, IndexError> {
        let centres = &with_seeds(&ranked[..ranked.len().min(CENTRES)], &signals.seeds);
        let told_by = &with_seeds(&ranked[..ranked.len().min(TOLD_BY)], &signals.seeds);
        let mut around = Self::default();
        around.add("together", TOGETHER, together(index, history, centres));
        around.add("folder", FOLDER, folders(index, ranked, told_by));
        around.add("sibling", SIBLING, siblings(index, ranked, told_by));
        let calls = Calls::around(index, signals, centres)?;
        around.add("uses", USES, calls.uses);
        around.add("used", USED, calls.used);
        around.chunks = calls.places;
        let imports = Imports::around(index, centres)?;
        around.add("imported", IMPORTED, imports.imported);
        around.add("importing", IMPORTING, imports.importing);
        Ok(around)
    }

    fn add(&mut self, name: &'static str, weight: f32, ties: BTreeMap<FileId, f32>) {
        let most = ties.values().copied().fold(0.0, f32::max);
        for (file, tie) in ties {
            if tie > 0.0 {
                self.parts.entry(file).or_default().push((name, weight * tie / most));
            }
        }
    }

    /// The chunk of a neighbour that says why it is one.
    pub(super) fn chunk_of(&self, file: FileId) -> Option<ChunkId> {
        self.chunks.get(&file).copied()
    }

    /// `ranked` with the neighbours in their places; no score is higher than that of a file before.
    pub(super) fn ranked(
        &self,
        gate: &Gate<'_>,
        wanted: Wanted,
        mut ranked: Vec<Ranked>,
    ) -> Vec<Ranked> {
        let kept = ranked.len().min(KEPT);
        let known: HashSet<FileId> = ranked.iter().map(|it| it.file).collect();
        let new = self.parts.keys().filter(|file| !known.contains(file));
        let new: Vec<FileId> = new.copied().filter(|file| gate.allows(*file)).collect();
        ranked.extend(new.iter().map(|file| Ranked { file: *file, score: 0.0, parts: Vec::new() }));
        for it in &mut ranked[kept..] {
            let Some(parts) = self.parts.get(&it.file) else { continue };
            let factor = share(gate.index.path_of(it.file), wanted);
            it.score += factor * parts.iter().map(|part| part.1).sum::<f32>();
            it.parts.extend(parts.iter().map(|(name, part)| (*name, factor * part)));
        }
        ranked[kept..].sort_by(|a, b| b.score.total_cmp(&a.score).then(a.file.cmp(&b.file)));
        let most = ranked[..kept].last().map_or(f32::MAX, |it| it.score);
        for it in &mut ranked[kept..] {
            it.score = it.score.min(most);
        }
        ranked
    }
}

/// `best` and behind it those of `seeds` that it lacks, as much as its last each.
fn with_seeds(best: &[Ranked], seeds: &[FileId]) -> Vec<Ranked> {
    let score = best.last().map_or(1.0, |it| it.score);
    let new = seeds.iter().filter(|file| best.iter().all(|it| it.file != **file));
    let new = new.map(|file| Ranked { file: *file, score, parts: Vec::new() });
    best.iter().cloned().chain(new).collect()
}

/// What changed with the centres before.
fn together(index: &Index, history: &History, centres: &[Ranked]) -> BTreeMap<FileId, f32> {
    let paths: Vec<&[u8]> = centres.iter().map(|it| index.path_of(it.file)).collect();
    let mut ties = BTreeMap::new();
    for (centre, others) in centres.iter().zip(history.together(&paths)) {
        for (path, share) in others {
            if let Some(file) = index.find(&path) {
                *ties.entry(file).or_default() += centre.score * share;
            }
        }
    }
    ties
}

/// The scores of the other files in the same folder, of those that are told by.
fn folders(index: &Index, ranked: &[Ranked], told_by: &[Ranked]) -> BTreeMap<FileId, f32> {
    let mut folders: HashMap<&[u8], f32> = HashMap::new();
    for it in told_by {
        *folders.entry(parent(index.path_of(it.file))).or_default() += it.score;
    }
    let own: HashMap<FileId, f32> = told_by.iter().map(|it| (it.file, it.score)).collect();
    let tie = |file: FileId| {
        let sum = folders.get(parent(index.path_of(file)))?;
        Some((file, sum - own.get(&file).unwrap_or(&0.0)))
    };
    ranked.iter().filter_map(|it| tie(it.file)).collect()
}

/// Files of the same name with another ending, as headers and sources are.
fn siblings(index: &Index, ranked: &[Ranked], told_by: &[Ranked]) -> BTreeMap<FileId, f32> {
    let mut best: HashMap<Vec<u8>, Vec<&Ranked>> = HashMap::new();
    for it in told_by {
        best.entry(stem(index.path_of(it.file)).0).or_default().push(it);
    }
    let tie = |file: FileId| {
        let (stem, ending) = stem(index.path_of(file));
        let others = best.get(&stem)?.iter();
        let others = others.filter(|it| self::stem(index.path_of(it.file)).1 != ending);
        others.map(|it| it.score).max_by(f32::total_cmp).map(|score| (file, score))
    };
    ranked.iter().filter_map(|it| tie(it.file)).collect()
}

/// The name of a file up to its first dot, in small letters, and the rest.
fn stem(path: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let name = &path[path.iter().rposition(|byte| *byte == b'/').map_or(0, |slash| slash + 1)..];
    let dot = name.iter().position(|byte| *byte == b'.').unwrap_or(name.len());
    (name[..dot].to_ascii_lowercase(), name[dot..].to_ascii_lowercase())
}
