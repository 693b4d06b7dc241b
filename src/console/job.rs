//! What is asked of whoever works backstage, and what comes back.

use crate::base::{ProposalId, RepoPath, Tokens};
use crate::journal::Event;
use crate::model::Delta;
use crate::session::{Approvable, Revision, Selection};

/// Something to be worked on, with what the person wants in view.
#[derive(Clone, Debug, PartialEq)]
pub enum Job {
    /// A change, in the person's words.
    Change(String, Selection),
    /// A question about the repository.
    Question(String, Selection),
    /// A hunk, written anew as a person's comment asks. It is asked for in a review and answered there.
    Revision(Box<Revision>),
}

/// What is told while a job is worked on.
#[derive(Clone, Debug, PartialEq)]
pub enum News {
    /// Something that takes time begins; in a few words.
    Begins(String),
    /// Something happened; `known` where it is gone through once more.
    Event {
        event: Box<Event>,
        known: bool,
    },
    Delta(Delta),
    /// A rule asks a person; the work waits for the answer.
    Asks(Approvable),
    /// Something that the program has to say.
    Said(String),
    /// Which model answers.
    Model(ModelLine),
    Ended(End),
    /// A hunk was written anew, or why not.
    Revised(Result<Vec<u8>, String>),
}

/// The model, as the status line names it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModelLine {
    pub name: String,
    /// The tokens of its window.
    pub context: Tokens,
}

/// How a job ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// A change waits for the person's decision.
    Proposed {
        id: ProposalId,
        verified: Option<bool>,
        words: String,
    },
    /// A question has its answer; the lines that it rests on, as `path:line  text`.
    Answered {
        text: String,
        cited: Vec<String>,
    },
    /// Nothing came of it, and why.
    Nothing(String),
    Failed {
        message: String,
        hint: Option<String>,
    },
    Stopped,
}

/// A proposal that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProposalRow {
    pub id: ProposalId,
    pub title: String,
    /// Who made it.
    pub model: String,
    /// How its tests went, in a few words.
    pub verified: String,
    pub files: usize,
    pub hunks: usize,
    pub added: usize,
    pub removed: usize,
}

/// A file or a definition that can be taken into view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub path: RepoPath,
    pub symbol: Option<String>,
}

impl Target {
    /// As it is shown and searched.
    pub fn label(&self) -> String {
        match &self.symbol {
            Some(symbol) => format!("{}  {symbol}", self.path),
            None => self.path.to_string(),
        }
    }
}
