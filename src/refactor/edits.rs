//! Replacements in one text, put in all at once.

use std::ops::Range;

/// What to put where; the ranges are those of the text as it was.
#[derive(Clone, Debug, Default)]
pub(super) struct Edits {
    all: Vec<(Range<usize>, String)>,
    /// Whole lines that go, with one of the two gaps around them.
    lines: Vec<Range<usize>>,
}

impl Edits {
    pub(super) fn replace(&mut self, range: Range<usize>, text: impl Into<String>) {
        self.all.push((range, text.into()));
    }

    pub(super) fn insert(&mut self, at: usize, text: impl Into<String>) {
        self.replace(at..at, text);
    }

    /// Takes out whole lines, so that of the gaps above and below the larger one is left.
    pub(super) fn remove_lines(&mut self, lines: Range<usize>) {
        if !self.lines.contains(&lines) {
            self.lines.push(lines);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty() && self.lines.is_empty()
    }

    /// The text with all of them; `None` where two of them meet.
    pub(super) fn applied(&self, text: &[u8]) -> Option<Vec<u8>> {
        let plain = self.all.iter().map(|(range, with)| (range.clone(), with.as_str(), false));
        let lines = self.lines.iter().map(|range| (range.clone(), "", true));
        let mut edits: Vec<(Range<usize>, &str, bool)> = plain.chain(lines).collect();
        edits.sort_by_key(|(range, ..)| (range.start, range.end));
        let mut new = Vec::with_capacity(text.len());
        let (mut done, mut gone) = (0, Vec::new());
        for (range, with, is_line) in edits {
            new.extend_from_slice(text.get(done..range.start)?);
            if is_line {
                gone.push(new.len());
            }
            new.extend_from_slice(with.as_bytes());
            done = range.end;
        }
        new.extend_from_slice(text.get(done..)?);
        let mut end = new.len();
        for at in gone.into_iter().rev() {
            end = close(&mut new, at.min(end));
        }
        Some(new)
    }
}

/// Leaves the larger one of the two gaps that meet at `at`, and none at the ends of the text; gives
/// the place where they met.
fn close(text: &mut Vec<u8>, at: usize) -> usize {
    let (above, below) = blank_lines(text, at);
    let is_first = text[..at].trim_ascii().is_empty();
    let is_last = text[at..].trim_ascii().is_empty();
    let (above, below) = match (is_first, is_last) {
        (true, true) => (above, below),
        (true, false) => (0, below),
        (false, true) => (above, 0),
        _ => (0, below.min(above)),
    };
    let down = text[at..]
        .split_inclusive(|byte| *byte == b'\n')
        .take(below)
        .map(<[u8]>::len)
        .sum::<usize>();
    let mut start = at;
    for _ in 0..above {
        let rest = &text[..start.saturating_sub(1)];
        start = rest.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
    }
    text.drain(start..at + down);
    start
}

/// The lines of a range, with their ends.
pub(super) fn whole_lines(text: &[u8], range: &Range<usize>) -> Range<usize> {
    let start = text[..range.start].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let end = text[range.end..].iter().position(|byte| *byte == b'\n');
    start..end.map_or(text.len(), |at| range.end + at + 1)
}

/// How many empty lines end at `at`, a start of a line, and how many begin there.
pub(super) fn blank_lines(text: &[u8], at: usize) -> (usize, usize) {
    let is_blank = |line: &&[u8]| line.trim_ascii().is_empty();
    let before = text[..at].split_inclusive(|byte| *byte == b'\n').collect::<Vec<_>>();
    let before = before.iter().rev().take_while(|line| is_blank(line)).count();
    let after = text[at..].split_inclusive(|byte| *byte == b'\n').take_while(is_blank).count();
    (before, after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, line: &str, expected: &str) {
        let at = text.find(line).unwrap();
        let mut edits = Edits::default();
        edits.remove_lines(whole_lines(text.as_bytes(), &(at..at + line.len())));
        let new = edits.applied(text.as_bytes()).unwrap();
        assert_eq!(String::from_utf8_lossy(&new), expected);
    }

    #[test]
    fn of_two_gaps_the_larger_one_stays() {
        check("a\n\n\nx\n\n\nb\n", "x", "a\n\n\nb\n");
        check("a\nx\n\n\nb\n", "x", "a\n\n\nb\n");
        check("a\n\n\nx\nb\n", "x", "a\n\n\nb\n");
        check("a\n\nx\n", "x", "a\n");
        check("x\n\n\nb\n", "x", "b\n");
        check("a\nx\nb\n", "x", "a\nb\n");
        check("a\n\nx", "x", "a\n");
    }

    #[test]
    fn edits_that_meet_are_none() {
        let mut edits = Edits::default();
        edits.replace(0..2, "x");
        edits.insert(2, "y");
        assert_eq!(edits.applied(b"abc").as_deref(), Some(b"xyc".as_slice()));
        edits.replace(1..3, "z");
        assert_eq!(edits.applied(b"abc"), None);
    }
}
