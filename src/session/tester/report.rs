//! What came of writing tests, in figures and places.

use serde::Serialize;

use crate::base::{ProposalId, RepoPath, TaskId};
use crate::session::report::{Cost, TestRun};

/// How a task ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// There is a proposal, and the project's command passed with it.
    Verified,
    /// There is one, and it did not.
    VerificationFailed,
    /// There is one, and no command ran on it.
    Proposed,
    /// No test was found worth writing.
    NothingToWrite,
    TimeUp,
    Interrupted,
}

impl Outcome {
    /// As the journal keeps it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Verified => "proposed, verified",
            Self::VerificationFailed => "proposed, verification failed",
            Self::Proposed => "proposed",
            Self::NothingToWrite => "nothing to write",
            Self::TimeUp => "time up",
            Self::Interrupted => "cancelled",
        }
    }
}

/// A mutant that no test fails with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Survivor {
    pub path: RepoPath,
    pub line: usize,
    pub old: String,
    pub new: String,
}

/// Where the model expected something else than the code gives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Doubt {
    pub call: String,
    pub model: String,
    pub code: String,
}

/// What came of one function.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Tested {
    pub path: RepoPath,
    pub name: String,
    pub line: u32,
    /// Mutants that were made, and those that a test fails with.
    pub mutants: usize,
    pub killed: usize,
    pub survivors: Vec<Survivor>,
    /// Assertions that were written, and those of them whose value the model said too.
    pub assertions: usize,
    pub said_by_model: usize,
    /// Where their calls come from.
    pub from_model: usize,
    pub from_docs: usize,
    pub from_search: usize,
    pub doubts: Vec<Doubt>,
    /// Why there are none, where there are none.
    pub trouble: Option<String>,
}

/// What came of the whole task.
#[derive(Clone, Debug)]
pub struct TestsReport {
    pub task: TaskId,
    pub outcome: Outcome,
    pub proposal: Option<ProposalId>,
    pub functions: Vec<Tested>,
    /// The command that ran on the proposal, and what came of it.
    pub command: Option<String>,
    pub after: Option<TestRun>,
    pub cost: Cost,
    pub seconds: f64,
}

impl Tested {
    /// For people, as lines: figures, where the expected values come from, doubts, survivors.
    pub fn lines(&self) -> Vec<String> {
        let place = format!("`{}` ({}:{})", self.name, self.path, self.line);
        if let Some(trouble) = &self.trouble {
            return vec![format!("{place}: no test: {trouble}")];
        }
        let count = |count: usize, what: &str| {
            format!("{count} {what}{}", if count == 1 { "" } else { "s" })
        };
        let mut lines = vec![format!(
            "{place}: {} of {} killed by {}",
            self.killed,
            count(self.mutants, "mutant"),
            count(self.assertions, "assertion"),
        )];
        if self.assertions > 0 {
            lines.push(format!(
                "  what they expect is what the code gives now; of {} the model said the same",
                self.said_by_model
            ));
        }
        for Doubt { call, model, code } in &self.doubts {
            lines.push(format!("  doubt: {call} gives {code}; the model expected {model}"));
        }
        for Survivor { path, line, old, new } in &self.survivors {
            lines.push(format!("  {path}:{line}: `{old}` → `{new}` survives"));
        }
        lines
    }
}
