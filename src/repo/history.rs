//! What did past commits say, and what did they change?
//!
//! Commits are values here: their words and the lines they touched, cut to bounds. What cannot be
//! read is left out. Nothing is kept and nothing is written.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;

use git2::{Commit, Delta, Diff, DiffFindOptions, DiffOptions, Oid, Patch, Repository};

use crate::base::RepoPath;
use crate::repo::Repo;

/// A commit that touches more files says little about each: a rename, a format run, an import.
const MAX_FILES: usize = 30;
/// How much of a message is kept, in bytes.
const MAX_MESSAGE: usize = 1500;
/// How much changed text is kept, of a file and of a commit, in bytes.
const MAX_FILE_TEXT: usize = 4 << 10;
const MAX_COMMIT_TEXT: usize = 16 << 10;
/// Larger files are not compared.
const MAX_BLOB: i64 = 256 << 10;
/// A commit that moves more files is not followed further.
const MAX_MOVES: usize = 20_000;
/// How many ancestors are looked at for each that is wanted; the others are merges.
const MERGES: usize = 4;
/// Commits that one thread reads at a time: neighbours share most of their trees.
const BATCH: usize = 16;
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
/// one that was asked for. A commit whose objects are not here has no files.
pub fn read_commits(
    repo: &Repo,
    wanted: &[(Oid, Depth)],
    stop: &dyn Fn() -> bool,
    mut take: impl FnMut(PastCommit, Depth),
) {
    if wanted.len() <= BATCH {
        for (id, depth) in wanted {
            if stop() {
                return;
            }
            take(past_commit(repo.git(), *id, *depth), *depth);
        }
        return;
    }
    let (next, stopped) = (AtomicUsize::new(0), AtomicBool::new(false));
    std::thread::scope(|scope| {
        let (sender, receiver) = mpsc::sync_channel(BATCH * 2);
        for _ in 0..THREADS {
            let (sender, next, stopped, place) =
                (sender.clone(), &next, &stopped, repo.git().path());
            scope.spawn(move || {
                let Ok(git) = Repository::open(place) else { return };
                let batch = || wanted.chunks(BATCH).nth(next.fetch_add(1, Ordering::Relaxed));
                for (id, depth) in std::iter::from_fn(batch).flatten() {
                    if stopped.load(Ordering::Relaxed)
                        || sender.send((past_commit(&git, *id, *depth), *depth)).is_err()
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
}

fn past_commit(git: &Repository, id: Oid, depth: Depth) -> PastCommit {
    let mut past = PastCommit { id, message: String::new(), files: Vec::new(), moves: Vec::new() };
    let Ok(commit) = git.find_commit(id) else { return past };
    let message = commit.message_bytes();
    let message = &message[..message.len().min(MAX_MESSAGE)];
    past.message = String::from_utf8_lossy(message).into_owned();
    if let Some(mut diff) = changes(git, &commit) {
        if diff.deltas().len() <= MAX_FILES {
            few(&mut diff, depth, &mut past);
        } else {
            past.moves = moves(&diff);
        }
    }
    past
}

/// What the commit changed; `None` where that cannot be told.
fn changes<'a>(git: &'a Repository, commit: &Commit<'a>) -> Option<Diff<'a>> {
    let before = match commit.parent_count() {
        // Where a shallow clone was cut off, every file seems to be new.
        0 if commit.raw_header_bytes().starts_with(b"parent ")
            || commit.raw_header_bytes().windows(8).any(|it| it == b"\nparent ") =>
        {
            return None;
        }
        0 => None,
        _ => Some(commit.parent(0).ok()?.tree().ok()?),
    };
    let after = commit.tree().ok()?;
    let mut options = DiffOptions::new();
    options.ignore_submodules(true).context_lines(0).interhunk_lines(0).max_size(MAX_BLOB);
    git.diff_tree_to_tree(before.as_ref(), Some(&after), Some(&mut options)).ok()
}

/// Files, lines and moves of a commit that touches few files.
fn few(diff: &mut Diff<'_>, depth: Depth, past: &mut PastCommit) {
    let has = |status| diff.deltas().any(|delta| delta.status() == status);
    if has(Delta::Added) && has(Delta::Deleted) {
        let mut options = DiffFindOptions::new();
        options.renames(true).rename_limit(MAX_FILES);
        // Without it, the old and the new file are two.
        let _ = diff.find_similar(Some(&mut options));
    }
    let mut room = MAX_COMMIT_TEXT;
    for (place, delta) in diff.deltas().enumerate() {
        if delta.status() == Delta::Deleted {
            continue;
        }
        let path = |bytes: Option<&[u8]>| RepoPath::new(bytes?).ok();
        let Some(new) = path(delta.new_file().path_bytes()) else { continue };
        if delta.status() == Delta::Renamed
            && let Some(old) = path(delta.old_file().path_bytes())
        {
            past.moves.push((old, new.clone()));
        }
        let mut lines = String::new();
        if depth == Depth::Lines && room > 0 {
            lines = changed_lines(diff, place, room.min(MAX_FILE_TEXT)).unwrap_or_default();
            room = room.saturating_sub(lines.len());
        }
        past.files.push(PastFile { path: new, lines });
    }
}

/// The lines that went and those that came, at most `room` bytes of them.
fn changed_lines(diff: &Diff<'_>, place: usize, room: usize) -> Option<String> {
    let patch = Patch::from_diff(diff, place).ok()??;
    let mut text = Vec::new();
    for hunk in 0..patch.num_hunks() {
        for line in 0..patch.num_lines_in_hunk(hunk).ok()? {
            let line = patch.line_in_hunk(hunk, line).ok()?;
            if !matches!(line.origin(), '+' | '-') {
                continue;
            }
            let content = line.content();
            text.extend_from_slice(&content[..content.len().min(room - text.len())]);
            if text.len() == room {
                return Some(String::from_utf8_lossy(&text).into_owned());
            }
        }
    }
    Some(String::from_utf8_lossy(&text).into_owned())
}

/// The moves among many changes, without a look into the files: the same content, or else the only
/// file of its name that went and came.
fn moves(diff: &Diff<'_>) -> Vec<(RepoPath, RepoPath)> {
    if diff.deltas().len() > MAX_MOVES {
        return Vec::new();
    }
    let (mut gone, mut come) = (Vec::new(), Vec::new());
    for delta in diff.deltas() {
        let (list, file) = match delta.status() {
            Delta::Deleted => (&mut gone, delta.old_file()),
            Delta::Added => (&mut come, delta.new_file()),
            _ => continue,
        };
        if let Some(path) = file.path_bytes().and_then(|bytes| RepoPath::new(bytes).ok()) {
            list.push((path, file.id()));
        }
    }
    let by_content = pairs(&gone, &come, |(_, id)| *id);
    let (old, new): (HashSet<_>, HashSet<_>) = by_content.iter().cloned().unzip();
    gone.retain(|(path, _)| !old.contains(path));
    come.retain(|(path, _)| !new.contains(path));
    let by_name = pairs(&gone, &come, |(path, _)| path.file_name().to_vec());
    by_content.into_iter().chain(by_name).collect()
}

type Entry = (RepoPath, Oid);

/// Pairs what has the same key, where that is one file on each side.
fn pairs<K: Eq + std::hash::Hash>(
    gone: &[Entry],
    come: &[Entry],
    key: impl Fn(&Entry) -> K,
) -> Vec<(RepoPath, RepoPath)> {
    let only = |list: &[Entry]| {
        let mut places: HashMap<K, Option<usize>> = HashMap::new();
        for (place, entry) in list.iter().enumerate() {
            places.entry(key(entry)).and_modify(|it| *it = None).or_insert(Some(place));
        }
        places
    };
    let (before, after) = (only(gone), only(come));
    let mut pairs: Vec<(RepoPath, RepoPath)> = before
        .iter()
        .filter_map(|(key, old)| {
            let (old, new) = ((*old)?, (*after.get(key)?)?);
            Some((gone[old].0.clone(), come[new].0.clone()))
        })
        .collect();
    pairs.sort();
    pairs
}
