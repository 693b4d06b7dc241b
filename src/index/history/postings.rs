//! BM25 over messages or changes: which of them say some words, and how well.

use crate::index::WeightedWord;
use crate::index::columns::{entry, row, varint};
use crate::index::history::History;
use crate::index::history::store::Part;
use crate::index::score::{idf, saturation};

/// How far long texts are held back.
const B: f32 = 0.5;

/// Texts that words are looked for in.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Texts {
    Messages,
    Changes,
}

impl History {
    /// The score of each text, by place. Sums are in the order of `words`, so that they are the same
    /// to the last bit.
    pub(super) fn scores(&self, texts: Texts, words: &[WeightedWord]) -> Vec<f32> {
        let (all, average) = match texts {
            Texts::Messages => (self.about.commits, self.about.message_length),
            Texts::Changes => (self.about.changes, self.about.change_length),
        };
        let mut scores = vec![0.0; all as usize];
        for WeightedWord { word, weight } in words {
            let Some(word) = self.words().find(word.as_bytes()) else { continue };
            let found = self.postings(texts, word);
            let weight = weight * idf(all as usize, found.len());
            for (place, count) in found {
                if let Some(score) = scores.get_mut(place as usize) {
                    *score += weight * saturation(count, self.length(texts, place), average, B);
                }
            }
        }
        scores
    }

    fn length(&self, texts: Texts, place: u32) -> u32 {
        let place = place as usize;
        let length = match texts {
            Texts::Messages => row::<4>(self.part(Part::Commits), place).map(|row| row[3]),
            Texts::Changes => row::<2>(self.part(Part::Changes), place).map(|row| row[1]),
        };
        length.unwrap_or_default()
    }

    /// The texts that have a word, and how often.
    pub(super) fn postings(&self, texts: Texts, word: u32) -> Vec<(u32, u32)> {
        let ends = self.part(Part::PostingEnds);
        let bytes = entry(ends, self.part(Part::Postings), word as usize).unwrap_or_default();
        let split = |mut bytes| {
            let first = varint(&mut bytes)? as usize;
            bytes.split_at_checked(first)
        };
        let (messages, changes) = split(bytes).unwrap_or_default();
        list(if texts == Texts::Messages { messages } else { changes })
    }
}

fn list(mut bytes: &[u8]) -> Vec<(u32, u32)> {
    let (mut postings, mut place) = (Vec::new(), 0u32);
    while let Some(step) = varint(&mut bytes) {
        place = place.wrapping_add(step >> 1);
        let count = if step & 1 == 0 { Some(1) } else { varint(&mut bytes) };
        postings.push((place, count.unwrap_or(1)));
    }
    postings
}
