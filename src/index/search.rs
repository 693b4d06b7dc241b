//! Where is it said? Scores of chunks and files for some words.
//!
//! The scores are BM25 (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009),
//! counted here over the chunks that are in force, so that an index that was refreshed many times
//! gives the same figures as a new one. Terms are always in the order of the query, so that sums are
//! the same to the last bit.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use tantivy::columnar::Column;
use tantivy::postings::Postings;
use tantivy::schema::{Field, IndexRecordOption, Value};
use tantivy::{DocAddress, DocSet, ReloadPolicy, Searcher, TERMINATED, TantivyDocument, Term};

use crate::base::Span;
use crate::index::manifest::{IndexedFile, Manifest};
use crate::index::schema::{Fields, Record, file_key, register};
use crate::index::{IndexError, words};
use crate::syntax::SymbolKind;

/// How fast more occurrences of a word stop to matter.
const K1: f32 = 1.2;
/// How far long texts are held back: chunks, whole files, paths, names.
const B_CHUNK: f32 = 0.5;
const B_FILE: f32 = 0.75;
const B_PATH: f32 = 0.3;
const B_NAMES: f32 = 0.4;

/// A chunk of this index; good as long as the [`Index`] that gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChunkId(u32);

/// A file of this index: its place among [`Index::files`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

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

/// A chunk as it was when it was indexed.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    pub file: FileId,
    pub span: Span,
    /// The path of the definition that it is, or is a part of.
    pub symbol: Option<String>,
    pub kind: Option<SymbolKind>,
    pub text: String,
}

/// An index in one state; what is written later does not show.
pub struct Index {
    searcher: Searcher,
    fields: Fields,
    files: Vec<IndexedFile>,
    /// All chunks, segment after segment; `None` where a chunk is no longer in force.
    chunks: Vec<Option<ChunkEntry>>,
    /// Where each segment's chunks begin.
    segments: Vec<u32>,
    lengths: Lengths,
}

#[derive(Clone, Copy)]
struct ChunkEntry {
    file: u32,
    line: u32,
    /// Words of text and path.
    length: u32,
}

/// How many words there are, by file, and how many on average.
#[derive(Default)]
struct Lengths {
    texts: Vec<u32>,
    paths: Vec<u32>,
    names: Vec<u32>,
    chunk_average: f32,
    text_average: f32,
    path_average: f32,
    names_average: f32,
}

impl Index {
    /// Opens the index in `dir` for searching.
    pub fn open(dir: &Path) -> Result<Self, IndexError> {
        let manifest = Manifest::load(dir).ok_or(IndexError::Missing)?;
        let index = tantivy::Index::open_in_dir(dir.join("segments"))?;
        register(&index);
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        let mut index = Self {
            searcher: reader.searcher(),
            fields: Fields::schema().1,
            files: manifest.files,
            chunks: Vec::new(),
            segments: Vec::new(),
            lengths: Lengths::default(),
        };
        index.load()?;
        Ok(index)
    }

    /// The files in the order of their paths.
    pub fn files(&self) -> &[IndexedFile] {
        &self.files
    }

    /// The file with this id.
    pub fn file(&self, id: FileId) -> &IndexedFile {
        &self.files[id.0 as usize]
    }

    /// The file that a chunk is of.
    pub fn file_of(&self, chunk: ChunkId) -> Option<FileId> {
        self.chunks[chunk.0 as usize].map(|entry| FileId(entry.file))
    }

    /// The first line of a chunk.
    pub fn line_of(&self, chunk: ChunkId) -> u32 {
        self.chunks[chunk.0 as usize].map_or(0, |entry| entry.line)
    }

    /// The chunks of a file, by line.
    pub fn chunks_of(&self, file: FileId) -> Vec<ChunkId> {
        let of_file = |entry: &Option<ChunkEntry>| entry.is_some_and(|it| it.file == file.0);
        let mut chunks: Vec<ChunkId> = (0u32..)
            .zip(&self.chunks)
            .filter_map(|(id, entry)| of_file(entry).then_some(ChunkId(id)))
            .collect();
        chunks.sort_by_key(|id| self.line_of(*id));
        chunks
    }

    /// What a chunk says.
    pub fn candidate(&self, chunk: ChunkId) -> Result<Candidate, IndexError> {
        let segment = self.segments.partition_point(|start| *start <= chunk.0) - 1;
        let at = DocAddress::new(segment as u32, chunk.0 - self.segments[segment]);
        let document: TantivyDocument = self.searcher.doc(at)?;
        let record: Option<Record> = document
            .get_first(self.fields.record)
            .and_then(|value| value.as_bytes())
            .and_then(|bytes| serde_json::from_slice(bytes).ok());
        let Record { span, symbol, kind, text } =
            record.ok_or_else(|| IndexError::Damaged("a chunk cannot be read".into()))?;
        let file = self.file_of(chunk).ok_or(IndexError::Missing)?;
        Ok(Candidate { file, span, symbol, kind, text })
    }

