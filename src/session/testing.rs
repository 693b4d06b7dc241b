//! What tests of tasks work in.

use crate::base::Digest;
use crate::index::{self, Index};
use crate::policy::{self, Actor, Rules};
use crate::repo::{self, Limits, Repo};

/// An index of `repo` as agents may see it, and the folder that it is in; it goes when that is dropped.
pub(super) fn indexed(repo: &Repo, rules: &Rules) -> (Index, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let limits = Limits { file_bytes: 1 << 20 };
    let settings = index::Settings {
        dir: folder.path().to_owned(),
        list: &|old| repo::list(repo.root(), Some(repo.git()), &limits, old),
        may_read: &policy::may_read(rules, Actor::Agent),
        rulings: Digest::zero(),
        progress: &|_, _| {},
        stop: &|| false,
    };
    index::refresh(repo.root(), &settings).unwrap();
    (Index::open(folder.path(), repo.root()).unwrap(), folder)
}
