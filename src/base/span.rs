//! A run of lines.

use std::fmt::{self, Display, Formatter};

use serde::{Deserialize, Serialize};

/// Lines `start` to `end` of a file, both counted from 1 and both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Span {
    /// First line.
    pub start: u32,
    /// Last line.
    pub end: u32,
}

impl Span {
    /// Lines `start` to `end`; the later of the two ends it.
    pub fn new(start: u32, end: u32) -> Self {
        Self { start, end: end.max(start) }
    }

    /// How many lines it covers.
    pub fn lines(&self) -> u32 {
        self.end - self.start + 1
    }

    /// Whether the two share a line.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.start <= other.end && other.start <= self.end
    }
}

impl Display for Span {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.start == self.end {
            write!(f, "{}", self.start)
        } else {
            write!(f, "{}-{}", self.start, self.end)
        }
    }
}
