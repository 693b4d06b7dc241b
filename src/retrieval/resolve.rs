//! What a text names outright: who defines its names, and what stands at its paths and lines.

use std::collections::HashMap;

use crate::index::{ChunkId, FileId, Index, IndexError};
use crate::retrieval::mentions::{Meant, PathMention};

/// A name that more files define or have says little about each.
const MAX_FILES: usize = 12;
/// How much the square of what a mention counts is that may be none.
const UNSURE: f32 = 0.25;

/// The files that are meant, best first, and the chunks in them, in the order of the text.
#[derive(Debug, Default)]
pub(super) struct Resolved {
    pub(super) files: Vec<(FileId, f32)>,
    pub(super) chunks: Vec<(FileId, ChunkId)>,
}

/// Files that define one of `names`; a name that few define says more.
pub(super) fn definers(index: &Index, names: &[String]) -> Result<Resolved, IndexError> {
    let mut found: HashMap<FileId, f32> = HashMap::new();
    let mut places = Vec::new();
    for name in names {
        let chunks = index.defining(name)?;
        let mut files: Vec<FileId> =
            chunks.iter().filter_map(|chunk| index.file_of(*chunk)).collect();
        files.dedup();
        if files.len() > MAX_FILES {
            continue;
        }
        for file in &files {
            *found.entry(*file).or_default() += 1.0 / (files.len() as f32).sqrt();
        }
        places.extend(chunks.into_iter().filter_map(|it| Some((index.file_of(it)?, it))));
    }
    Ok(Resolved { files: best_first(found), chunks: places })
}

/// Files that `mentions` can mean, and the chunks at their lines. One that is surely meant counts
/// 1; a name that more files have counts less for each, and many frames of a file are one error.
pub(super) fn mentioned(index: &Index, mentions: &[PathMention]) -> Resolved {
    let mut squares: HashMap<FileId, f32> = HashMap::new();
    let mut places = Vec::new();
    for mention in mentions {
        let Meant { files, is_sure } = mention.meant(index.paths());
        if files.len() > MAX_FILES && mention.line.is_none() {
            continue;
        }
        let square = if is_sure { 1.0 } else { UNSURE };
        let share = square / files.len() as f32;
        for file in files.into_iter().map(FileId) {
            *squares.entry(file).or_default() += share;
            if let Some(line) = mention.line {
                let chunks = index.chunks_of(file);
                let at = chunks.iter().rev().find(|chunk| index.line_of(**chunk) <= line);
                places.extend(at.map(|chunk| (file, *chunk)));
            }
        }
    }
    let files = squares.into_iter().map(|(file, sum)| (file, sum.sqrt()));
    Resolved { files: best_first(files), chunks: places }
}

/// Best first; equal ones in the order of paths.
pub(super) fn best_first(found: impl IntoIterator<Item = (FileId, f32)>) -> Vec<(FileId, f32)> {
    let mut found: Vec<(FileId, f32)> = found.into_iter().collect();
    found.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    found
}
