//! What did past commits say, and what did they change?
//!
//! Commits are values here: their words and the lines they touched, cut to bounds. What cannot be
//! read is left out. Nothing is kept and nothing is written.

mod objects;
mod trees;
mod lines;
mod moves;
#[cfg(test)]
mod tests;

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;

use git2::{Commit, Oid, Repository};

use crate::base::RepoPath;
use crate::repo::history::moves::Move;
use crate::repo::history::objects::Objects;
use crate::repo::history::trees::{Change, changes};
use crate::repo::{Repo, is_binary};

/// A commit that touches more files says little about each: a rename, a format run, an import.
const MAX_FILES: usize = 30;
/// How much of a message is kept, in bytes.
const MAX_MESSAGE: usize = 1500;
/// How much changed text is kept, of a file and of a commit, in bytes.
const MAX_FILE_TEXT: usize = 4 << 10;
const MAX_COMMIT_TEXT: usize = 16 << 10;
/// Larger files are not compared.
const MAX_BLOB: usize = 256 << 10;
/// How many ancestors are looked at for each that is wanted; the others are merges.
const MERGES: usize = 4;
/// Commits that one thread reads at a time: neighbours share most of their trees.
const BATCH: usize = 64;
const THREADS: usize = 2;

/// A commit that HEAD can reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ancestor {
    pub id: Oid,
    /// When it was committed, in seconds since 1970.
    pub time: i64,
    pub parents: Vec<Oid>,
}

impl Ancestor {
    pub fn is_merge(&self) -> bool {
        self.parents.len() > 1
    }
}

/// How closely a commit is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Which files it changed.
    Files,
    /// Which lines, too.
    Lines,
}

/// A commit as far as it tells about files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastCommit {
    pub id: Oid,
    /// Subject and body, cut at a length.
    pub message: String,
    /// The files that it left changed; none where it touched more than 30.
    pub files: Vec<PastFile>,
    /// Files that have another path since: before and after.
    pub moves: Vec<(RepoPath, RepoPath)>,
    /// The first object that it takes to read all of this and that is not here.
    pub missing: Option<Oid>,
}

/// A file that a commit changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastFile {
    pub path: RepoPath,
    /// The lines that went and those that came, cut at a length. Empty for binary and large files.
    pub lines: String,
}

/// The ancestors of `head` and itself, the newest first and children before parents, until `limit`
/// of them are no merges. Those that are `known` are not read.
pub fn ancestors(
    repo: &Repo,
    head: Oid,
    limit: usize,
    known: impl Fn(Oid) -> Option<Ancestor>,
) -> Vec<Ancestor> {
    let find = |id| known(id).or_else(|| ancestor(repo.git(), id));
    let (mut found, mut waiting) = (Vec::new(), HashMap::new());
    let (mut seen, mut next) = (HashSet::from([head]), BinaryHeap::new());
    let enter = |id, next: &mut BinaryHeap<_>, waiting: &mut HashMap<Oid, Ancestor>| {
        // A shallow clone ends where its objects end.
        if let Some(ancestor) = find(id) {
            next.push((ancestor.time, Reverse(id)));
            waiting.insert(id, ancestor);
        }
    };
    enter(head, &mut next, &mut waiting);
    let mut plain = 0;
    while plain < limit && found.len() < limit * MERGES {
        let Some((_, Reverse(id))) = next.pop() else { break };
        let Some(ancestor) = waiting.remove(&id) else { continue };
        for parent in &ancestor.parents {
            if seen.insert(*parent) {
                enter(*parent, &mut next, &mut waiting);
            }
        }
        plain += usize::from(!ancestor.is_merge());
        found.push(ancestor);
    }
    found
}

fn ancestor(git: &Repository, id: Oid) -> Option<Ancestor> {
    let commit = git.find_commit(id).ok()?;
    Some(Ancestor { id, time: commit.time().seconds(), parents: commit.parent_ids().collect() })
}

