//! Which change `countersign review` is about.

use std::io::Read;

use crate::base::Digest;
use crate::cli::desk::pick;
use crate::cli::{Context, ExitCode, Failure, hunk, verification};
use crate::proposal::{self, MAX_PATCH, Proposal, Standing, Subject};
use crate::repo::{self, Pending, Repo};

/// A change that is reviewed, and what is known about it.
pub(super) struct Reviewed {
    pub(super) subject: Subject,
    /// The proposal, where it is one.
    pub(super) proposal: Option<Proposal>,
    /// What it is called on the screen.
    pub(super) name: String,
    pub(super) title: String,
    pub(super) model: String,
    pub(super) verification: Vec<String>,
}

impl Reviewed {
    fn other(subject: Subject, name: String, title: &str) -> Self {
        let title = title.to_owned();
        let (model, verification) = (String::new(), Vec::new());
        Self { subject, proposal: None, name, title, model, verification }
    }
}

/// The proposal that `id` stands for, or the one that waits.
pub(super) fn proposal(repo: &Repo, id: Option<&str>) -> Result<Reviewed, Failure> {
    let proposal = pick(repo, id)?;
    Ok(Reviewed {
        subject: Subject::of(&proposal),
        name: proposal.id.to_string(),
        title: proposal.title.clone(),
        model: proposal.model.clone().unwrap_or_default(),
        verification: tested(&proposal),
        proposal: Some(proposal),
    })
}

/// What is not committed.
pub(super) fn uncommitted(context: &Context, repo: &Repo) -> Result<Reviewed, Failure> {
    let pending = repo::uncommitted(repo)?;
    in_tree(context, pending, "uncommitted", "the work tree against HEAD")
}

/// What the work tree has since HEAD and `revision` parted.
pub(super) fn since(context: &Context, repo: &Repo, revision: &str) -> Result<Reviewed, Failure> {
    let pending = repo::since_base(repo, revision)?;
    let key = format!("base-{}", Digest::of(revision.as_bytes()));
    let title = format!("the work tree since {revision}");
    let mut reviewed = in_tree(context, pending, &key[..21], &title)?;
    reviewed.name = format!("--base {revision}");
    Ok(reviewed)
}

fn in_tree(
    context: &Context,
    pending: Pending,
    key: &str,
    title: &str,
) -> Result<Reviewed, Failure> {
    for not_read in &pending.not_read {
        context.out.warn(&format!("`{}` is left out: {}", not_read.path, not_read.why));
    }
    if pending.files.is_empty() {
        return Err(Failure::new(format!("nothing differs: {title}"))
            .hint("`countersign review` without more words is about the proposal that waits"));
    }
    let (files, renames) = (pending.files, pending.renames);
    let subject = Subject::new(key.to_owned(), files, renames, Standing::InTree);
    Ok(Reviewed::other(subject, key.to_owned(), title))
}

/// A patch, in git's format.
pub(super) fn patch(repo: &Repo, from: &mut dyn Read) -> Result<Reviewed, Failure> {
    let mut bytes = Vec::new();
    from.take(MAX_PATCH as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::new(format!("the patch cannot be read: {error}")))?;
    let (files, renames) = proposal::incoming(repo, &bytes)
        .map_err(|error| Failure::from(error).code(ExitCode::Failed))?;
    let key = format!("patch-{}", Digest::of(&bytes));
    let title = format!("a patch of {}", hunk::count(files.len(), "file"));
    let subject = Subject::new(key[..22].to_owned(), files, renames, Standing::Proposed);
    Ok(Reviewed::other(subject, "patch".to_owned(), &title))
}

/// How it was tested, a line each.
fn tested(proposal: &Proposal) -> Vec<String> {
    let rows = verification::rows(&proposal.verification);
    rows.into_iter().map(|(label, result)| format!("{label:<9} {result}")).collect()
}
