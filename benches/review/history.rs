//! A change out of real history: from one commit to a later one of its first parents.

use std::error::Error;
use std::path::Path;

use countersign::proposal::Proposal;
use countersign::repo::{FileChange, Renames, Repo};
use git2::{Oid, Repository};

use crate::{FILES, LINES};

/// The latest change of the repository at `place` that is large enough and not too large.
pub(crate) fn proposal(place: &Path) -> Result<Proposal, Box<dyn Error>> {
    let git = Repository::discover(place)?;
    let name = git.workdir().unwrap_or(git.path()).display().to_string();
    let commits = first_parents(&git)?;
    let Some((base, later)) = pair(&git, &commits)? else {
        let why = if git.is_shallow() { "it is a shallow clone" } else { "its history is short" };
        return Err(format!(
            "{name} has no two commits with at most {FILES} files and at least {LINES} lines \
             between them: {why}"
        )
        .into());
    };
    println!("{name}: from {} to {}", short(base), short(later));
    let repo = Repo::discover(git.workdir().unwrap_or(place))?;
    let tree = |commit: Oid| git.find_commit(commit).map(|commit| commit.tree_id());
    let (old, new) = (tree(base)?, tree(later)?);
    let (changes, renames) = (repo.compare(old, new)?, repo.renames(old, new)?);
    println!("{}", kinds(&changes, &renames));
    Ok(Proposal { base: old, commit: later, changes, renames, ..empty()? })
}

/// A proposal that changes nothing.
pub(crate) fn empty() -> Result<Proposal, Box<dyn Error>> {
    Ok(Proposal {
        id: "p-7f3a".parse()?,
        title: "Change everything".to_owned(),
        task: String::new(),
        model: None,
        created: 0,
        base: Oid::ZERO_SHA1,
        commit: Oid::ZERO_SHA1,
        changes: Vec::new(),
        renames: Renames::new(),
        verification: serde_json::Value::Null,
        trailers: Vec::new(),
        rejected: false,
    })
}

/// HEAD and its first parents, the latest first.
fn first_parents(git: &Repository) -> Result<Vec<Oid>, git2::Error> {
    let mut commits = Vec::new();
    let mut next = Some(git.head()?.peel_to_commit()?);
    while let Some(commit) = next {
        commits.push(commit.id());
        next = commit.parent(0).ok();
    }
    Ok(commits)
}

/// The latest two commits that are far enough from each other. Both go back only: the base until
/// enough lines differ, the later one where too many files do.
fn pair(git: &Repository, commits: &[Oid]) -> Result<Option<(Oid, Oid)>, git2::Error> {
    let mut base = 1;
    for (at, later) in commits.iter().enumerate() {
        base = base.max(at + 1);
        while base < commits.len() {
            let (files, lines) = size(git, commits[base], *later)?;
            if lines >= LINES && files <= FILES {
                return Ok(Some((commits[base], *later)));
            }
            if lines >= LINES || files > FILES {
                break;
            }
            base += 1;
        }
    }
    Ok(None)
}

/// How many files and how many lines differ; a moved file is one.
fn size(git: &Repository, base: Oid, later: Oid) -> Result<(usize, usize), git2::Error> {
    let tree = |commit| git.find_commit(commit).and_then(|commit| commit.tree());
    let mut diff = git.diff_tree_to_tree(Some(&tree(base)?), Some(&tree(later)?), None)?;
    diff.find_similar(None)?;
    let stats = diff.stats()?;
    Ok((stats.files_changed(), stats.insertions() + stats.deletions()))
}

fn kinds(changes: &[FileChange], renames: &Renames) -> String {
    let count = |before: bool, after: bool| {
        let is_so = |it: &&FileChange| it.before.is_some() == before && it.after.is_some() == after;
        changes.iter().filter(is_so).count()
    };
    let moved = renames.len();
    format!(
        "{} modified, {} added, {} deleted, {moved} renamed",
        count(true, true),
        count(false, true) - moved,
        count(true, false) - moved,
    )
}

fn short(commit: Oid) -> String {
    commit.to_string()[..10].to_owned()
}
