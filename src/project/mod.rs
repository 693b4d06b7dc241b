//! How is it tested?
//!
//! From the names of a project's files, and the text of some, the commands that test it; which
//! tests to run first for a change; and what went wrong, from what a command said. Nothing here
//! opens a file or runs anything: whoever asks hands over a listing and a reader.

mod affected;
mod command;
mod digest;
pub mod examples;
mod failures;
mod find;
mod listing;
pub mod repair;
pub mod mutants;
mod tests;
pub mod written;

pub use affected::affected;
pub use command::{Narrow, TestCommand};
pub use digest::digest;
pub use failures::{Failure, failures};
pub use find::find;
pub(crate) use find::javascript::TYPES;
pub use tests::{is_test, tests};

use crate::base::RepoPath;

/// A program of ours that says something of a project, and what runs it.
#[derive(Clone, Debug)]
pub struct Script {
    /// Where it has to stand for the time of the run.
    pub path: RepoPath,
    pub text: String,
    pub command: TestCommand,
}

/// Gives the bytes of a file, or `None` where there is none to be read.
pub type Reader<'a> = &'a dyn Fn(&RepoPath) -> Option<Vec<u8>>;
