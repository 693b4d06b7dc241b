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
    /// A task that had been broken off goes on: with this tree and this model, and with so many of its
    /// answers and runs of commands in the journal that are not asked for or run again.
    TaskResumed {
        base: String,
        model: Option<String>,
        model_digest: Option<Digest>,
        answers: u32,
        runs: u32,
    },
    /// Retrieval answered; the sources are in rank order.
    Retrieved { query: String, sources: Vec<Source> },
    /// A prompt was put together: what is in it, by source, and what did not fit.
    Packed {
        budget: Tokens,
        used: Tokens,
        ledger: Value,
        left_out: Vec<String>,
        /// How many tokens the model counted in each text that it was shown or could have been, by the
        /// first digits of the text's digest.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        counts: Option<Value>,
    },
    /// A model was asked. The prompt is kept whole.
    Asked { role: String, prompt: Value, sampling: Value },
    /// A model answered. The text is kept whole.
    Answered {
        role: String,
        text: String,
        stop: String,
        usage: Value,
        /// Names the prompt and the one of its samplings that this answers.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        asked: Option<Digest>,
        /// What it said, where it wrote more than that: thoughts and calls.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        said: Option<String>,
        /// What it thought before it spoke.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        thought: Option<String>,
        /// The tools that it called, with their arguments, and why what looks like a call is none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        calls: Option<Value>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        unread: Vec<String>,
        /// How likely it found what it wrote: a natural logarithm, all tokens together.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        logprob: Option<f32>,
        /// Whether it was taken from a record: no model wrote it now.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        recorded: bool,
    },
    /// A tool was called, and this is what the model was told of it. Long arguments stand in the answer
    /// alone.
    ToolCalled { tool: String, arguments: Value, refused: bool, result: String },
    /// The lines that an answer cites were looked up: those that are there, as `path:line`, and what
    /// leads nowhere, as the model wrote it.
    Cited { lines: Vec<String>, dropped: Vec<String> },
    /// The process in which the model ran died and was replaced; what was asked was asked again.
    EngineRestarted { why: String },
    /// So many small changes were tried without a model; those that passed, in words.
    Repaired { tried: u32, passing: Vec<String> },
    /// A member of a team chose these among so many places that were found.
    Chosen { role: String, places: Vec<String>, of: u32 },
    /// A member of a team planned these steps; what is no step that can be done was dropped.
    Planned { role: String, steps: Vec<String>, dropped: Vec<String> },
    /// A change was read: what was found, as `path:line: severity: sentence`, what was said of no line of
    /// it, and what of it nobody read. Where it was not read at all, why.
    Reviewed {
        role: String,
        findings: Vec<String>,
        dropped: Vec<String>,
        unread: Vec<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        skipped: Option<String>,
    },
    /// Whoever watches a task said something.
    Noted { role: String, text: String },
    /// A reply could not be used.
    ReplyRefused { reason: String },
    /// An answer of a round was drafted, and tested where something tests it. Answers that make the same
    /// change have the same draft, counted from 1.
    Drafted {
        /// Names the prompt and the sampling, as the answer does.
        asked: Digest,
        draft: u32,
        files: u32,
        added: u32,
        removed: u32,
        /// Whether its test passed, in how many it fails, and the last line that the test said.
        passed: Option<bool>,
        failing: Option<u32>,
        said: String,
        /// What is wrong with it as one reads it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        flaws: Vec<String>,
    },
    /// The gate ruled.
    Judged { actor: String, action: Value, ruling: String, rule: String, why: String },
    /// A person was asked about what a rule asks, and answered: once, for the session, or no and why.
    Approved { action: Value, rule: String, answer: Value },
    /// A person pinned or dropped sources: what is in view from this round on.
    Selected { round: u32, selection: Value },
    /// A command ran.
    CommandRan {
        line: String,
        exit: Option<i32>,
        seconds: f64,
        /// The end of what it said, the place of the copy that it ran in taken out of it.
        output: String,
        /// Names the files that it ran on, where it ran in a copy of them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on: Option<Digest>,
        /// Whether it was stopped because it ran too long.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        timed_out: bool,
        /// Whether this was taken from a record: nothing ran now.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        recorded: bool,
    },
    /// A proposal was made.
    Proposed {
        proposal: ProposalId,
        commit: String,
        files: Vec<RepoPath>,
        hunks: u32,
        verification: Value,
        /// The git tree of the whole proposal.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tree: Option<String>,
    },
    /// A person decided on hunks.
    Decided {
        proposal: ProposalId,
        /// The hunks that were accepted as a whole.
        accepted: Vec<u32>,
        /// The hunks that were rejected as a whole.
        rejected: Vec<u32>,
        /// Parts of hunks, hunks with other words, and hunks that something was said about.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        parts: Vec<DecidedPart>,
    },
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

/// What became of a hunk that was not simply decided.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DecidedPart {
    pub hunk: u32,
    /// From 1 among the parts of the hunk; 0 for all of it.
    pub part: u32,
    /// `accepted`, `rejected` or `undecided`.
    pub verdict: String,
    /// Who worded it: `proposal`, `person` or `revision`.
    pub by: String,
    /// The lines of the old file that it replaces: the first, from 1, and how many.
    pub old: [u32; 2],
    /// The digest of the lines that it puts in.
    pub digest: Digest,
    /// These lines, where they are not the proposal's; bytes that are no UTF-8 are replaced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// What the person said about it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub comments: Vec<String>,
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
