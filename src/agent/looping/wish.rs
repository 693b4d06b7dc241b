//! What the controller of the loop hears, and what it wishes for.

use crate::agent::choice::Drafted;
use crate::agent::machine::Ending;
use crate::agent::tools::Act;
use crate::base::{Digest, Tokens};
use crate::model::ToolCall;

/// What is fixed before the first step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Most replies.
    pub turns: u32,
    /// Most tokens that they may have together.
    pub written: Tokens,
    /// The tools that are offered.
    pub tools: Vec<String>,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Heard {
    /// The task begins.
    Started,
    /// The places that matter are found; `has_test` says whether something can test a change of them.
    Located { has_test: bool },
    /// The test ran on the repository as it is.
    TestedBase,
    /// The conversation is opened.
    Opened,
    /// The model replied.
    Said(Said),
    /// An act was done, or refused.
    Seen(Seen),
    /// The draft as it is was tested, where there is a test.
    Weighed(Drafted),
    /// The time is up.
    TimeUp,
    /// A person stopped it.
    Cancelled,
}

/// A reply.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    pub text: String,
    pub calls: Vec<ToolCall>,
    /// Why what looks like a call is none, for each.
    pub unread: Vec<String>,
    /// Whether it was cut off at the most tokens that it may have.
    pub cut: bool,
    pub written: Tokens,
}

/// What came of an act.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// Names what the model is told of it.
    pub result: Digest,
    /// Names the draft as it is now; none where it changes nothing.
    pub draft: Option<Digest>,
    /// What the draft came to, where this was a test of it.
    pub weighed: Option<Drafted>,
}

/// What to do next. Only the last of several leads to something that is heard.
#[derive(Clone, Debug, PartialEq)]
pub enum Wish {
    /// Find the places that matter.
    Locate,
    /// Run the test on the repository as it is.
    TestBase,
    /// Begin the conversation with the task.
    Open,
    /// Have the model reply; the warmer, the more often it had to be told that nothing moves, or that
    /// it calls nothing: the likeliest reply would be the same again.
    Ask { warmer: u32 },
    /// Do what a call asks for, and say what came of it.
    Act { call: ToolCall, act: Act },
    /// Say something to the model: as the result of a call, or else as such.
    Tell { call: Option<ToolCall>, remark: Telling },
    /// See what the draft as it is comes to; without `test` nothing is run.
    Weigh { test: bool },
    /// Store this draft as a proposal; `stopped` says why the model did not come to its end by itself.
    Propose { draft: usize, stopped: Option<String>, summary: String },
    /// Stop.
    End(Ending),
}

/// Something that the model is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Telling {
    /// What it asked for is done.
    Fine(String),
    /// A call is refused.
    Refused(String),
    /// What looked like a call could not be read.
    Unread(String),
    /// It called nothing.
    Silent,
    /// Its reply was cut off.
    Cut,
    /// Nothing moves: why.
    Stuck(String),
    /// So many turns are left.
    TurnsLeft(u32),
    /// It is not done: the test fails, with this output.
    Failed(String),
    /// It is not done: this is wrong.
    Flawed(String),
}
