//! What a review is made from: values only, nothing to open.

use crate::base::ProposalId;
use crate::proposal::Hunk;
use crate::repo::FileChange;
use crate::session::Evidence;

/// A proposal and what is known about it. All texts are taken for untrusted and shown escaped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewInput {
    pub id: ProposalId,
    pub title: String,
    /// Who made it, for example `coder·qwen2.5-coder-1.5b`; empty where nobody is known.
    pub model: String,
    /// How it was verified, a line each.
    pub verification: Vec<String>,
    pub files: Vec<FileChange>,
    /// Every hunk of `files`, numbered through the proposal.
    pub hunks: Vec<Hunk>,
    /// What the journal knows about how it was made.
    pub evidence: Evidence,
}
