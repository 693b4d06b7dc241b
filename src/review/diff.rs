//! Reads a hunk for the eye: which lines belong together and which words in them differ.
//!
//! Everything is a function of the hunk, so the same hunk always looks the same.

use std::ops::Range;

use similar::{DiffTag, TextDiff};

use crate::proposal::{Hunk, Line, LineKind};
use crate::review::space::ink;

/// Runs longer than this are paired only line by line, in order: comparing all with all is slow.
const SEARCHED: usize = 16;

/// Pairs of lines that are compared for one page, at most.
pub(super) const BUDGET: usize = 1000;

/// Lines longer than this many bytes have no words marked.
const LONGEST: usize = 1000;

/// Lines that share less than this are two lines, not one that changed.
const ALIKE: f32 = 0.5;

/// The removed lines that begin at line `at`, and the added ones directly behind them; both are empty
/// where the line is unchanged.
pub(super) fn change_at(lines: &[Line], at: usize) -> (Range<usize>, Range<usize>) {
    let run = |start: usize, kind: LineKind| {
        let rest = lines.get(start..).unwrap_or_default();
        start..start + rest.iter().take_while(|line| line.kind == kind).count()
    };
    let removed = run(at, LineKind::Removed);
    let added = run(removed.end, LineKind::Added);
    (removed, added)
}

/// Pairs lines in order: one by one where both runs are equally long, else each with the next
/// that is like it. `budget` is the number of comparisons that are still to be made; without one,
/// runs of different length have no pairs.
pub(super) fn pair_up(
    lines: &[Line],
    removed: Range<usize>,
    added: Range<usize>,
    budget: &mut usize,
) -> Vec<(usize, usize)> {
    if removed.len() == added.len() {
        return removed.zip(added).collect();
    }
    if removed.len().max(added.len()) > SEARCHED {
        return Vec::new();
    }
    let mut rest = added;
    let mut pairs = Vec::new();
    for old in removed {
        let mut is_like = |new: &usize| {
            let may = *budget > 0 && may_be_alike(&lines[old].bytes, &lines[*new].bytes);
            *budget -= usize::from(may);
            may && words(&lines[old], &lines[*new]).is_some()
        };
        if let Some(new) = rest.clone().find(|new| is_like(new)) {
            pairs.push((old, new));
            rest.start = new + 1;
        }
    }
    pairs
}

/// Whether two lines have enough bytes in common to be worth a closer look.
fn may_be_alike(old: &[u8], new: &[u8]) -> bool {
    let mut counts = [0_u32; 256];
    for byte in old {
        counts[usize::from(*byte)] += 1;
    }
    let mut common = 0;
    for byte in new {
        let left = &mut counts[usize::from(*byte)];
        common += usize::from(*left > 0);
        *left = left.saturating_sub(1);
    }
    common * 3 >= old.len().max(new.len())
}

/// The byte ranges of two lines that differ from each other.
#[derive(Debug, Default)]
pub(super) struct Differing {
    pub(super) old: Vec<Range<usize>>,
    pub(super) new: Vec<Range<usize>>,
}

/// What differs in two lines, or `None` where they have too little in common.
pub(super) fn words(old: &Line, new: &Line) -> Option<Differing> {
    let (old, new) = (body(&old.bytes), body(&new.bytes));
    if old.len().max(new.len()) > LONGEST {
        return None;
    }
    // What is no UTF-8 has no words whose bytes could be told.
    let (old, new) = (std::str::from_utf8(old).ok()?, std::str::from_utf8(new).ok()?);
    let diff = TextDiff::configure().diff_unicode_words(old, new);
    if diff.ratio() < ALIKE {
        return None;
    }
    let old_ends = ends(diff.iter_old_slices());
    let new_ends = ends(diff.iter_new_slices());
    let mut differing = Differing::default();
    for op in diff.ops().iter().filter(|op| op.tag() != DiffTag::Equal) {
        differing.old.extend(in_bytes(&old_ends, op.old_range()));
        differing.new.extend(in_bytes(&new_ends, op.new_range()));
    }
    Some(differing)
}

