//! How well does it match? Scores of chunks and files for some words.
//!
//! The scores are BM25 (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009),
//! counted here over the chunks that are in force, so that an index that was refreshed many times
//! gives the same figures as a new one. Segments are shared out among all processors, and a file lies
//! in one segment; terms are always in the order of the query, so that sums are the same to the last
//! bit however many processors there are.

use std::ops::Range;

use tantivy::schema::Field;

use crate::base::{on_threads, processors};
use crate::index::IndexError;
use crate::index::best::{Scored, best};
use crate::index::search::{ChunkId, FileId, Index};

/// How fast more occurrences of a word stop to matter.
const K1: f32 = 1.2;
/// How far long texts are held back: chunks, whole files, paths, names.
const B_CHUNK: f32 = 0.5;
const B_FILE: f32 = 0.75;
const B_PATH: f32 = 0.3;
const B_NAMES: f32 = 0.4;

/// No query needs more; sorting all chunks of a large tree takes longer than scoring them.
const MOST_CHUNKS: usize = 20_000;
const MOST_FILES: usize = 5_000;

/// Fewer chunks are scored faster by one thread.
const CHUNKS_A_THREAD: usize = 50_000;

/// A word that is looked for, and how much it counts.
#[derive(Clone, Debug, PartialEq)]
pub struct WeightedWord {
    pub word: String,
    pub weight: f32,
}

/// Who matches, and how well; what does not match is not named. Best first, then by path and line.
#[derive(Clone, Debug, Default)]
pub struct Scores {
    /// By words of text and path.
    pub chunks: Vec<(ChunkId, f32)>,
    /// By words of text.
    pub texts: Vec<(FileId, f32)>,
    pub paths: Vec<(FileId, f32)>,
    /// By words of the names that are defined.
    pub names: Vec<(FileId, f32)>,
}

/// Where a word is in some segments, with how often: chunks by text and path, files by text, by path
/// and by names.
struct Found {
    chunks: Vec<(u32, u32)>,
    texts: Vec<(u32, u32)>,
    paths: Vec<(u32, u32)>,
    names: Vec<(u32, u32)>,
}

/// How many have a word, in all segments: chunks, then files by text, by path and by names.
type Having = [usize; 4];

/// The best chunks of some segments, and the sums of all files, which are zero for files of others.
struct Sums {
    /// In the order of scores, then by file and line.
    chunks: Vec<Scored<(u32, u32)>>,
    texts: Vec<f32>,
    paths: Vec<f32>,
    names: Vec<f32>,
}

impl Index {
    /// Scores everything that has one of `words`.
    pub fn score(&self, words: &[WeightedWord]) -> Result<Scores, IndexError> {
        let parts = self.parts();
        let found = on_threads(parts.clone(), |part| {
            let each = words.iter().map(|it| self.found(part.clone(), &it.word));
            each.collect::<Result<Vec<Found>, IndexError>>()
        });
        let found = found.into_iter().collect::<Result<Vec<_>, IndexError>>()?;
        let having: Vec<Having> =
            (0..words.len()).map(|word| having(found.iter().map(|it| &it[word]))).collect();
        let parts = parts.into_iter().zip(found).collect();
        let sums = on_threads(parts, |(part, found)| self.sums(part, words, &having, &found));
        Ok(scores(sums))
    }

    /// Runs of segments with about the same number of chunks, one for each processor.
    fn parts(&self) -> Vec<Range<usize>> {
        let readers = self.searcher.segment_readers();
        let all = self.chunks.len();
        let threads = processors().min(all / CHUNKS_A_THREAD).max(1);
        let mut parts = Vec::new();
        let (mut from, mut chunks) = (0, 0);
        for (at, reader) in readers.iter().enumerate() {
            chunks += reader.max_doc() as usize;
            if chunks * threads >= all * (parts.len() + 1) || at + 1 == readers.len() {
                parts.push(from..at + 1);
                from = at + 1;
            }
        }
        parts
    }

    fn found(&self, segments: Range<usize>, word: &str) -> Result<Found, IndexError> {
        let of = |field: Field| self.postings_in(segments.clone(), field, word);
        let (text, path) = (of(self.fields.body)?, of(self.fields.path)?);
        let names = of(self.fields.names)?;
        Ok(Found {
            texts: self.by_file(&text, true),
            paths: self.by_file(&path, false),
            names: self.by_file(&names, true),
            chunks: if path.is_empty() { text } else { merged(&text, &path) },
        })
    }

