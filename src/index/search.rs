//! Where is it said? The index, opened: its files, its chunks, and which of them have a term.
//!
//! What a chunk says is read from its file, and only if that file still is what was indexed.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use rustc_hash::FxHashMap;
use tantivy::columnar::Column;
use tantivy::postings::Postings;
use tantivy::schema::{Field, IndexRecordOption, Value};
use tantivy::{DocAddress, DocSet, ReloadPolicy, Searcher, TERMINATED, TantivyDocument, Term};

use crate::base::{Digest, Span};
use crate::index::manifest::IndexedFile;
use crate::index::refresh::open_segments;
use crate::index::schema::{Fields, Record};
use crate::index::{IndexError, words};
use crate::repo::read_regular;
use crate::syntax::SymbolKind;

/// A chunk of this index; good as long as the [`Index`] that gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChunkId(pub(super) u32);

/// A file of this index: its place among [`Index::files`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

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
    root: PathBuf,
    searcher: Searcher,
    pub(super) fields: Fields,
    files: Vec<IndexedFile>,
    /// All chunks, segment after segment; `None` where a chunk is no longer in force.
    pub(super) chunks: Vec<Option<ChunkEntry>>,
    /// How many of them are in force.
    pub(super) chunks_in_force: usize,
    /// Where each segment's chunks begin.
    segments: Vec<u32>,
    /// The chunks of each file, which stand side by side: the first, and the one after the last.
    ranges: Vec<(u32, u32)>,
    pub(super) lengths: Lengths,
    /// The texts of files that were read.
    texts: RefCell<HashMap<FileId, Option<Rc<[u8]>>>>,
}

#[derive(Clone, Copy)]
pub(super) struct ChunkEntry {
    pub(super) file: u32,
    line: u32,
    /// Words of text and path.
    pub(super) length: u32,
}

/// How many words there are, by file, and how many on average.
#[derive(Default)]
pub(super) struct Lengths {
    pub(super) texts: Vec<u32>,
    pub(super) paths: Vec<u32>,
    pub(super) names: Vec<u32>,
    pub(super) chunk_average: f32,
    pub(super) text_average: f32,
    pub(super) path_average: f32,
    pub(super) names_average: f32,
}

impl Index {
    /// Opens the index in `dir`, which is of the work tree at `root`, for searching.
    pub fn open(dir: &Path, root: &Path) -> Result<Self, IndexError> {
        let (index, manifest, _) = open_segments(dir)?;
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        let mut index = Self {
            root: root.to_owned(),
            searcher: reader.searcher(),
            fields: Fields::schema().1,
            ranges: vec![(0, 0); manifest.files.len()],
            files: manifest.files,
            chunks: Vec::new(),
            chunks_in_force: 0,
            segments: Vec::new(),
            lengths: Lengths::default(),
            texts: RefCell::default(),
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
        let (start, end) = self.ranges[file.0 as usize];
        let mut chunks: Vec<ChunkId> = (start..end)
            .filter(|id| self.chunks[*id as usize].is_some_and(|entry| entry.file == file.0))
            .map(ChunkId)
            .collect();
        chunks.sort_by_key(|id| self.line_of(*id));
        chunks
    }

    /// What a chunk says; an error where its file has changed since.
    pub fn candidate(&self, chunk: ChunkId) -> Result<Candidate, IndexError> {
        let segment = self.segments.partition_point(|start| *start <= chunk.0) - 1;
        let at = DocAddress::new(segment as u32, chunk.0 - self.segments[segment]);
        let document: TantivyDocument = self.searcher.doc(at)?;
        let record: Option<Record> = document
            .get_first(self.fields.record)
            .and_then(|value| value.as_bytes())
            .and_then(|bytes| postcard::from_bytes(bytes).ok());
        let Record { span, bytes, symbol, kind } =
            record.ok_or_else(|| IndexError::Damaged("a chunk cannot be read".into()))?;
        let file = self.file_of(chunk).ok_or(IndexError::Missing)?;
        let text = self.text_of(file);
        let text = text.as_deref().and_then(|text| text.get(bytes));
        let text = text.ok_or_else(|| IndexError::Stale(self.file(file).path.clone()))?;
        Ok(Candidate { file, span, symbol, kind, text: String::from_utf8_lossy(text).into_owned() })
    }

    /// The bytes of a file, if they are those that were indexed.
    fn text_of(&self, file: FileId) -> Option<Rc<[u8]>> {
        if let Some(known) = self.texts.borrow().get(&file) {
            return known.clone();
        }
        let indexed = self.file(file);
        // One more would show that it has grown.
        let bytes = read_regular(&indexed.path.under(&self.root), indexed.size + 1).ok();
        let text = bytes.filter(|bytes| indexed.digest == Some(Digest::of(bytes))).map(Rc::from);
        self.texts.borrow_mut().insert(file, text.clone());
        text
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

    pub(super) fn words(&self, field: Field, word: &str) -> Result<Vec<(u32, u32)>, IndexError> {
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

    /// Reads what every query needs: the file, line and length of each chunk.
    fn load(&mut self) -> Result<(), IndexError> {
        let keys: FxHashMap<u64, u32> =
            self.files.iter().zip(0u32..).map(|(file, id)| (file.key, id)).collect();
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
            let mut last: Option<(u64, Option<u32>)> = None;
            for doc in 0..reader.max_doc() {
                // Neighbours are mostly of the same file.
                let key = key.first(doc).unwrap_or_default();
                let file = match last {
                    Some((same, file)) if same == key => file,
                    _ => keys.get(&key).copied(),
                };
                last = Some((key, file));
                let Some(file) = file.filter(|_| !reader.is_deleted(doc)) else {
                    self.chunks.push(None);
                    continue;
                };
                let length = body.fieldnorm(doc) + path.fieldnorm(doc);
                let line = line.first(doc).and_then(|line| u32::try_from(line).ok()).unwrap_or(1);
                let id = self.chunks.len() as u32;
                let range = &mut self.ranges[file as usize];
                *range = (if range.1 == 0 { id } else { range.0 }, id + 1);
                self.chunks.push(Some(ChunkEntry { file, line, length }));
                self.chunks_in_force += 1;
                chunk_words += u64::from(length);
                lengths.texts[file as usize] += body.fieldnorm(doc);
                lengths.paths[file as usize] = path.fieldnorm(doc);
                lengths.names[file as usize] += names.fieldnorm(doc);
            }
        }
        lengths.chunk_average = chunk_words as f32 / self.chunks_in_force.max(1) as f32;
        lengths.text_average = average(&lengths.texts);
        lengths.path_average = average(&lengths.paths);
        lengths.names_average = average(&lengths.names);
        self.lengths = lengths;
        Ok(())
    }
}

fn average(lengths: &[u32]) -> f32 {
    let sum: u64 = lengths.iter().map(|length| u64::from(*length)).sum();
    sum as f32 / lengths.len().max(1) as f32
}
