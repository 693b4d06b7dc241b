//! Past commits vote for the files that they changed.

use crate::base::RepoPath;
use crate::index::WeightedWord;
use crate::index::columns::row;
use crate::index::history::postings::Texts;
use crate::index::history::store::Part;
use crate::index::history::{History, best_first};

/// How many commits may vote.
const VOTERS: usize = 100;
/// How many changes of a file speak for it.
const CHANGES_A_FILE: usize = 3;

/// What the past says about files, in two lists, each best first with equal votes in the order of
/// paths. A file that was moved has the votes for where it was.
#[derive(Clone, Debug, PartialEq)]
pub struct Votes<T = RepoPath> {
    /// By words of messages: the best hundred commits give their score to their files, divided by
    /// the square root of how many these are.
    pub messages: Vec<(T, f32)>,
    /// By words of lines that went or came: the best three changes of each file.
    pub changes: Vec<(T, f32)>,
}

impl History {
    /// Asks all commits that are known.
    pub fn votes(&self, words: &[WeightedWord]) -> Votes {
        self.votes_for(words, usize::MAX, Some)
    }

    /// The same for files that `find` knows by their paths, and no more than `most` in each list:
    /// those behind them are not even named.
    pub fn votes_for<T>(
        &self,
        words: &[WeightedWord],
        most: usize,
        find: impl Fn(RepoPath) -> Option<T>,
    ) -> Votes<T> {
        let known = |scored: Vec<(u32, f32)>| -> Vec<(T, f32)> {
            let known = |(file, score)| Some((find(self.path(file)?)?, score));
            scored.into_iter().filter_map(known).take(most).collect()
        };
        let messages = best_first(self.message_votes(words));
        Votes { messages: known(messages), changes: known(self.change_votes(words)) }
    }

    /// The commits whose messages say the words best, equal ones the newest first.
    pub(super) fn best_commits(&self, words: &[WeightedWord], most: usize) -> Vec<(u32, f32)> {
        let scores = self.scores(Texts::Messages, words);
        let mut best = best_first((0u32..).zip(scores).collect());
        best.truncate(most);
        best
    }

    fn message_votes(&self, words: &[WeightedWord]) -> Vec<(u32, f32)> {
        let mut votes = vec![0.0; self.paths().len()];
        for (commit, score) in self.best_commits(words, VOTERS) {
            let files = self.files_of(commit);
            let share = score / (files.len() as f32).sqrt();
            for file in files {
                if let Some(vote) = votes.get_mut(file as usize) {
                    *vote += share;
                }
            }
        }
        (0u32..).zip(votes).collect()
    }

    fn change_votes(&self, words: &[WeightedWord]) -> Vec<(u32, f32)> {
        let rows = self.part(Part::Changes);
        let mut best = vec![[0.0f32; CHANGES_A_FILE]; self.paths().len()];
        for (place, score) in self.scores(Texts::Changes, words).into_iter().enumerate() {
            let Some([file, _]) = row::<2>(rows, place) else { break };
            let Some(best) = best.get_mut(file as usize) else { continue };
            let at = best.partition_point(|it| *it >= score);
            if at < CHANGES_A_FILE {
                best[at..].rotate_right(1);
                best[at] = score;
            }
        }
        best_first((0u32..).zip(best.iter().map(|best| best.iter().sum())).collect())
    }

    pub(super) fn named(&self, scored: Vec<(u32, f32)>) -> Vec<(RepoPath, f32)> {
        scored.into_iter().filter_map(|(file, score)| Some((self.path(file)?, score))).collect()
    }
}
