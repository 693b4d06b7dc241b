//! Which commands test this project?
//!
//! Every kind of project is one function in a table; the commands of all of them are put in order.

mod cargo;
mod ci;
pub(crate) mod javascript;
mod native;
mod others;
mod python;

use crate::base::RepoPath;
use crate::project::listing::{Listing, depth};
use crate::project::{Narrow, Reader, TestCommand};

/// The kinds of projects; where nothing else decides, what stands first is better.
const KINDS: &[fn(&Listing<'_>) -> Vec<TestCommand>] = &[
    cargo::find,
    python::find,
    others::go,
    javascript::find,
    native::cmake,
    others::maven,
    others::gradle,
    others::mix,
    others::rspec,
    others::phpunit,
    others::dotnet,
    native::make,
];

/// The commands that test the project, best first: those in the root before those in folders, those
/// that run more files of tests before those that run fewer. What CI runs counts where there is
/// nothing else.
pub fn find(files: &[RepoPath], read: Reader<'_>) -> Vec<TestCommand> {
    let listing = Listing::new(files, read);
    let mut found: Vec<TestCommand> = KINDS.iter().flat_map(|kind| kind(&listing)).collect();
    if found.iter().all(|command| command.tool == javascript::TYPES) {
        found.splice(0..0, ci::find(&listing));
    }
    found.sort_by_key(|command| (depth(&command.folder), std::cmp::Reverse(command.tests)));
    found
}

/// A command that is told nothing but to run; `why` is a name in the listing.
fn plain(
    tool: &'static str,
    folder: &str,
    why: &str,
    program: &str,
    arguments: &str,
) -> Option<TestCommand> {
    Some(TestCommand {
        tool,
        why: RepoPath::new(why).ok()?,
        folder: folder.to_owned(),
        variables: String::new(),
        program: program.to_owned(),
        arguments: arguments.to_owned(),
        all: String::new(),
        narrow: Narrow::Never,
        needs: &[],
        made: &[],
        tests: 0,
    })
}

#[cfg(test)]
mod tests;
