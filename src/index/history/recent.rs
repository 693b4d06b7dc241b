//! How long ago a file was changed, counted in commits.

use crate::index::columns::row;
use crate::index::history::History;
use crate::index::history::store::Part;

impl History {
    /// For each of `paths`, how many commits that count are newer than the newest that changed it;
    /// `None` where none is known to have. Commits without files do not count: merges, and those of
    /// more files than are kept.
    pub fn ages<'a>(&self, paths: impl IntoIterator<Item = &'a [u8]>) -> Vec<Option<u32>> {
        let mut newest: Vec<Option<u32>> = vec![None; self.paths().len()];
        let all = self.part(Part::Files);
        let mut start = 0;
        for commit in 0..self.about.commits {
            let next = row::<4>(self.part(Part::Commits), commit as usize + 1);
            let Some([_, end, ..]) = next else { break };
            for [file] in (start..end as usize).map_while(|place| row::<1>(all, place)) {
                if let Some(age) = newest.get_mut(file as usize) {
                    age.get_or_insert(commit);
                }
            }
            start = end as usize;
        }
        let age = |path: &[u8]| newest.get(self.paths().find(path)? as usize).copied()?;
        paths.into_iter().map(age).collect()
    }
}
