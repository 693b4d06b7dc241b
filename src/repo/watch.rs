//! When does the work tree change?
//!
//! Follows the folders that are listed, so that what is ignored is not even watched, unless git
//! tracks something in it, and says no more than that something changed: what it was, the next
//! listing finds. Nothing here opens a file.

use std::collections::{BTreeSet, HashSet};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use notify::event::ModifyKind;
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};

use crate::base::{Hint, RepoPath};
use crate::repo::walk::{RULE_FILES, parent, visible};
use crate::repo::{Listing, Repo};

/// How long it has to be quiet after a change.
const QUIET: Duration = Duration::from_millis(200);
/// How long changes are gathered at most.
const PATIENCE: Duration = Duration::from_secs(2);
/// Elsewhere a folder is watched with all that lies in it at no further cost.
const EACH_FOLDER: bool = cfg!(target_os = "linux");
/// Files of git whose change can change the list of files or the history.
const OF_GIT: [&str; 3] = ["HEAD", "index", "packed-refs"];

/// Why the work tree cannot be followed.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    #[error("`{0}` is no longer there")]
    Gone(PathBuf),
    #[error("the system watches no more folders than it does already")]
    TooMany,
    #[error("the work tree cannot be watched")]
    System(#[source] notify::Error),
}

impl Hint for WatchError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::TooMany => Some("raise `fs.inotify.max_user_watches` with `sysctl`".into()),
            Self::Gone(_) | Self::System(_) => None,
        }
    }
}

impl From<notify::Error> for WatchError {
    fn from(error: notify::Error) -> Self {
        match error.kind {
            notify::ErrorKind::MaxFilesWatch => Self::TooMany,
            _ => Self::System(error),
        }
    }
}

/// What the system says of a work tree.
pub struct Watch {
    watcher: RecommendedWatcher,
    events: Receiver<notify::Result<Event>>,
    root: PathBuf,
    git: PathBuf,
    /// Git's own file of rules for this repository.
    exclude: PathBuf,
    /// The folders that are watched, from the root.
    folders: HashSet<Vec<u8>>,
}

impl Watch {
    /// Watches git's own folder, and no other yet.
    pub fn new(repo: &Repo) -> Result<Self, WatchError> {
        let real = |path: &Path| path.canonicalize().map_err(|_| WatchError::Gone(path.to_owned()));
        let (root, git) = (real(repo.root())?, real(repo.git().path())?);
        let common = real(repo.git().commondir())?;
        let (sender, events) = mpsc::channel();
        let mut watcher = notify::recommended_watcher(move |event| drop(sender.send(event)))?;
        watcher.watch(&git, RecursiveMode::NonRecursive)?;
        for folder in [git.join("logs"), common.join("info")] {
            if folder.is_dir() {
                watcher.watch(&folder, RecursiveMode::NonRecursive)?;
            }
        }
        if !EACH_FOLDER {
            watcher.watch(&root, RecursiveMode::Recursive)?;
        }
        let exclude = common.join("info/exclude");
        Ok(Self { watcher, events, root, git, exclude, folders: HashSet::new() })
    }

    /// Watches the folders of `listing` and no others. Whether there are new ones: what happened in
    /// them before is not told, so the work tree has to be listed once more.
    pub fn follow(&mut self, listing: &Listing) -> Result<bool, WatchError> {
        let folders = listing.folders.iter().chain(listing.unlisted.iter());
        let wanted: HashSet<Vec<u8>> = folders.map(|it| it.0.to_vec()).collect();
        let new: Vec<Vec<u8>> = wanted.difference(&self.folders).cloned().collect();
        let old: Vec<Vec<u8>> = self.folders.difference(&wanted).cloned().collect();
        self.unwatch(&old);
        if EACH_FOLDER {
            for folder in &new {
                match self.watcher.watch(&self.place(folder), RecursiveMode::NonRecursive) {
                    Err(error) if matches!(error.kind, notify::ErrorKind::MaxFilesWatch) => {
                        return Err(error.into());
                    }
                    // It went again meanwhile, and its parent tells so.
                    _ => {}
                }
            }
        }
        self.folders = wanted;
        Ok(!new.is_empty())
    }

