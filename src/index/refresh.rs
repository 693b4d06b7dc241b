//! Brings the index to the state of the work tree.
//!
//! Only files whose size or time changed are read. A refreshed index answers like one built anew,
//! and an index that is damaged or of another version is built anew without a word.

use std::collections::{BTreeMap, HashSet};
use std::fs::{self, File, TryLockError};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::time::Instant;

use serde::Serialize;
use tantivy::{IndexWriter, TantivyDocument, Term};

use crate::base::{Digest, RepoPath};
use crate::index::manifest::{IndexedFile, Manifest};
use crate::index::schema::{Fields, Record, exact_names, file_key, register};
use crate::index::{Index, IndexError};
use crate::repo::{self, FileEntry, LeftOut, Limits, Why, is_binary};
use crate::syntax::{Chunk, Language, Symbol, chunks_of, symbols};

/// Memory of the writer in bytes, shared by its threads.
const WRITER_BYTES: usize = 96 << 20;

/// How to refresh.
pub struct Settings<'a> {
    /// The folder of the index.
    pub dir: PathBuf,
    /// Knows the files that are tracked, which are indexed even where git's rules ignore them.
    pub git: Option<&'a git2::Repository>,
    /// Larger files stay out.
    pub limits: Limits,
    /// Whether the policy lets a file be read at all; others stay out, and go out.
    pub may_read: &'a dyn Fn(&RepoPath) -> bool,
    /// Told how many of how many changed files are done.
    pub progress: &'a dyn Fn(usize, usize),
}

/// What a refresh found and did.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Report {
    /// Files in the index.
    pub files: usize,
    /// Chunks in the index.
    pub chunks: u64,
    /// Files that were read again.
    pub read: usize,
    /// Files that are no longer there.
    pub removed: usize,
    /// Files that are not in the index, by reason.
    pub left_out: BTreeMap<Why, usize>,
    pub seconds: f64,
    /// Another process is at it: the index is as that process found it.
    pub busy: bool,
}

/// Refreshes the index in `settings.dir` for the work tree at `root`. While another process does the
/// same, an index that is there is left as it is; where there is none, that process is waited for.
pub fn refresh(root: &Path, settings: &Settings<'_>) -> Result<Report, IndexError> {
    let start = Instant::now();
    let dir = &settings.dir;
    fs::create_dir_all(dir).map_err(IndexError::io("make", dir))?;
    let lock = File::create(dir.join("lock")).map_err(IndexError::io("lock", dir))?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            if let Ok(index) = Index::open(dir) {
                let files = index.files().to_vec();
                return Ok(Report { busy: true, ..report(&files, &[], start) });
            }
            lock.lock().map_err(IndexError::io("lock", dir))?;
        }
        Err(TryLockError::Error(error)) => return Err(IndexError::io("lock", dir)(error)),
    }
    let listed = list(root, settings);
    match update(root, settings, &listed, start) {
        Ok(report) => Ok(report),
        Err(IndexError::Damaged(_)) => {
            clear(dir)?;
            update(root, settings, &listed, start)
        }
        Err(error) => Err(error),
    }
}

/// The work tree as the policy shows it.
struct Listed {
    files: Vec<FileEntry>,
    left_out: Vec<LeftOut>,
    at_ns: i128,
}

fn list(root: &Path, settings: &Settings<'_>) -> Listed {
    let walked = repo::list(root, settings.git, &settings.limits, None);
    let mut left_out = walked.left_out;
    let (files, denied): (Vec<_>, Vec<_>) =
        walked.files.into_iter().partition(|file| (settings.may_read)(&file.path));
    left_out.extend(denied.into_iter().map(|file| LeftOut { path: file.path, why: Why::Denied }));
    Listed { files, left_out, at_ns: walked.at_ns }
}

/// What has to be done to bring the old state to the new.
struct Plan {
    kept: Vec<IndexedFile>,
    changed: Vec<FileEntry>,
    removed: Vec<RepoPath>,
}

fn plan(old: &Manifest, listed: &Listed) -> Plan {
    let mut plan = Plan { kept: Vec::new(), changed: Vec::new(), removed: Vec::new() };
    for entry in &listed.files {
        match old.find(&entry.path) {
            Some(file) if old.is_fresh(file, entry) => plan.kept.push(file.clone()),
            _ => plan.changed.push(entry.clone()),
        }
    }
    let here: HashSet<&RepoPath> = listed.files.iter().map(|entry| &entry.path).collect();
    plan.removed = old
        .files
        .iter()
        .map(|file| &file.path)
        .filter(|path| !here.contains(path))
        .cloned()
        .collect();
    plan
}