    /// The chunks that define exactly `name`, or a dotted path, by file and line.
    pub fn defining(&self, name: &str) -> Result<Vec<ChunkId>, IndexError> {
        let term = Term::from_field_text(self.fields.defines, name);
        let mut found: Vec<ChunkId> =
            self.postings(&term)?.into_iter().map(|(id, _)| ChunkId(id)).collect();
        found.sort_by_key(|id| (self.file_of(*id), self.line_of(*id)));
        Ok(found)
    }

    /// How many chunks say the identifier `name`.
    pub fn chunks_with(&self, name: &str) -> Result<usize, IndexError> {
        match words(name).last() {
            Some(whole) => Ok(self.words(self.fields.body, whole)?.len()),
            None => Ok(0),
        }
    }

    /// Every name that is defined, with the files that define it, both in order.
    pub fn definitions(&self) -> Result<Vec<(String, Vec<FileId>)>, IndexError> {
        let mut names = BTreeSet::new();
        for reader in self.searcher.segment_readers() {
            let inverted = reader.inverted_index(self.fields.defines)?;
            let mut terms = inverted.terms().stream().map_err(tantivy::TantivyError::from)?;
            while terms.advance() {
                names.insert(String::from_utf8_lossy(terms.key()).into_owned());
            }
        }
        let mut definitions = Vec::with_capacity(names.len());
        for name in names {
            let chunks = self.defining(&name)?;
            let mut files: Vec<FileId> =
                chunks.iter().filter_map(|chunk| self.file_of(*chunk)).collect();
            files.dedup();
            if !files.is_empty() {
                definitions.push((name, files));
            }
        }
        Ok(definitions)
    }

    /// Scores everything that has one of `words`.
    pub fn score(&self, words: &[WeightedWord]) -> Result<Scores, IndexError> {
        let mut sums = Sums::new(self.chunks.len(), self.files.len());
        for WeightedWord { word, weight } in words {
            let text = self.words(self.fields.body, word)?;
            let path = self.words(self.fields.path, word)?;
            let names = self.words(self.fields.names, word)?;
            self.add_chunks(&mut sums.chunks, &merged(&text, &path), *weight);
            let lengths = &self.lengths;
            let files = self.files.len();
            Bm25 { all: files, lengths: &lengths.texts, average: lengths.text_average, b: B_FILE }
                .add(&mut sums.texts, &self.by_file(&text, true), *weight);
            Bm25 { all: files, lengths: &lengths.paths, average: lengths.path_average, b: B_PATH }
                .add(&mut sums.paths, &self.by_file(&path, false), *weight);
            Bm25 {
                all: files,
                lengths: &lengths.names,
                average: lengths.names_average,
                b: B_NAMES,
            }
            .add(&mut sums.names, &self.by_file(&names, true), *weight);
        }
        Ok(Scores {
            chunks: sorted(&sums.chunks, |id| {
                (self.file_of(ChunkId(id)), self.line_of(ChunkId(id)))
            })
            .map(|(id, score)| (ChunkId(id), score))
            .collect(),
            texts: sorted(&sums.texts, |id| id).map(|(id, score)| (FileId(id), score)).collect(),
            paths: sorted(&sums.paths, |id| id).map(|(id, score)| (FileId(id), score)).collect(),
            names: sorted(&sums.names, |id| id).map(|(id, score)| (FileId(id), score)).collect(),
        })
    }

    fn add_chunks(&self, sums: &mut [f32], found: &[(u32, u32)], weight: f32) {
        let all = self.chunks.iter().flatten().count();
        let idf = idf(all, found.len()) * weight;
        for (id, count) in found {
            let length = self.chunks[*id as usize].map_or(0, |entry| entry.length);
            sums[*id as usize] +=
                idf * saturation(*count, length, self.lengths.chunk_average, B_CHUNK);
        }
    }

    fn words(&self, field: Field, word: &str) -> Result<Vec<(u32, u32)>, IndexError> {
        self.postings(&Term::from_field_text(field, word))
    }

