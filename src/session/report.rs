//! What a task came to, in figures.

use serde::{Deserialize, Serialize};

use crate::agent::Ending;
use crate::base::{ProposalId, TaskId, Tokens};
use crate::model::{Completion, Usage};

/// A run of the test command.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TestRun {
    pub passed: bool,
    pub exit: Option<i32>,
    pub seconds: f64,
    /// The last line of its output that says something.
    pub summary: String,
}

/// How a task ended and what it cost.
#[derive(Clone, Debug)]
pub struct Report {
    pub task: TaskId,
    pub ending: Ending,
    pub proposal: Option<ProposalId>,
    /// The test on the repository as it is, and on the last draft.
    pub before: Option<TestRun>,
    pub after: Option<TestRun>,
    /// What the project's other tests say of it, in words.
    pub others: Option<String>,
    /// The small changes that were tried, if there were any.
    pub repaired: Option<Repaired>,
    /// How a model with tools came to its end, where it worked so.
    pub looped: Option<Looped>,
    pub cost: Cost,
    pub seconds: f64,
}

/// How a model with tools came to its end.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Looped {
    /// Its replies.
    pub turns: u32,
    /// Why it was stopped, where it did not come to an end by itself.
    pub stopped: Option<String>,
    /// What it says of its change.
    pub summary: String,
}

/// What came of small changes that were tried without a model.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Repaired {
    pub tried: u32,
    /// Those with which the tests pass, in words, likeliest first.
    pub passing: Vec<String>,
}

/// What the model did, summed over all requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Cost {
    pub requests: u32,
    /// Answers that were recorded before and not asked for again; no other figure counts them.
    pub recorded: u32,
    /// Replies that could not be applied, and those of them that broke the form of edits.
    pub refused: u32,
    pub malformed: u32,
    pub prompt_tokens: Tokens,
    pub cached_tokens: Tokens,
    pub completion_tokens: Tokens,
    pub prompt_s: f64,
    pub completion_s: f64,
    /// Seconds from the start of the task to the first token written.
    pub first_token_s: Option<f64>,
}

impl Cost {
    /// Adds a round of answers to one prompt that was asked for `asked_s` seconds after the start of
    /// the task and took `seconds`.
    pub(super) fn add(&mut self, answers: &[&Completion], asked_s: f64, seconds: f64) {
        let recorded = answers.iter().filter(|answer| answer.recorded).count();
        self.recorded += u32::try_from(recorded).unwrap_or(u32::MAX);
        if recorded > 0 && recorded == answers.len() {
            return;
        }
        let written = answers.iter().filter(|answer| !answer.recorded);
        let answers: Vec<&Usage> = written.map(|answer| &answer.usage).collect();
        let read: Tokens =
            answers.iter().map(|usage| usage.prompt.saturating_sub(usage.cached)).sum();
        let prompt = answers.iter().map(|usage| usage.prompt).max().unwrap_or_default().max(read);
        let prompt_s = answers.iter().map(|usage| usage.prompt_s).sum::<f64>();
        self.requests += 1;
        self.prompt_tokens += prompt;
        self.cached_tokens += prompt.saturating_sub(read);
        self.completion_tokens += answers.iter().map(|usage| usage.completion).sum();
        self.prompt_s += prompt_s;
        self.completion_s += (seconds - prompt_s).max(0.0);
        let spoke = answers.iter().filter(|usage| usage.completion.0 > 0);
        if let Some(first) = spoke.map(|usage| usage.first_token_s).min_by(f64::total_cmp) {
            self.first_token_s.get_or_insert(asked_s + first);
        }
    }

    /// Prompt tokens read per second, the cached ones not counted.
    pub fn prompt_rate(&self) -> Option<f64> {
        rate(self.prompt_tokens.saturating_sub(self.cached_tokens), self.prompt_s)
    }

    /// Tokens written per second.
    pub fn completion_rate(&self) -> Option<f64> {
        rate(self.completion_tokens, self.completion_s)
    }
}

fn rate(tokens: Tokens, seconds: f64) -> Option<f64> {
    (tokens.0 > 0 && seconds > 0.0).then(|| f64::from(tokens.0) / seconds)
}
