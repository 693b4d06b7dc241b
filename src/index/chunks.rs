//! Where each chunk is and how long it is: what every query needs of all chunks.
//!
//! A function of the segments and their manifest, kept in a mapped file that is named after them.
//! Whoever opens a state of the index first makes the file; what an earlier file says of segments
//! that are still there is taken over.

use std::fs;
use std::hash::Hasher;
use std::ops::Range;
use std::path::Path;

use rustc_hash::{FxHashMap, FxHasher};
use serde::{Deserialize, Serialize};
use tantivy::columnar::Column;
use tantivy::{Searcher, SegmentReader};

use crate::index::IndexError;
use crate::index::columns::{Kind, Stored, decode, encode, numbers, store};
use crate::index::manifest::Manifest;
use crate::index::schema::{Fields, VERSION};

const NONE: u32 = Chunks::NONE;
const PREFIX: &str = "chunks-";
/// How often the file is made anew while other processes remove it.
const OPEN_ATTEMPTS: usize = 3;

/// All chunks, segment after segment.
pub(super) struct Chunks {
    stored: Stored,
    about: About,
}

#[derive(Default, Serialize, Deserialize)]
struct About {
    /// Names the state of the segments and the manifest.
    state: u64,
    segments: Vec<Segment>,
    in_force: usize,
    averages: Averages,
}

#[derive(Serialize, Deserialize)]
struct Segment {
    id: String,
    /// Which deletions it has seen.
    deletions: Option<u64>,
    /// The number of its first chunk.
    start: u32,
}

/// How many words there are on average.
#[derive(Clone, Copy, Default, Serialize, Deserialize)]
pub(super) struct Averages {
    pub(super) chunk: f32,
    pub(super) text: f32,
    pub(super) path: f32,
    pub(super) names: f32,
}

/// Columns by chunk, then columns by file.
#[derive(Clone, Copy)]
enum Part {
    /// An [`About`].
    About,
    /// The file that a chunk is of, or [`NONE`].
    Files,
    /// Its first line.
    Lines,
    /// Its words of text and path.
    Lengths,
    /// What the documents of a file are found by, as in the manifest.
    Keys,
    /// The chunks of a file, which stand side by side: the first, and the one after the last.
    Starts,
    Ends,
    /// Words of its text, of its path and of the names that it defines.
    Texts,
    Paths,
    Names,
}

const PARTS: usize = Part::Names as usize + 1;
const KIND: Kind =
    Kind { magic: *b"chunkrow", version: VERSION as u64, parts: PARTS, lazy: |_| false };

impl From<Part> for usize {
    fn from(part: Part) -> Self {
        part as Self
    }
}

impl Chunks {
    /// In the place of a file: the chunk is not in force.
    pub(super) const NONE: u32 = u32::MAX;

    /// Those of `searcher`, whose files are in the manifest `name`; the file lies in `dir`.
    pub(super) fn open(
        dir: &Path,
        name: &str,
        manifest: &Manifest,
        searcher: &Searcher,
    ) -> Result<Self, IndexError> {
        let state = state(name, manifest, searcher.segment_readers());
        let path = dir.join(format!("{PREFIX}{state:016x}"));
        for _ in 0..OPEN_ATTEMPTS {
            if let Some(chunks) = Self::load(&path).filter(|it| it.about.state == state) {
                return Ok(chunks);
            }
            // Another process that is in another state may sweep the file away at once.
            let before = newest(dir);
            let columns = Columns::gather(manifest, searcher, before.as_ref())?;
            columns.store(&path, state, manifest).map_err(IndexError::io("write", &path))?;
            sweep(dir, &path);
        }
        Self::load(&path).ok_or_else(|| IndexError::Damaged("its chunks cannot be read".into()))
    }

