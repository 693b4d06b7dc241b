//! Sorted byte strings in two parts: their ends, and their bytes one after another.

use crate::index::columns::entry;

/// Byte strings in their order, as they are stored.
#[derive(Clone, Copy)]
pub(in crate::index) struct Dictionary<'a> {
    pub(in crate::index) ends: &'a [u8],
    pub(in crate::index) bytes: &'a [u8],
}

impl<'a> Dictionary<'a> {
    pub(in crate::index) fn len(self) -> usize {
        self.ends.len() / 4
    }

    pub(in crate::index) fn get(self, place: u32) -> Option<&'a [u8]> {
        entry(self.ends, self.bytes, place as usize)
    }

    pub(in crate::index) fn find(self, word: &[u8]) -> Option<u32> {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low.midpoint(high);
            match entry(self.ends, self.bytes, middle)?.cmp(word) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return u32::try_from(middle).ok(),
            }
        }
        None
    }
}
