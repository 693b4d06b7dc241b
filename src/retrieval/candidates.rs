//! Everything that speaks for a file, signal by signal.

use std::collections::HashMap;

use crate::base::RepoPath;
use crate::index::{ChunkId, FileId, History, Index, IndexError};
use crate::retrieval::expand::expanded;
use crate::retrieval::intent::Intent;
use crate::retrieval::query::{Query, code_names, path_mentions, weighted_words};

/// A name that more files define says little about each.
const MAX_DEFINING_FILES: usize = 12;
/// How many chunks of a file speak for it.
const CHUNKS_A_FILE: usize = 3;

/// What files and chunks have for themselves. Every list is best first, with ties in the order of
/// paths.
#[derive(Debug, Default)]
pub(super) struct Signals {
    /// The best three chunks of a file, summed.
    pub(super) chunks: Vec<(FileId, f32)>,
    pub(super) text: Vec<(FileId, f32)>,
    pub(super) names: Vec<(FileId, f32)>,
    pub(super) path: Vec<(FileId, f32)>,
    /// Files of past commits whose messages match.
    pub(super) history: Vec<(FileId, f32)>,
    /// Files whose lines that past commits changed match.
    pub(super) changes: Vec<(FileId, f32)>,
    /// Files that define a name which the query writes as code.
    pub(super) defines: Vec<(FileId, f32)>,
    /// Files whose path the query mentions.
    pub(super) mentioned: Vec<(FileId, f32)>,
    /// The chunks of each file that match, best first.
    pub(super) of_file: HashMap<FileId, Vec<(ChunkId, f32)>>,
    /// Chunks that are to be shown before those that match better.
    pub(super) first: HashMap<FileId, Vec<ChunkId>>,
    /// The words that were looked for.
    pub(super) words: Vec<String>,
}

impl Signals {
    /// The lists of files.
    pub(super) fn lists(&mut self) -> [&mut Vec<(FileId, f32)>; 8] {
        [
            &mut self.chunks,
            &mut self.text,
            &mut self.names,
            &mut self.path,
            &mut self.history,
            &mut self.changes,
            &mut self.defines,
            &mut self.mentioned,
        ]
    }
}

/// Asks the index and the history.
pub(super) fn candidates(
    index: &Index,
    history: &History,
    query: &Query,
    intent: Intent,
) -> Result<Signals, IndexError> {
    let words = weighted_words(&query.text);
    let words = expanded(&query.text, words, |word| index.says(word));
    let scores = index.score(&words)?;
    let mut signals = Signals {
        text: scores.texts,
        names: scores.names,
        path: scores.paths,
        words: words.iter().map(|it| it.word.clone()).collect(),
        ..Signals::default()
    };
    for (chunk, score) in scores.chunks {
        if let Some(file) = index.file_of(chunk) {
            signals.of_file.entry(file).or_default().push((chunk, score));
        }
    }
    let best =
        |chunks: &Vec<(ChunkId, f32)>| chunks.iter().take(CHUNKS_A_FILE).map(|it| it.1).sum();
    signals.chunks = best_first(signals.of_file.iter().map(|(file, it)| (*file, best(it))));
    let votes = history.votes(&words);
    signals.history = here(index, &votes.messages);
    signals.changes = here(index, &votes.changes);
    definitions(&mut signals, index, query, intent)?;
    mentions(&mut signals, index, query);
    Ok(signals)
}

/// The votes for files that are there now.
fn here(index: &Index, votes: &[(RepoPath, f32)]) -> Vec<(FileId, f32)> {
    votes.iter().filter_map(|(path, vote)| Some((index.find(path)?, *vote))).collect()
}

/// Files that define what the query names; a name that few define says more.
fn definitions(
    signals: &mut Signals,
    index: &Index,
    query: &Query,
    intent: Intent,
) -> Result<(), IndexError> {
    let mut found: HashMap<FileId, f32> = HashMap::new();
    for name in code_names(&query.text, intent == Intent::Lookup) {
        let chunks = index.defining(&name)?;
        let mut files: Vec<FileId> =
            chunks.iter().filter_map(|chunk| index.file_of(*chunk)).collect();
        files.dedup();
        if files.len() > MAX_DEFINING_FILES {
            continue;
        }
        for file in &files {
            *found.entry(*file).or_default() += 1.0 / (files.len() as f32).sqrt();
        }
        for chunk in chunks {
            if let Some(file) = index.file_of(chunk) {
                signals.first.entry(file).or_default().push(chunk);
            }
        }
    }
    signals.defines = best_first(found);
    Ok(())
}

/// Files that the query mentions, and the chunks at the lines it mentions.
fn mentions(signals: &mut Signals, index: &Index, query: &Query) {
    let mut found: HashMap<FileId, f32> = HashMap::new();
    for mention in path_mentions(&query.text) {
        for (id, path) in (0u32..).map(FileId).zip(index.paths()) {
            if !mention.names(path) {
                continue;
            }
            *found.entry(id).or_default() += 1.0;
            if let Some(line) = mention.line {
                let chunks = index.chunks_of(id);
                let at = chunks.iter().rev().find(|chunk| index.line_of(**chunk) <= line);
                signals.first.entry(id).or_default().extend(at);
            }
        }
    }
    signals.mentioned = best_first(found);
}

fn best_first(found: impl IntoIterator<Item = (FileId, f32)>) -> Vec<(FileId, f32)> {
    let mut found: Vec<(FileId, f32)> = found.into_iter().collect();
    found.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    found
}