    fn load(path: &Path) -> Option<Self> {
        let stored = Stored::open(path, &KIND)?;
        let about: About = decode(stored.part(Part::About))?;
        let chunks = Self { stored, about };
        let rows = |part| chunks.numbers(part).len();
        let by_chunk = [Part::Lines, Part::Lengths].map(rows) == [rows(Part::Files); 2];
        let by_file = [Part::Starts, Part::Ends, Part::Texts, Part::Paths, Part::Names].map(rows);
        let keys = numbers::<u64>(chunks.stored.part(Part::Keys)).len();
        (by_chunk && by_file == [keys; 5]).then_some(chunks)
    }

    /// How many there are, in force or not.
    pub(super) fn len(&self) -> usize {
        self.files().len()
    }

    /// How many are in force.
    pub(super) fn in_force(&self) -> usize {
        self.about.in_force
    }

    pub(super) fn averages(&self) -> Averages {
        self.about.averages
    }

    /// The number of each segment's first chunk.
    pub(super) fn starts(&self) -> impl Iterator<Item = u32> {
        self.about.segments.iter().map(|segment| segment.start)
    }

    /// The segment that a chunk is in, by place, and the chunk's number there.
    pub(super) fn place(&self, chunk: u32) -> Option<(u32, u32)> {
        let after = self.about.segments.partition_point(|segment| segment.start <= chunk);
        let segment = after.checked_sub(1)?;
        Some((u32::try_from(segment).ok()?, chunk - self.about.segments[segment].start))
    }

    /// The file that a chunk is of; `None` where it is not in force.
    pub(super) fn file(&self, chunk: u32) -> Option<u32> {
        self.files().get(chunk as usize).copied().filter(|file| *file != NONE)
    }

    /// The file of every chunk, or [`Chunks::NONE`].
    pub(super) fn files(&self) -> &[u32] {
        self.numbers(Part::Files)
    }

    /// The first line of every chunk.
    pub(super) fn lines(&self) -> &[u32] {
        self.numbers(Part::Lines)
    }

    /// The words of text and path of every chunk.
    pub(super) fn lengths(&self) -> &[u32] {
        self.numbers(Part::Lengths)
    }

    /// Where the chunks of a file are.
    pub(super) fn of_file(&self, file: u32) -> Range<u32> {
        let at = |part| self.numbers(part).get(file as usize).copied().unwrap_or_default();
        at(Part::Starts)..at(Part::Ends)
    }

    /// The words of every file's text.
    pub(super) fn texts(&self) -> &[u32] {
        self.numbers(Part::Texts)
    }

    /// The words of every file's path.
    pub(super) fn paths(&self) -> &[u32] {
        self.numbers(Part::Paths)
    }

    /// The words of the names that every file defines.
    pub(super) fn names(&self) -> &[u32] {
        self.numbers(Part::Names)
    }

    fn keys(&self) -> &[u64] {
        numbers(self.stored.part(Part::Keys))
    }

    fn numbers(&self, part: Part) -> &[u32] {
        numbers(self.stored.part(part))
    }
}

/// The columns while they are made.
#[derive(Default)]
struct Columns {
    segments: Vec<Segment>,
    files: Vec<u32>,
    lines: Vec<u32>,
    lengths: Vec<u32>,
    starts: Vec<u32>,
    ends: Vec<u32>,
    texts: Vec<u32>,
    paths: Vec<u32>,
    names: Vec<u32>,
}

impl Columns {
    fn gather(
        manifest: &Manifest,
        searcher: &Searcher,
        before: Option<&Chunks>,
    ) -> Result<Self, IndexError> {
        let zeros = || vec![0u32; manifest.rows().len()];
        let all = searcher.segment_readers().iter().map(|it| it.max_doc() as usize).sum();
        let mut columns = Self {
            files: Vec::with_capacity(all),
            lines: Vec::with_capacity(all),
            lengths: Vec::with_capacity(all),
            starts: zeros(),
            ends: zeros(),
            texts: zeros(),
            paths: zeros(),
            names: zeros(),
            ..Self::default()
        };
        let keys: FxHashMap<u64, u32> =
            manifest.rows().keys.iter().zip(0u32..).map(|(key, file)| (*key, file)).collect();
        let before = before.map(|chunks| Before::new(chunks, &keys));
        for reader in searcher.segment_readers() {
            let id = reader.segment_id().uuid_string();
            let start = columns.files.len() as u32;
            match before.as_ref().and_then(|before| Some((before, before.segment(&id, reader)?))) {
                Some((before, segment)) => columns.take_over(before, segment, reader),
                None => columns.read(reader, &keys)?,
            }
            columns.segments.push(Segment { id, deletions: reader.delete_opstamp(), start });
        }
        Ok(columns)
    }