    /// Waits at most `patience` for a change of what is or could be in `listing`, and then until it is
    /// quiet. `stop` ends the waiting.
    pub fn changed(
        &mut self,
        listing: &Listing,
        patience: Duration,
        stop: &dyn Fn() -> bool,
    ) -> Result<bool, WatchError> {
        let gathered = gather(&self.events, patience, stop);
        self.is_there()?;
        self.forget(&gathered);
        Ok(gathered.lost || self.concerns(listing, gathered.paths))
    }

    /// An error where the work tree, or git's folder, is no longer there.
    pub fn is_there(&self) -> Result<(), WatchError> {
        match [&self.root, &self.git].into_iter().find(|place| !place.is_dir()) {
            Some(gone) => Err(WatchError::Gone(gone.clone())),
            None => Ok(()),
        }
    }

    /// Forgets the folders that came or went, with what lies in them: what stands in their place is
    /// not watched, and has to be followed anew.
    fn forget(&mut self, gathered: &Gathered) {
        let below = |path: &PathBuf| RepoPath::from_os(path.strip_prefix(&self.root).ok()?).ok();
        let moved: Vec<RepoPath> = (gathered.moved.iter().filter_map(below))
            .filter(|path| self.folders.contains(path.as_bytes()))
            .collect();
        let is_old = |folder: &Vec<u8>| {
            gathered.lost || moved.iter().any(|path| lies_in(folder, path.as_bytes()))
        };
        let old: Vec<Vec<u8>> = self.folders.extract_if(is_old).collect();
        self.unwatch(&old);
    }

    fn unwatch(&mut self, folders: &[Vec<u8>]) {
        if EACH_FOLDER {
            for folder in folders {
                // Its watch mostly went with it.
                let _ = self.watcher.unwatch(&self.place(folder));
            }
        }
    }

    fn place(&self, folder: &[u8]) -> PathBuf {
        if folder.is_empty() {
            self.root.clone()
        } else {
            self.root.join(OsStr::from_bytes(folder))
        }
    }

    /// Whether one of `paths` is in the listing, or would be.
    fn concerns(&self, listing: &Listing, paths: BTreeSet<PathBuf>) -> bool {
        if paths.contains(&self.exclude) {
            return true;
        }
        let (of_git, others): (Vec<_>, Vec<_>) =
            paths.into_iter().partition(|path| path.starts_with(&self.git));
        let matters = |path: &PathBuf| {
            path.file_name().and_then(OsStr::to_str).is_some_and(|name| OF_GIT.contains(&name))
        };
        if of_git.iter().any(matters) {
            return true;
        }
        let below = |path: &PathBuf| RepoPath::from_os(path.strip_prefix(&self.root).ok()?).ok();
        let others: BTreeSet<RepoPath> = others.iter().filter_map(below).collect();
        if others.iter().any(|path| is_listed(listing, path) || is_of_rules(listing, path)) {
            return true;
        }
        let new: BTreeSet<RepoPath> = others
            .into_iter()
            .filter(|path| path.parts().all(|part| part != b".git"))
            .filter(|path| path.under(&self.root).symlink_metadata().is_ok())
            .collect();
        !visible(&self.root, &new).is_empty()
    }
}

/// Whether a path is that of `folder` or of something in it.
fn lies_in(path: &[u8], folder: &[u8]) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| matches!(rest, [] | [b'/', ..]))
}

fn is_listed(listing: &Listing, path: &RepoPath) -> bool {
    listing.files.paths().find(path.as_bytes()).is_some()
        || listing.left_out.binary_search_by(|it| it.path.cmp(path)).is_ok()
        || listing.folders.paths().find(path.as_bytes()).is_some()
        || listing.tracked.paths().find(path.as_bytes()).is_some()
        || leads_to_tracked(listing, path)
}

