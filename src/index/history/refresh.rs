//! Brings the history to where HEAD is.
//!
//! Only commits that are not known are read. What is damaged or of another version is built anew
//! without a word; what was read before a stop is used and not read again.

use std::cell::Cell;
use std::fs::{self, File, TryLockError};
use std::path::Path;

use git2::Oid;

use crate::base::Digest;
use crate::index::IndexError;
use crate::index::history::book::Book;
use crate::index::history::record::{Key, Reach, Record};
use crate::index::history::{History, HistoryError};
use crate::repo::{Ancestor, Depth, Repo, ancestors, read_commits};

/// How far back is far enough: further commits tell little and cost as much.
const REACH: Reach = Reach { commits: 5000, lines: 2000 };
/// After how many commits what was read is written, so that a run that is killed is not lost.
const CHECKPOINT: usize = 1500;

/// Who watches a refresh.
pub struct Pace<'a> {
    /// Told how many of how many commits are read.
    pub progress: &'a dyn Fn(usize, usize),
    /// Asked often; what was done so far is kept.
    pub stop: &'a dyn Fn() -> bool,
}

impl History {
    /// The history of HEAD, kept in the folder `history` of the index in `dir`. While another
    /// process reads it, what is there is used; where there is nothing, that process is waited for.
    pub fn refresh(repo: &Repo, dir: &Path, pace: &Pace<'_>) -> Result<Self, HistoryError> {
        Self::refresh_within(repo, dir, REACH, pace)
    }

    pub(super) fn refresh_within(
        repo: &Repo,
        dir: &Path,
        reach: Reach,
        pace: &Pace<'_>,
    ) -> Result<Self, HistoryError> {
        let Some(head) = repo.head()? else { return Ok(Self::default()) };
        let key = key(repo, head, reach);
        let dir = dir.join("history");
        let path = dir.join("commits");
        if let Some(history) = Self::open(&path).filter(|it| it.is_of(key)) {
            return Ok(history);
        }
        fs::create_dir_all(&dir).map_err(IndexError::io("make", &dir))?;
        let lock = File::create(dir.join("lock")).map_err(IndexError::io("lock", &dir))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                if let Some(history) = Self::open(&path) {
                    return Ok(history);
                }
                lock.lock().map_err(IndexError::io("lock", &dir))?;
            }
            Err(TryLockError::Error(error)) => Err(IndexError::io("lock", &dir)(error))?,
        }
        // Another process may have done it meanwhile.
        if let Some(history) = Self::open(&path).filter(|it| it.is_of(key)) {
            return Ok(history);
        }
        update(repo, &path, head, key, pace)?;
        Ok(Self::open(&path).ok_or(IndexError::Missing)?)
    }

    fn is_of(&self, key: Key) -> bool {
        self.about.complete && self.about.key == Some(key)
    }
}

fn key(repo: &Repo, head: Oid, reach: Reach) -> Key {
    let shallow = fs::read(repo.git().commondir().join("shallow")).unwrap_or_default();
    let digest = Digest::of(&shallow).to_string();
    let shallow = u64::from_str_radix(&digest[..16], 16).unwrap_or_default();
    let head = head.as_bytes().try_into().unwrap_or_default();
    Key { head, shallow, reach }
}

fn update(
    repo: &Repo,
    path: &Path,
    head: Oid,
    key: Key,
    pace: &Pace<'_>,
) -> Result<(), HistoryError> {
    let mut book = known(path, key);
    let walked =
        ancestors(repo, head, key.reach.commits as usize, |id| book.ancestors.get(&id).cloned());
    let wanted = wanted(&book, &walked, key.reach, repo.objects_here());
    let stopped = Cell::new(false);
    let stop = || {
        stopped.set(stopped.get() || (pace.stop)());
        stopped.get()
    };
    let mut done = 0;
    let mut pieces = wanted.chunks(CHECKPOINT).peekable();
    loop {
        let piece = pieces.next().unwrap_or_default();
        let before = done;
        read_commits(repo, piece, &stop, |commit, depth| {
            book.add(&commit, depth == Depth::Lines);
            done += 1;
            (pace.progress)(done, wanted.len());
        });
        let failed = done - before < piece.len();
        let last = pieces.peek().is_none() || failed;
        let complete = last && done == wanted.len();
        book.store(path, &walked, key, complete).map_err(IndexError::io("write", path))?;
        if last {
            tracing::debug!(
                done,
                wanted = wanted.len(),
                walked = walked.len(),
                "history refreshed"
            );
            return Ok(());
        }
    }
}

/// What an earlier run left, as far as it can be used.
fn known(path: &Path, key: Key) -> Book {
    let stored =
        History::open(path).filter(|it| it.about.key.map(|it| it.shallow) == Some(key.shallow));
    stored.and_then(|it| it.stored.as_ref().and_then(Book::load)).unwrap_or_default()
}

/// The commits that are not known well enough, the newest first. One that lacked an object is read
/// again once that `is_here`.
fn wanted(
    book: &Book,
    walked: &[Ancestor],
    reach: Reach,
    is_here: impl Fn(Oid) -> bool,
) -> Vec<(Oid, Depth)> {
    let mut wanted = Vec::new();
    for (rank, ancestor) in walked.iter().filter(|it| !it.is_merge()).enumerate() {
        let lines = rank < reach.lines as usize;
        let again = |record: &Record| match record.missing() {
            Some(id) => is_here(id),
            None => lines && record.changes.is_none(),
        };
        if book.records.get(&ancestor.id).is_none_or(again) {
            wanted.push((ancestor.id, if lines { Depth::Lines } else { Depth::Files }));
        }
    }
    wanted
}
