//! A change out of real history: from an earlier commit to HEAD.

use std::error::Error;
use std::path::Path;

use countersign::proposal::Proposal;
use countersign::repo::{FileChange, Renames, Repo};
use git2::{Oid, Repository};

use crate::{FILES, LINES};

/// The latest change of the repository at `place` that is large enough.
pub(crate) fn proposal(place: &Path) -> Result<Proposal, Box<dyn Error>> {
    let git = Repository::discover(place)?;
    let name = git.workdir().unwrap_or(git.path()).display().to_string();
    let commits = first_parents(&git)?;
    let Some(base) = base(&git, &commits)? else {
        let why = if git.is_shallow() { "it is a shallow clone" } else { "its history is short" };
        return Err(format!(
            "{name} has no commit from which {FILES} files and {LINES} lines differ to HEAD: {why}"
        )
        .into());
    };
    let later = commits[0];
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

/// The latest of `commits` from which enough differs to the first of them.
fn base(git: &Repository, commits: &[Oid]) -> Result<Option<Oid>, git2::Error> {
    let [later, earlier @ ..] = commits else { return Ok(None) };
    for base in earlier {
        let (files, lines) = size(git, *base, *later)?;
        if files >= FILES && lines >= LINES {
            return Ok(Some(*base));
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
