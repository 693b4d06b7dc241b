//! Who defines it, who says it: files of the index by names, kinds and identifiers.
//!
//! What is found here is a first choice. Postings know words and no places, so whoever asks looks
//! into the texts.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::sync::Arc;

use tantivy::schema::IndexRecordOption;
use tantivy::{DocSet, TERMINATED};

use crate::index::{ChunkId, FileId, Index, IndexError, identifiers, words};
use crate::repo::BlobId;
use crate::syntax::SymbolKind;

impl Index {
    /// Where a file lies on the disk, and how long it was when it was indexed, in bytes.
    pub fn location(&self, file: FileId) -> (PathBuf, u64) {
        let size = self.file(file).map_or(0, |it| it.size);
        (self.root.join(OsStr::from_bytes(self.path_of(file))), size)
    }

    /// The bytes of a file; an error where they are not those that were indexed.
    pub fn text(&self, file: FileId) -> Result<Arc<[u8]>, IndexError> {
        let stale = || self.file(file).map_or(IndexError::Missing, |it| IndexError::Stale(it.path));
        self.text_of(file).ok_or_else(stale)
    }

    /// Git's name for the bytes of a file; an error where they are not those that were indexed.
    pub fn blob(&self, file: FileId) -> Result<BlobId, IndexError> {
        let text = self.text(file)?;
        match self.file(file).map(|it| it.blob).filter(|blob| *blob != [0; 20]) {
            Some(blob) => Ok(BlobId::from_bytes(blob)),
            None => BlobId::of(&text).map_err(|error| IndexError::Damaged(error.to_string())),
        }
    }

    /// Calls `take` with every name that is defined, and every dotted path and end of one. A name
    /// that went since the segments were last put together may be among them.
    pub fn each_name(&self, mut take: impl FnMut(&str)) -> Result<(), IndexError> {
        for inverted in self.inverted.of(self.fields.defines) {
            let mut terms = inverted.terms().stream().map_err(tantivy::TantivyError::from)?;
            while terms.advance() {
                take(&String::from_utf8_lossy(terms.key()));
            }
        }
        Ok(())
    }

    /// The files that define a name which `class` gives a class, with the lowest class of each.
    pub fn files_defining(
        &self,
        class: impl Fn(&str) -> Option<u8>,
    ) -> Result<BTreeMap<FileId, u8>, IndexError> {
        let mut files: BTreeMap<FileId, u8> = BTreeMap::new();
        let readers = self.inverted.of(self.fields.defines);
        for (inverted, start) in readers.iter().zip(self.chunks.starts()) {
            let mut terms = inverted.terms().stream().map_err(tantivy::TantivyError::from)?;
            while terms.advance() {
                let Some(class) = class(&String::from_utf8_lossy(terms.key())) else { continue };
                let postings = inverted
                    .read_postings_from_terminfo(terms.value(), IndexRecordOption::Basic)
                    .map_err(tantivy::TantivyError::from);
                let mut postings = postings?;
                let mut doc = postings.doc();
                while doc != TERMINATED {
                    if let Some(file) = self.file_of(ChunkId(start + doc)) {
                        files.entry(file).and_modify(|it| *it = class.min(*it)).or_insert(class);
                    }
                    doc = postings.advance();
                }
            }
        }
        Ok(files)
    }

    /// The files that define something of one of these kinds.
    pub fn files_of_kinds(&self, kinds: &[SymbolKind]) -> Result<BTreeSet<FileId>, IndexError> {
        let mut files = BTreeSet::new();
        for kind in kinds {
            let chunks = self.postings(self.fields.kinds, kind.name())?.into_iter();
            files.extend(chunks.filter_map(|(id, _)| self.file_of(ChunkId(id))));
        }
        Ok(files)
    }

    /// The files whose texts can have `name`; all of them where the index does not know its words.
    pub fn files_saying(&self, name: &str) -> Result<BTreeSet<FileId>, IndexError> {
        let mut files: Option<BTreeSet<FileId>> = None;
        for identifier in identifiers(name) {
            let having: BTreeSet<FileId> = self.saying(identifier)?.into_iter().collect();
            if !words(identifier).is_empty() {
                files = Some(match files {
                    Some(files) => files.intersection(&having).copied().collect(),
                    None => having,
                });
            }
        }
        let indexed = |file: &FileId| self.file(*file).is_some_and(|it| it.left_out.is_none());
        let all = || (0..self.file_count() as u32).map(FileId).filter(indexed).collect();
        Ok(files.unwrap_or_else(all))
    }
}
