//! What a task has come to, beside the words of a query.
//!
//! Plain data that whoever asks fills in; an empty state changes no answer.

use crate::base::{Digest, RepoPath, Span};
use crate::retrieval::{Citation, Hit};

/// Where someone stands in a task while they ask.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaskState {
    /// Files that are looked at.
    pub open: Vec<RepoPath>,
    /// Files that were changed for the task.
    pub touched: Vec<RepoPath>,
    /// Names of definitions that came up.
    pub seen: Vec<String>,
    /// What failed, as tools said it: the output of a test, the messages of a compiler.
    pub errors: Vec<String>,
    /// What earlier answers had.
    pub shown: Vec<Shown>,
}

/// A place that was shown before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The lines that were shown; without a blob and a text they are taken to be unchanged.
    pub citation: Citation,
    /// Of the text of these lines.
    pub text: Option<Digest>,
}

impl TaskState {
    /// Whether nothing in it speaks for any file; what was shown before does not.
    pub fn says_nothing(&self) -> bool {
        self.open.is_empty()
            && self.touched.is_empty()
            && self.seen.is_empty()
            && self.errors.is_empty()
    }
}

impl Shown {
    /// What showing `hit` shows.
    pub fn of(hit: &Hit) -> Self {
        Self::new(Citation::of(hit), &hit.text)
    }

    /// `text` at the place `citation`; of a place that is longer only so many lines were shown.
    pub fn new(citation: Citation, text: &str) -> Self {
        let lines = u32::try_from(text.lines().count()).unwrap_or(u32::MAX).max(1);
        let Span { start, end } = citation.span;
        let span = Span::new(start, end.min(start.saturating_add(lines - 1)));
        Self { citation: Citation { span, ..citation }, text: Some(Digest::of(text.as_bytes())) }
    }
}
