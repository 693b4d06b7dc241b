//! Repositories to try things on.

use std::fs;
use std::path::Path;

use git2::{IndexAddOption, RepositoryInitOptions, Signature};
use tempfile::TempDir;

use crate::base::RepoPath;
use crate::repo::{FileState, Mode, Repo};

/// A repository with `files` committed, and the directory that goes when it is dropped.
pub(crate) fn scratch(files: &[(&str, &str)]) -> (TempDir, Repo) {
    let (dir, repo) = unborn();
    for (path, text) in files {
        put(dir.path(), path, text);
    }
    commit_all(&repo);
    (dir, repo)
}

/// A repository without a commit.
pub(crate) fn unborn() -> (TempDir, Repo) {
    let dir = TempDir::new().unwrap();
    let mut options = RepositoryInitOptions::new();
    options.initial_head("main").external_template(false);
    let git = git2::Repository::init_opts(dir.path(), &options).unwrap();
    let mut config = git.config().unwrap();
    config.set_bool("core.autocrlf", false).unwrap();
    let repo = Repo::discover(dir.path()).unwrap();
    (dir, repo)
}

/// Writes a file of the work tree.
pub(crate) fn put(root: &Path, path: &str, text: impl AsRef<[u8]>) {
    use std::io::Write;
    let place = root.join(path);
    fs::create_dir_all(place.parent().unwrap()).unwrap();
    fs::File::create(place).unwrap().write_all(text.as_ref()).unwrap();
}

/// Commits all files that are not ignored.
pub(crate) fn commit_all(repo: &Repo) -> git2::Oid {
    let git = repo.git();
    let mut index = git.index().unwrap();
    index.add_all(["*"], IndexAddOption::DEFAULT, None).unwrap();
    index.write().unwrap();
    let tree = git.find_tree(index.write_tree().unwrap()).unwrap();
    let who = Signature::new("Ada", "ada@example.org", &git2::Time::new(1_700_000_000, 0)).unwrap();
    let parent = repo.head().unwrap().map(|head| git.find_commit(head).unwrap());
    let parents: Vec<_> = parent.iter().collect();
    git.commit(Some("HEAD"), &who, &who, "work", &tree, &parents).unwrap()
}

/// A regular file of `text`.
pub(crate) fn state(text: &str) -> FileState {
    FileState { bytes: text.as_bytes().to_vec(), mode: Mode::Regular }
}

/// A path that is known to be one.
pub(crate) fn path(text: &str) -> RepoPath {
    RepoPath::new(text).unwrap()
}

/// Gives everything that was written since 1971 the time `step`, so that nothing is racy.
pub(crate) fn age(folder: &Path, step: u64) {
    const YEAR: u64 = 365 * 24 * 3600;
    let old = |seconds| std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
    for entry in fs::read_dir(folder).unwrap().flatten() {
        if entry.file_type().unwrap().is_dir() {
            age(&entry.path(), step);
        }
    }
    for path in fs::read_dir(folder).unwrap().flatten().map(|it| it.path()).chain([folder.into()]) {
        if path.metadata().unwrap().modified().unwrap() > old(YEAR) {
            fs::File::open(path).unwrap().set_modified(old(step)).unwrap();
        }
    }
}