    /// Adds up what was `found` in some segments, word by word.
    fn sums(
        &self,
        segments: Range<usize>,
        words: &[WeightedWord],
        having: &[Having],
        found: &[Found],
    ) -> Sums {
        let (chunks, averages) = (&self.chunks, self.chunks.averages());
        let starts: Vec<u32> = chunks.starts().chain([chunks.len() as u32]).collect();
        let (start, end) = (starts[segments.start] as usize, starts[segments.end] as usize);
        let kind = |all, lengths, average, b| Bm25 { all, lengths, average, b };
        let lengths = &chunks.lengths()[start..end];
        let of_chunks = kind(chunks.in_force(), lengths, averages.chunk, B_CHUNK);
        let all = self.file_count();
        let of_texts = kind(all, chunks.texts(), averages.text, B_FILE);
        let of_paths = kind(all, chunks.paths(), averages.path, B_PATH);
        let of_names = kind(all, chunks.names(), averages.names, B_NAMES);
        let mut by_chunk = vec![0.0; end - start];
        let (mut texts, mut paths, mut names) = (vec![0.0; all], vec![0.0; all], vec![0.0; all]);
        for ((WeightedWord { weight, .. }, having), found) in words.iter().zip(having).zip(found) {
            of_chunks.add(&mut by_chunk, &found.chunks, start, having[0], *weight);
            of_texts.add(&mut texts, &found.texts, 0, having[1], *weight);
            of_paths.add(&mut paths, &found.paths, 0, having[2], *weight);
            of_names.add(&mut names, &found.names, 0, having[3], *weight);
        }
        let (files, lines) = (&chunks.files()[start..end], &chunks.lines()[start..end]);
        let place = |at: u32| (files[at as usize], lines[at as usize]);
        let mut best = best(&by_chunk, MOST_CHUNKS, place);
        best.iter_mut().for_each(|it| it.at += start as u32);
        Sums { chunks: best, texts, paths, names }
    }

    /// Occurrences by file: those of its chunks together, or those of any one of its chunks. The
    /// chunks of a file stand side by side, and so do what was found in them.
    fn by_file(&self, found: &[(u32, u32)], together: bool) -> Vec<(u32, u32)> {
        let mut files: Vec<(u32, u32)> = Vec::new();
        let all = self.chunks.files();
        for (id, count) in found {
            let of = all[*id as usize];
            match files.last_mut() {
                Some((file, sum)) if *file == of => {
                    *sum = if together { *sum + count } else { *count };
                }
                _ => files.push((of, *count)),
            }
        }
        files
    }
}

/// BM25 over chunks or files.
struct Bm25<'a> {
    all: usize,
    lengths: &'a [u32],
    average: f32,
    b: f32,
}

impl Bm25<'_> {
    /// Adds the scores of a word that `having` have in all. The numbers of what was found begin with
    /// `start`.
    fn add(
        &self,
        sums: &mut [f32],
        found: &[(u32, u32)],
        start: usize,
        having: usize,
        weight: f32,
    ) {
        let idf = idf(self.all, having) * weight;
        for (id, count) in found {
            let at = *id as usize - start;
            sums[at] += idf * saturation(*count, self.lengths[at], self.average, self.b);
        }
    }
}

/// How many have a word that was `found` in the parts of the index.
fn having<'a>(found: impl Iterator<Item = &'a Found>) -> Having {
    let mut having = Having::default();
    for it in found {
        let lists = [&it.chunks, &it.texts, &it.paths, &it.names];
        having.iter_mut().zip(lists).for_each(|(sum, list)| *sum += list.len());
    }
    having
}

/// The best of all parts.
fn scores(parts: Vec<Sums>) -> Scores {
    let mut parts = parts.into_iter();
    let Some(mut all) = parts.next() else { return Scores::default() };
    for part in parts {
        all.chunks.extend(part.chunks);
        for (sums, more) in [
            (&mut all.texts, part.texts),
            (&mut all.paths, part.paths),
            (&mut all.names, part.names),
        ] {
            sums.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
        }
    }
    // Runs that are in order are put together quickly by this sort.
    all.chunks.sort();
    all.chunks.truncate(MOST_CHUNKS);
    let files = |sums: &[f32]| {
        best(sums, MOST_FILES, |id| id).iter().map(|it| (FileId(it.at), it.score())).collect()
    };
    Scores {
        chunks: all.chunks.iter().map(|it| (ChunkId(it.at), it.score())).collect(),
        texts: files(&all.texts),
        paths: files(&all.paths),
        names: files(&all.names),
    }
}

/// How much a word says that `having` of `all` texts have.
pub(super) fn idf(all: usize, having: usize) -> f32 {
    let (all, having) = (all as f32, having as f32);
    (1.0 + (all - having + 0.5) / (having + 0.5)).ln()
}

/// How much `count` occurrences in a text of `length` words count.
pub(super) fn saturation(count: u32, length: u32, average: f32, b: f32) -> f32 {
    let count = count as f32;
    count * (K1 + 1.0) / (count + K1 * (1.0 - b + b * length as f32 / average.max(1.0)))
}

/// Two lists in the order of ids as one; counts of the same id are added.
fn merged(a: &[(u32, u32)], b: &[(u32, u32)]) -> Vec<(u32, u32)> {
    let mut all = Vec::with_capacity(a.len() + b.len());
    let mut next = 0;
    for (id, count) in a {
        while next < b.len() && b[next].0 < *id {
            all.push(b[next]);
            next += 1;
        }
        let more = b.get(next).filter(|other| other.0 == *id).map(|other| other.1);
        next += usize::from(more.is_some());
        all.push((*id, count + more.unwrap_or_default()));
    }
    all.extend_from_slice(&b[next..]);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_of_the_same_id_are_added() {
        let merged = merged(&[(1, 1), (4, 2), (6, 1)], &[(0, 3), (4, 5), (7, 1), (8, 1)]);
        assert_eq!(merged, [(0, 3), (1, 1), (4, 7), (6, 1), (7, 1), (8, 1)]);
        assert_eq!(super::merged(&[], &[(2, 1)]), [(2, 1)]);
        assert_eq!(super::merged(&[(2, 1)], &[]), [(2, 1)]);
    }
}
