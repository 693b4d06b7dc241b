//! All that is known of the past while it is brought up to date, and how it is written.
//!
//! What is written is a function of the known commits and of HEAD: a book that was brought up to
//! date many times answers like a new one.

use std::collections::{HashMap, HashSet};
use std::io;
use std::path::Path;

use git2::Oid;

use crate::index::columns::{Dictionary, Stored, decode, encode, entry, push_entry, store};
use crate::index::history::columns::Columns;
use crate::index::history::pool::Pool;
use crate::index::history::record::{About, Key, Nodes, Record};
use crate::index::history::store::{KIND, PARTS, Part, Parts};
use crate::repo::{Ancestor, PastCommit};

/// How many commits are remembered that HEAD does not reach: it may go back to them.
const REMEMBERED: usize = 1000;
/// For how many commits more than count the changed lines are remembered.
const MORE_LINES: usize = 300;

#[derive(Default)]
pub(super) struct Book {
    words: Pool,
    paths: Pool,
    pub(super) ancestors: HashMap<Oid, Ancestor>,
    pub(super) records: HashMap<Oid, Record>,
}

impl Book {
    /// What `stored` knows; `None` where that is damaged.
    pub(super) fn load(stored: &Stored) -> Option<Self> {
        if !stored.is_whole() {
            return None;
        }
        let pool = |ends: Part, bytes: Part| {
            Pool::of(Dictionary { ends: stored.part(ends), bytes: stored.part(bytes) })
        };
        let mut book = Self {
            words: pool(Part::WordEnds, Part::Words)?,
            paths: pool(Part::PathEnds, Part::Paths)?,
            ..Self::default()
        };
        let nodes: Nodes = decode(stored.part(Part::Nodes))?;
        for (place, ancestor) in nodes.ancestors()?.into_iter().enumerate() {
            let bytes = entry(stored.part(Part::RecordEnds), stored.part(Part::Records), place)?;
            if !bytes.is_empty() {
                let record: Record = decode(bytes)?;
                let record = record.unpacked();
                if !record.fits(book.words.len(), book.paths.len()) {
                    return None;
                }
                book.records.insert(ancestor.id, record);
            }
            book.ancestors.insert(ancestor.id, ancestor);
        }
        Some(book)
    }

    pub(super) fn add(&mut self, commit: &PastCommit, lines: bool) {
        let record = Record::new(commit, lines, &mut self.words, &mut self.paths);
        self.records.insert(commit.id, record);
    }

    /// Writes it to `path`; those of `walked` count that are no merges.
    pub(super) fn store(
        &mut self,
        path: &Path,
        walked: &[Ancestor],
        key: Key,
        complete: bool,
    ) -> io::Result<()> {
        let kept = self.forget(walked, key);
        let mut parts: Parts = [const { Vec::new() }; PARTS];
        let [words, paths] = self.dictionaries(&kept, &mut parts);
        let size = parts[Part::WordEnds as usize].len() / 4;
        let mut columns = Columns::new(size, key.reach);
        let (mut ends, mut bytes) = (Vec::new(), Vec::new());
        for (place, ancestor) in kept.iter().enumerate() {
            let record = self.records.get(&ancestor.id).map(|it| it.placed(&words, &paths));
            if let Some(record) = record.as_ref().filter(|_| place < walked.len()) {
                columns.add(place as u32, record);
            }
            let packed = record.map(|record| encode(&record.packed())).unwrap_or_default();
            push_entry(&mut ends, &mut bytes, &packed);
        }
        parts[Part::RecordEnds as usize] = ends;
        parts[Part::Records as usize] = bytes;
        parts[Part::Nodes as usize] = encode(&Nodes::new(&kept));
        columns.finish(About { key: Some(key), complete, ..About::default() }, &mut parts);
        store(path, &KIND, &parts)
    }

    /// The commits that stay known: those of `walked`, and the newest of the others.
    fn forget(&mut self, walked: &[Ancestor], key: Key) -> Vec<Ancestor> {
        let lines = key.reach.lines as usize + MORE_LINES;
        for ancestor in walked.iter().filter(|it| !it.is_merge()).skip(lines) {
            if let Some(record) = self.records.get_mut(&ancestor.id) {
                record.changes = None;
            }
        }
        let here: HashSet<Oid> = walked.iter().map(|it| it.id).collect();
        let mut others: Vec<Ancestor> = self
            .ancestors
            .values()
            .filter(|it| !here.contains(&it.id) && self.records.contains_key(&it.id))
            .cloned()
            .collect();
        others.sort_by_key(|it| (std::cmp::Reverse(it.time), it.id));
        others.truncate(REMEMBERED);
        walked.iter().cloned().chain(others).collect()
    }

    /// Writes the words and paths that are used, and tells their places.
    fn dictionaries(&self, kept: &[Ancestor], parts: &mut Parts) -> [Vec<u32>; 2] {
        let (mut words, mut paths) = (vec![false; self.words.len()], vec![false; self.paths.len()]);
        for record in kept.iter().filter_map(|it| self.records.get(&it.id)) {
            for (word, _) in record.bags().flat_map(|bag| &bag.words) {
                words[*word as usize] = true;
            }
            for path in record.paths() {
                paths[path as usize] = true;
            }
        }
        let mut write = |pool: &Pool, used: &[bool], ends: Part, bytes: Part| {
            let (mut all_ends, mut all) = (Vec::new(), Vec::new());
            let places = pool.store(used, &mut all_ends, &mut all);
            parts[ends as usize] = all_ends;
            parts[bytes as usize] = all;
            places
        };
        let words = write(&self.words, &words, Part::WordEnds, Part::Words);
        [words, write(&self.paths, &paths, Part::PathEnds, Part::Paths)]
    }
}
