//! Where proposals are kept: refs that git shows nobody, one for each, open or put aside.

use git2::Oid;

use crate::base::{Digest, ProposalId, TaskId};
use crate::proposal::commit::read;
use crate::proposal::{Proposal, ProposalError, TASK};
use crate::repo::{Repo, RepoError};

const OPEN: &str = "refs/countersign/proposals/";
const REJECTED: &str = "refs/countersign/rejected/";

/// Reads a proposal, open or rejected.
pub fn load(repo: &Repo, id: &ProposalId) -> Result<Proposal, ProposalError> {
    for (shelf, rejected) in [(REJECTED, true), (OPEN, false)] {
        if let Some(commit) = ref_target(repo, &format!("{shelf}{id}"))? {
            return read(repo, id, commit, rejected);
        }
    }
    Err(ProposalError::Unknown(id.clone()))
}

/// The id that `text` stands for: a whole one, or the beginning of exactly one.
pub fn find(repo: &Repo, text: &str) -> Result<ProposalId, ProposalError> {
    let id: ProposalId = text.parse()?;
    let mut candidates: Vec<ProposalId> = [ids(repo, OPEN)?, ids(repo, REJECTED)?].concat();
    if candidates.contains(&id) {
        return Ok(id);
    }
    candidates.retain(|candidate| candidate.as_str().starts_with(id.as_str()));
    candidates.sort();
    candidates.dedup();
    match candidates.as_slice() {
        [] => Err(ProposalError::Unknown(id)),
        [only] => Ok(only.clone()),
        _ => Err(ProposalError::Ambiguous { id, candidates }),
    }
}

/// All proposals that can be read, the oldest first, and what is wrong with those that cannot.
pub fn list(repo: &Repo) -> Result<(Vec<Proposal>, Vec<String>), ProposalError> {
    let mut ids = [ids(repo, OPEN)?, ids(repo, REJECTED)?].concat();
    ids.sort();
    ids.dedup();
    let (mut proposals, mut problems) = (Vec::new(), Vec::new());
    for id in ids {
        match load(repo, &id) {
            Ok(proposal) => proposals.push(proposal),
            Err(error) => problems.push(format!("`{id}` cannot be read: {error}")),
        }
    }
    proposals.sort_by(|a, b| (a.created, &a.id).cmp(&(b.created, &b.id)));
    Ok((proposals, problems))
}

/// The proposals that were made for `task`, the oldest first.
pub fn of_task(repo: &Repo, task: &TaskId) -> Result<Vec<Proposal>, ProposalError> {
    let (mut proposals, _) = list(repo)?;
    let is_of = |(key, value): &(String, String)| key == TASK && value == task.as_str();
    proposals.retain(|proposal| proposal.trailers.iter().any(is_of));
    Ok(proposals)
}

/// Puts a proposal aside; git keeps it under another ref, so that it can still be looked at.
pub fn reject(repo: &Repo, id: &ProposalId) -> Result<(), ProposalError> {
    let doing = || RepoError::git(format!("reject `{id}`"));
    let name = format!("{OPEN}{id}");
    let Some(commit) = ref_target(repo, &name)? else {
        // Rejecting twice is no mistake; rejecting what is not there is one.
        return load(repo, id).map(|_| ());
    };
    let aside = format!("{REJECTED}{id}");
    repo.git().reference(&aside, commit, true, "countersign: reject").map_err(doing())?;
    let mut open = repo.git().find_reference(&name).map_err(doing())?;
    open.delete().map_err(doing())?;
    Ok(())
}