    /// Takes the chunks of a segment from an earlier file. What was out of force then still is.
    fn take_over(&mut self, before: &Before<'_>, segment: &Segment, reader: &SegmentReader) {
        let (old, start) = (before.chunks, segment.start as usize);
        let chunks = start..(start + reader.max_doc() as usize).min(old.len());
        let (files, lines) = (&old.files()[chunks.clone()], &old.lines()[chunks.clone()]);
        let lengths = &old.lengths()[chunks];
        let more_deleted = segment.deletions != reader.delete_opstamp();
        // The chunks of a file stand side by side.
        let mut from = 0;
        for run in files.chunk_by(|a, b| a == b) {
            let chunks = from..from + run.len();
            from = chunks.end;
            let was = run[0] as usize;
            let now = before.now.get(was).copied().unwrap_or(NONE);
            if now == NONE {
                self.push_none(run.len());
                continue;
            }
            if self.ends[now as usize] == 0 {
                self.texts[now as usize] = old.texts()[was];
                self.paths[now as usize] = old.paths()[was];
                self.names[now as usize] = old.names()[was];
            }
            if more_deleted && chunks.clone().any(|doc| reader.is_deleted(doc as u32)) {
                for doc in chunks {
                    match reader.is_deleted(doc as u32) {
                        true => self.push_none(1),
                        false => self.push(now, &lines[doc..=doc], &lengths[doc..=doc]),
                    }
                }
            } else {
                self.push(now, &lines[chunks.clone()], &lengths[chunks]);
            }
        }
    }

    fn read(&mut self, reader: &SegmentReader, keys: &FxHashMap<u64, u32>) -> tantivy::Result<()> {
        let fields = Fields::schema().1;
        let key: Column<u64> = reader.fast_fields().u64("file")?;
        let line: Column<u64> = reader.fast_fields().u64("line")?;
        let body = reader.get_fieldnorms_reader(fields.body)?;
        let path = reader.get_fieldnorms_reader(fields.path)?;
        let names = reader.get_fieldnorms_reader(fields.names)?;
        let mut last: Option<(u64, u32)> = None;
        for doc in 0..reader.max_doc() {
            // Neighbours are mostly of the same file.
            let key = key.first(doc).unwrap_or_default();
            let file = match last {
                Some((same, file)) if same == key => file,
                _ => keys.get(&key).copied().unwrap_or(NONE),
            };
            last = Some((key, file));
            if file == NONE || reader.is_deleted(doc) {
                self.push_none(1);
                continue;
            }
            let line = line.first(doc).and_then(|line| u32::try_from(line).ok()).unwrap_or(1);
            self.push(file, &[line], &[body.fieldnorm(doc) + path.fieldnorm(doc)]);
            self.texts[file as usize] += body.fieldnorm(doc);
            self.paths[file as usize] = path.fieldnorm(doc);
            self.names[file as usize] += names.fieldnorm(doc);
        }
        Ok(())
    }

    /// Adds chunks of `file` with these lines and lengths.
    fn push(&mut self, file: u32, lines: &[u32], lengths: &[u32]) {
        let (id, at) = (self.files.len() as u32, file as usize);
        if self.ends[at] == 0 {
            self.starts[at] = id;
        }
        self.ends[at] = id + lines.len() as u32;
        self.files.resize(self.files.len() + lines.len(), file);
        self.lines.extend_from_slice(lines);
        self.lengths.extend_from_slice(lengths);
    }

