//! The words of code that go with words of people: what the best commits for them changed.
//!
//! This is relevance feedback (Lavrenko and Croft, "Relevance-Based Language Models", 2001): a
//! commit's message stands for the query, its lines for the answer.

use rustc_hash::FxHashMap;

use crate::base::RepoPath;
use crate::index::WeightedWord;
use crate::index::history::History;
use crate::index::history::record::{Record, decode};
use crate::index::history::store::{Part, entry, row};

/// How many commits are asked, and how many words they give at most.
const COMMITS: usize = 15;
const WORDS: usize = 15;
/// A word that fewer of them say belongs to one commit and not to the query.
const MIN_COMMITS: u32 = 2;
/// Holds back the words of tiny changes, of which each is a large share.
const HOLD: f32 = 30.0;
/// Shorter words say little.
const MIN_WORD: usize = 3;

/// What a word has in the commits that were asked.
#[derive(Default)]
struct Share {
    sum: f32,
    commits: u32,
}

impl History {
    /// The words of lines that commits changed whose messages say `words`, without these, the most
    /// telling first; their weights add up to one. Files that are not `visible` tell nothing.
    pub fn vocabulary(
        &self,
        words: &[WeightedWord],
        visible: &dyn Fn(&RepoPath) -> bool,
    ) -> Vec<WeightedWord> {
        let mut sums: FxHashMap<u32, Share> = FxHashMap::default();
        for (commit, score) in self.best_commits(words, COMMITS) {
            self.gather(commit, score, visible, &mut sums);
        }
        let dictionary = self.words();
        let asked: Vec<u32> =
            words.iter().filter_map(|it| dictionary.find(it.word.as_bytes())).collect();
        let mut found: Vec<(String, f32)> = sums
            .into_iter()
            .filter(|(word, share)| share.commits >= MIN_COMMITS && !asked.contains(word))
            .filter_map(|(word, share)| {
                let text = std::str::from_utf8(dictionary.get(word)?).ok()?;
                let telling = text.len() >= MIN_WORD && !text.starts_with(|c: char| c.is_numeric());
                telling.then(|| (text.to_owned(), share.sum * self.change_idf(word)))
            })
            .collect();
        found.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        found.truncate(WORDS);
        let all: f32 = found.iter().map(|(_, weight)| weight).sum();
        let weighted = |(word, weight)| WeightedWord { word, weight: weight / all };
        found.into_iter().map(weighted).collect()
    }

    /// Adds the share of each word in the changed lines of a commit.
    fn gather(
        &self,
        commit: u32,
        score: f32,
        visible: &dyn Fn(&RepoPath) -> bool,
        sums: &mut FxHashMap<u32, Share>,
    ) {
        let Some(commit) = self.commit(commit) else { return };
        let (ends, bytes) = (self.part(Part::RecordEnds), self.part(Part::Records));
        let record: Option<Record> =
            entry(ends, bytes, commit.record as usize).and_then(decode).map(Record::unpacked);
        let bags = record.and_then(|record| record.changes).unwrap_or_default();
        let rows = self.part(Part::Changes);
        let mut seen = Vec::new();
        for (place, (_, bag)) in commit.changes.zip(bags) {
            let path = row::<2>(rows, place as usize).and_then(|[file, _]| self.path(file));
            if path.is_some_and(|path| visible(&path)) {
                seen.push(bag);
            }
        }
        let length: u32 = seen.iter().map(|bag| bag.length).sum();
        let mut counts: FxHashMap<u32, u32> = FxHashMap::default();
        for (word, count) in seen.into_iter().flat_map(|bag| bag.words) {
            *counts.entry(word).or_default() += count;
        }
        for (word, count) in counts {
            let share = sums.entry(word).or_default();
            share.sum += score * count as f32 / (length as f32 + HOLD);
            share.commits += 1;
        }
    }
}
