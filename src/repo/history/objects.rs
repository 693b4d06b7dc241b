//! Raw objects of git, with a memory: neighbouring commits share trees and files.

use std::collections::HashMap;
use std::rc::Rc;

use git2::{ObjectType, Odb, OdbLookupFlags, Oid, Repository};

use crate::repo::Repo;

/// How many bytes are remembered.
const MEMORY: usize = 24 << 20;

pub(super) struct Objects<'a> {
    odb: Odb<'a>,
    held: HashMap<Oid, Rc<[u8]>>,
    bytes: usize,
    /// Every git knows it, and few repositories have it.
    empty_tree: Oid,
    /// The first that was asked for and is not here, since somebody took this.
    pub(super) missing: Option<Oid>,
}

impl Repo {
    /// Tells of objects whether they are here: a clone may lack what it does not need yet.
    pub fn objects_here(&self) -> impl Fn(Oid) -> bool {
        let odb = opened(self.git());
        move |id| odb.as_ref().is_some_and(|odb| is_here(odb, id))
    }
}

/// The objects of all packs that there are by now.
fn opened(git: &Repository) -> Option<Odb<'_>> {
    let odb = git.odb().ok()?;
    odb.refresh().ok()?;
    Some(odb)
}

/// Without another look for packs, which is slow: a clone without files lacks thousands of objects.
fn is_here(odb: &Odb<'_>, id: Oid) -> bool {
    odb.exists_ext(id, OdbLookupFlags::NO_REFRESH)
}

impl<'a> Objects<'a> {
    pub(super) fn new(git: &'a Repository) -> Option<Self> {
        let empty_tree = Oid::hash_object(ObjectType::Tree, &[]).ok()?;
        let odb = opened(git)?;
        Some(Self { odb, held: HashMap::new(), bytes: 0, empty_tree, missing: None })
    }

    /// The bytes of an object; `None` where it is not here or larger than `most`.
    pub(super) fn get(&mut self, id: Oid, most: usize) -> Option<Rc<[u8]>> {
        if let Some(bytes) = self.held.get(&id) {
            return Some(bytes.clone());
        }
        if id == self.empty_tree {
            return Some([].into());
        }
        if !is_here(&self.odb, id) {
            self.missing.get_or_insert(id);
            return None;
        }
        let (size, _) = self.odb.read_header(id).ok()?;
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
