//! What a review is made from: values only, nothing to open.

use crate::proposal::{Piece, Standing};
use crate::repo::{FileChange, Renames};
use crate::session::Evidence;

/// A change and what is known about it. All texts are taken for untrusted and shown escaped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewInput {
    /// What it is called: the proposal's id, or how the change was named.
    pub id: String,
    pub title: String,
    /// Who made it, for example `coder·qwen2.5-coder-1.5b`; empty where nobody is known.
    pub model: String,
    /// How it was verified, a line each.
    pub verification: Vec<String>,
    pub files: Vec<FileChange>,
    /// Which of `files` are moved.
    pub renames: Renames,
    /// Every hunk of `files`, numbered through the change, as far as it was decided before.
    pub pieces: Vec<Piece>,
    /// The name of the piece to begin with.
    pub at: Option<String>,
    /// What to say first.
    pub notice: Option<String>,
    pub standing: Standing,
    /// What the journal knows about how it was made.
    pub evidence: Evidence,
}
