//! A proposal is a git commit on a hidden ref: git keeps it, compares it, fetches it and, once the
//! ref is gone, forgets it.
//!
//! The first parent is the commit that HEAD named. Where the work tree differed from that, a second
//! parent captures it; so the last parent's tree is always the base that the proposal was made on.

use std::collections::BTreeMap;

use git2::{Commit, Oid, Signature, Time};
use serde_json::Value;

use crate::base::{Hint, NotAnId, ProposalId};
use crate::journal;
use crate::proposal::message::Message;
use crate::proposal::shelf::publish;
use crate::proposal::{load, renames};
use crate::repo::{FileChange, Renames, Repo, RepoError, Snapshot};

const MODEL: &str = "Countersign-Model";
const BASE: &str = "Countersign-Base";
const VERIFICATION: &str = "Countersign-Verification";
/// The trailer that names the task which a proposal was made for.
pub const TASK: &str = "Countersign-Task";

/// What a proposal is made of.
#[derive(Clone, Debug)]
pub struct NewProposal {
    pub snapshot: Snapshot,
    /// The changes; `before` is the file as it was read from the work tree.
    pub changes: Vec<FileChange>,
    pub title: String,
    pub task: String,
    pub model: Option<String>,
    /// What was run to verify it and how that ended; `Null` where nothing was.
    pub verification: Value,
    /// Further trailers, key and value.
    pub trailers: Vec<(String, String)>,
}

/// A proposal as it stands in the repository.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposal {
    pub id: ProposalId,
    pub title: String,
    pub task: String,
    pub model: Option<String>,
    /// When it was made, in seconds since 1970.
    pub created: i64,
    /// The tree that it was made on.
    pub base: Oid,
    pub commit: Oid,
    /// By path, as the trees differ: a file that moved is one that goes and one that comes.
    pub changes: Vec<FileChange>,
    /// Which of these moved.
    pub renames: Renames,
    pub verification: Value,
    /// All trailers, key and value.
    pub trailers: Vec<(String, String)>,
    /// Whether a person turned it down.
    pub rejected: bool,
}

/// Why a proposal cannot be stored or found.
#[derive(Debug, thiserror::Error)]
pub enum ProposalError {
    #[error(transparent)]
    Repo(#[from] RepoError),
    #[error(transparent)]
    Id(#[from] NotAnId),
    #[error("there is no proposal `{0}`")]
    Unknown(ProposalId),
    #[error("`{id}` may be {}", list_of(.candidates))]
    Ambiguous { id: ProposalId, candidates: Vec<ProposalId> },
    #[error("the proposal changes nothing")]
    Empty,
}

impl Hint for ProposalError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Repo(error) => error.hint(),
            Self::Id(_) | Self::Unknown(_) => {
                Some("run `countersign proposals` to see those there are".into())
            }
            Self::Ambiguous { .. } => Some("type more of it".into()),
            Self::Empty => None,
        }
    }
}

/// Writes a proposal: objects and one ref, nothing of the user's.
pub fn store(repo: &Repo, new: &NewProposal) -> Result<Proposal, ProposalError> {
    let changed = new.changes.iter().filter(|change| change.before != change.after);
    let changes: BTreeMap<_, _> = changed.map(|change| (&change.path, change)).collect();
    if changes.is_empty() {
        return Err(ProposalError::Empty);
    }
    // The snapshot has git's bytes where only a filter makes the difference to the disk, and has
    // no ignored files: for what is touched, the base is what was read.
    let before = changes.values().map(|change| (&change.path, change.before.as_ref()));
    let base = repo.write_tree(new.snapshot.base_tree, before)?;
    let after = changes.values().map(|change| (&change.path, change.after.as_ref()));
    let tree = repo.write_tree(base, after)?;
    let parents = parents(repo, new.snapshot.head, base)?;
    let commit = write_commit(repo, tree, &parents, &message(new, &parents).write())?;
    let id = publish(repo, commit)?;
    load(repo, &id)
}

