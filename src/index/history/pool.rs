//! Words and paths by number while they are gathered; once stored, they are a sorted dictionary.

use std::hash::Hasher;

use rustc_hash::FxHasher;

use crate::index::columns::{Dictionary, push_entry};

/// Byte strings, numbered as they come.
#[derive(Default)]
pub(super) struct Pool {
    bytes: Vec<u8>,
    ends: Vec<u32>,
    /// An open table of numbers plus one; zero is free.
    slots: Vec<u32>,
}

impl Pool {
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn get(&self, id: u32) -> &[u8] {
        let id = id as usize;
        let start = if id == 0 { 0 } else { self.ends[id - 1] };
        &self.bytes[start as usize..self.ends[id] as usize]
    }

    /// The number of `word`.
    pub(super) fn number(&mut self, word: &[u8]) -> u32 {
        if self.len() * 2 >= self.slots.len() {
            self.grow();
        }
        let slot = self.slot(word);
        if self.slots[slot] == 0 {
            self.bytes.extend_from_slice(word);
            self.ends.push(self.bytes.len() as u32);
            self.slots[slot] = self.len() as u32;
        }
        self.slots[slot] - 1
    }

    /// Where `word` is, or would be.
    fn slot(&self, word: &[u8]) -> usize {
        let mut hasher = FxHasher::default();
        hasher.write(word);
        let mask = self.slots.len() - 1;
        let mut slot = hasher.finish() as usize & mask;
        while self.slots[slot] != 0 && self.get(self.slots[slot] - 1) != word {
            slot = (slot + 1) & mask;
        }
        slot
    }

    fn grow(&mut self) {
        self.slots = vec![0; (self.slots.len() * 2).max(1 << 10)];
        for id in 0..self.len() as u32 {
            let slot = self.slot(self.get(id));
            self.slots[slot] = id + 1;
        }
    }

    /// All of `dictionary`, with the same numbers; `None` where it has a string twice.
    pub(super) fn of(dictionary: Dictionary<'_>) -> Option<Self> {
        let mut pool = Self::default();
        for place in 0..dictionary.len() as u32 {
            if pool.number(dictionary.get(place)?) != place {
                return None;
            }
        }
        Some(pool)
    }

    /// Writes the strings that are `used`, sorted, and tells the place of each among them.
    pub(super) fn store(&self, used: &[bool], ends: &mut Vec<u8>, bytes: &mut Vec<u8>) -> Vec<u32> {
        let mut order: Vec<u32> = (0..self.len() as u32).filter(|id| used[*id as usize]).collect();
        // Stable sorting is fast on what was sorted for the most part: it came from a dictionary.
        order.sort_by(|a, b| self.get(*a).cmp(self.get(*b)));
        let mut places = vec![u32::MAX; self.len()];
        for (place, id) in (0u32..).zip(order) {
            places[id as usize] = place;
            push_entry(ends, bytes, self.get(id));
        }
        places
    }
}
