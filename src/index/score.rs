//! How well does it match? Scores of chunks and files for some words.
//!
//! The scores are BM25 (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009),
//! counted here over the chunks that are in force, so that an index that was refreshed many times
//! gives the same figures as a new one. Terms are always in the order of the query, so that sums are
//! the same to the last bit.

use crate::index::IndexError;
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

impl Index {
    /// Scores everything that has one of `words`.
    pub fn score(&self, words: &[WeightedWord]) -> Result<Scores, IndexError> {
        let mut sums = Sums::new(self.chunks.len(), self.file_count());
        for WeightedWord { word, weight } in words {
            let text = self.words(self.fields.body, word)?;
            let path = self.words(self.fields.path, word)?;
            let names = self.words(self.fields.names, word)?;
            self.add_chunks(&mut sums.chunks, &merged(&text, &path), *weight);
            let (chunks, averages) = (&self.chunks, self.chunks.averages());
            let all = self.file_count();
            Bm25 { all, lengths: chunks.texts(), average: averages.text, b: B_FILE }.add(
                &mut sums.texts,
                &self.by_file(&text, true),
                *weight,
            );
            Bm25 { all, lengths: chunks.paths(), average: averages.path, b: B_PATH }.add(
                &mut sums.paths,
                &self.by_file(&path, false),
                *weight,
            );
            Bm25 { all, lengths: chunks.names(), average: averages.names, b: B_NAMES }.add(
                &mut sums.names,
                &self.by_file(&names, true),
                *weight,
            );
        }
        let place = |id: u32| (self.file_of(ChunkId(id)), self.line_of(ChunkId(id)));
        let files = |sums: &[f32]| {
            best(sums, MOST_FILES, |id| id).map(|(id, score)| (FileId(id), score)).collect()
        };
        Ok(Scores {
            chunks: best(&sums.chunks, MOST_CHUNKS, place)
                .map(|(id, score)| (ChunkId(id), score))
                .collect(),
            texts: files(&sums.texts),
            paths: files(&sums.paths),
            names: files(&sums.names),
        })
    }

    fn add_chunks(&self, sums: &mut [f32], found: &[(u32, u32)], weight: f32) {
        let idf = idf(self.chunks.in_force(), found.len()) * weight;
        let (lengths, average) = (self.chunks.lengths(), self.chunks.averages().chunk);
        for (id, count) in found {
            let length = lengths[*id as usize];
            sums[*id as usize] += idf * saturation(*count, length, average, B_CHUNK);
        }
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

/// BM25 over the files.
struct Bm25<'a> {
    all: usize,
    lengths: &'a [u32],
    average: f32,
    b: f32,
}

impl Bm25<'_> {
    fn add(&self, sums: &mut [f32], found: &[(u32, u32)], weight: f32) {
        let idf = idf(self.all, found.len()) * weight;
        for (file, count) in found {
            let length = self.lengths[*file as usize];
            sums[*file as usize] += idf * saturation(*count, length, self.average, self.b);
        }
    }
}

/// Sums of scores, by chunk and by file.
struct Sums {
    chunks: Vec<f32>,
    texts: Vec<f32>,
    paths: Vec<f32>,
    names: Vec<f32>,
}

impl Sums {
    fn new(chunks: usize, files: usize) -> Self {
        let files = vec![0.0; files];
        Self { chunks: vec![0.0; chunks], texts: files.clone(), paths: files.clone(), names: files }
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

/// The best of what scored at all, at most `most`, best first; equal scores in the order of `tie`.
fn best<K: Ord>(
    sums: &[f32],
    most: usize,
    tie: impl Fn(u32) -> K,
) -> impl Iterator<Item = (u32, f32)> {
    let floor = floor(sums, most);
    let mut found = Vec::new();
    for (id, score) in (0u32..).zip(sums) {
        if *score > 0.0 && *score >= floor {
            // Positive numbers are in the order of their bits.
            found.push((!score.to_bits(), tie(id), id));
        }
    }
    if found.len() > most {
        found.select_nth_unstable(most);
        found.truncate(most);
    }
    found.sort_unstable();
    found.into_iter().map(|(bits, _, id)| (id, f32::from_bits(!bits)))
}

/// A score that at least `most` of `sums` reach and few more, as far as there are so many; what is
/// below it needs no sorting.
fn floor(sums: &[f32], most: usize) -> f32 {
    // So many of the highest bits tell scores apart well.
    const LOW_BITS: u32 = 15;
    if sums.len() <= most {
        return 0.0;
    }
    let mut counts = vec![0usize; 1 << (u32::BITS - LOW_BITS)];
    for score in sums.iter().filter(|score| **score > 0.0) {
        counts[(score.to_bits() >> LOW_BITS) as usize] += 1;
    }
    let mut reached = 0;
    for (bits, count) in counts.into_iter().enumerate().rev() {
        reached += count;
        if reached >= most {
            return f32::from_bits((bits as u32) << LOW_BITS);
        }
    }
    0.0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_best_are_those_of_a_sort(
            scores in prop::collection::vec((0u8..40).prop_map(|it| f32::from(it) * 0.37), 0..200),
            most in 0usize..60,
        ) {
            let mut sorted: Vec<(u32, f32)> =
                (0u32..).zip(scores.iter().copied()).filter(|it| it.1 > 0.0).collect();
            sorted.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            sorted.truncate(most);
            prop_assert_eq!(best(&scores, most, |id| id).collect::<Vec<_>>(), sorted);
        }
    }

    #[test]
    fn counts_of_the_same_id_are_added() {
        let merged = merged(&[(1, 1), (4, 2), (6, 1)], &[(0, 3), (4, 5), (7, 1), (8, 1)]);
        assert_eq!(merged, [(0, 3), (1, 1), (4, 7), (6, 1), (7, 1), (8, 1)]);
        assert_eq!(super::merged(&[], &[(2, 1)]), [(2, 1)]);
        assert_eq!(super::merged(&[(2, 1)], &[]), [(2, 1)]);
    }
}
