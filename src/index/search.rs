//! Where is it said? The index, opened: its files, its chunks, and which of them have a term.
//!
//! What a chunk says is read from its file, and only if that file still is what was indexed.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use tantivy::postings::Postings;
use tantivy::schema::{Field, IndexRecordOption, Value};
use tantivy::{DocAddress, DocSet, ReloadPolicy, Searcher, TERMINATED, TantivyDocument, Term};

use crate::base::{Digest, RepoPath, Span};
use crate::index::chunks::Chunks;
use crate::index::manifest::{IndexedFile, Manifest};
use crate::index::refresh::open_segments;
use crate::index::schema::{Fields, Record};
use crate::index::{IndexError, words};
use crate::repo::read_regular;
use crate::syntax::{Language, SymbolKind};

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
    pub(super) root: PathBuf,
    pub(super) searcher: Searcher,
    pub(super) fields: Fields,
    manifest: Manifest,
    pub(super) chunks: Chunks,
    /// The texts of files that were read.
    texts: RefCell<HashMap<FileId, Option<Rc<[u8]>>>>,
}

impl Index {
    /// Opens the index in `dir`, which is of the work tree at `root`, for searching.
    pub fn open(dir: &Path, root: &Path) -> Result<Self, IndexError> {
        let (index, manifest, name) = open_segments(dir)?;
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        let searcher = reader.searcher();
        Ok(Self {
            root: root.to_owned(),
            chunks: Chunks::open(dir, &name, &manifest, &searcher)?,
            searcher,
            fields: Fields::schema().1,
            manifest,
            texts: RefCell::default(),
        })
    }

    /// How many files there are; they are numbered in the order of their paths.
    pub fn file_count(&self) -> usize {
        self.manifest.rows().len()
    }

    /// The paths of all files, as bytes, in their order.
    pub fn paths(&self) -> impl Iterator<Item = &[u8]> {
        let paths = self.manifest.rows().paths;
        (0..paths.len()).map(move |at| paths.get(at))
    }

    /// The language of a file, where a grammar knows it.
    pub fn language_of(&self, file: FileId) -> Option<Language> {
        self.file(file)?.language.as_deref().and_then(Language::named)
    }

    /// The path of a file, as bytes.
    pub fn path_of(&self, file: FileId) -> &[u8] {
        self.manifest.rows().paths.get(file.0 as usize)
    }

    /// The file with this path.
    pub fn find(&self, path: &RepoPath) -> Option<FileId> {
        let at = self.manifest.rows().paths.find(path.as_bytes())?;
        u32::try_from(at).ok().map(FileId)
    }

    /// The file with this id; `None` where the index is damaged.
    pub fn file(&self, id: FileId) -> Option<IndexedFile> {
        self.manifest.rows().get(id.0 as usize)
    }

    /// The file that a chunk is of.
    pub fn file_of(&self, chunk: ChunkId) -> Option<FileId> {
        self.chunks.file(chunk.0).map(FileId)
    }

    /// The first line of a chunk.
    pub fn line_of(&self, chunk: ChunkId) -> u32 {
        self.chunks.lines().get(chunk.0 as usize).copied().unwrap_or_default()
    }

    /// The chunks of a file, by line.
    pub fn chunks_of(&self, file: FileId) -> Vec<ChunkId> {
        let all = self.chunks.of_file(file.0).map(ChunkId);
        let mut chunks: Vec<ChunkId> =
            all.filter(|chunk| self.file_of(*chunk) == Some(file)).collect();
        chunks.sort_by_key(|id| self.line_of(*id));
        chunks
    }

    /// What a chunk says; an error where its file has changed since.
    pub fn candidate(&self, chunk: ChunkId) -> Result<Candidate, IndexError> {
        let Record { span, bytes, symbol, kind } = self.record(chunk)?;
        let file = self.file_of(chunk).ok_or(IndexError::Missing)?;
        let text = self.text_of(file);
        let text = text.as_deref().and_then(|text| text.get(bytes));
        let stale = || self.file(file).map_or(IndexError::Missing, |it| IndexError::Stale(it.path));
        let text = text.ok_or_else(stale)?;
        Ok(Candidate { file, span, symbol, kind, text: String::from_utf8_lossy(text).into_owned() })
    }

