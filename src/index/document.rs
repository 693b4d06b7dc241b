//! What is indexed of a file: its text, cut into chunks, as documents.
//!
//! Nothing here writes; a file that cannot be read is said to be left out, and why.

use std::path::Path;

use tantivy::TantivyDocument;

use crate::base::{Digest, Span};
use crate::index::links::written;
use crate::index::manifest::IndexedFile;
use crate::index::schema::{Fields, Record, exact_names, file_key};
use crate::repo::{BlobId, FileEntry, Why, is_binary, read_regular};
use crate::syntax::{self, Chunk, Language, Symbol, chunks_of};

/// A file that was read; `documents` is `None` where those in the index still hold.
pub(super) struct ReadFile {
    pub(super) file: IndexedFile,
    pub(super) documents: Option<Vec<TantivyDocument>>,
}

/// Reads the file at `entry`, of which the index has `known`.
pub(super) fn read(
    root: &Path,
    entry: &FileEntry,
    known: Option<IndexedFile>,
    fields: Fields,
) -> ReadFile {
    let mut file = IndexedFile {
        path: entry.path.clone(),
        size: entry.size,
        version: entry.version,
        digest: None,
        blob: [0; 20],
        key: 0,
        language: None,
        unparsed: false,
        chunks: 0,
        left_out: None,
        imports: Vec::new(),
    };
    let bytes = match text(&entry.path.under(root), entry.size) {
        Ok(bytes) => bytes,
        Err(why) => {
            file.left_out = Some(why);
            return ReadFile { file, documents: Some(Vec::new()) };
        }
    };
    let digest = Digest::of(&bytes);
    (file.digest, file.key) = (Some(digest), file_key(&entry.path, digest));
    if let Some(known) = known.filter(|known| known.digest == file.digest) {
        (file.language, file.chunks) = (known.language, known.chunks);
        (file.unparsed, file.imports, file.blob) = (known.unparsed, known.imports, known.blob);
        return ReadFile { file, documents: None };
    }
    file.blob = BlobId::bytes_of(&bytes);
    let language = Language::of(&entry.path, &bytes);
    file.language = language.map(|language| language.name().to_owned());
    let contents = language.map_or(Some(Default::default()), |it| syntax::read(it, &bytes));
    file.unparsed = contents.is_none();
    let (symbols, links) = contents.unwrap_or_default();
    let name = file.language.as_deref().unwrap_or_default();
    file.imports = written(entry.path.as_bytes(), name, &links);
    let documents = documents(&file, &bytes, &symbols, fields);
    file.chunks = u32::try_from(documents.len()).unwrap_or(u32::MAX);
    ReadFile { file, documents: Some(documents) }
}

/// The bytes of a text file; one that grew beyond what was listed is read so far.
fn text(path: &Path, size: u64) -> Result<Vec<u8>, Why> {
    let bytes = read_regular(path, size).map_err(|_| Why::Unreadable)?;
    if is_binary(&bytes) { Err(Why::Binary) } else { Ok(bytes) }
}

/// One document a chunk. A file without a byte has one too, so that its path is found.
fn documents(
    file: &IndexedFile,
    text: &[u8],
    symbols: &[Symbol],
    fields: Fields,
) -> Vec<TantivyDocument> {
    let mut chunks = chunks_of(symbols, text);
    if chunks.is_empty() {
        chunks.push(Chunk { span: Span::new(1, 1), bytes: 0..0, symbol: None });
    }
    let path = file.path.as_bstr().to_string();
    let document = |chunk| document(file.key, &path, text, symbols, chunk, fields);
    chunks.into_iter().filter_map(document).collect()
}

fn document(
    key: u64,
    path: &str,
    text: &[u8],
    symbols: &[Symbol],
    chunk: Chunk,
    fields: Fields,
) -> Option<TantivyDocument> {
    let mut document = TantivyDocument::new();
    document.add_u64(fields.file, key);
    document.add_u64(fields.line, u64::from(chunk.span.start));
    document.add_text(fields.path, path);
    document.add_text(fields.body, String::from_utf8_lossy(&text[chunk.bytes.clone()]));
    let first = symbols.partition_point(|symbol| symbol.bytes.start < chunk.bytes.start);
    for symbol in symbols[first..].iter().take_while(|it| it.bytes.start < chunk.bytes.end) {
        document.add_text(fields.names, &symbol.name);
        document.add_text(fields.kinds, symbol.kind.name());
        for name in exact_names(symbol) {
            document.add_text(fields.defines, name);
        }
    }
    let (symbol, kind) = chunk.symbol.map(|it| (it.path, it.kind)).unzip();
    let record = Record { span: chunk.span, bytes: chunk.bytes, symbol, kind };
    document.add_bytes(fields.record, &postcard::to_stdvec(&record).ok()?);
    Some(document)
}
