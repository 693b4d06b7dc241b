//! What is kept of a commit: the words of its message and of its changed lines, by number.

use git2::Oid;
use serde::{Deserialize, Serialize};

use crate::index::each_word;
use crate::index::history::pool::Pool;
use crate::repo::{Ancestor, PastCommit};

/// Which state the file is of, and what holds for all of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct About {
    pub(super) key: Option<Key>,
    /// Whether no commit is left to be read.
    pub(super) complete: bool,
    pub(super) commits: u32,
    pub(super) changes: u32,
    /// Words, on average.
    pub(super) message_length: f32,
    pub(super) change_length: f32,
}

/// What a file is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Key {
    pub(super) head: [u8; 20],
    /// Where a shallow clone was cut off.
    pub(super) shallow: u64,
    pub(super) reach: Reach,
}

/// How far back the history is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reach {
    /// Of how many commits the message and the files.
    pub commits: u32,
    /// Of how many of these the changed lines.
    pub lines: u32,
}

/// A commit that counts, or may again. Numbers are places in a pool or a dictionary.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) files: Vec<u32>,
    /// Before and after.
    pub(super) moves: Vec<(u32, u32)>,
    pub(super) message: Bag,
    /// By place among the files; `None` where the lines were not read.
    pub(super) changes: Option<Vec<(u32, Bag)>>,
    /// An object that is not here, without which not all can be read.
    missing: Option<[u8; 20]>,
}

/// Words without their order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Bag {
    /// How many words there are.
    pub(super) length: u32,
    /// Each word, and how often it is there.
    pub(super) words: Vec<(u32, u32)>,
}

impl Record {
    /// A commit without files votes for nothing, so its words are not kept.
    pub(super) fn new(
        commit: &PastCommit,
        lines: bool,
        words: &mut Pool,
        paths: &mut Pool,
    ) -> Self {
        let missing: Option<[u8; 20]> = commit.missing.and_then(|id| id.as_bytes().try_into().ok());
        let changes = (lines && missing.is_none()).then(Vec::new);
        let mut record = Self { changes, missing, ..Self::default() };
        for (old, new) in &commit.moves {
            record.moves.push((paths.number(old.as_bytes()), paths.number(new.as_bytes())));
        }
        if commit.files.is_empty() {
            return record;
        }
        record.message = Bag::new(&commit.message, words);
        for (place, file) in (0u32..).zip(&commit.files) {
            record.files.push(paths.number(file.path.as_bytes()));
            if let Some(changes) = &mut record.changes
                && !file.lines.is_empty()
            {
                changes.push((place, Bag::new(&file.lines, words)));
            }
        }
        record
    }

    pub(super) fn missing(&self) -> Option<Oid> {
        self.missing.and_then(|id| Oid::from_bytes(&id).ok())
    }

    pub(super) fn bags(&self) -> impl Iterator<Item = &Bag> {
        let changes = self.changes.iter().flatten().map(|(_, bag)| bag);
        std::iter::once(&self.message).chain(changes)
    }

    pub(super) fn paths(&self) -> impl Iterator<Item = u32> {
        let moves = self.moves.iter().flat_map(|(old, new)| [*old, *new]);
        self.files.iter().copied().chain(moves)
    }

    /// Whether all its numbers are places among so many words and paths.
    pub(super) fn fits(&self, words: usize, paths: usize) -> bool {
        let mut all = self.bags().flat_map(|bag| &bag.words);
        all.all(|(word, _)| (*word as usize) < words)
            && self.paths().all(|path| (path as usize) < paths)
    }

    /// The same with other numbers.
    pub(super) fn placed(&self, words: &[u32], paths: &[u32]) -> Self {
        let path = |number: &u32| paths[*number as usize];
        let moves = self.moves.iter().map(|(old, new)| (path(old), path(new))).collect();
        let placed = Self { files: self.files.iter().map(path).collect(), moves, ..self.clone() };
        placed.with_bags(|bag| {
            for (word, _) in &mut bag.words {
                *word = words[*word as usize];
            }
            bag.words.sort_unstable();
        })
    }

    /// Words as differences to the one before, which take less room.
    pub(super) fn packed(self) -> Self {
        self.with_bags(|bag| {
            let mut before = 0;
            for (word, _) in &mut bag.words {
                (*word, before) = (word.wrapping_sub(before), *word);
            }
        })
    }

    pub(super) fn unpacked(self) -> Self {
        self.with_bags(|bag| {
            let mut before = 0u32;
            for (word, _) in &mut bag.words {
                *word = word.wrapping_add(before);
                before = *word;
            }
        })
    }

    fn with_bags(mut self, change: impl Fn(&mut Bag)) -> Self {
        let changes = self.changes.iter_mut().flatten().map(|(_, bag)| bag);
        std::iter::once(&mut self.message).chain(changes).for_each(change);
        self
    }
}

impl Bag {
    fn new(text: &str, pool: &mut Pool) -> Self {
        let mut all = Vec::new();
        each_word(text, |word| all.push(pool.number(word.as_bytes())));
        all.sort_unstable();
        let words: Vec<(u32, u32)> =
            all.chunk_by(|a, b| a == b).map(|same| (same[0], same.len() as u32)).collect();
        Self { length: all.len() as u32, words }
    }
}

/// The commits that are known, and their parents by place; ids of parents that are not known follow.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Nodes {
    ids: Vec<[u8; 20]>,
    nodes: Vec<(i64, Vec<u32>)>,
}

impl Nodes {
    pub(super) fn new(ancestors: &[Ancestor]) -> Self {
        let mut pool = Pool::default();
        for ancestor in ancestors {
            pool.number(ancestor.id.as_bytes());
        }
        let mut nodes = Vec::with_capacity(ancestors.len());
        for ancestor in ancestors {
            let parents = ancestor.parents.iter().map(|id| pool.number(id.as_bytes())).collect();
            nodes.push((ancestor.time, parents));
        }
        let id = |place| pool.get(place).try_into().unwrap_or_default();
        Self { ids: (0..pool.len() as u32).map(id).collect(), nodes }
    }

    pub(super) fn ancestors(&self) -> Option<Vec<Ancestor>> {
        let id = |place: usize| Oid::from_bytes(self.ids.get(place)?).ok();
        let ancestor = |(place, (time, parents)): (usize, &(i64, Vec<u32>))| {
            let parents = parents.iter().map(|it| id(*it as usize)).collect::<Option<_>>()?;
            Some(Ancestor { id: id(place)?, time: *time, parents })
        };
        self.nodes.iter().enumerate().map(ancestor).collect()
    }
}
