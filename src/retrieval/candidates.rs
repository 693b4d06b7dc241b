//! Everything that speaks for a file, signal by signal.

use std::collections::HashMap;

use crate::index::{ChunkId, FileId, History, Index, IndexError};
use crate::retrieval::code_names::code_names;
use crate::retrieval::evidence;
use crate::retrieval::expand::expanded;
use crate::retrieval::intent::Intent;
use crate::retrieval::mentions::path_mentions;
use crate::retrieval::query::{Query, weighted_words};
use crate::retrieval::rerank::DEPTH;
use crate::retrieval::resolve::{best_first, definers, mentioned};

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
    /// Files that whoever asks looks at.
    pub(super) open: Vec<(FileId, f32)>,
    /// Files that were changed for the task.
    pub(super) touched: Vec<(FileId, f32)>,
    /// Files that define a name which came up in the task.
    pub(super) seen: Vec<(FileId, f32)>,
    /// Files at which errors of the task point.
    pub(super) errors: Vec<(FileId, f32)>,
    /// Files that define a name which these errors write as code.
    pub(super) error_names: Vec<(FileId, f32)>,
    /// The chunks of each file that match, best first.
    pub(super) of_file: HashMap<FileId, Vec<(ChunkId, f32)>>,
    /// Chunks that are to be shown before those that match better.
    pub(super) first: HashMap<FileId, Vec<ChunkId>>,
    /// A chunk for files of which none matches.
    pub(super) otherwise: HashMap<FileId, ChunkId>,
    /// Files that have neighbours though no word leads to them, and though they may be no hits.
    pub(super) seeds: Vec<FileId>,
    /// The words that were looked for.
    pub(super) words: Vec<String>,
}

impl Signals {
    /// The lists of files.
    pub(super) fn lists(&mut self) -> [&mut Vec<(FileId, f32)>; 13] {
        [
            &mut self.chunks,
            &mut self.text,
            &mut self.names,
            &mut self.path,
            &mut self.history,
            &mut self.changes,
            &mut self.defines,
            &mut self.mentioned,
            &mut self.open,
            &mut self.touched,
            &mut self.seen,
            &mut self.errors,
            &mut self.error_names,
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
    let words = expanded(words, |word| index.says(word));
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
    // A filter and a state take some out again, so that all have to be known.
    let takes_all = query.filter.is_empty() && query.state.says_nothing();
    let most = if takes_all { DEPTH } else { usize::MAX };
    let votes = history.votes_for(&words, most, |path| index.find(&path));
    (signals.history, signals.changes) = (votes.messages, votes.changes);
    let names = code_names(&query.text, intent == Intent::Lookup);
    let (names, places) = (definers(index, &names)?, mentioned(index, &path_mentions(&query.text)));
    for (file, chunk) in names.chunks.into_iter().chain(places.chunks) {
        signals.first.entry(file).or_default().push(chunk);
    }
    (signals.defines, signals.mentioned) = (names.files, places.files);
    evidence::add(&mut signals, index, &query.state, intent)?;
    Ok(signals)
}