fn message(new: &NewProposal, parents: &[Commit<'_>]) -> Message {
    let mut trailers = Vec::new();
    let mut add = |key: &str, value: String| trailers.push((key.to_owned(), value));
    if let Some(model) = &new.model {
        add(MODEL, model.clone());
    }
    if let Some(base) = parents.last() {
        add(BASE, base.id().to_string());
    }
    if !new.verification.is_null() {
        add(VERIFICATION, new.verification.to_string());
    }
    trailers.extend(new.trailers.iter().cloned());
    Message { title: new.title.clone(), task: new.task.clone(), trailers }
}

/// HEAD, and the commit that captures the base where HEAD's tree is another.
fn parents(repo: &Repo, head: Option<Oid>, base: Oid) -> Result<Vec<Commit<'_>>, RepoError> {
    let find = |commit| repo.git().find_commit(commit).map_err(RepoError::git("read a commit"));
    let mut parents = Vec::new();
    if let Some(head) = head {
        parents.push(find(head)?);
    }
    if repo.tree_of(head)? != base {
        let words = "countersign: the work tree that a proposal was made on\n";
        parents.push(find(write_commit(repo, base, &parents, words)?)?);
    }
    Ok(parents)
}

fn write_commit(
    repo: &Repo,
    tree: Oid,
    parents: &[Commit<'_>],
    message: &str,
) -> Result<Oid, RepoError> {
    let git = repo.git();
    let write = || {
        let who = signature(repo)?;
        let parents: Vec<&Commit<'_>> = parents.iter().collect();
        git.commit(None, &who, &who, message, &git.find_tree(tree)?, &parents)
    };
    write().map_err(RepoError::git("write a commit"))
}

/// Who writes and when. A user.name that was never set must not stop anyone.
fn signature(repo: &Repo) -> Result<Signature<'static>, git2::Error> {
    let now = Time::new(journal::now().as_second(), 0);
    match repo.git().signature() {
        Ok(user) => Signature::new(
            &String::from_utf8_lossy(user.name_bytes()),
            &String::from_utf8_lossy(user.email_bytes()),
            &now,
        ),
        Err(_) => Signature::new("countersign", "countersign@localhost", &now),
    }
}

/// Reads the proposal that `commit` is.
pub(super) fn read(
    repo: &Repo,
    id: &ProposalId,
    commit: Oid,
    rejected: bool,
) -> Result<Proposal, ProposalError> {
    let found = repo.git().find_commit(commit).map_err(RepoError::git(format!("read `{id}`")))?;
    let base = repo.tree_of(found.parent_ids().next_back())?;
    let message = Message::parse(&String::from_utf8_lossy(found.message_bytes()));
    let verification = message.trailer(VERIFICATION).map(serde_json::from_str);
    let changes = repo.compare(base, found.tree_id())?;
    Ok(Proposal {
        id: id.clone(),
        model: message.trailer(MODEL).map(str::to_owned),
        created: found.time().seconds(),
        base,
        commit,
        renames: renames::found(repo, base, found.tree_id(), &changes)?,
        changes,
        verification: verification.and_then(Result::ok).unwrap_or_default(),
        title: message.title,
        task: message.task,
        trailers: message.trailers,
        rejected,
    })
}

