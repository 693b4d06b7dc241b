//! A change, taken apart into hunks that can be decided one by one.

use std::ops::Range;

use crate::base::RepoPath;

/// What a line of a hunk is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineKind {
    Context,
    Removed,
    Added,
}

/// One line with its line ending, if it has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub kind: LineKind,
    /// Its number in the old file, from 1.
    pub old: Option<u32>,
    /// Its number in the new file, from 1.
    pub new: Option<u32>,
    pub bytes: Vec<u8>,
}

/// The smallest part of a proposal that can be accepted or rejected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hunk {
    /// From 1, counted through the whole proposal: what `--hunks` takes.
    pub number: u32,
    /// The file it changes.
    pub path: RepoPath,
    /// The lines of the old file that it covers, context included, counted from 0.
    pub old: Range<u32>,
    /// The lines of the new file that it covers, context included, counted from 0.
    pub new: Range<u32>,
    /// What it shows. Empty for what has no lines: a binary file, a mode, an empty file.
    pub lines: Vec<Line>,
    /// What it does beyond its lines: `new file`, `deleted`, `mode 644 → 755`, `binary`.
    pub note: Option<String>,
}
