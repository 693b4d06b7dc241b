//! What a text names outright: who defines its names, and what stands at its paths and lines.

use std::collections::HashMap;

use crate::index::{ChunkId, FileId, Index, IndexError};
use crate::retrieval::query::PathMention;

/// A name that more files define says little about each.
const MAX_DEFINING_FILES: usize = 12;

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
        if files.len() > MAX_DEFINING_FILES {
            continue;
        }
        for file in &files {
            *found.entry(*file).or_default() += 1.0 / (files.len() as f32).sqrt();
        }
        places.extend(chunks.into_iter().filter_map(|it| Some((index.file_of(it)?, it))));
    }
    Ok(Resolved { files: best_first(found), chunks: places })
}

/// Files that `mentions` can mean, each as often as it is meant, and the chunks at their lines.
pub(super) fn mentioned(index: &Index, mentions: &[PathMention]) -> Resolved {
    let mut found: HashMap<FileId, f32> = HashMap::new();
    let mut places = Vec::new();
    for mention in mentions {
        for (id, path) in (0u32..).map(FileId).zip(index.paths()) {
            if !mention.names(path) {
                continue;
            }
            *found.entry(id).or_default() += 1.0;
            if let Some(line) = mention.line {
                let chunks = index.chunks_of(id);
                let at = chunks.iter().rev().find(|chunk| index.line_of(**chunk) <= line);
                places.extend(at.map(|chunk| (id, *chunk)));
            }
        }
    }
    Resolved { files: best_first(found), chunks: places }
}

/// Best first; equal ones in the order of paths.
pub(super) fn best_first(found: impl IntoIterator<Item = (FileId, f32)>) -> Vec<(FileId, f32)> {
    let mut found: Vec<(FileId, f32)> = found.into_iter().collect();
    found.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    found
}
