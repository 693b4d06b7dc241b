//! One look at the metadata of many files on all processors, to tell which changed.
//!
//! Nothing is opened and nothing is allocated for what is as it was.

use std::ops::Range;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{AtFlags, FileType, Mode as Bits, OFlags, Stat};

use crate::base::{on_threads, runs};
use crate::repo::Mode;
use crate::repo::files::{Files, Folders};
use crate::repo::version::Version;

/// Fewer are looked at faster by one thread.
const WORTH_A_THREAD: usize = 1_000;

/// A work tree that is looked at.
pub(super) struct Glance {
    root: OwnedFd,
}

/// What stands now where a file was.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum State {
    /// A regular file.
    File { size: u64, version: Version, mode: Mode },
    /// None that could be listed.
    Gone,
}

impl Glance {
    /// `None` where the root cannot be entered.
    pub(super) fn open(root: &Path) -> Option<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        Some(Self { root: rustix::fs::open(root, flags, Bits::empty()).ok()? })
    }

    /// The places of those of `files` that are not as they were.
    pub(super) fn at_files(&self, files: &Files) -> Vec<(usize, State)> {
        let paths = files.paths();
        spread(files.len(), |at| {
            let now = self.stat(paths.get(at)).and_then(|stat| file(&stat));
            let now = now.unwrap_or(State::Gone);
            let was = State::File {
                size: files.sizes[at],
                version: files.version(at),
                mode: if files.executable[at] == 0 { Mode::Regular } else { Mode::Executable },
            };
            (now != was).then_some((at, now))
        })
    }

    /// The places of those of `folders` whose time is not what it was, or is not `settled`.
    pub(super) fn at_folders(
        &self,
        folders: &Folders,
        settled: impl Fn(i64) -> bool + Sync,
    ) -> Vec<usize> {
        let paths = folders.paths();
        spread(folders.len(), |at| {
            let (path, then) = (paths.get(at), folders.version(at));
            let path = if path.is_empty() { b"." } else { path };
            let stat = self.stat(path).filter(|it| kind(it) == FileType::Directory);
            let same = stat.is_some_and(|it| Version::of_stat(&it) == then);
            (!same || !settled(then.modified_ns)).then_some(at)
        })
    }

    fn stat(&self, path: &[u8]) -> Option<Stat> {
        rustix::fs::statat(&self.root, path, AtFlags::SYMLINK_NOFOLLOW).ok()
    }
}

fn file(stat: &Stat) -> Option<State> {
    let mode = if stat.st_mode & 0o100 == 0 { Mode::Regular } else { Mode::Executable };
    let size = u64::try_from(stat.st_size).unwrap_or_default();
    (kind(stat) == FileType::RegularFile).then_some(State::File {
        size,
        version: Version::of_stat(stat),
        mode,
    })
}

fn kind(stat: &Stat) -> FileType {
    FileType::from_raw_mode(stat.st_mode)
}

/// What `look` finds at the places below `count`, in their order.
fn spread<T: Send>(count: usize, look: impl Fn(usize) -> Option<T> + Sync) -> Vec<T> {
    let found = |run: Range<usize>| run.filter_map(&look).collect::<Vec<T>>();
    on_threads(runs(count, WORTH_A_THREAD), found).into_iter().flatten().collect()
}
