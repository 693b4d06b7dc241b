//! What a model has for guessing what comes next, told from the head of its file: states that go back a
//! few tokens, and heads that say several tokens at once.

use crate::model::local::header::Facts;
use crate::model::local::load::Settings;

/// Architectures of which llama.cpp takes states back by a few tokens, and runs heads; tried here with
/// small models of each. It can with more, and aborts where it cannot.
const TRIED: [&str; 2] = ["qwen35", "qwen35moe"];
/// So many tokens a state goes back: as many as are guessed in the smallest batch that pays. Every one
/// costs another state in memory.
pub(super) const BACK: u32 = 3;

/// What of it is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Ahead {
    /// Tokens that a recurrent state can lose again.
    pub(super) back: u32,
    /// Whether heads for multi-token prediction are loaded and asked.
    pub(super) heads: bool,
}

impl Ahead {
    /// All that the model of `facts` has and the settings want.
    pub(super) fn of(facts: &Facts, settings: &Settings) -> Self {
        if !settings.guess || !TRIED.contains(&facts.architecture.as_str()) {
            return Self::default();
        }
        // llama.cpp runs one head of these and no more.
        Self { back: BACK, heads: heads(facts) == 1 }
    }
}

/// Layers behind those that a token goes through, which say what comes after the next one.
pub(super) fn heads(facts: &Facts) -> u64 {
    facts.number("nextn_predict_layers").unwrap_or(0)
}