/// Reads `wanted` and hands each to `take` as it comes, until `stop` says so. The order is about the
/// one that was asked for. A commit whose objects are not here has no files, and one that lacks the
/// files alone has no lines: it says what is missing.
pub fn read_commits(
    repo: &Repo,
    wanted: &[(Oid, Depth)],
    stop: &dyn Fn() -> bool,
    mut take: impl FnMut(PastCommit, Depth),
) {
    if wanted.len() <= BATCH {
        let mut reader = Reader::new(repo.git());
        for (id, depth) in wanted {
            if stop() {
                return;
            }
            take(reader.read(*id, *depth), *depth);
        }
        return;
    }
    // The names of objects are digests, and checking them takes as long as all else. Git does not
    // either; a damaged object gives some words that nobody wrote.
    git2::opts::strict_hash_verification(false);
    let (next, stopped) = (AtomicUsize::new(0), AtomicBool::new(false));
    std::thread::scope(|scope| {
        let (sender, receiver) = mpsc::sync_channel(BATCH * 2);
        for _ in 0..THREADS {
            let (sender, next, stopped, place) =
                (sender.clone(), &next, &stopped, repo.git().path());
            scope.spawn(move || {
                let Ok(git) = Repository::open(place) else { return };
                let mut reader = Reader::new(&git);
                let batch = || wanted.chunks(BATCH).nth(next.fetch_add(1, Ordering::Relaxed));
                for (id, depth) in std::iter::from_fn(batch).flatten() {
                    if stopped.load(Ordering::Relaxed)
                        || sender.send((reader.read(*id, *depth), *depth)).is_err()
                    {
                        return;
                    }
                }
            });
        }
        drop(sender);
        for (commit, depth) in receiver {
            take(commit, depth);
            if stop() {
                stopped.store(true, Ordering::Relaxed);
            }
        }
    });
    git2::opts::strict_hash_verification(true);
}

/// Reads commits, one after another.
struct Reader<'a> {
    git: &'a Repository,
    objects: Option<Objects<'a>>,
}

impl<'a> Reader<'a> {
    fn new(git: &'a Repository) -> Self {
        Self { git, objects: Objects::new(git) }
    }

    fn read(&mut self, id: Oid, depth: Depth) -> PastCommit {
        let mut past = PastCommit {
            id,
            message: String::new(),
            files: Vec::new(),
            moves: Vec::new(),
            missing: None,
        };
        let Ok(commit) = self.git.find_commit(id) else { return past };
        let message = commit.message_bytes();
        let message = &message[..message.len().min(MAX_MESSAGE)];
        past.message = String::from_utf8_lossy(message).into_owned();
        let Some(objects) = &mut self.objects else { return past };
        let Some((before, after)) = trees(&commit) else { return past };
        objects.missing = None;
        match changes(objects, before, Some(after)) {
            None => {}
            Some(changes) if changes.len() > MAX_FILES => {
                past.moves = moves::among_many(&changes);
            }
            Some(changes) => {
                past.moves = moves::among_few(objects, &changes, MAX_BLOB);
                past.files = files(objects, &changes, &past.moves, depth);
            }
        }
        past.missing = objects.missing;
        past
    }
}

/// The trees before and after a commit; `None` where the one before is not here.
fn trees(commit: &Commit<'_>) -> Option<(Option<Oid>, Oid)> {
    let after = commit.tree_id();
    if commit.parent_count() > 0 {
        return Some((Some(commit.parent(0).ok()?.tree_id()), after));
    }
    // Where a shallow clone was cut off, every file seems to be new.
    let header = commit.raw_header_bytes();
    let cut = header.split(|byte| *byte == b'\n').any(|line| line.starts_with(b"parent "));
    (!cut).then_some((None, after))
}

/// The files that are there after the commit, with their lines.
fn files(
    objects: &mut Objects<'_>,
    changes: &[Change],
    moves: &[Move],
    depth: Depth,
) -> Vec<PastFile> {
    let mut room = MAX_COMMIT_TEXT;
    let mut files = Vec::new();
    for change in changes {
        let Some(after) = change.after else { continue };
        let moved = moves.iter().find(|(_, new)| *new == change.path);
        let moved = moved.and_then(|(old, _)| changes.iter().find(|it| it.path == *old));
        let before = change.before.or(moved.and_then(|it| it.before));
        let mut lines = String::new();
        if depth == Depth::Lines && room > 0 {
            lines = changed_lines(objects, before, after, room.min(MAX_FILE_TEXT));
            room = room.saturating_sub(lines.len());
        }
        files.push(PastFile { path: change.path.clone(), lines });
    }
    files
}

fn changed_lines(
    objects: &mut Objects<'_>,
    before: Option<Oid>,
    after: Oid,
    room: usize,
) -> String {
    let Some(after) = objects.get(after, MAX_BLOB) else { return String::new() };
    let before = match before.map(|id| objects.get(id, MAX_BLOB)) {
        Some(Some(before)) => before,
        Some(None) => return String::new(),
        None => [].into(),
    };
    if is_binary(&before) || is_binary(&after) {
        return String::new();
    }
    lines::changed(&before, &after, room)
}