/// Whether files that git tracks lie below the path, or could lie there.
fn leads_to_tracked(listing: &Listing, path: &RepoPath) -> bool {
    let (tracked, below) = (listing.tracked.paths(), [path.as_bytes(), b"/"].concat());
    let (Ok(at) | Err(at)) = tracked.place(&below);
    tracked.get(at).starts_with(&below)
}

/// Whether the path is of a file of rules that count; rules of git may ignore it all the same.
fn is_of_rules(listing: &Listing, path: &RepoPath) -> bool {
    let folder = parent(path.as_bytes());
    RULE_FILES.iter().any(|name| name.as_bytes() == path.file_name())
        && [&listing.folders, &listing.unlisted].iter().any(|it| it.paths().find(folder).is_some())
}

/// What changed within a short while.
#[derive(Debug, Default, PartialEq)]
struct Gathered {
    paths: BTreeSet<PathBuf>,
    /// Those of them that came or went, or may have.
    moved: BTreeSet<PathBuf>,
    /// Events were lost, so that anything may have changed.
    lost: bool,
}

/// Waits for a first event and takes in what follows it closely.
fn gather(
    events: &Receiver<notify::Result<Event>>,
    patience: Duration,
    stop: &dyn Fn() -> bool,
) -> Gathered {
    let mut gathered = Gathered::default();
    let Ok(first) = events.recv_timeout(patience) else { return gathered };
    gathered.take(first);
    let since = Instant::now();
    while since.elapsed() < PATIENCE && !stop() {
        match events.recv_timeout(QUIET) {
            Ok(event) => gathered.take(event),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break,
        }
    }
    gathered
}

impl Gathered {
    fn take(&mut self, event: notify::Result<Event>) {
        match event {
            Ok(event) if event.need_rescan() => self.lost = true,
            // To be read changes nothing, and we read a lot.
            Ok(Event { kind: EventKind::Access(_), .. }) => {}
            Ok(event) => {
                if !is_of_contents(event.kind) {
                    self.moved.extend(event.paths.iter().cloned());
                }
                self.paths.extend(event.paths);
            }
            Err(_) => self.lost = true,
        }
    }
}

