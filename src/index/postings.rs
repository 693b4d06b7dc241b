//! Which chunks have a term, and how often?
//!
//! Terms are looked up segment by segment. What was replaced or deleted since is passed over.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use tantivy::postings::{Postings, SegmentPostings};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocSet, InvertedIndexReader, Searcher, TERMINATED, TantivyError};

use crate::index::chunks::Chunks;
use crate::index::schema::Fields;
use crate::index::{ChunkId, FileId, Index, IndexError, words};
use crate::syntax::dotted;

/// The terms of each field, segment by segment.
pub(super) struct Inverted {
    fields: Vec<(Field, Vec<Arc<InvertedIndexReader>>)>,
}

impl Inverted {
    pub(super) fn open(searcher: &Searcher, fields: Fields) -> Result<Self, IndexError> {
        let Fields { path, body, names, defines, kinds, .. } = fields;
        let open = |field| {
            let readers = searcher.segment_readers().iter().map(|it| it.inverted_index(field));
            Ok((field, readers.collect::<Result<Vec<_>, TantivyError>>()?))
        };
        let fields = [path, body, names, defines, kinds].map(open);
        Ok(Self { fields: fields.into_iter().collect::<Result<_, TantivyError>>()? })
    }

    /// Of all segments, in their order; empty for a field without terms.
    pub(super) fn of(&self, field: Field) -> &[Arc<InvertedIndexReader>] {
        let found = self.fields.iter().find(|it| it.0 == field);
        found.map(|(_, readers)| readers.as_slice()).unwrap_or_default()
    }
}

impl Index {
    /// The chunks that define exactly `name`, a path or the end of one, by file and line.
    pub fn defining(&self, name: &str) -> Result<Vec<ChunkId>, IndexError> {
        Ok(self.defining_at_most(name, usize::MAX)?.unwrap_or_default())
    }

    /// The same; `None` where these are of more than `most` files, which is told after as many.
    pub fn defining_at_most(
        &self,
        name: &str,
        most: usize,
    ) -> Result<Option<Vec<ChunkId>>, IndexError> {
        let mut found: Vec<(FileId, ChunkId)> = Vec::new();
        let mut files = 0;
        let all = self.each_posting(self.fields.defines, &dotted(name), |chunk, file| {
            // The chunks of a file stand side by side.
            files += usize::from(found.last().is_none_or(|last| last.0 != file));
            found.push((file, chunk));
            files <= most
        })?;
        found.sort_by_key(|(file, chunk)| (*file, self.line_of(*chunk)));
        Ok(all.then(|| found.into_iter().map(|(_, chunk)| chunk).collect()))
    }

    /// The files that say the identifier `name`, in the order of paths.
    pub fn saying(&self, name: &str) -> Result<Vec<FileId>, IndexError> {
        Ok(self.saying_at_most(name, usize::MAX)?.unwrap_or_default())
    }

    /// The same; `None` where these are more than `most`, which is told after as many.
    pub fn saying_at_most(
        &self,
        name: &str,
        most: usize,
    ) -> Result<Option<Vec<FileId>>, IndexError> {
        let Some(whole) = words(name).pop() else { return Ok(Some(Vec::new())) };
        let mut files: Vec<FileId> = Vec::new();
        let all = self.each_posting(self.fields.body, &whole, |_, file| {
            if files.last() != Some(&file) {
                files.push(file);
            }
            files.len() <= most
        })?;
        files.sort_unstable();
        files.dedup();
        Ok(all.then_some(files))
    }

    /// How many chunks say the identifier `name`.
    pub fn chunks_with(&self, name: &str) -> Result<usize, IndexError> {
        let postings = words(name).pop().map(|whole| self.postings(self.fields.body, &whole));
        Ok(postings.transpose()?.map_or(0, |it| it.len()))
    }

    /// Whether any chunk says `word`, or once did: a word of the vocabulary.
    pub fn says(&self, word: &str) -> bool {
        let says = |inverted: &Arc<InvertedIndexReader>| inverted.terms().get(word).ok().flatten();
        self.inverted.of(self.fields.body).iter().any(|inverted| says(inverted).is_some())
    }

    /// Every name that is defined, with the files that define it, both in order.
    pub fn definitions(&self) -> Result<Vec<(String, Vec<FileId>)>, IndexError> {
        let mut names = BTreeSet::new();
        self.each_name(|name| {
            names.insert(name.to_owned());
        })?;
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

    /// The chunks in force that have `term`, in the order of ids, and how often.
    pub(super) fn postings(&self, field: Field, term: &str) -> Result<Vec<(u32, u32)>, IndexError> {
        self.postings_in(0..self.searcher.segment_readers().len(), field, term)
    }

    /// The same of some segments, named by their places.
    pub(super) fn postings_in(
        &self,
        segments: Range<usize>,
        field: Field,
        term: &str,
    ) -> Result<Vec<(u32, u32)>, IndexError> {
        let files = self.chunks.files();
        let readers = self.inverted.of(field).iter().zip(self.chunks.starts());
        let mut lists = Vec::new();
        for (inverted, start) in readers.skip(segments.start).take(segments.len()) {
            let postings = read(inverted, term, IndexRecordOption::WithFreqs)?;
            lists.extend(postings.map(|postings| (postings, start)));
        }
        let most = lists.iter().map(|(postings, _)| postings.size_hint() as usize).sum();
        let mut found = Vec::with_capacity(most);
        for (mut postings, start) in lists {
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

    /// Calls `take` with every chunk in force that has `term`, and its file, in the order of chunks,
    /// until it says `false`; whether it never did.
    fn each_posting(
        &self,
        field: Field,
        term: &str,
        mut take: impl FnMut(ChunkId, FileId) -> bool,
    ) -> Result<bool, IndexError> {
        let files = self.chunks.files();
        for (inverted, start) in self.inverted.of(field).iter().zip(self.chunks.starts()) {
            let Some(mut postings) = read(inverted, term, IndexRecordOption::Basic)? else {
                continue;
            };
            let mut doc = postings.doc();
            while doc != TERMINATED {
                let file = files.get((start + doc) as usize).copied().unwrap_or(Chunks::NONE);
                if file != Chunks::NONE && !take(ChunkId(start + doc), FileId(file)) {
                    return Ok(false);
                }
                doc = postings.advance();
            }
        }
        Ok(true)
    }
}

/// The documents of a segment that have `term`; `None` where none has.
fn read(
    inverted: &InvertedIndexReader,
    term: &str,
    option: IndexRecordOption,
) -> Result<Option<SegmentPostings>, TantivyError> {
    let Some(info) = inverted.terms().get(term)? else { return Ok(None) };
    Ok(Some(inverted.read_postings_from_terminfo(&info, option)?))
}