/// Gives the commit the shortest id that is free, and a ref.
pub(super) fn publish(repo: &Repo, commit: Oid) -> Result<ProposalId, RepoError> {
    let seed = Digest::of(commit.as_bytes());
    let mut digits = 4;
    loop {
        let id = ProposalId::from_seed(&seed, digits);
        let taken = ref_target(repo, &format!("{REJECTED}{id}"))?.is_some();
        let name = format!("{OPEN}{id}");
        if !taken {
            match repo.git().reference(&name, commit, false, "countersign: propose") {
                Ok(_) => return Ok(id),
                Err(error) if error.code() == git2::ErrorCode::Exists && digits < 64 => {}
                Err(error) => return Err(RepoError::git("write a ref")(error)),
            }
        }
        digits += 1;
    }
}

fn ref_target(repo: &Repo, name: &str) -> Result<Option<Oid>, RepoError> {
    match repo.git().refname_to_id(name) {
        Ok(oid) => Ok(Some(oid)),
        Err(error) if error.code() == git2::ErrorCode::NotFound => Ok(None),
        Err(error) => Err(RepoError::git(format!("read `{name}`"))(error)),
    }
}

/// The ids under `shelf`; refs with other names there are nothing of ours.
fn ids(repo: &Repo, shelf: &str) -> Result<Vec<ProposalId>, RepoError> {
    let doing = || RepoError::git("list the proposals");
    let mut references = repo.git().references_glob(&format!("{shelf}*")).map_err(doing())?;
    let mut ids = Vec::new();
    for name in references.names().flatten() {
        ids.extend(name.strip_prefix(shelf).and_then(|id| id.parse().ok()));
    }
    Ok(ids)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Hint;
    use crate::proposal::testing::{change, stored};
    use crate::repo::testing::scratch;

    #[test]
    fn an_id_may_be_cut_short_but_not_guessed() {
        let (_dir, repo) = scratch(&[("a", "1\n")]);
        let commit = repo.head().unwrap().unwrap();
        for name in ["p-abcd1", "p-abcd2", "p-ffff"] {
            repo.git().reference(&format!("{OPEN}{name}"), commit, false, "").unwrap();
        }
        assert_eq!(find(&repo, "abcd1").unwrap().as_str(), "p-abcd1");
        assert_eq!(find(&repo, "p-ffff").unwrap().as_str(), "p-ffff");
        let ambiguous = find(&repo, "abcd").unwrap_err();
        assert_eq!(ambiguous.to_string(), "`p-abcd` may be `p-abcd1`, `p-abcd2`");
        let unknown = find(&repo, "0000").unwrap_err();
        assert_eq!(unknown.to_string(), "there is no proposal `p-0000`");
        assert!(unknown.hint().unwrap().contains("`countersign proposals`"));
    }

    #[test]
    fn ids_grow_where_they_would_collide() {
        let (_dir, repo) = scratch(&[("a", "1\n")]);
        let commit = repo.head().unwrap().unwrap();
        let lengths = [0; 3].map(|_| publish(&repo, commit).unwrap().as_str().len());
        assert_eq!(lengths, [6, 7, 8]);
    }

    #[test]
    fn a_rejected_proposal_is_kept_aside() {
        let (_dir, repo) = scratch(&[("a", "1\n")]);
        let stored = stored(&repo, vec![change(&repo, "a", Some("2\n"))]);
        reject(&repo, &stored.id).unwrap();
        reject(&repo, &stored.id).unwrap();
        assert_eq!(find(&repo, stored.id.as_str()).unwrap(), stored.id);
        assert!(load(&repo, &stored.id).unwrap().rejected);
        assert_eq!(list(&repo).unwrap().0.len(), 1);
    }

    #[test]
    fn a_ref_that_leads_nowhere_is_named_and_stops_nothing() {
        let (_dir, repo) = scratch(&[("a", "1\n")]);
        let tree = repo.empty_tree().unwrap();
        repo.git().reference(&format!("{OPEN}p-0bad"), tree, false, "").unwrap();
        let (proposals, problems) = list(&repo).unwrap();
        assert!(proposals.is_empty());
        assert_eq!(problems, ["`p-0bad` cannot be read: git cannot read `p-0bad`"]);
    }
}
