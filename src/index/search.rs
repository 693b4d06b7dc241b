//! Where is it said? The index, opened: its files and its chunks.
//!
//! What a chunk says is read from its file, and only if that file still is what was indexed.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

use tantivy::schema::Value;
use tantivy::{DocAddress, Searcher, TantivyDocument};

use crate::base::{Digest, RepoPath, Span};
use crate::index::IndexError;
use crate::index::chunks::Chunks;
use crate::index::links::Links;
use crate::index::manifest::{IndexedFile, Manifest};
use crate::index::postings::Inverted;
use crate::index::refresh::{Opened, open_segments};
use crate::index::schema::{Fields, Record};
use crate::repo::read_version;
use crate::syntax::{Language, SymbolKind};

/// A chunk of this index; good as long as the [`Index`] that gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChunkId(pub(super) u32);

/// A file of this index: its place among its files, in the order of their paths.
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
    /// The words of the segments.
    pub(super) inverted: Inverted,
    /// The texts of files that were read.
    texts: Mutex<HashMap<FileId, Option<Arc<[u8]>>>>,
    dir: PathBuf,
    links: OnceLock<Links>,
}

impl Index {
    /// Opens the index in `dir`, which is of the work tree at `root`, for searching.
    pub fn open(dir: &Path, root: &Path) -> Result<Self, IndexError> {
        Self::of(dir, root, open_segments(dir)?.1)
    }

    /// The same of what is open.
    pub(super) fn of(dir: &Path, root: &Path, opened: Opened) -> Result<Self, IndexError> {
        let Opened { searcher, manifest, name } = opened;
        let fields = Fields::schema().1;
        Ok(Self {
            root: root.to_owned(),
            chunks: Chunks::open(dir, &name, &manifest, &searcher)?,
            inverted: Inverted::open(&searcher, fields)?,
            searcher,
            fields,
            manifest,
            texts: Mutex::default(),
            dir: dir.to_owned(),
            links: OnceLock::new(),
        })
    }

    /// Where the imports of all files lead, from the first time that it is asked for.
    pub(super) fn links(&self) -> Result<&Links, IndexError> {
        if let Some(links) = self.links.get() {
            return Ok(links);
        }
        let links = Links::open(&self.dir, &self.manifest)?;
        Ok(self.links.get_or_init(|| links))
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
    pub(super) fn text_of(&self, file: FileId) -> Option<Arc<[u8]>> {
        if let Some(known) = self.texts.lock().ok()?.get(&file) {
            return known.clone();
        }
        let text: Option<Arc<[u8]>> = self.unchanged(&self.file(file)?).map(Arc::from);
        self.texts.lock().ok()?.insert(file, text.clone());
        text
    }

    /// The bytes that were indexed, if the file still has them; they are digested only where its
    /// metadata do not tell.
    fn unchanged(&self, file: &IndexedFile) -> Option<Vec<u8>> {
        let digest = file.digest?;
        // One more would show that it has grown.
        let read = read_version(&file.path.under(&self.root), file.size + 1);
        let (bytes, version) = read.ok()?;
        let is_same = bytes.len() as u64 == file.size
            && version == file.version
            && self.manifest.is_settled(version);
        (is_same || digest == Digest::of(&bytes)).then_some(bytes)
    }
}