fn update(
    root: &Path,
    settings: &Settings<'_>,
    listed: &Listed,
    start: Instant,
) -> Result<Report, IndexError> {
    let dir = &settings.dir;
    let (index, old) = open_or_create(dir)?;
    let plan = plan(&old, listed);
    let mut files = plan.kept;
    let mut opstamp = old.opstamp;
    if !plan.changed.is_empty() || !plan.removed.is_empty() || old.files.is_empty() {
        let mut update = Update::begin(&index, root, &old)?;
        update.remove(&plan.removed);
        files.extend(update.read(&plan.changed, settings.progress)?);
        opstamp = update.finish(old.opstamp)?;
        let manifest = Manifest::new(opstamp, listed.at_ns, files);
        manifest.store(dir).map_err(IndexError::io("write", dir))?;
        files = manifest.files;
    }
    let mut report = report(&files, &listed.left_out, start);
    (report.read, report.removed) = (plan.changed.len(), plan.removed.len());
    tracing::debug!(opstamp, ?report, "index refreshed");
    Ok(report)
}

/// The index and its manifest; an empty one where there is none that fits together.
fn open_or_create(dir: &Path) -> Result<(tantivy::Index, Manifest), IndexError> {
    let segments = dir.join("segments");
    if let Some(manifest) = Manifest::load(dir)
        && let Ok(index) = tantivy::Index::open_in_dir(&segments)
        && index.schema() == Fields::schema().0
        && index.load_metas().is_ok_and(|metas| metas.opstamp == manifest.opstamp)
        && Index::open(dir).is_ok()
    {
        register(&index);
        return Ok((index, manifest));
    }
    clear(dir)?;
    fs::create_dir_all(&segments).map_err(IndexError::io("make", &segments))?;
    let index = tantivy::Index::create_in_dir(&segments, Fields::schema().0)?;
    register(&index);
    Ok((index, Manifest::default()))
}

/// Forgets everything but the lock. Readers keep the files that they have open.
fn clear(dir: &Path) -> Result<(), IndexError> {
    let gone = |result: std::io::Result<()>| match result {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    };
    gone(fs::remove_file(dir.join("manifest.json")))
        .and_then(|()| gone(fs::remove_dir_all(dir.join("segments"))))
        .map_err(IndexError::io("clear", dir))
}

/// A change of the index that is under way.
struct Update<'a> {
    root: &'a Path,
    old: &'a Manifest,
    writer: IndexWriter,
    fields: Fields,
    touched: bool,
}

impl<'a> Update<'a> {
    fn begin(
        index: &tantivy::Index,
        root: &'a Path,
        old: &'a Manifest,
    ) -> Result<Self, IndexError> {
        let writer = index.writer(WRITER_BYTES)?;
        Ok(Self { root, old, writer, fields: Fields::schema().1, touched: old.files.is_empty() })
    }

    fn remove(&mut self, paths: &[RepoPath]) {
        for path in paths {
            self.writer.delete_term(Term::from_field_u64(self.fields.file, file_key(path)));
            self.touched = true;
        }
    }

    /// Reads the files on all processors and puts what they say into the index.
    fn read(
        &mut self,
        entries: &[FileEntry],
        progress: &dyn Fn(usize, usize),
    ) -> Result<Vec<IndexedFile>, IndexError> {
        let next = AtomicUsize::new(0);
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let mut files = Vec::with_capacity(entries.len());
        std::thread::scope(|scope| {
            let (sender, receiver) = mpsc::sync_channel(threads * 4);
            for _ in 0..threads.min(entries.len()) {
                let (sender, next, root, old, fields) =
                    (sender.clone(), &next, self.root, self.old, self.fields);
                scope.spawn(move || {
                    while let Some(entry) = entries.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let known = old.find(&entry.path);
                        if sender.send(read(root, entry, known, fields)).is_err() {
                            return;
                        }
                    }
                });
            }
            drop(sender);
            self.take(receiver, entries.len(), progress, &mut files)
        })?;
        Ok(files)
    }

    fn take(
        &mut self,
        receiver: Receiver<ReadFile>,
        total: usize,
        progress: &dyn Fn(usize, usize),
        files: &mut Vec<IndexedFile>,
    ) -> Result<(), IndexError> {
        for read in receiver {
            if let Some(documents) = read.documents {
                self.remove(std::slice::from_ref(&read.file.path));
                for document in documents {
                    self.writer.add_document(document)?;
                }
            }
            files.push(read.file);
            progress(files.len(), total);
        }
        Ok(())
    }

    /// The state that the index is in now.
    fn finish(mut self, old: u64) -> Result<u64, IndexError> {
        if !self.touched {
            return Ok(old);
        }
        let opstamp = self.writer.commit()?;
        self.writer.wait_merging_threads()?;
        Ok(opstamp)
    }
}

