//! Reads files on all processors, each into segments of its own.
//!
//! A thread parses a file and writes its words at once, so that nothing waits in a queue and memory
//! is bounded by what each thread may hold before it lays a segment on disk.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use tantivy::SegmentMeta;
use tantivy::indexer::{AddOperation, SegmentWriter};

use crate::index::document::{ReadFile, read};
use crate::index::manifest::{IndexedFile, Manifest};
use crate::index::schema::Fields;
use crate::repo::FileEntry;

/// What a thread holds before it writes a segment, in bytes.
const SEGMENT_BYTES: usize = 256 << 20;
/// What a thread reads before it writes its first segment, in bytes, and twice as much before each that
/// follows: so there soon is something to answer from, and a kill costs at most about half of what was
/// done.
const FIRST_BYTES: u64 = 4 << 20;
/// What it reserves for its hash tables where there is little to read.
const SMALL_SEGMENT_BYTES: usize = 16 << 20;
/// Less is read by one thread faster than by two.
const BYTES_A_THREAD: u64 = 256 << 10;
/// How often the caller is asked whether to stop, and told how far it is.
const HEARTBEAT: Duration = Duration::from_millis(50);

/// Files that were read, and the segment that has their documents.
pub(super) struct Batch {
    pub(super) segment: Option<SegmentMeta>,
    /// With whether their documents replace those that are in the index.
    pub(super) files: Vec<(IndexedFile, bool)>,
}

/// What to read, and into what.
pub(super) struct Build<'a> {
    pub(super) index: &'a tantivy::Index,
    pub(super) root: &'a Path,
    pub(super) old: &'a Manifest,
    pub(super) entries: &'a [FileEntry],
    pub(super) fields: Fields,
}

/// How far a build is, seen from all threads.
#[derive(Default)]
struct Shared {
    next: AtomicUsize,
    done: AtomicUsize,
    stopped: AtomicBool,
}

impl Build<'_> {
    /// Hands every segment to `take` as soon as it is written. Ends early, with what was read, when
    /// `stop` says so.
    pub(super) fn run<E: From<tantivy::TantivyError>>(
        &self,
        progress: &dyn Fn(usize, usize),
        stop: &dyn Fn() -> bool,
        mut take: impl FnMut(Batch) -> Result<(), E>,
    ) -> Result<(), E> {
        let shared = Shared::default();
        let bytes: u64 = self.entries.iter().map(|entry| entry.size).sum();
        let most = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = usize::try_from(bytes / BYTES_A_THREAD + 1).unwrap_or(most).min(most);
        let (sender, receiver) = mpsc::channel();
        std::thread::scope(|scope| {
            for _ in 0..threads {
                let (sender, shared) = (sender.clone(), &shared);
                scope.spawn(move || self.work(shared, bytes, &sender));
            }
            drop(sender);
            let mut result = Ok(());
            loop {
                match receiver.recv_timeout(HEARTBEAT) {
                    Ok(Ok(batch)) if result.is_ok() => result = take(batch),
                    Ok(Err(error)) if result.is_ok() => result = Err(error.into()),
                    Ok(_) | Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => return result,
                }
                progress(shared.done.load(Ordering::Relaxed), self.entries.len());
                if result.is_err() || stop() {
                    shared.stopped.store(true, Ordering::Relaxed);
                }
            }
        })
    }

    fn work(&self, shared: &Shared, bytes: u64, sender: &mpsc::Sender<tantivy::Result<Batch>>) {
        let small = bytes < 4 * SMALL_SEGMENT_BYTES as u64;
        let reserve = if small { SMALL_SEGMENT_BYTES } else { SEGMENT_BYTES };
        let mut most = FIRST_BYTES;
        while !shared.stopped.load(Ordering::Relaxed) {
            let batch = self.segment(shared, reserve, most);
            most = most.saturating_mul(2);
            let ended = !matches!(&batch, Ok(batch) if !batch.files.is_empty());
            if sender.send(batch).is_err() || ended {
                return;
            }
        }
    }

    /// Reads files of about `most` bytes into one segment, less where that is full or nothing is left.
    fn segment(&self, shared: &Shared, reserve: usize, most: u64) -> tantivy::Result<Batch> {
        let segment = self.index.new_segment();
        let mut writer = SegmentWriter::for_segment(reserve, segment.clone())?;
        let mut files = Vec::new();
        let mut bytes = 0;
        let full = |bytes: u64, memory: usize| bytes >= most || memory >= SEGMENT_BYTES;
        while !shared.stopped.load(Ordering::Relaxed) && !full(bytes, writer.mem_usage()) {
            let Some(entry) = self.entries.get(shared.next.fetch_add(1, Ordering::Relaxed)) else {
                break;
            };
            bytes += entry.size;
            let ReadFile { file, documents } =
                read(self.root, entry, self.old.rows().find(&entry.path), self.fields);
            let replaces = documents.is_some();
            for document in documents.into_iter().flatten() {
                writer.add_document(AddOperation { opstamp: 0, document })?;
            }
            files.push((file, replaces));
            shared.done.fetch_add(1, Ordering::Relaxed);
        }
        let documents = writer.max_doc();
        if documents == 0 {
            return Ok(Batch { segment: None, files });
        }
        writer.finalize()?;
        let segment = segment.with_max_doc(documents).meta().clone();
        Ok(Batch { segment: Some(segment), files })
    }
}
