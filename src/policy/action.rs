//! The one list of everything that the program can do to the machine.

use std::fmt::{self, Display, Formatter};

use serde::{Deserialize, Serialize};

use crate::base::RepoPath;

/// Who wants it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// The person at the keyboard, or the script that the person wrote.
    Person,
    /// A model's reply, a role, a tool call: untrusted.
    Agent,
    /// A git hook or a CI job, which reads and reports.
    Hook,
}

/// Something that can be asked of [`judge`](crate::policy::judge()).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Action {
    /// See [`ReadPath`].
    ReadPath(ReadPath),
    /// See [`EditPath`].
    EditPath(EditPath),
    /// See [`RunCommand`].
    RunCommand(RunCommand),
    /// See [`ReachNetwork`].
    ReachNetwork(ReachNetwork),
}

impl Actor {
    /// The actor as rules and people name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Agent => "agent",
            Self::Hook => "hook",
        }
    }
}

impl Action {
    /// What rules and people call the kinds of action.
    pub const NAMES: [&'static str; 4] = ["read", "edit", "run", "reach"];

    /// The name of its kind.
    pub fn name(&self) -> &'static str {
        match self {
            Self::ReadPath(_) => "read",
            Self::EditPath(_) => "edit",
            Self::RunCommand(_) => "run",
            Self::ReachNetwork(_) => "reach",
        }
    }
}

impl Display for Action {
    /// The kind and what it is done to, control characters escaped.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::ReadPath(read) => write!(f, "read `{}`", read.path),
            Self::EditPath(edit) => write!(f, "edit `{}`", edit.path),
            Self::RunCommand(run) => {
                let confined = if run.confined { " confined" } else { "" };
                write!(f, "run `{}`{confined}", run.line.escape_debug())
            }
            Self::ReachNetwork(reach) => write!(f, "reach `{}`", reach.host.escape_debug()),
        }
    }
}

/// One kind of action with its arguments; a [`Permit`](crate::policy::Permit) for it carries them,
/// so that what was judged is what is done.
pub trait Act: Clone {
    /// The action as the journal and the rules see it.
    fn action(&self) -> Action;
}

/// Read a file of the work tree, or an older version of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadPath {
    /// The file.
    pub path: RepoPath,
}

/// Create, change or delete a file of the work tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EditPath {
    /// The file.
    pub path: RepoPath,
}

/// Run a command line through the shell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunCommand {
    /// The command line as given.
    pub line: String,
    /// It is one of the project's own test commands, found in its files; nobody gave it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub found: bool,
    /// It runs in a [`Sandbox`](crate::policy::Sandbox), or not at all.
    #[serde(default, skip_serializing_if = "is_false")]
    pub confined: bool,
}

impl RunCommand {
    /// A command line that somebody gave, not confined.
    pub fn given(line: impl Into<String>) -> Self {
        Self { line: line.into(), found: false, confined: false }
    }

    /// A test command that was found in the project, to be run confined.
    pub fn found_and_confined(line: impl Into<String>) -> Self {
        Self { line: line.into(), found: true, confined: true }
    }
}

/// Journals say of a command what is so, as before these words were there.
fn is_false(value: &bool) -> bool {
    !value
}

/// Reach a host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReachNetwork {
    /// The host, or the name of a package registry or hub.
    pub host: String,
    /// Why, in a few words.
    pub purpose: String,
}

macro_rules! act {
    ($($kind:ident),*) => {$(
        impl Act for $kind {
            fn action(&self) -> Action {
                Action::$kind(self.clone())
            }
        }
    )*};
}

act!(ReadPath, EditPath, RunCommand, ReachNetwork);
