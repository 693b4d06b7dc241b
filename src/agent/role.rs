//! A role: what it is for, its prompts, how it samples, what it may read and write. Data, not code.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::agent::{RoleError, Roles};
use crate::base::Tokens;
use crate::proposal::Dialect;

/// A role as its file declares it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    pub name: String,
    pub version: u32,
    /// One sentence for people.
    pub purpose: String,
    /// What it has to give.
    #[serde(default)]
    pub contract: Contract,
    pub prompts: TemplateNames,
    /// The model that it is for, by name; none takes the one that is in use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Temperature and nucleus of its first reply, where they are not the configuration's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top_p: Option<f32>,
    /// How much warmer than the one before each further reply is.
    #[serde(default)]
    pub warmer: f32,
    /// The tools that it may call, by name.
    #[serde(default)]
    pub tools: Vec<String>,
    /// What of the repository and of the task it is shown.
    #[serde(default)]
    pub reads: Vec<Reads>,
    /// The forms in which it may write edits; empty where it writes none.
    #[serde(default)]
    pub dialects: Vec<Dialect>,
    /// Whether its replies are held to their form while they are written, where the engine can.
    #[serde(default)]
    pub held: bool,
    /// Longest file, in lines, that it is shown as a whole; of longer ones it sees parts.
    #[serde(default)]
    pub shown_whole_lines: usize,
    /// Longest file, in lines, that it may rewrite as a whole.
    #[serde(default)]
    pub whole_file_lines: usize,
    #[serde(default)]
    pub budget: Budget,
}

/// What a reply of a role has to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Contract {
    /// Edits of files.
    #[default]
    Edits,
    /// Sentences, and the lines that they rest on.
    Answer,
    /// Calls of tools, until it says that it is done.
    Calls,
    /// What is wrong with a change, and where.
    Findings,
    /// Steps, one a line.
    Plan,
    /// Paths of files.
    Files,
    /// Assertions that call a function, one a line.
    Tests,
    /// A sentence about a definition.
    Docs,
    /// A part of a file, anew.
    Part,
    /// One line.
    Title,
}

/// What a role may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reads {
    Sources,
    Tests,
    Docs,
    /// The change that is being made.
    Diff,
    /// What the failing command printed.
    Failure,
}

/// What it may take; none leaves it to the configuration. Tokens are those of one request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt_tokens: Option<Tokens>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer_tokens: Option<Tokens>,
    /// Most replies, where it calls tools, and most tokens of all of them together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turns: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub written_tokens: Option<Tokens>,
}

/// The templates of a role's messages. Each role has the first two.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateNames {
    pub system: String,
    pub task: String,
    /// For a reply that cannot be used, whose draft has a flaw, of which examples do not hold, to ask
    /// for such examples, and whose test failed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub refused: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub flawed: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub unlike: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub examples: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub failed: String,
    /// Others, by what they are for.
    #[serde(flatten)]
    pub others: BTreeMap<String, String>,
}

impl TemplateNames {
    /// Each with what it is for, those that the role has.
    pub fn all(&self) -> Vec<(&str, &str)> {
        let first = [
            ("system", &self.system),
            ("task", &self.task),
            ("refused", &self.refused),
            ("flawed", &self.flawed),
            ("unlike", &self.unlike),
            ("examples", &self.examples),
            ("failed", &self.failed),
        ];
        let others = self.others.iter().map(|(slot, name)| (slot.as_str(), name));
        let all = first.into_iter().chain(others);
        all.filter(|(_, name)| !name.is_empty()).map(|(slot, name)| (slot, name.as_str())).collect()
    }
}

impl Role {
    /// The role that writes code, as it ships.
    pub fn coder() -> Result<Self, RoleError> {
        Ok(Roles::shipped()?.get("coder")?.role.clone())
    }

    /// Whether it may be shown this.
    pub fn may_read(&self, what: Reads) -> bool {
        self.reads.contains(&what)
    }
}
