//! A team: which roles work on a task, in which order, what each is handed, and when to stop. Data, not
//! code: the controller is the same for all.

use serde::{Deserialize, Serialize};

/// A team as its file declares it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Team {
    pub name: String,
    pub version: u32,
    /// One sentence for people.
    pub purpose: String,
    /// In the order in which they have their turn.
    pub members: Vec<Member>,
    /// What a draft has to pass.
    #[serde(default)]
    pub verifies: Vec<Verifies>,
    /// How often what a reviewer finds is mended at most.
    #[serde(default)]
    pub rounds: u32,
    /// The share of the time limit, from 0 to 1, after which no review and no mending begins.
    #[serde(default = "whole")]
    pub time_share: f32,
}

/// One who works on a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// The name of its role, or [`MONITOR`].
    pub role: String,
    /// What it is handed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub given: Vec<Given>,
    /// When it has a turn.
    #[serde(default)]
    pub when: When,
}

/// The member that is no role: it watches by rule, and no model is asked.
pub const MONITOR: &str = "monitor";

/// What a member may be handed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Given {
    /// The words of the person.
    Task,
    /// The places that were found.
    Places,
    /// The steps of the planner.
    Plan,
    /// The change so far.
    Draft,
    /// What the test printed.
    Tests,
    /// What the reviewer found.
    Findings,
}

/// When a member has a turn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum When {
    #[default]
    #[serde(rename = "always")]
    Always,
    /// A test fails: before the change for who comes before the coder, with it for who comes after.
    #[serde(rename = "tests fail")]
    TestsFail,
    /// No test fails; there may be none.
    #[serde(rename = "no test fails")]
    NoTestFails,
    /// Nothing tests the change.
    #[serde(rename = "no test")]
    NoTest,
    /// What was found for the task stands in several files.
    #[serde(rename = "several files")]
    SeveralFiles,
}

/// What a draft has to pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verifies {
    /// Its files can be read as their languages. This is so for every team.
    Syntax,
    /// The command that was given, or the project's own tests.
    Tests,
}

/// What is known when a turn is given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Situation {
    pub has_test: bool,
    pub fails: bool,
    pub several_files: bool,
}

impl When {
    /// Whether it is so.
    pub fn holds(self, now: Situation) -> bool {
        match self {
            Self::Always => true,
            Self::TestsFail => now.fails,
            Self::NoTestFails => !now.fails,
            Self::NoTest => !now.has_test,
            Self::SeveralFiles => now.several_files,
        }
    }
}

fn whole() -> f32 {
    1.0
}
