//! A change as a model reads it: its hunks, with a number before each line that is there after it.
//!
//! What is said about a change is said by these numbers, and where a line stands in its file is looked
//! up here: a place is right or is none.

use crate::base::RepoPath;
use crate::proposal::{Hunk, Line, LineKind};

/// Characters of a line that are shown: longer lines are data.
const WIDEST: usize = 200;

/// A line of a file after a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiffLine {
    pub path: RepoPath,
    /// From 1, in the file after the change.
    pub line: u32,
    pub text: String,
    /// Whether it was changed, or stands beside one that was removed.
    pub changed: bool,
}

/// Some hunks of a change, their lines numbered through from 1.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NumberedDiff {
    /// As it is shown.
    pub text: String,
    lines: Vec<DiffLine>,
}

impl NumberedDiff {
    /// Hunks without lines, such as those of binary files, show nothing.
    pub fn of<'a>(hunks: impl IntoIterator<Item = &'a Hunk>) -> Self {
        let mut diff = Self::default();
        let mut last: Option<&RepoPath> = None;
        for hunk in hunks.into_iter().filter(|hunk| !hunk.lines.is_empty()) {
            if last != Some(&hunk.path) {
                diff.text.push_str(&format!("File {}:\n", hunk.path));
            } else {
                diff.text.push_str("…\n");
            }
            last = Some(&hunk.path);
            for at in 0..hunk.lines.len() {
                diff.add(hunk, at);
            }
        }
        diff
    }

    fn add(&mut self, hunk: &Hunk, at: usize) {
        let Line { kind, new, bytes, .. } = &hunk.lines[at];
        let text = String::from_utf8_lossy(bytes);
        let text: String = text.trim_end_matches(['\n', '\r']).chars().take(WIDEST).collect();
        let is_removed = |at: usize| {
            hunk.lines.get(at).is_some_and(|line: &Line| line.kind == LineKind::Removed)
        };
        match (kind, new) {
            (LineKind::Removed, _) | (_, None) => self.text.push_str(&format!("   |-{text}\n")),
            (_, Some(line)) => {
                let added = *kind == LineKind::Added;
                let beside = is_removed(at + 1) || at > 0 && is_removed(at - 1);
                let (path, changed) = (hunk.path.clone(), added || beside);
                self.lines.push(DiffLine { path, line: *line, text: text.clone(), changed });
                let sign = if added { '+' } else { ' ' };
                self.text.push_str(&format!("{:>3}|{sign}{text}\n", self.lines.len()));
            }
        }
    }

    /// The line with this number.
    pub fn line(&self, number: usize) -> Option<&DiffLine> {
        self.lines.get(number.checked_sub(1)?)
    }

    /// The line of this file with this number in it, if it is shown.
    pub fn at(&self, path: &str, line: u32) -> Option<&DiffLine> {
        self.lines.iter().find(|it| it.line == line && it.path.to_string() == path)
    }

    /// The numbers of the lines of which a change can be blamed for something.
    pub fn blamed(&self) -> Vec<usize> {
        let says = |it: &DiffLine| it.changed && it.text.chars().any(char::is_alphanumeric);
        (1..).zip(&self.lines).filter(|(_, it)| says(it)).map(|(number, _)| number).collect()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::proposal::hunks;
    use crate::repo::FileChange;
    use crate::repo::testing::{path, state};

    pub(in crate::agent) fn diff(before: &str, after: &str) -> NumberedDiff {
        let (before, after) = (Some(state(before)), Some(state(after)));
        NumberedDiff::of(&hunks(&[FileChange { path: path("a.py"), before, after }]))
    }

    #[test]
    fn lines_that_are_there_have_numbers_that_lead_back() {
        let diff = diff("one\ntwo\nthree\nfour\n", "one\n2\nthree\n");
        insta::assert_snapshot!(diff.text, @r"
        File a.py:
          1| one
           |-two
          2|+2
          3| three
           |-four
        ");
        assert_eq!(diff.blamed(), [1, 2, 3]);
        assert_eq!(diff.line(2).map(|it| (it.line, it.text.as_str())), Some((2, "2")));
        assert_eq!((diff.line(0), diff.line(4)), (None, None));
        assert!(diff.at("a.py", 3).is_some() && diff.at("b.py", 3).is_none());
    }

    proptest! {
        #[test]
        fn every_number_leads_to_a_line_of_the_file(
            before in "([ab]{0,2}\n|\r|x){0,12}", after in "([ab]{0,2}\n|\r|x){0,12}",
        ) {
            let diff = diff(&before, &after);
            let lines: Vec<&str> = after.split_inclusive('\n').collect();
            for it in &diff.lines {
                let there = lines[it.line as usize - 1].trim_end_matches(['\n', '\r']);
                prop_assert_eq!(&it.text, there);
            }
            prop_assert!(diff.blamed().iter().all(|number| diff.line(*number).is_some()));
        }
    }
}
