//! The edges of all files, in a mapped file that is named after what they are a function of.

use std::fs;
use std::hash::Hasher;
use std::path::{Path, PathBuf};

use rustc_hash::FxHasher;
use serde::{Deserialize, Serialize};

use super::lines::decode as decode_lines;
use super::places::{Places, family};
use crate::index::IndexError;
use crate::index::columns::{Kind, Stored, decode, encode, numbers, store};
use crate::index::manifest::Manifest;
use crate::index::schema::VERSION;

const PREFIX: &str = "links-";

/// Where imports lead, both ways: the numbers of files.
pub(in crate::index) struct Links(Stored);

/// What names the files that the edges are between.
#[derive(Serialize, Deserialize, PartialEq)]
struct About {
    /// Their paths and languages; while these are the same, what has not changed leads where it did.
    files: u64,
}

/// Edges from a file end in one part, and lie in the other.
#[derive(Clone, Copy)]
enum Part {
    About,
    Keys,
    FromEnds,
    From,
    ToEnds,
    To,
}

const PARTS: usize = Part::To as usize + 1;
const KIND: Kind =
    Kind { magic: *b"filelink", version: VERSION as u64, parts: PARTS, lazy: |_| false };

impl From<Part> for usize {
    fn from(part: Part) -> Self {
        part as Self
    }
}

impl Links {
    /// Those of `manifest`; the file lies in `dir`.
    pub(in crate::index) fn open(dir: &Path, manifest: &Manifest) -> Result<Self, IndexError> {
        let families = families(manifest);
        let about = About { files: files(manifest, &families) };
        let path = path(dir, &about, manifest);
        if let Some(links) = Self::load(&path, manifest.rows().len()) {
            return Ok(links);
        }
        let before = newest(dir).filter(|it| it.about().as_ref() == Some(&about));
        let from = Edges::found(manifest, &families, before.as_ref());
        let to = from.turned();
        let parts: [&[u8]; PARTS] = [
            &encode(&about),
            bytemuck::cast_slice(manifest.rows().keys),
            bytemuck::cast_slice(&from.ends),
            bytemuck::cast_slice(&from.files),
            bytemuck::cast_slice(&to.ends),
            bytemuck::cast_slice(&to.files),
        ];
        store(&path, &KIND, &parts).map_err(IndexError::io("write", &path))?;
        sweep(dir, &path);
        let damaged = || IndexError::Damaged("its imports cannot be read".into());
        Self::load(&path, manifest.rows().len()).ok_or_else(damaged)
    }

    fn load(path: &Path, count: usize) -> Option<Self> {
        let links = Self(Stored::open(path, &KIND)?);
        let ends = |part| numbers::<u32>(links.0.part(part)).len() == count;
        (ends(Part::FromEnds) && ends(Part::ToEnds)).then_some(links)
    }

    fn about(&self) -> Option<About> {
        decode(self.0.part(Part::About))
    }

    /// What a file imports.
    pub(in crate::index) fn from(&self, file: u32) -> &[u32] {
        self.edges(Part::FromEnds, Part::From, file)
    }

    /// What imports a file.
    pub(in crate::index) fn to(&self, file: u32) -> &[u32] {
        self.edges(Part::ToEnds, Part::To, file)
    }

    fn edges(&self, ends: Part, files: Part, file: u32) -> &[u32] {
        let ends: &[u32] = numbers(self.0.part(ends));
        let end = |at: usize| ends.get(at).map_or(0, |end| *end as usize);
        let start = (file as usize).checked_sub(1).map_or(0, end);
        numbers(self.0.part(files)).get(start..end(file as usize)).unwrap_or_default()
    }
}

/// Edges while they are found.
#[derive(Default)]
struct Edges {
    ends: Vec<u32>,
    files: Vec<u32>,
}

impl Edges {
    fn found(manifest: &Manifest, families: &[u8], before: Option<&Links>) -> Self {
        let rows = manifest.rows();
        let known = before.map(|it| numbers::<u64>(it.0.part(Part::Keys))).unwrap_or_default();
        let mut places = None;
        let mut edges = Self::default();
        for file in 0..rows.len() {
            let number = file as u32;
            if let Some(before) = before.filter(|_| known.get(file) == Some(&rows.keys[file])) {
                edges.files.extend_from_slice(before.from(number));
            } else if !rows.imports(file).is_empty() && families[file] != 0 {
                let places = places.get_or_insert_with(|| Places::new(rows, families));
                let lines = decode_lines(rows.imports(file)).into_iter();
                let mut led: Vec<u32> = lines.flat_map(|it| places.led_to(&it, number)).collect();
                led.sort_unstable();
                led.dedup();
                edges.files.extend(led);
            }
            edges.ends.push(u32::try_from(edges.files.len()).unwrap_or(u32::MAX));
        }
        edges
    }

    /// The same edges the other way.
    fn turned(&self) -> Self {
        let mut counts = vec![0u32; self.ends.len()];
        for to in &self.files {
            counts[*to as usize] += 1;
        }
        let mut ends: Vec<u32> = Vec::with_capacity(counts.len());
        let mut sum = 0;
        for count in counts {
            ends.push(sum);
            sum += count;
        }
        let mut files = vec![0; self.files.len()];
        let mut start = 0;
        for (from, end) in (0u32..).zip(&self.ends) {
            for to in &self.files[start..*end as usize] {
                let place = &mut ends[*to as usize];
                files[*place as usize] = from;
                *place += 1;
            }
            start = *end as usize;
        }
        Self { ends, files }
    }
}

/// The number of every file's language; 0 where it is in no state to be imported.
fn families(manifest: &Manifest) -> Vec<u8> {
    let rows = manifest.rows();
    (0..rows.len()).map(|at| rows.language(at).map_or(0, family)).collect()
}

fn files(manifest: &Manifest, families: &[u8]) -> u64 {
    let paths = manifest.rows().paths;
    let mut hasher = FxHasher::default();
    hasher.write(bytemuck::cast_slice(paths.ends));
    hasher.write(paths.bytes);
    hasher.write(families);
    hasher.finish()
}

fn path(dir: &Path, about: &About, manifest: &Manifest) -> PathBuf {
    let mut hasher = FxHasher::default();
    hasher.write_u64(about.files);
    hasher.write(bytemuck::cast_slice(manifest.rows().keys));
    dir.join(format!("{PREFIX}{:016x}", hasher.finish()))
}

/// The file that was made last.
fn newest(dir: &Path) -> Option<Links> {
    let files = fs::read_dir(dir).ok()?.flatten();
    let files = files.filter(|it| it.file_name().to_string_lossy().starts_with(PREFIX));
    let newest = files.max_by_key(|it| it.metadata().and_then(|it| it.modified()).ok())?;
    Stored::open(&newest.path(), &KIND).map(Links)
}

/// Removes every file in `dir` but `current`. Readers keep those that they have open.
pub(in crate::index) fn sweep(dir: &Path, current: &Path) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(PREFIX) && entry.path() != current {
            // What cannot be removed now is removed the next time.
            let _ = fs::remove_file(entry.path());
        }
    }
}
