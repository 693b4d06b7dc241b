//! What queries read: postings by word, and rows of commits and changes.

use std::collections::HashMap;

use crate::index::columns::{encode, push_entry, push_row, push_varint};
use crate::index::history::record::{About, Bag, Reach, Record};
use crate::index::history::store::{Part, Parts};

/// Gathered from the newest commit to the oldest.
pub(super) struct Columns {
    /// How many more commits have lines that count.
    lines: u32,
    /// Where a file of the past is now.
    now: HashMap<u32, u32>,
    /// By word: which messages and which changes have it, and how often.
    messages: Vec<Vec<(u32, u32)>>,
    changes: Vec<Vec<(u32, u32)>>,
    commit_rows: Vec<u8>,
    file_rows: Vec<u8>,
    change_rows: Vec<u8>,
    about: About,
    message_words: u64,
    change_words: u64,
}

impl Columns {
    /// For so many words.
    pub(super) fn new(words: usize, reach: Reach) -> Self {
        Self {
            lines: reach.lines,
            now: HashMap::new(),
            messages: vec![Vec::new(); words],
            changes: vec![Vec::new(); words],
            commit_rows: Vec::new(),
            file_rows: Vec::new(),
            change_rows: Vec::new(),
            about: About::default(),
            message_words: 0,
            change_words: 0,
        }
    }

    /// Counts a commit, which is no merge; its record is the one at `place`.
    pub(super) fn add(&mut self, place: u32, record: &Record) {
        let lines = self.lines > 0;
        self.lines = self.lines.saturating_sub(1);
        let files: Vec<u32> = record.files.iter().map(|file| self.today(*file)).collect();
        if !files.is_empty() {
            self.commit(place, &record.message);
            for file in &files {
                push_row(&mut self.file_rows, [*file]);
            }
            for (file, bag) in record.changes.iter().flatten().filter(|_| lines) {
                if let Some(file) = files.get(*file as usize) {
                    self.change(*file, bag);
                }
            }
            self.about.commits += 1;
        }
        let moves: Vec<(u32, u32)> =
            record.moves.iter().map(|(old, new)| (*old, self.today(*new))).collect();
        self.now.extend(moves);
    }

    fn today(&self, path: u32) -> u32 {
        self.now.get(&path).copied().unwrap_or(path)
    }

    fn commit(&mut self, place: u32, message: &Bag) {
        let (files, changes) = (self.file_rows.len() as u32 / 4, self.about.changes);
        push_row(&mut self.commit_rows, [place, files, changes, message.length]);
        for (word, count) in &message.words {
            self.messages[*word as usize].push((self.about.commits, *count));
        }
        self.message_words += u64::from(message.length);
    }

    fn change(&mut self, file: u32, bag: &Bag) {
        push_row(&mut self.change_rows, [file, bag.length]);
        for (word, count) in &bag.words {
            self.changes[*word as usize].push((self.about.changes, *count));
        }
        self.about.changes += 1;
        self.change_words += u64::from(bag.length);
    }

    pub(super) fn finish(mut self, about: About, parts: &mut Parts) {
        let (files, changes) = (self.file_rows.len() as u32 / 4, self.about.changes);
        push_row(&mut self.commit_rows, [u32::MAX, files, changes, 0]);
        let average = |words: u64, all: u32| (words as f32 / all.max(1) as f32).max(1.0);
        let about = About {
            message_length: average(self.message_words, self.about.commits),
            change_length: average(self.change_words, self.about.changes),
            commits: self.about.commits,
            changes: self.about.changes,
            ..about
        };
        let (mut ends, mut postings) = (Vec::new(), Vec::new());
        for (messages, changes) in self.messages.iter().zip(&self.changes) {
            push_entry(&mut ends, &mut postings, &both(messages, changes));
        }
        parts[Part::About as usize] = encode(&about);
        parts[Part::PostingEnds as usize] = ends;
        parts[Part::Postings as usize] = postings;
        parts[Part::Commits as usize] = self.commit_rows;
        parts[Part::Files as usize] = self.file_rows;
        parts[Part::Changes as usize] = self.change_rows;
    }
}

/// Two lists of postings: the bytes of the first are counted, then both.
fn both(messages: &[(u32, u32)], changes: &[(u32, u32)]) -> Vec<u8> {
    let (first, second) = (list(messages), list(changes));
    let mut bytes = Vec::with_capacity(first.len() + second.len() + 2);
    push_varint(&mut bytes, first.len() as u32);
    bytes.extend(first);
    bytes.extend(second);
    bytes
}

/// Each place as the difference to the one before; its lowest bit tells that a count follows, which
/// is one otherwise.
fn list(postings: &[(u32, u32)]) -> Vec<u8> {
    let (mut bytes, mut before) = (Vec::new(), 0);
    for (place, count) in postings {
        let step = place - before;
        before = *place;
        push_varint(&mut bytes, step << 1 | u32::from(*count > 1));
        if *count > 1 {
            push_varint(&mut bytes, *count);
        }
    }
    bytes
}
