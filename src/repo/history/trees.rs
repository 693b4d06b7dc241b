//! Which files differ between two trees?
//!
//! Works on the bytes of trees, since nearly all of two neighbours is the same and has only to be
//! skipped.

use git2::Oid;

use crate::base::RepoPath;
use crate::repo::history::objects::Objects;

/// Trees that are larger are left out, and so is what lies deeper or comes after so many.
const MAX_TREE: usize = 16 << 20;
const MAX_DEPTH: usize = 64;
const MAX_TREES: usize = 20_000;
const MAX_CHANGES: usize = 20_000;

/// A file that differs; `None` where it is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) path: RepoPath,
    pub(super) before: Option<Oid>,
    pub(super) after: Option<Oid>,
}

/// The files that differ, in the order of git. `None` where that cannot be told, or where there are
/// too many.
pub(super) fn changes(
    objects: &mut Objects<'_>,
    before: Option<Oid>,
    after: Option<Oid>,
) -> Option<Vec<Change>> {
    let mut walk = Walk { objects, changes: Vec::new(), trees: 0 };
    walk.compare(&[], before, after, 0)?;
    Some(walk.changes)
}

struct Walk<'a, 'b> {
    objects: &'a mut Objects<'b>,
    changes: Vec<Change>,
    trees: usize,
}

impl Walk<'_, '_> {
    fn compare(
        &mut self,
        folder: &[u8],
        before: Option<Oid>,
        after: Option<Oid>,
        depth: usize,
    ) -> Option<()> {
        self.trees += 1;
        if depth > MAX_DEPTH || self.trees > MAX_TREES || self.changes.len() > MAX_CHANGES {
            return None;
        }
        let mut bytes = |id: Option<Oid>| match id {
            Some(id) => self.objects.get(id, MAX_TREE).map(Some),
            None => Some(None),
        };
        let (old, new) = (bytes(before)?, bytes(after)?);
        let mut old = Entries(old.as_deref().unwrap_or_default()).peekable();
        let mut new = Entries(new.as_deref().unwrap_or_default()).peekable();
        loop {
            let order = match (old.peek(), new.peek()) {
                (None, None) => return Some(()),
                (Some(_), None) => std::cmp::Ordering::Less,
                (None, Some(_)) => std::cmp::Ordering::Greater,
                (Some(a), Some(b)) if a == b => {
                    old.next();
                    new.next();
                    continue;
                }
                (Some(a), Some(b)) => a.key().cmp(b.key()),
            };
            let a = if order.is_le() { old.next() } else { None };
            let b = if order.is_ge() { new.next() } else { None };
            self.differ(folder, a, b, depth)?;
        }
    }

    /// Two entries of the same name and kind, or only one.
    fn differ(
        &mut self,
        folder: &[u8],
        before: Option<Entry<'_>>,
        after: Option<Entry<'_>>,
        depth: usize,
    ) -> Option<()> {
        let Some(entry) = before.or(after) else { return Some(()) };
        let mut path = folder.to_vec();
        if !path.is_empty() {
            path.push(b'/');
        }
        path.extend_from_slice(entry.name);
        let (before, after) = (before.map(|it| it.id), after.map(|it| it.id));
        match entry.kind {
            Kind::Tree => self.compare(&path, before, after, depth + 1),
            Kind::File => {
                if let Ok(path) = RepoPath::new(&path) {
                    self.changes.push(Change { path, before, after });
                }
                Some(())
            }
            Kind::Submodule => Some(()),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Tree,
    File,
    Submodule,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Entry<'a> {
    mode: &'a [u8],
    name: &'a [u8],
    kind: Kind,
    id: Oid,
}

impl<'a> Entry<'a> {
    /// What git sorts by: folders as if their names ended with a slash.
    fn key(&self) -> impl Iterator<Item = &'a u8> {
        let slash: &[u8] = if self.kind == Kind::Tree { b"/" } else { b"" };
        self.name.iter().chain(slash)
    }
}

/// Entries of a tree; those after something that is none are left out.
struct Entries<'a>(&'a [u8]);

impl<'a> Iterator for Entries<'a> {
    type Item = Entry<'a>;

    fn next(&mut self) -> Option<Entry<'a>> {
        let space = self.0.iter().position(|byte| *byte == b' ')?;
        let (mode, rest) = (&self.0[..space], &self.0[space + 1..]);
        let end = rest.iter().position(|byte| *byte == 0)?;
        let (name, rest) = (&rest[..end], &rest[end + 1..]);
        let (id, rest) = rest.split_at_checked(20)?;
        self.0 = rest;
        let kind = match mode {
            b"40000" | b"040000" => Kind::Tree,
            b"160000" => Kind::Submodule,
            _ => Kind::File,
        };
        Some(Entry { mode, name, kind, id: Oid::from_bytes(id).ok()? })
    }
}
