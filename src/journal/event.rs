//! The things that can happen, as they are recorded. Versioned: fields are added, never renamed.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::base::{Digest, ProposalId, ReceiptId, RepoPath, Span, Tokens};

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// A person asked for something.
    TaskStarted {
        text: String,
        base: String,
        model: Option<String>,
        model_digest: Option<Digest>,
        settings: Value,
    },
    /// Retrieval answered; the sources are in rank order.
    Retrieved { query: String, sources: Vec<Source> },
    /// A prompt was put together: what is in it, by source, and what did not fit.
    Packed { budget: Tokens, used: Tokens, ledger: Value, left_out: Vec<String> },
    /// A model was asked. The prompt is kept whole.
    Asked { role: String, prompt: Value, sampling: Value },
    /// A model answered. The text is kept whole.
    Answered { role: String, text: String, stop: String, usage: Value },
    /// The lines that an answer cites were looked up: those that are there, as `path:line`, and what
    /// leads nowhere, as the model wrote it.
    Cited { lines: Vec<String>, dropped: Vec<String> },
    /// The process in which the model ran died and was replaced; what was asked was asked again.
    EngineRestarted { why: String },
    /// So many small changes were tried without a model; those that passed, in words.
    Repaired { tried: u32, passing: Vec<String> },
    /// A reply could not be used.
    ReplyRefused { reason: String },
    /// The gate ruled.
    Judged { actor: String, action: Value, ruling: String, rule: String, why: String },
    /// A command ran.
    CommandRan { line: String, exit: Option<i32>, seconds: f64, output: String },
    /// A proposal was made.
    Proposed {
        proposal: ProposalId,
        commit: String,
        files: Vec<RepoPath>,
        hunks: u32,
        verification: Value,
    },
    /// A person decided on hunks.
    Decided { proposal: ProposalId, accepted: Vec<u32>, rejected: Vec<u32> },
    /// Hunks were written to the work tree.
    Applied { proposal: ProposalId, receipt: ReceiptId, changes: Vec<Change> },
    /// An apply was refused; the work tree is as it was.
    ApplyRefused { proposal: ProposalId, why: String },
    /// What an apply wrote was taken back.
    Undone { receipt: ReceiptId, changes: Vec<Change> },
    /// What an undo took back was written again.
    Redone { receipt: ReceiptId, changes: Vec<Change> },
    /// A person turned a proposal down.
    Rejected { proposal: ProposalId },
    /// A change was checked.
    Checked { what: String, files: u32, findings: Value },
    /// A task ended.
    TaskEnded { outcome: String, seconds: f64, usage: Value },
    /// Something that an interrupted run left behind was put right.
    Recovered { what: String },
}

/// A place that retrieval found, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Source {
    pub path: RepoPath,
    pub span: Span,
    pub score: f32,
    pub why: String,
    /// The name that git gives to the file's contents; older records have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blob: Option<String>,
}

/// A file that was written: digests of its contents before and after, `None` where it was not there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    pub path: RepoPath,
    pub before: Option<Digest>,
    pub after: Option<Digest>,
}
