//! What did past commits say about which files?
//!
//! Reading a commit's files takes a comparison of two trees, so what was read once is kept in a
//! cache file and only newer commits are read again.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, BufWriter, Write};
use std::path::Path;

use git2::{Delta, DiffOptions, Oid, Sort};
use serde::{Deserialize, Serialize};

use crate::base::RepoPath;
use crate::repo::{Repo, RepoError};

/// A commit that touches more files says little about each: a rename, a format run, an import.
const MAX_FILES: usize = 30;
/// How much of a message is kept, in bytes.
const MAX_MESSAGE: usize = 1500;

/// A commit, as far as it tells about files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastCommit {
    id: String,
    /// Subject and body.
    pub message: String,
    /// The files that it changed; none where it changed more than 30.
    pub files: Vec<RepoPath>,
}

/// The last commits that HEAD can reach, the newest first, without merges.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    head: String,
    pub commits: Vec<PastCommit>,
}

impl History {
    /// Reads at most `limit` commits, with the help of `cache`, and keeps them there. A cache that
    /// cannot be read or written costs time and nothing else.
    pub fn read(repo: &Repo, limit: usize, cache: &Path) -> Result<Self, RepoError> {
        let Some(head) = repo.head()? else { return Ok(Self::default()) };
        let old = load(cache).unwrap_or_default();
        if old.head == head.to_string() {
            return Ok(old);
        }
        let mut known: HashMap<String, PastCommit> =
            old.commits.into_iter().map(|commit| (commit.id.clone(), commit)).collect();
        let commits = ids(repo, head, limit)
            .map_err(RepoError::git("walk the history"))?
            .into_iter()
            .filter_map(|id| known.remove(&id.to_string()).or_else(|| past_commit(repo, id)))
            .collect();
        let history = Self { head: head.to_string(), commits };
        // The next run reads the commits again where this fails.
        let _ = store(&history, cache);
        Ok(history)
    }
}

fn ids(repo: &Repo, head: Oid, limit: usize) -> Result<Vec<Oid>, git2::Error> {
    let mut walk = repo.git().revwalk()?;
    walk.set_sorting(Sort::TIME)?;
    walk.push(head)?;
    // A shallow clone ends where its objects end.
    Ok(walk.map_while(Result::ok).take(limit).collect())
}

/// `None` for a merge, and for a commit whose objects are not here.
fn past_commit(repo: &Repo, id: Oid) -> Option<PastCommit> {
    let commit = repo.git().find_commit(id).ok()?;
    if commit.parent_count() > 1 {
        return None;
    }
    let before = match commit.parent(0) {
        Ok(parent) => Some(parent.tree().ok()?),
        Err(_) if commit.parent_count() == 0 => None,
        Err(_) => return None,
    };
    let mut options = DiffOptions::new();
    options.skip_binary_check(true).ignore_submodules(true);
    let after = commit.tree().ok()?;
    let diff =
        repo.git().diff_tree_to_tree(before.as_ref(), Some(&after), Some(&mut options)).ok()?;
    let few = diff.deltas().len() <= MAX_FILES;
    let files = diff
        .deltas()
        .filter(|delta| few && delta.status() != Delta::Deleted)
        .filter_map(|delta| RepoPath::new(delta.new_file().path_bytes()?).ok())
        .collect();
    let message = commit.message_bytes();
    let message = &message[..message.len().min(MAX_MESSAGE)];
    Some(PastCommit {
        id: id.to_string(),
        message: String::from_utf8_lossy(message).into_owned(),
        files,
    })
}

fn load(cache: &Path) -> Option<History> {
    serde_json::from_reader(BufReader::new(File::open(cache).ok()?)).ok()
}

/// Writes beside the file and renames, so that a reader never sees half of it.
fn store(history: &History, cache: &Path) -> std::io::Result<()> {
    let folder = cache.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    let mut writer = BufWriter::new(file.as_file_mut());
    serde_json::to_writer(&mut writer, history)?;
    writer.flush()?;
    drop(writer);
    file.persist(cache)?;
    Ok(())
}