fn list_of(ids: &[ProposalId]) -> String {
    let names: Vec<String> = ids.iter().map(|id| format!("`{id}`")).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use serde_json::json;

    use super::*;
    use crate::proposal::list;
    use crate::repo::FileState;
    use crate::repo::testing::{path, put, scratch, state, unborn};

    fn proposal(repo: &Repo, changes: Vec<FileChange>) -> NewProposal {
        NewProposal {
            snapshot: repo.snapshot().unwrap(),
            changes,
            title: "Say hello".into(),
            task: "make it say hello\n\nin French".into(),
            model: Some("tiny".into()),
            verification: json!({"command": "true", "passed": true}),
            trailers: vec![("Countersign-Seed".into(), "7".into())],
        }
    }

    /// Rewrites file `name` as it is on disk now.
    fn rewrite(repo: &Repo, name: &str, after: &str) -> FileChange {
        let before = repo.read(&path(name)).unwrap();
        FileChange { path: path(name), before, after: Some(state(after)) }
    }

    #[test]
    fn what_is_stored_is_read_again() {
        let (_dir, repo) = scratch(&[("a", "1\n"), ("b", "2\n")]);
        let change = rewrite(&repo, "a", "one\n");
        let stored = store(&repo, &proposal(&repo, vec![change.clone()])).unwrap();
        let loaded = load(&repo, &stored.id).unwrap();
        assert_eq!(loaded, stored);
        assert_eq!(loaded.title, "Say hello");
        assert_eq!(loaded.task, "make it say hello\n\nin French");
        assert_eq!(loaded.model.as_deref(), Some("tiny"));
        assert_eq!(loaded.verification, json!({"command": "true", "passed": true}));
        assert_eq!(loaded.changes, [change]);
        assert_eq!(list(&repo).unwrap(), (vec![loaded], vec![]));
    }

    /// Everything under the root that is not an object or a hidden ref of ours.
    fn rest_of(root: &Path) -> Vec<(String, Vec<u8>)> {
        let mut files = Vec::new();
        let mut open = vec![root.to_owned()];
        while let Some(directory) = open.pop() {
            for entry in fs::read_dir(directory).unwrap() {
                let place = entry.unwrap().path();
                let name = place.to_string_lossy().into_owned();
                if place.is_dir() && !name.ends_with(".git/objects") {
                    open.push(place);
                } else if place.is_file() && !name.contains("refs/countersign") {
                    files.push((name, fs::read(&place).unwrap()));
                }
            }
        }
        files.sort();
        files
    }

    #[test]
    fn a_dirty_tree_is_the_second_parent_and_stays_as_it_is() {
        let (dir, repo) = scratch(&[("a", "1\n"), ("b", "2\n")]);
        put(dir.path(), "b", "dirty\r\n");
        put(dir.path(), "untracked", "x");
        let before = rest_of(dir.path());
        let stored = store(&repo, &proposal(&repo, vec![rewrite(&repo, "b", "clean\n")])).unwrap();
        assert_eq!(rest_of(dir.path()), before);
        let commit = repo.git().find_commit(stored.commit).unwrap();
        assert_eq!(commit.parent_id(0).unwrap(), repo.head().unwrap().unwrap());
        let captured = commit.parent(1).unwrap().tree_id();
        assert_eq!(repo.read_in(captured, &path("b")).unwrap(), Some(state("dirty\r\n")));
        assert_eq!(repo.read_in(captured, &path("untracked")).unwrap(), Some(state("x")));
        assert_eq!(stored.changes[0].before, Some(state("dirty\r\n")));
    }

    #[test]
    fn without_a_commit_there_is_only_the_capture() {
        let (dir, repo) = unborn();
        let new = rewrite(&repo, "first", "1\n");
        let stored = store(&repo, &proposal(&repo, vec![new.clone()])).unwrap();
        assert_eq!(repo.git().find_commit(stored.commit).unwrap().parent_count(), 0);
        put(dir.path(), "other", "x");
        let stored = store(&repo, &proposal(&repo, vec![new])).unwrap();
        assert_eq!(repo.git().find_commit(stored.commit).unwrap().parent_count(), 1);
        assert_eq!(stored.changes.len(), 1);
    }

    #[test]
    fn line_endings_that_a_filter_hides_are_in_the_base() {
        let (dir, repo) = scratch(&[("a", "1\n2\n"), (".gitattributes", "* text=auto\n")]);
        repo.git().config().unwrap().set_str("core.eol", "crlf").unwrap();
        put(dir.path(), "a", "1\r\n2\r\n");
        let mut index = repo.git().index().unwrap();
        index.add_path(Path::new("a")).unwrap();
        index.write().unwrap();
        assert!(repo.snapshot().unwrap().dirty.is_empty());
        let change = rewrite(&repo, "a", "1\r\ntwo\r\n");
        let stored = store(&repo, &proposal(&repo, vec![change.clone()])).unwrap();
        assert_eq!(stored.changes, [change]);
    }

    #[test]
    fn a_change_that_changes_nothing_is_no_proposal() {
        let (_dir, repo) = scratch(&[("a", "1\n")]);
        let same: Option<FileState> = Some(state("1\n"));
        let change = FileChange { path: path("a"), before: same.clone(), after: same };
        let error = store(&repo, &proposal(&repo, vec![change])).unwrap_err();
        assert!(matches!(error, ProposalError::Empty));
    }
}