    /// The chunks in force that have `term`, in the order of ids, and how often.
    fn postings(&self, term: &Term) -> Result<Vec<(u32, u32)>, IndexError> {
        let mut found = Vec::new();
        for (reader, start) in self.searcher.segment_readers().iter().zip(&self.segments) {
            let inverted = reader.inverted_index(term.field())?;
            let postings = inverted.read_postings(term, IndexRecordOption::WithFreqs);
            let Some(mut postings) = postings.map_err(tantivy::TantivyError::from)? else {
                continue;
            };
            let mut doc = postings.doc();
            while doc != TERMINATED {
                if self.chunks[(start + doc) as usize].is_some() {
                    found.push((start + doc, postings.term_freq()));
                }
                doc = postings.advance();
            }
        }
        Ok(found)
    }

    /// Occurrences by file: those of its chunks together, or those of any one of its chunks.
    fn by_file(&self, found: &[(u32, u32)], together: bool) -> Vec<(u32, u32)> {
        let mut files: HashMap<u32, u32> = HashMap::new();
        for (id, count) in found {
            if let Some(entry) = self.chunks[*id as usize] {
                let sum = files.entry(entry.file).or_default();
                *sum = if together { *sum + count } else { *count };
            }
        }
        files.into_iter().collect()
    }

    /// Reads what every query needs: the file, line and length of each chunk.
    fn load(&mut self) -> Result<(), IndexError> {
        let keys: HashMap<u64, u32> =
            self.files.iter().zip(0u32..).map(|(file, id)| (file_key(&file.path), id)).collect();
        let zeros = vec![0u32; self.files.len()];
        let mut lengths = Lengths {
            texts: zeros.clone(),
            paths: zeros.clone(),
            names: zeros,
            ..Lengths::default()
        };
        let mut chunk_words = 0u64;
        for reader in self.searcher.segment_readers() {
            self.segments.push(self.chunks.len() as u32);
            let key: Column<u64> = reader.fast_fields().u64("file")?;
            let line: Column<u64> = reader.fast_fields().u64("line")?;
            let body = reader.get_fieldnorms_reader(self.fields.body)?;
            let path = reader.get_fieldnorms_reader(self.fields.path)?;
            let names = reader.get_fieldnorms_reader(self.fields.names)?;
            for doc in 0..reader.max_doc() {
                let file = key.first(doc).and_then(|key| keys.get(&key).copied());
                let Some(file) = file.filter(|_| !reader.is_deleted(doc)) else {
                    self.chunks.push(None);
                    continue;
                };
                let length = body.fieldnorm(doc) + path.fieldnorm(doc);
                let line = line.first(doc).and_then(|line| u32::try_from(line).ok()).unwrap_or(1);
                self.chunks.push(Some(ChunkEntry { file, line, length }));
                chunk_words += u64::from(length);
                lengths.texts[file as usize] += body.fieldnorm(doc);
                lengths.paths[file as usize] = path.fieldnorm(doc);
                lengths.names[file as usize] += names.fieldnorm(doc);
            }
        }
        lengths.chunk_average =
            chunk_words as f32 / self.chunks.iter().flatten().count().max(1) as f32;
        lengths.text_average = average(&lengths.texts);
        lengths.path_average = average(&lengths.paths);
        lengths.names_average = average(&lengths.names);
        self.lengths = lengths;
        Ok(())
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

fn idf(all: usize, having: usize) -> f32 {
    let (all, having) = (all as f32, having as f32);
    (1.0 + (all - having + 0.5) / (having + 0.5)).ln()
}

fn saturation(count: u32, length: u32, average: f32, b: f32) -> f32 {
    let count = count as f32;
    count * (K1 + 1.0) / (count + K1 * (1.0 - b + b * length as f32 / average.max(1.0)))
}

fn average(lengths: &[u32]) -> f32 {
    let sum: u64 = lengths.iter().map(|length| u64::from(*length)).sum();
    sum as f32 / lengths.len().max(1) as f32
}

/// Two lists in the order of ids as one; counts of the same id are added.
fn merged(a: &[(u32, u32)], b: &[(u32, u32)]) -> Vec<(u32, u32)> {
    let mut all: Vec<(u32, u32)> = a.iter().chain(b).copied().collect();
    all.sort_unstable();
    all.dedup_by(|next, kept| {
        next.0 == kept.0 && {
            kept.1 += next.1;
            true
        }
    });
    all
}

/// What scored at all, best first; equal scores in the order of `tie`.
fn sorted<K: Ord>(sums: &[f32], tie: impl Fn(u32) -> K) -> impl Iterator<Item = (u32, f32)> {
    let mut found: Vec<(u32, f32)> =
        (0u32..).zip(sums.iter().copied()).filter(|(_, score)| *score > 0.0).collect();
    found.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| tie(a.0).cmp(&tie(b.0))));
    found.into_iter()
}
