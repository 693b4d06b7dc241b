//! The syntax colours of one changed file, before and after, by line.

use std::ops::Range;

use crate::proposal::Line;
use crate::repo::{FileChange, FileState};
use crate::syntax::{Language, Role, highlight, is_ready_to_highlight};

/// Both texts of a file, read once as wholes: a hunk alone may start inside a string.
#[derive(Debug)]
pub(super) struct Colours {
    before: Text,
    after: Text,
}

/// The roles of a text and where its lines are.
#[derive(Debug, Default)]
struct Text {
    /// Where each line starts, and where the text ends.
    starts: Vec<usize>,
    roles: Vec<(Range<usize>, Role)>,
}

impl Colours {
    /// Reads both texts of `change`.
    pub(super) fn of(change: &FileChange) -> Self {
        let read = |file: &Option<FileState>| {
            file.as_ref().map_or_else(Text::default, |file| Text {
                starts: line_starts(&file.bytes),
                roles: Language::of(&change.path, &file.bytes)
                    .map(|language| highlight(language, &file.bytes))
                    .unwrap_or_default(),
            })
        };
        Self { before: read(&change.before), after: read(&change.after) }
    }

    /// Whether the texts of `change` can be read without a language being prepared first.
    pub(super) fn are_at_hand(change: &FileChange) -> bool {
        let mut texts = [&change.before, &change.after].into_iter().flatten();
        texts.all(|file| Language::of(&change.path, &file.bytes).is_none_or(is_ready_to_highlight))
    }

    /// The roles in `line`, as byte ranges of it.
    pub(super) fn roles(&self, line: &Line) -> Vec<(Range<usize>, Role)> {
        match (line.new, line.old) {
            (Some(new), _) => self.after.roles(new),
            (None, Some(old)) => self.before.roles(old),
            (None, None) => Vec::new(),
        }
    }
}

impl Text {
    fn roles(&self, number: u32) -> Vec<(Range<usize>, Role)> {
        let index = (number as usize).wrapping_sub(1);
        let Some([start, end]) = index.checked_add(2).and_then(|to| self.starts.get(index..to))
        else {
            return Vec::new();
        };
        let first = self.roles.partition_point(|(range, _)| range.end <= *start);
        self.roles[first..]
            .iter()
            .take_while(|(range, _)| range.start < *end)
            .map(|(range, role)| {
                (range.start.max(*start) - start..range.end.min(*end) - start, *role)
            })
            .collect()
    }
}

fn line_starts(bytes: &[u8]) -> Vec<usize> {
    let mut starts = vec![0];
    starts.extend(bytes.iter().enumerate().filter(|(_, b)| **b == b'\n').map(|(i, _)| i + 1));
    if !bytes.is_empty() && !bytes.ends_with(b"\n") {
        starts.push(bytes.len());
    }
    starts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proposal::LineKind;
    use crate::repo::Mode;

    #[test]
    fn a_string_over_two_lines_colours_both() {
        let bytes = b"let a = \"one\ntwo\"; b".to_vec();
        let after = Some(FileState { bytes, mode: Mode::Regular });
        let change = FileChange { path: "a.rs".parse().unwrap(), before: None, after };
        let colours = Colours::of(&change);
        let line = |number, bytes: &[u8]| Line {
            kind: LineKind::Added,
            old: None,
            new: Some(number),
            bytes: bytes.to_vec(),
        };
        assert!(colours.roles(&line(1, b"let a = \"one\n")).contains(&(8..13, Role::String)));
        assert!(colours.roles(&line(2, b"two\"; b")).contains(&(0..4, Role::String)));
        assert!(colours.roles(&line(0, b"")).is_empty());
        assert!(colours.roles(&line(9, b"")).is_empty());
    }
}