/// Whether two lines differ in nothing but white space, which then has to be shown.
pub(super) fn differ_in_space(old: &Line, new: &Line) -> bool {
    ink(&old.bytes) == ink(&new.bytes)
}

/// Where each token ends, with the start of the first before them.
fn ends<'a>(tokens: impl Iterator<Item = &'a str>) -> Vec<usize> {
    let sum = tokens.scan(0, |end, token| {
        *end += token.len();
        Some(*end)
    });
    std::iter::once(0).chain(sum).collect()
}

fn in_bytes(ends: &[usize], tokens: Range<usize>) -> Option<Range<usize>> {
    (!tokens.is_empty()).then(|| ends[tokens.start]..ends[tokens.end])
}

/// How a line ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    Lf,
    CrLf,
    /// It is the last line of a file that has no final newline.
    Missing,
}

/// How a line ends.
pub(super) fn ending(bytes: &[u8]) -> Ending {
    if bytes.ends_with(b"\r\n") {
        Ending::CrLf
    } else if bytes.ends_with(b"\n") {
        Ending::Lf
    } else {
        Ending::Missing
    }
}

/// A line without its ending.
pub(super) fn body(bytes: &[u8]) -> &[u8] {
    match bytes.strip_suffix(b"\n") {
        Some(rest) => rest.strip_suffix(b"\r").unwrap_or(rest),
        None => bytes,
    }
}

/// Whether all lines of the hunk end in CRLF: only then it need not be shown on each.
pub(super) fn is_crlf_throughout(hunk: &Hunk) -> bool {
    let mut endings = hunk.lines.iter().map(|line| ending(&line.bytes));
    endings.clone().any(|ending| ending == Ending::CrLf)
        && endings.all(|ending| ending != Ending::Lf)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::review::testing::hunk;

    /// The hunk with the words that differ in brackets.
    #[track_caller]
    fn check(lines: &str, expected: &str) {
        let hunk = hunk(1, "a.txt", 1, lines);
        let mut partners = vec![None; hunk.lines.len()];
        let mut at = 0;
        while at < hunk.lines.len() {
            let (removed, added) = change_at(&hunk.lines, at);
            at = added.end.max(at + 1);
            for (old, new) in pair_up(&hunk.lines, removed, added, &mut BUDGET.clone()) {
                (partners[old], partners[new]) = (Some(new), Some(old));
            }
        }
        let mut shown = String::new();
        for (i, line) in hunk.lines.iter().enumerate() {
            let mut text = String::from_utf8(body(&line.bytes).to_vec()).unwrap();
            let ranges = partners[i].and_then(|other| match line.kind {
                LineKind::Removed => words(line, &hunk.lines[other]).map(|found| found.old),
                _ => words(&hunk.lines[other], line).map(|found| found.new),
            });
            for range in ranges.unwrap_or_default().iter().rev() {
                text.insert(range.end, ']');
                text.insert(range.start, '[');
            }
            shown.push_str(&format!("{text}\n"));
        }
        assert_eq!(shown, expected);
    }

    #[test]
    fn words_that_differ_are_marked() {
        check("-let a = one();\n+let a = two();\n", "let a = [one]();\nlet a = [two]();\n");
        check("-a b\n-x y z w\n+x y z v\n", "a b\nx y z [w]\nx y z [v]\n");
        check("-nothing alike\n+whatever\n", "nothing alike\nwhatever\n");
        check(" same\n+new\n", "same\nnew\n");
    }

    proptest! {
        #[test]
        fn ranges_lie_inside(old in proptest::collection::vec(any::<u8>(), 0..40),
                             new in proptest::collection::vec(any::<u8>(), 0..40)) {
            let line = |bytes: &[u8]| {
                Line { kind: LineKind::Added, old: None, new: Some(1), bytes: bytes.to_vec() }
            };
            if let Some(found) = words(&line(&old), &line(&new)) {
                prop_assert!(found.old.iter().all(|range| range.end <= body(&old).len()));
                prop_assert!(found.new.iter().all(|range| range.end <= body(&new).len()));
            }
        }
    }
}
