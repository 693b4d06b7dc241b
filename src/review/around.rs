//! The lines around a hunk, from the file as it was, with the other hunks of the file in them.

use crate::proposal::{Hunk, Line, LineKind, Piece};
use crate::review::page::Subject;

/// How much of the file shows around the hunk in front.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Around {
    /// What the hunk brings along.
    #[default]
    Hunk,
    /// So many lines more on both sides.
    Lines(usize),
    File,
}

/// What stands around a hunk.
#[derive(Debug, Default)]
pub(super) struct Surroundings {
    pub(super) above: Vec<Line>,
    pub(super) below: Vec<Line>,
    /// Lines of the old file further up that do not show.
    pub(super) hidden_above: usize,
    pub(super) hidden_below: usize,
}

/// Collects the lines around the hunk in front.
pub(super) fn around(subject: &Subject<'_>, around: Around) -> Surroundings {
    let Some(file) = subject.files.get(subject.file) else { return Surroundings::default() };
    let bytes = file.change.before.as_ref().map_or(&b""[..], |before| &before.bytes);
    let base: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
    let of_file = subject.pieces.get(file.hunks.clone()).unwrap_or_default();
    let (Some(piece), Some(place)) =
        (subject.pieces.get(subject.at), subject.at.checked_sub(file.hunks.start))
    else {
        return Surroundings::default();
    };
    let limit = match around {
        Around::Hunk => 0,
        Around::Lines(lines) => lines,
        Around::File => usize::MAX,
    };
    let before = of_file.get(..place).unwrap_or_default();
    let after = of_file.get(place + 1..).unwrap_or_default();
    let (above, hidden_above) = upwards(&piece.hunk, before, &base, limit);
    let (below, hidden_below) = downwards(&piece.hunk, after, &base, limit);
    Surroundings { above, below, hidden_above, hidden_below }
}

/// Up to `limit` lines before `hunk`, and how many of the old file are further up.
fn upwards(hunk: &Hunk, others: &[Piece], base: &[&[u8]], limit: usize) -> (Vec<Line>, usize) {
    let mut lines = Vec::new();
    let mut from = hunk;
    let mut top = index(hunk.old.start).min(base.len());
    let mut others = others.iter().rev().map(|it| &it.hunk).filter(|other| !other.lines.is_empty());
    loop {
        let next = others.next();
        let edge = next.map_or(0, |other| index(other.old.end)).min(top);
        while top > edge && lines.len() < limit {
            top -= 1;
            let offset = i64::from(from.new.start) - i64::from(from.old.start);
            lines.push(unchanged(base, top, offset));
        }
        let Some(other) = next.filter(|_| lines.len() < limit) else { break };
        lines.extend(other.lines.iter().rev().cloned());
        top = index(other.old.start).min(top);
        from = other;
    }
    lines.reverse();
    (lines, top)
}

/// Up to `limit` lines behind `hunk`, and how many of the old file are further down.
fn downwards(hunk: &Hunk, others: &[Piece], base: &[&[u8]], limit: usize) -> (Vec<Line>, usize) {
    let mut lines = Vec::new();
    let mut from = hunk;
    let mut end = index(hunk.old.end);
    let mut others = others.iter().map(|it| &it.hunk).filter(|other| !other.lines.is_empty());
    loop {
        let next = others.next();
        let edge = next.map_or(base.len(), |other| index(other.old.start).min(base.len()));
        while end < edge && lines.len() < limit {
            let offset = i64::from(from.new.end) - i64::from(from.old.end);
            lines.push(unchanged(base, end, offset));
            end += 1;
        }
        let Some(other) = next.filter(|_| lines.len() < limit) else { break };
        lines.extend(other.lines.iter().cloned());
        end = index(other.old.end).max(end);
        from = other;
    }
    (lines, base.len().saturating_sub(end))
}

/// Line `at` of the old file, counted from 0, which stands `offset` lines further down in the new one.
fn unchanged(base: &[&[u8]], at: usize, offset: i64) -> Line {
    let number = |at: i64| u32::try_from(at + 1).ok();
    let at_signed = i64::try_from(at).unwrap_or(i64::MAX - 1);
    Line {
        kind: LineKind::Context,
        old: number(at_signed),
        new: number(at_signed.saturating_add(offset)),
        bytes: base.get(at).copied().unwrap_or_default().to_vec(),
    }
}

fn index(number: u32) -> usize {
    number as usize
}
