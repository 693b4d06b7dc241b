//! Where lines begin.

use std::ops::Range;

use crate::base::Span;

/// The starts of all lines of a text. A line ends behind its `\n`; a text without any byte has none.
pub(super) struct Lines {
    starts: Vec<usize>,
    len: usize,
}

impl Lines {
    pub(super) fn of(text: &[u8]) -> Self {
        let mut starts = Vec::new();
        let mut start = 0;
        for line in text.split_inclusive(|byte| *byte == b'\n') {
            starts.push(start);
            start += line.len();
        }
        Self { starts, len: text.len() }
    }

    pub(super) fn count(&self) -> usize {
        self.starts.len()
    }

    /// The bytes of lines `first..end`, counted from 0.
    pub(super) fn bytes(&self, lines: Range<usize>) -> Range<usize> {
        let offset = |line: usize| self.starts.get(line).copied().unwrap_or(self.len);
        offset(lines.start)..offset(lines.end)
    }

    /// The lines that `bytes` touch.
    pub(super) fn span(&self, bytes: Range<usize>) -> Span {
        let line = |offset: usize| {
            let before = self.starts.partition_point(|start| *start <= offset);
            u32::try_from(before.max(1)).unwrap_or(u32::MAX)
        };
        Span::new(line(bytes.start), line(bytes.end.max(bytes.start + 1) - 1))
    }
}
