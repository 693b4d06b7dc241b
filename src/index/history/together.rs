//! Files that change together.

use std::collections::BTreeMap;

use crate::base::RepoPath;
use crate::index::columns::row;
use crate::index::history::History;
use crate::index::history::store::Part;

/// A commit of more files says little about any two of them.
const MOST_FILES: usize = 12;
/// Commits that a file is given beside its own, so that one commit alone is no proof.
const DOUBT: f32 = 2.0;

impl History {
    /// For each of `paths`, the files that past commits changed with it, in the order of paths: the
    /// share of its commits that changed the other one too, where a commit of `n` files counts
    /// `1 / ln(n + 1)`.
    pub fn together(&self, paths: &[&[u8]]) -> Vec<Vec<(RepoPath, f32)>> {
        let places: Vec<Option<u32>> = paths.iter().map(|path| self.paths().find(path)).collect();
        let mut commits = vec![0u32; paths.len()];
        let mut shared = vec![BTreeMap::<u32, f32>::new(); paths.len()];
        let all = self.part(Part::Files);
        let mut start = 0;
        for commit in 1..=self.about.commits as usize {
            let Some([_, end, ..]) = row::<4>(self.part(Part::Commits), commit) else { break };
            let files = (start..end as usize).map_while(|place| row::<1>(all, place));
            let files: Vec<u32> = files.map(|[file]| file).collect();
            start = end as usize;
            for (asked, place) in places.iter().enumerate() {
                if !place.is_some_and(|place| files.contains(&place)) {
                    continue;
                }
                commits[asked] += 1;
                if files.len() <= MOST_FILES {
                    let weight = 1.0 / (files.len() as f32 + 1.0).ln();
                    for other in files.iter().filter(|file| Some(**file) != *place) {
                        *shared[asked].entry(*other).or_default() += weight;
                    }
                }
            }
        }
        let share = |(shared, commits): (BTreeMap<u32, f32>, u32)| {
            let all = commits as f32 + DOUBT;
            self.named(shared.into_iter().map(|(file, weight)| (file, weight / all)).collect())
        };
        shared.into_iter().zip(commits).map(share).collect()
    }
}
