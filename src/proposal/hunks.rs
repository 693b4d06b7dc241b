//! A change, taken apart into hunks that can be decided one by one.
//!
//! Lines are bytes with their line ending: what is not changed comes back exactly as it was.

use std::ops::Range;

use similar::{Algorithm, DiffOp, DiffTag, capture_diff_slices, group_diff_ops};

use crate::base::RepoPath;
use crate::proposal::notes::{modes, whole_note};
use crate::repo::{FileChange, FileState, Mode, is_binary};

/// Unchanged lines shown around a change; git's default.
const CONTEXT: usize = 3;

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

/// What a hunk decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HunkKind {
    /// Lines of a text: they can be split and worded otherwise.
    Lines,
    /// Whether the file may be executed.
    Mode,
    /// Where the file lies.
    Rename,
    /// All of a file: one that goes, is binary, is empty, or turns into another kind of entry.
    Whole,
}

/// The smallest part that a change is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hunk {
    /// From 1, counted through the whole proposal: what `--hunks` takes.
    pub number: u32,
    pub kind: HunkKind,
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

impl Hunk {
    /// How many lines it adds and how many it removes.
    pub fn counts(&self) -> (usize, usize) {
        let count = |kind| self.lines.iter().filter(|line| line.kind == kind).count();
        (count(LineKind::Added), count(LineKind::Removed))
    }

    /// Its lines as they are in the old file.
    pub(crate) fn old_side(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(|line| line.kind != LineKind::Added)
    }

    /// Its lines as they are in the new file.
    pub(crate) fn new_side(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(|line| line.kind != LineKind::Removed)
    }
}

/// Takes `changes` apart, numbering the hunks from 1 in the order of `changes`.
///
/// A file that comes, goes, is binary or turns into another kind of entry is one hunk; a changed
/// mode is a hunk of its own, before those of the lines.
pub fn hunks(changes: &[FileChange]) -> Vec<Hunk> {
    let mut hunks: Vec<Hunk> = changes.iter().flat_map(hunks_of).collect();
    for (number, hunk) in (1..).zip(&mut hunks) {
        hunk.number = number;
    }
    hunks
}

/// Splits bytes into lines as git does, each with its ending: only a line feed ends a line.
pub(crate) fn lines(bytes: &[u8]) -> Vec<&[u8]> {
    bytes.split_inclusive(|byte| *byte == b'\n').collect()
}

/// Whether a new file has lines to decide about.
pub(super) fn is_text(state: &FileState) -> bool {
    state.mode != Mode::Symlink && !state.bytes.is_empty() && !is_binary(&state.bytes)
}

/// Whether a change can only be taken or left as a whole.
pub(super) fn is_whole(change: &FileChange) -> bool {
    let (Some(before), Some(after)) = (&change.before, &change.after) else { return true };
    let linked = |state: &FileState| state.mode == Mode::Symlink;
    linked(before) != linked(after) || is_binary(&before.bytes) || is_binary(&after.bytes)
}

fn hunks_of(change: &FileChange) -> Vec<Hunk> {
    if change.before == change.after {
        return Vec::new();
    }
    match (&change.before, &change.after) {
        (Some(before), Some(after)) if !is_whole(change) => {
            let mode = (before.mode != after.mode).then(|| mode_hunk(change, before, after));
            mode.into_iter().chain(line_hunks(&change.path, &before.bytes, &after.bytes)).collect()
        }
        _ => vec![whole_hunk(change)],
    }
}

fn line_hunks(path: &RepoPath, before: &[u8], after: &[u8]) -> Vec<Hunk> {
    let (old, new) = (lines(before), lines(after));
    let ops = capture_diff_slices(Algorithm::Histogram, &old, &new);
    if ops.iter().all(|op| op.tag() == DiffTag::Equal) {
        return Vec::new();
    }
    group_diff_ops(ops, CONTEXT).iter().map(|group| line_hunk(path, &old, &new, group)).collect()
}

fn line_hunk(path: &RepoPath, old: &[&[u8]], new: &[&[u8]], ops: &[DiffOp]) -> Hunk {
    let mut shown = Vec::new();
    for op in ops {
        if op.tag() == DiffTag::Equal {
            let pairs = op.old_range().zip(op.new_range());
            shown.extend(pairs.map(|(i, j)| line(LineKind::Context, Some(i), Some(j), old[i])));
            continue;
        }
        shown.extend(op.old_range().map(|i| line(LineKind::Removed, Some(i), None, old[i])));
        shown.extend(op.new_range().map(|j| line(LineKind::Added, None, Some(j), new[j])));
    }
    let cover = |range: fn(&DiffOp) -> Range<usize>| {
        let start = ops.first().map_or(0, |op| range(op).start);
        let end = ops.last().map_or(0, |op| range(op).end);
        count(start)..count(end)
    };
    Hunk {
        number: 0,
        kind: HunkKind::Lines,
        path: path.clone(),
        old: cover(DiffOp::old_range),
        new: cover(DiffOp::new_range),
        lines: shown,
        note: None,
    }
}

