//! What an agent may see of the work tree: the one place that reads files for it.
//!
//! Two have a say: the policy, and the ignore files that people write for agents.

mod rules;

use git2::Oid;

use crate::base::RepoPath;
use crate::policy::{self, Actor, ReadPath};
use crate::proposal::Files;
use crate::repo::FileState;
use crate::session::decide::Desk;

pub(super) use rules::AgentRules;

/// Larger files are never shown to a model, in bytes.
const LARGEST: u64 = 4 << 20;

/// The file as it stands on disk, if an agent may read it.
pub(super) fn read(desk: &Desk, path: &RepoPath) -> Option<FileState> {
    may_read(desk, path)?;
    let size = path.under(desk.repo.root()).symlink_metadata().ok()?.len();
    if size > LARGEST { None } else { desk.repo.read(path).ok().flatten() }
}

/// The file as `tree` has it, if an agent may read it: what a person edits meanwhile is not in it.
pub(super) fn read_in(desk: &Desk, tree: Oid, path: &RepoPath) -> Option<FileState> {
    may_read(desk, path)?;
    let state = desk.repo.read_in(tree, path).ok().flatten()?;
    (state.bytes.len() as u64 <= LARGEST).then_some(state)
}

/// Nothing where an agent may not, whether there is such a file or not.
fn may_read(desk: &Desk, path: &RepoPath) -> Option<()> {
    policy::judge(&desk.rules, Actor::Agent, ReadPath { path: path.clone() }).permit().ok()?;
    (!desk.kept.keep(desk.repo.root(), path)).then_some(())
}

/// The files that edits may name: those that an agent may read.
pub(super) struct Seen<'a> {
    pub(super) desk: &'a Desk,
    pub(super) shown: &'a [RepoPath],
}

impl Files for Seen<'_> {
    fn read(&self, path: &RepoPath) -> Option<FileState> {
        read(self.desk, path)
    }

    fn shown(&self) -> &[RepoPath] {
        self.shown
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::config::Mode;
    use crate::policy::Rules;
    use crate::repo::testing::{path, put, scratch};

    #[test]
    fn what_people_keep_from_agents_is_not_read_by_its_name() {
        let files = [("kept.py", "k = 1\n"), ("shown.py", "s = 1\n"), ("a/kept.py", "k = 2\n")];
        let (dir, repo) = scratch(&files);
        let desk = Desk::open(repo, Rules::built_in(Mode::Ask).unwrap()).unwrap();
        let tree = desk.repo.snapshot().unwrap().base_tree;
        let readable = || {
            let on_disk = files.map(|(name, _)| read(&desk, &path(name)).is_some());
            let in_tree = files.map(|(name, _)| read_in(&desk, tree, &path(name)).is_some());
            (on_disk, in_tree)
        };
        assert_eq!(readable(), ([true; 3], [true; 3]));
        put(dir.path(), ".countersignignore", "kept.py\n");
        assert_eq!(readable(), ([false, true, false], [false, true, false]));
        // It is in the tree still.
        fs::remove_file(dir.path().join("kept.py")).unwrap();
        assert_eq!(readable(), ([false, true, false], [false, true, false]));
        put(dir.path(), ".countersignignore", "/kept.py\n");
        assert_eq!(readable(), ([false, true, true], [false, true, true]));
    }
}