/// A file that was read; `documents` is `None` where those in the index still hold.
struct ReadFile {
    file: IndexedFile,
    documents: Option<Vec<TantivyDocument>>,
}

fn read(root: &Path, entry: &FileEntry, known: Option<&IndexedFile>, fields: Fields) -> ReadFile {
    let mut file = IndexedFile {
        path: entry.path.clone(),
        size: entry.size,
        modified_ns: entry.modified_ns,
        digest: None,
        language: None,
        chunks: 0,
        left_out: None,
    };
    let bytes = match text(&entry.path.under(root), entry.size) {
        Ok(bytes) => bytes,
        Err(why) => {
            file.left_out = Some(why);
            return ReadFile { file, documents: Some(Vec::new()) };
        }
    };
    file.digest = Some(Digest::of(&bytes));
    if let Some(known) = known.filter(|known| known.digest == file.digest) {
        (file.language, file.chunks) = (known.language.clone(), known.chunks);
        return ReadFile { file, documents: None };
    }
    let language = Language::of(&entry.path, &bytes);
    file.language = language.map(|language| language.name().to_owned());
    let symbols = language.map(|language| symbols(language, &bytes)).unwrap_or_default();
    let documents = documents(&entry.path, &bytes, &symbols, fields);
    file.chunks = u32::try_from(documents.len()).unwrap_or(u32::MAX);
    ReadFile { file, documents: Some(documents) }
}

/// The bytes of a text file; one that grew beyond what was listed is read so far.
fn text(path: &Path, size: u64) -> Result<Vec<u8>, Why> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|_| Why::Unreadable)?;
    file.take(size).read_to_end(&mut bytes).map_err(|_| Why::Unreadable)?;
    if is_binary(&bytes) { Err(Why::Binary) } else { Ok(bytes) }
}

/// One document a chunk. A file without a byte has one too, so that its path is found.
fn documents(
    path: &RepoPath,
    text: &[u8],
    symbols: &[Symbol],
    fields: Fields,
) -> Vec<TantivyDocument> {
    let mut chunks = chunks_of(symbols, text);
    if chunks.is_empty() {
        chunks.push(Chunk { span: crate::base::Span::new(1, 1), bytes: 0..0, symbol: None });
    }
    chunks.into_iter().filter_map(|chunk| document(path, text, symbols, chunk, fields)).collect()
}

fn document(
    path: &RepoPath,
    text: &[u8],
    symbols: &[Symbol],
    chunk: Chunk,
    fields: Fields,
) -> Option<TantivyDocument> {
    let text = String::from_utf8_lossy(&text[chunk.bytes.clone()]).into_owned();
    let mut document = TantivyDocument::new();
    document.add_u64(fields.file, file_key(path));
    document.add_u64(fields.line, u64::from(chunk.span.start));
    document.add_text(fields.path, String::from_utf8_lossy(path.as_bytes()));
    document.add_text(fields.body, &text);
    let first = symbols.partition_point(|symbol| symbol.bytes.start < chunk.bytes.start);
    for symbol in symbols[first..].iter().take_while(|it| it.bytes.start < chunk.bytes.end) {
        document.add_text(fields.names, &symbol.name);
        for name in exact_names(symbol) {
            document.add_text(fields.defines, name);
        }
    }
    let (symbol, kind) = chunk.symbol.map(|it| (it.path, it.kind)).unzip();
    let record = Record { span: chunk.span, symbol, kind, text };
    document.add_bytes(fields.record, &serde_json::to_vec(&record).ok()?);
    Some(document)
}

fn report(files: &[IndexedFile], left_out: &[LeftOut], start: Instant) -> Report {
    let mut report = Report::default();
    for why in left_out.iter().map(|it| it.why).chain(files.iter().filter_map(|it| it.left_out)) {
        *report.left_out.entry(why).or_default() += 1;
    }
    report.files = files.iter().filter(|file| file.left_out.is_none()).count();
    report.chunks = files.iter().map(|file| u64::from(file.chunks)).sum();
    report.seconds = start.elapsed().as_secs_f64();
    report
}
