//! Raw objects of git, with a memory: neighbouring commits share trees and files.

use std::collections::HashMap;
use std::rc::Rc;

use git2::{Odb, Oid, Repository};

/// How many bytes are remembered.
const MEMORY: usize = 24 << 20;
/// Looking for an object that is not here is slow, so after so many nothing more is looked for.
const MAX_MISSING: usize = 64;

pub(super) struct Objects<'a> {
    odb: Odb<'a>,
    held: HashMap<Oid, Rc<[u8]>>,
    bytes: usize,
    missing: usize,
}

impl<'a> Objects<'a> {
    pub(super) fn new(git: &'a Repository) -> Option<Self> {
        Some(Self { odb: git.odb().ok()?, held: HashMap::new(), bytes: 0, missing: 0 })
    }

    /// The bytes of an object; `None` where it is not here or larger than `most`.
    pub(super) fn get(&mut self, id: Oid, most: usize) -> Option<Rc<[u8]>> {
        if let Some(bytes) = self.held.get(&id) {
            return Some(bytes.clone());
        }
        if self.missing >= MAX_MISSING {
            return None;
        }
        let Ok((size, _)) = self.odb.read_header(id) else {
            self.missing += 1;
            return None;
        };
        if size > most {
            return None;
        }
        let bytes: Rc<[u8]> = self.odb.read(id).ok()?.data().into();
        if self.bytes > MEMORY {
            self.held.clear();
            self.bytes = 0;
        }
        self.bytes += bytes.len();
        self.held.insert(id, bytes.clone());
        Some(bytes)
    }
}