    /// The path of the definition that a chunk is, or is a part of.
    pub fn symbol_of(&self, chunk: ChunkId) -> Result<Option<String>, IndexError> {
        Ok(self.record(chunk)?.symbol)
    }

    fn record(&self, chunk: ChunkId) -> Result<Record, IndexError> {
        let (segment, doc) = self.chunks.place(chunk.0).ok_or(IndexError::Missing)?;
        let document: TantivyDocument = self.searcher.doc(DocAddress::new(segment, doc))?;
        let record: Option<Record> = document
            .get_first(self.fields.record)
            .and_then(|value| value.as_bytes())
            .and_then(|bytes| postcard::from_bytes(bytes).ok());
        record.ok_or_else(|| IndexError::Damaged("a chunk cannot be read".into()))
    }

    /// The bytes of a file, if they are those that were indexed.
    pub(super) fn text_of(&self, file: FileId) -> Option<Rc<[u8]>> {
        if let Some(known) = self.texts.borrow().get(&file) {
            return known.clone();
        }
        let indexed = self.file(file)?;
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

    /// The files that say the identifier `name`, in the order of paths; `None` where these are more
    /// than `most`, which is told after as many.
    pub fn saying_at_most(
        &self,
        name: &str,
        most: usize,
    ) -> Result<Option<Vec<FileId>>, IndexError> {
        let Some(whole) = words(name).pop() else { return Ok(Some(Vec::new())) };
        let term = Term::from_field_text(self.fields.body, &whole);
        let mut files: Vec<FileId> = Vec::new();
        for (reader, start) in self.searcher.segment_readers().iter().zip(self.chunks.starts()) {
            let inverted = reader.inverted_index(term.field())?;
            let postings = inverted.read_postings(&term, IndexRecordOption::Basic);
            let Some(mut postings) = postings.map_err(tantivy::TantivyError::from)? else {
                continue;
            };
            let mut doc = postings.doc();
            while doc != TERMINATED {
                // The chunks of a file stand side by side.
                if let Some(file) = self.file_of(ChunkId(start + doc))
                    && files.last() != Some(&file)
                {
                    files.push(file);
                    if files.len() > most {
                        return Ok(None);
                    }
                }
                doc = postings.advance();
            }
        }
        files.sort_unstable();
        files.dedup();
        Ok(Some(files))
    }

    /// The files that say the identifier `name`, in the order of paths.
    pub fn saying(&self, name: &str) -> Result<Vec<FileId>, IndexError> {
        Ok(self.saying_at_most(name, usize::MAX)?.unwrap_or_default())
    }

    /// How many chunks say the identifier `name`.
    pub fn chunks_with(&self, name: &str) -> Result<usize, IndexError> {
        match words(name).last() {
            Some(whole) => Ok(self.words(self.fields.body, whole)?.len()),
            None => Ok(0),
        }
    }

    /// Whether any chunk says `word`, or once did: a word of the vocabulary.
    pub fn says(&self, word: &str) -> bool {
        let term = Term::from_field_text(self.fields.body, word);
        let says = |reader: &tantivy::SegmentReader| {
            let inverted = reader.inverted_index(self.fields.body).ok()?;
            inverted.get_term_info(&term).ok()?
        };
        self.searcher.segment_readers().iter().any(|reader| says(reader).is_some())
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
    pub(super) fn postings(&self, term: &Term) -> Result<Vec<(u32, u32)>, IndexError> {
        let mut found = Vec::new();
        let files = self.chunks.files();
        for (reader, start) in self.searcher.segment_readers().iter().zip(self.chunks.starts()) {
            let inverted = reader.inverted_index(term.field())?;
            let postings = inverted.read_postings(term, IndexRecordOption::WithFreqs);
            let Some(mut postings) = postings.map_err(tantivy::TantivyError::from)? else {
                continue;
            };
            found.reserve(postings.size_hint() as usize);
            let mut doc = postings.doc();
            while doc != TERMINATED {
                let chunk = start + doc;
                if files.get(chunk as usize).is_some_and(|file| *file != Chunks::NONE) {
                    found.push((chunk, postings.term_freq()));
                }
                doc = postings.advance();
            }
        }
        Ok(found)
    }
}
