//! What went wrong, and where, from what a test command said?
//!
//! One reader for each kind of output, all tried: a command may compile before it tests. The output
//! is untrusted: sizes are bounded, and a path is only taken if it stays in the repository.

mod bun;
mod cargo;
mod catch2;
mod compilers;
mod ctest;
mod generic;
mod go;
mod gradle;
mod gtest;
mod java;
mod javascript;
mod maven;
mod mocha;
mod node;
mod phpunit;
mod pytest;
mod rspec;
mod unittest;
mod unity;

use std::collections::HashSet;
use std::path::Path;

use crate::base::RepoPath;

/// A test that failed, or a place that could not be compiled.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Failure {
    /// The test as its program names it.
    pub test: Option<String>,
    /// What the test is a part of, where the output says it and names may be given twice: its
    /// package, its target or its file.
    pub origin: Option<String>,
    /// As the program said it; from the folder in which it ran, if that was in the way of paths.
    pub path: Option<RepoPath>,
    pub line: Option<u32>,
    /// The code of that line, where the output shows it.
    pub source: Option<String>,
    /// What was wrong, in a few lines.
    pub message: String,
    /// It could not be set up, and says nothing of what it tests.
    pub unready: bool,
}

impl Failure {
    /// How many are read. Where there are so many, some may have been left out.
    pub const MOST: usize = 5000;

    /// Whether this and one of another run tell of the same test, or where none is named, of the
    /// same thing that is wrong. A test may fail in another place than before.
    pub fn is_again(&self, other: &Self) -> bool {
        let parted = self.origin.is_some() && other.origin.is_some() && self.origin != other.origin;
        let same = match (&self.test, &other.test) {
            (Some(test), Some(other)) => test == other,
            (None, None) => self.path == other.path && self.message == other.message,
            _ => false,
        };
        same && !parted
    }
}

/// How long a message may be, in bytes; and how long that of a test is, behind the first so many.
const LONGEST: usize = 800;
const SHORT: usize = 200;
const WHOLE: usize = 100;

type Reader = fn(&[&str]) -> Vec<Failure>;
const READERS: &[Reader] = &[
    compilers::read,
    pytest::read,
    unittest::read,
    cargo::read,
    go::read,
    javascript::read,
    mocha::read,
    node::read,
    bun::read,
    gradle::read,
    maven::read,
    ctest::read,
    gtest::read,
    catch2::read,
    unity::read,
    rspec::read,
    phpunit::read,
];

/// The failures in what a command said, each once, in the order in which they were said by its kind.
/// Where no kind is known, the places that the output names.
pub fn failures(output: &str) -> Vec<Failure> {
    let plain = anstream::adapter::strip_str(output).to_string();
    let lines: Vec<&str> = plain.lines().map(str::trim_end).collect();
    match known(&lines) {
        found if found.is_empty() => once(generic::read(&lines)),
        found => found,
    }
}

/// The same, without the places that an output of no known kind names.
pub(super) fn read(output: &str) -> Vec<Failure> {
    let plain = anstream::adapter::strip_str(output).to_string();
    known(&plain.lines().map(str::trim_end).collect::<Vec<_>>())
}

/// What those read who know a kind of output.
fn known(lines: &[&str]) -> Vec<Failure> {
    once(READERS.iter().flat_map(|read| read(lines)).collect())
}

/// The first of them, each once, with messages that are not too long.
fn once(found: Vec<Failure>) -> Vec<Failure> {
    let mut seen = HashSet::new();
    let mut once: Vec<Failure> = Vec::new();
    for mut failure in found {
        shorten(&mut failure.message, LONGEST);
        if once.len() < Failure::MOST && seen.insert(failure.clone()) {
            // What has no name is known by its message.
            if once.len() >= WHOLE && failure.test.is_some() {
                shorten(&mut failure.message, SHORT);
            }
            once.push(failure);
        }
    }
    once
}

fn shorten(message: &mut String, most: usize) {
    if message.len() > most {
        let end = (0..=most).rev().find(|at| message.is_char_boundary(*at)).unwrap_or(0);
        message.truncate(end);
        message.push('…');
    }
}

/// A path of the repository; `None` for one that leads out of it.
fn path(text: &str) -> Option<RepoPath> {
    RepoPath::from_os(Path::new(text.trim())).ok()
}

/// Whether the path is of the project, and not of what it uses.
fn is_own(text: &str) -> bool {
    let foreign = ["site-packages/", "node_modules/", "dist-packages/", "node:", "<"];
    path(text).is_some() && !foreign.iter().any(|part| text.contains(part))
}

/// A path with the number of its line, of `path:line`, whatever follows behind another colon.
fn place(text: &str) -> Option<(&str, u32, &str)> {
    let (path, rest) = text.split_once(':')?;
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, rest) = rest.split_at(digits);
    Some((path, number.parse().ok()?, rest))
}

/// The lines of a section: from the first on, up to one for which `ends` is so.
fn section<'a>(lines: &'a [&'a str], ends: impl Fn(&str) -> bool) -> &'a [&'a str] {
    let end = lines.iter().position(|line| ends(line)).unwrap_or(lines.len());
    &lines[..end]
}

/// How many bytes of space a line has in front.
fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// The title of `  1) title`, as lists of failures have it.
fn numbered(line: &str) -> Option<&str> {
    let (number, title) = line.strip_prefix("  ")?.split_once(") ")?;
    number.parse::<u32>().ok().map(|_| title)
}

/// Lines as a message: without the space that all have in front, and without empty ones around.
fn message(lines: &[&str]) -> String {
    let said = lines.iter().filter(|line| !line.trim().is_empty());
    let indent = said.map(|line| indent(line)).min().unwrap_or(0);
    let lines = lines.iter().map(|line| line.get(indent..).unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n").trim_matches('\n').to_owned()
}

#[cfg(test)]
mod tests;
