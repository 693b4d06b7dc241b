//! How files change: together with which others, how often, and when.

use crate::base::RepoPath;
use crate::index::history::store::{Part, row};
use crate::index::history::{History, best_first};

/// Holds back files that changed once or twice, which prove little.
const DOUBT: f32 = 0.5;

impl History {
    /// The files that changed in the same commits as `seeds`, which count by their weight: for each
    /// the cosine of how the two changed, a commit of many files counting less. Best first, equal
    /// ones in the order of paths; the seeds are left out.
    pub fn changed_with(&self, seeds: &[(RepoPath, f32)]) -> Vec<(RepoPath, f32)> {
        let paths = self.paths();
        let seeds: Vec<(u32, f32)> = seeds
            .iter()
            .filter_map(|(path, weight)| Some((paths.find(path.as_bytes())?, *weight)))
            .collect();
        let mut norms = vec![0.0f32; paths.len()];
        let mut together: Vec<(u32, usize, f32)> = Vec::new();
        for commit in (0..self.about.commits).map_while(|place| self.commit(place)) {
            let share = 1.0 / commit.files.len().max(1) as f32;
            let files: Vec<u32> = self.files_of(&commit).collect();
            for file in &files {
                if let Some(norm) = norms.get_mut(*file as usize) {
                    *norm += share;
                }
            }
            for (place, (seed, _)) in seeds.iter().enumerate() {
                if files.contains(seed) {
                    together.extend(files.iter().map(|file| (*file, place, share)));
                }
            }
        }
        let norm = |file: u32| norms.get(file as usize).map_or(1.0, |it| (it + DOUBT).sqrt());
        let mut sums = vec![0.0f32; paths.len()];
        for (file, place, share) in together {
            let (seed, weight) = seeds[place];
            if let Some(sum) = sums.get_mut(file as usize) {
                *sum += weight * share / (norm(seed) * norm(file));
            }
        }
        for (seed, _) in &seeds {
            sums[*seed as usize] = 0.0;
        }
        self.named(best_first((0u32..).zip(sums).collect()))
    }

    /// How often a file changed lately; a change counts half after 90 days, by the time of HEAD.
    pub fn churn(&self, path: &RepoPath) -> f32 {
        self.fact(path).map_or(0.0, |[churn, ..]| f32::from_bits(churn))
    }

    /// When a file changed last, in seconds since 1970, as far back as the history is known.
    pub fn last_changed(&self, path: &RepoPath) -> Option<i64> {
        let [_, low, high] = self.fact(path)?;
        let time = (u64::from(high) << 32 | u64::from(low)) as i64;
        (time != i64::MIN).then_some(time)
    }

    fn fact(&self, path: &RepoPath) -> Option<[u32; 3]> {
        row(self.part(Part::Facts), self.paths().find(path.as_bytes())? as usize)
    }
}
