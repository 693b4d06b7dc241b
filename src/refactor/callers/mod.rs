//! What happens to the callers when the parameters of a definition change?
//!
//! Texts in, texts out, as for moves. The calls are found by imports and types that are written down,
//! those that do not fit any more are made to fit, and what cannot be decided is told. Nothing else of a
//! file changes.

mod arguments;
mod changed;
mod fit;
mod follow;
mod gain;
mod introduce;
mod parameters;
mod pass;
mod reach;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::base::RepoPath;
use crate::refactor::Doubt;

pub use changed::takes_otherwise;
pub use follow::follow;
pub use introduce::introduce;
pub use parameters::{Arity, Parameter, ParameterKind, Signature, arities};

/// What a person asked for, as far as words say it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    pub gains: Vec<Gain>,
    /// Whoever calls hands it on, and takes it for that.
    pub on: bool,
    /// Functions that it is handed on to, where they are named.
    pub onto: Vec<String>,
    /// What callers give for a parameter of which nothing else is said.
    pub pass: Option<String>,
}

/// A function that is to have another parameter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gain {
    /// The function by its name, or by its name behind that of its type.
    pub function: String,
    /// The end of the path of its file, where that is said.
    pub from: Option<String>,
    /// The parameter as it is to be written, or its name alone.
    pub declaration: String,
    /// Which one it is to be, from 1.
    pub place: Option<usize>,
    /// A call may leave it out.
    pub optional: bool,
    /// What the callers are to give.
    pub pass: Option<String>,
}

/// A call that waits for an argument that nobody said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    pub key: OpenKey,
    pub line: u32,
    /// The parameter as it is written, and the function that takes it.
    pub parameter: String,
    pub function: String,
    /// The line of the call.
    pub text: String,
}

/// A call by its file, its function, and which of the calls there it is.
pub type OpenKey = (RepoPath, String, usize);

/// What following came to.
#[derive(Clone, Debug, Default)]
pub struct Followed {
    /// Every file that changes, as it will be.
    pub files: BTreeMap<RepoPath, Vec<u8>>,
    /// What was done, in words.
    pub done: Vec<String>,
    /// Calls that do not fit.
    pub unfit: Vec<Doubt>,
    /// Places that syntax cannot decide about.
    pub doubts: Vec<Doubt>,
    /// Those of the calls that do not fit whose argument can be asked for.
    pub open: Vec<Open>,
    /// How many different ways there are to choose arguments.
    pub choices: usize,
}