/// Whether what changed surely is where it was.
fn is_of_contents(kind: EventKind) -> bool {
    matches!(kind, EventKind::Modify(ModifyKind::Data(_) | ModifyKind::Metadata(_)))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use notify::event::{AccessKind, CreateKind, DataChange, Flag};

    use super::*;
    use crate::repo::testing::{put, scratch};
    use crate::repo::{Limits, list};

    fn gathered(sent: Vec<notify::Result<Event>>) -> Gathered {
        let (sender, events) = mpsc::channel();
        sent.into_iter().for_each(|event| sender.send(event).unwrap());
        drop(sender);
        gather(&events, Duration::ZERO, &|| false)
    }

    #[test]
    fn what_was_lost_may_be_anything() {
        let rescan = Event::new(EventKind::Other).set_flag(Flag::Rescan);
        assert!(gathered(vec![Ok(rescan)]).lost);
        assert!(gathered(vec![Err(notify::Error::generic("broken"))]).lost);
        assert_eq!(gathered(Vec::new()), Gathered::default());
    }

    #[test]
    fn events_that_follow_are_one_change_and_reading_is_none() {
        let created = |path| Event::new(EventKind::Create(CreateKind::File)).add_path(path);
        let read = Event::new(EventKind::Access(AccessKind::Read)).add_path("c".into());
        let found = gathered(vec![Ok(created("a".into())), Ok(read), Ok(created("b".into()))]);
        assert_eq!(found.paths, BTreeSet::from(["a".into(), "b".into()]));
    }

    #[test]
    fn what_came_is_told_from_what_was_written() {
        let created = Event::new(EventKind::Create(CreateKind::Folder)).add_path("a".into());
        let written = EventKind::Modify(ModifyKind::Data(DataChange::Any));
        let found = gathered(vec![Ok(created), Ok(Event::new(written).add_path("b".into()))]);
        assert_eq!(found.moved, BTreeSet::from(["a".into()]));
    }

    #[test]
    fn a_folder_that_goes_and_comes_back_is_watched_again() {
        let (dir, repo) = scratch(&[("a/b/c.rs", "c"), ("d/e.rs", "e")]);
        let listing = list(repo.root(), Some(repo.git()), &Limits::default(), None);
        let mut watch = Watch::new(&repo).unwrap();
        assert!(watch.follow(&listing).unwrap());
        assert!(!watch.follow(&listing).unwrap());
        fs::remove_dir_all(dir.path().join("a")).unwrap();
        put(dir.path(), "a/b/c.rs", "c");
        assert!(watch.changed(&listing, Duration::from_secs(5), &|| false).unwrap());
        let known = BTreeSet::from([&b""[..], b"d"]);
        assert_eq!(watch.folders.iter().map(Vec::as_slice).collect::<BTreeSet<_>>(), known);
        assert!(watch.follow(&listing).unwrap());
    }

    #[test]
    fn rules_concern_although_git_ignores_them() {
        let (dir, repo) = scratch(&[("a/b.rs", "b"), ("c/d.rs", "d"), ("e/f/g.rs", "g")]);
        put(dir.path(), ".gitignore", ".aider*\n/c/\n/e/\n/out/\n");
        fs::remove_dir_all(dir.path().join("e")).unwrap();
        let listing = list(repo.root(), Some(repo.git()), &Limits::default(), None);
        for path in [".aiderignore", ".aider.conf", "c/.aiderignore", "out/.aiderignore"] {
            put(dir.path(), path, "private");
        }
        let watch = Watch::new(&repo).unwrap();
        let root = dir.path().canonicalize().unwrap();
        let concerns = |path: &str| watch.concerns(&listing, BTreeSet::from([root.join(path)]));
        // `a/.aiderignore` may have gone, and `e/f` may be there again.
        let rules = [".aiderignore", "a/.aiderignore", "c/.aiderignore", ".git/info/exclude"];
        for path in rules.into_iter().chain(["c", "e", "e/f"]) {
            assert!(concerns(path), "{path}");
        }
        for path in [".aider.conf", "out/.aiderignore", ".git/info/x", "c/x", "e/g"] {
            assert!(!concerns(path), "{path}");
        }
    }

    #[test]
    fn only_what_could_be_listed_concerns() {
        let (dir, repo) = scratch(&[("a/b.rs", "b"), ("kept.o", "k")]);
        put(dir.path(), ".gitignore", "*.o\nout/\n");
        put(dir.path(), ".countersignignore", "private\n");
        let limits = Limits { file_bytes: 1000 };
        let listing = list(repo.root(), Some(repo.git()), &limits, None);
        put(dir.path(), "a/new.rs", "n");
        put(dir.path(), "a/new.o", "n");
        put(dir.path(), "out/deep/x.rs", "n");
        put(dir.path(), "private", "n");
        put(dir.path(), "fresh/x.rs", "n");
        let watch = Watch::new(&repo).unwrap();
        let root = dir.path().canonicalize().unwrap();
        let concerns = |path: &str| watch.concerns(&listing, BTreeSet::from([root.join(path)]));
        for path in ["a/b.rs", "a/new.rs", "fresh", "a", ".git/HEAD", ".git/index", "kept.o"] {
            assert!(concerns(path), "{path}");
        }
        for path in
            ["a/new.o", "out", "out/deep/x.rs", "private", "a/gone", ".git/config", ".git/x"]
        {
            assert!(!concerns(path), "{path}");
        }
    }

    #[test]
    fn a_work_tree_that_went_is_an_error() {
        let (dir, repo) = scratch(&[("a.rs", "a")]);
        let mut watch = Watch::new(&repo).unwrap();
        drop(dir);
        let changed = watch.changed(&Listing::default(), Duration::ZERO, &|| false);
        assert!(matches!(changed, Err(WatchError::Gone(_))), "{changed:?}");
    }
}