    /// Adds chunks that are not in force.
    fn push_none(&mut self, count: usize) {
        self.files.resize(self.files.len() + count, NONE);
        self.lines.resize(self.lines.len() + count, 0);
        self.lengths.resize(self.lengths.len() + count, 0);
    }

    fn store(self, path: &Path, state: u64, manifest: &Manifest) -> std::io::Result<()> {
        let in_force = self.files.iter().filter(|file| **file != NONE).count();
        let averages = Averages {
            chunk: average(&self.lengths, in_force),
            text: average(&self.texts, self.texts.len()),
            path: average(&self.paths, self.paths.len()),
            names: average(&self.names, self.names.len()),
        };
        let about = About { state, segments: self.segments, in_force, averages };
        let parts: [&[u8]; PARTS] = [
            &encode(&about),
            bytemuck::cast_slice(&self.files),
            bytemuck::cast_slice(&self.lines),
            bytemuck::cast_slice(&self.lengths),
            bytemuck::cast_slice(manifest.rows().keys),
            bytemuck::cast_slice(&self.starts),
            bytemuck::cast_slice(&self.ends),
            bytemuck::cast_slice(&self.texts),
            bytemuck::cast_slice(&self.paths),
            bytemuck::cast_slice(&self.names),
        ];
        store(path, &KIND, &parts)
    }
}

/// An earlier file of chunks.
struct Before<'a> {
    chunks: &'a Chunks,
    /// The numbers that its files have now; [`NONE`] where this version of a file is gone.
    now: Vec<u32>,
}

impl<'a> Before<'a> {
    fn new(chunks: &'a Chunks, keys: &FxHashMap<u64, u32>) -> Self {
        let now = |key| keys.get(key).copied().unwrap_or(NONE);
        Self { chunks, now: chunks.keys().iter().map(now).collect() }
    }

    /// What is known of a segment: nothing of use where a chunk is out of force and not deleted. Then
    /// it was looked at from another state, which did not know the file or had deleted it.
    fn segment(&self, id: &str, reader: &SegmentReader) -> Option<&'a Segment> {
        let segment = self.chunks.about.segments.iter().find(|segment| segment.id == id)?;
        let files = self.chunks.files().get(segment.start as usize..)?;
        let mut docs = files.iter().zip(0..reader.max_doc());
        docs.all(|(file, doc)| *file != NONE || reader.is_deleted(doc)).then_some(segment)
    }
}

fn average(lengths: &[u32], all: usize) -> f32 {
    let sum: u64 = lengths.iter().map(|length| u64::from(*length)).sum();
    sum as f32 / all.max(1) as f32
}

/// Names what the chunks are a function of. A manifest may be replaced under its name by one that has
/// other files without a chunk, and then the files have other numbers.
fn state(name: &str, manifest: &Manifest, segments: &[SegmentReader]) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(name.as_bytes());
    hasher.write(bytemuck::cast_slice(manifest.rows().keys));
    for segment in segments {
        hasher.write(segment.segment_id().uuid_string().as_bytes());
        hasher.write_u64(segment.delete_opstamp().unwrap_or(u64::MAX));
    }
    hasher.finish()
}

/// The file that was made last.
fn newest(dir: &Path) -> Option<Chunks> {
    let files = fs::read_dir(dir).ok()?.flatten();
    let files = files.filter(|it| it.file_name().to_string_lossy().starts_with(PREFIX));
    let newest = files.max_by_key(|it| it.metadata().and_then(|it| it.modified()).ok())?;
    Chunks::load(&newest.path())
}

/// Removes every file in `dir` but `current`. Readers keep those that they have open.
pub(super) fn sweep(dir: &Path, current: &Path) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(PREFIX) && entry.path() != current {
            // What cannot be removed now is removed the next time.
            let _ = fs::remove_file(entry.path());
        }
    }
}