pub(super) fn line(kind: LineKind, old: Option<usize>, new: Option<usize>, bytes: &[u8]) -> Line {
    let number = |index: usize| count(index + 1);
    Line { kind, old: old.map(number), new: new.map(number), bytes: bytes.to_vec() }
}

fn mode_hunk(change: &FileChange, before: &FileState, after: &FileState) -> Hunk {
    let note = modes(before.mode, after.mode);
    without_lines(change.path.clone(), HunkKind::Mode, note)
}

/// A hunk that decides something else than lines.
pub(super) fn without_lines(path: RepoPath, kind: HunkKind, note: String) -> Hunk {
    Hunk { number: 0, kind, path, old: 0..0, new: 0..0, lines: Vec::new(), note: Some(note) }
}

/// The one hunk of a change that is taken or left as a whole.
fn whole_hunk(change: &FileChange) -> Hunk {
    let text =
        |state: &Option<FileState>| state.as_ref().map_or(Vec::new(), |state| state.bytes.clone());
    let (before, after) = (text(&change.before), text(&change.after));
    let binary = is_binary(&before) || is_binary(&after);
    let (old, new) = if binary { (vec![], vec![]) } else { (lines(&before), lines(&after)) };
    let removed = (0..old.len()).map(|i| line(LineKind::Removed, Some(i), None, old[i]));
    let added = (0..new.len()).map(|j| line(LineKind::Added, None, Some(j), new[j]));
    let is_new_text = change.before.is_none() && change.after.as_ref().is_some_and(is_text);
    Hunk {
        number: 0,
        kind: if is_new_text { HunkKind::Lines } else { HunkKind::Whole },
        path: change.path.clone(),
        old: 0..count(old.len()),
        new: 0..count(new.len()),
        lines: removed.chain(added).collect(),
        note: Some(whole_note(change, binary)),
    }
}

/// A number of lines. A file with more than four milliards of them does not fit in memory anyway.
pub(super) fn count(lines: usize) -> u32 {
    u32::try_from(lines).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repo::testing::{path, state};

    fn change(before: Option<FileState>, after: Option<FileState>) -> FileChange {
        FileChange { path: path("f"), before, after }
    }

    /// Shows the hunks of one change, a line each, and the notes.
    #[track_caller]
    fn check(before: Option<FileState>, after: Option<FileState>, expected: &str) {
        let mut text = String::new();
        for hunk in hunks(&[change(before, after)]) {
            let note = hunk.note.as_ref().map(|note| format!(" {note}")).unwrap_or_default();
            text += &format!("#{} {:?} {:?}{note}\n", hunk.number, hunk.old, hunk.new);
            for line in &hunk.lines {
                let sign = match line.kind {
                    LineKind::Context => ' ',
                    LineKind::Removed => '-',
                    LineKind::Added => '+',
                };
                text += &format!("{sign}{}\n", line.bytes.escape_ascii());
            }
        }
        assert_eq!(text, expected);
    }

    fn executable(text: &str) -> FileState {
        FileState { mode: Mode::Executable, ..state(text) }
    }

    #[test]
    fn a_line_in_the_middle_has_three_lines_around_it() {
        check(
            Some(state("1\n2\n3\n4\n5\n6\n7\n8\n9\n")),
            Some(state("1\n2\n3\n4\nfive\n6\n7\n8\n9\n")),
            "#1 1..8 1..8\n 2\\n\n 3\\n\n 4\\n\n-5\\n\n+five\\n\n 6\\n\n 7\\n\n 8\\n\n",
        );
    }

    #[test]
    fn line_endings_and_a_missing_last_one_are_part_of_the_line() {
        check(
            Some(state("\u{feff}a\r\nb")),
            Some(state("\u{feff}a\nb\n")),
            "#1 0..2 0..2\n-\\xef\\xbb\\xbfa\\r\\n\n-b\n+\\xef\\xbb\\xbfa\\n\n+b\\n\n",
        );
    }

    #[test]
    fn what_has_no_lines_is_one_hunk_with_a_note() {
        check(None, Some(state("")), "#1 0..0 0..0 new file\n");
        check(None, Some(executable("x")), "#1 0..0 0..1 new file, executable\n+x\n");
        check(Some(state("x\n")), None, "#1 0..1 0..0 deleted\n-x\\n\n");
        check(Some(state("a\0")), Some(state("b\0")), "#1 0..0 0..0 binary, 2 → 2 bytes\n");
        check(Some(state("a")), Some(state("a")), "");
    }

    #[test]
    fn a_mode_is_decided_apart_from_the_lines() {
        check(
            Some(state("a\n")),
            Some(executable("b\n")),
            "#1 0..0 0..0 mode 644 → 755\n#2 0..1 0..1\n-a\\n\n+b\\n\n",
        );
    }
}
