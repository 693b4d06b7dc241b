//! Splits a piece into smaller ones, as coarse as it can be done, down to single changed lines.

use crate::proposal::hunks::count;
use crate::proposal::{Hunk, Line, LineKind, Piece};

/// Lines that become one piece.
type Group = Vec<Line>;

/// One way to part the lines of a piece.
type Way = fn(&[Line]) -> Vec<Group>;

impl Piece {
    /// The parts of this piece, at least two, or `None` where there is but one changed line.
    ///
    /// Lines that stay between changes part it first; then, where lines are only added or only
    /// removed, the blank ones among them; then each line comes with the one that it replaces; and
    /// last of all these two are parted.
    pub fn split(&self) -> Option<Vec<Piece>> {
        if !self.has_lines() {
            return None;
        }
        let lines = &self.hunk.lines;
        let ways: [Way; 3] = [by_context, by_blank_lines, by_line];
        let groups = ways.into_iter().map(|way| way(lines)).find(|groups| groups.len() > 1)?;
        Some(self.parted(groups))
    }

    /// This piece in two: the lines before `at`, an index of its lines, and the others. `None`
    /// where one of both would change nothing.
    pub fn split_at(&self, at: usize) -> Option<Vec<Piece>> {
        (at <= self.hunk.lines.len()).then(|| self.split_between(&|line| line < at)).flatten()
    }

    /// This piece in two: the lines whose index `is_first` says, and the others. `None` where one of
    /// both would change nothing, or where an old or a new line would come before one that it stands
    /// behind.
    pub fn split_between(&self, is_first: &dyn Fn(usize) -> bool) -> Option<Vec<Piece>> {
        let numbered = || self.hunk.lines.iter().enumerate();
        let of = |wanted: bool| -> Group {
            let lines = numbered().filter(|(at, _)| is_first(*at) == wanted);
            lines.map(|(_, line)| line.clone()).collect()
        };
        let keeps_order = |without: LineKind| {
            let side = numbered().filter(|(_, line)| line.kind != without);
            side.map(|(at, _)| !is_first(at)).is_sorted()
        };
        let (first, rest) = (of(true), of(false));
        let fits = keeps_order(LineKind::Added) && keeps_order(LineKind::Removed);
        if !self.has_lines() || !fits || !changes(&first) || !changes(&rest) {
            return None;
        }
        Some(self.parted(vec![first, rest]))
    }

    /// Pieces of `groups`, which are the lines of this one in order.
    fn parted(&self, groups: Vec<Group>) -> Vec<Piece> {
        let (mut old, mut new) = (self.hunk.old.start, self.hunk.new.start);
        let mut parts = Vec::with_capacity(groups.len());
        for lines in groups {
            let without = |kind| count(lines.iter().filter(|line| line.kind != kind).count());
            let (old_end, new_end) =
                (old + without(LineKind::Added), new + without(LineKind::Removed));
            let hunk = Hunk {
                old: old..old_end,
                new: new..new_end,
                lines,
                path: self.hunk.path.clone(),
                note: self.hunk.note.clone(),
                number: self.hunk.number,
                kind: self.hunk.kind,
            };
            (old, new) = (old_end, new_end);
            let comments = if parts.is_empty() { self.comments.clone() } else { Vec::new() };
            parts.push(Piece { hunk, part: 0, comments, ..*self });
        }
        parts
    }
}

fn changes(lines: &[Line]) -> bool {
    lines.iter().any(is_changed)
}

fn is_changed(line: &Line) -> bool {
    line.kind != LineKind::Context
}

/// Each run of changed lines by itself; of the lines between two runs each gets a half.
fn by_context(lines: &[Line]) -> Vec<Group> {
    let mut cuts = Vec::new();
    let mut last_change = None;
    for (at, _) in lines.iter().enumerate().filter(|(_, line)| is_changed(line)) {
        if let Some(last) = last_change.filter(|last| at - last > 1) {
            cuts.push((last + 1 + at).div_ceil(2));
        }
        last_change = Some(at);
    }
    cut(lines, cuts)
}

/// Cut behind blank lines, where lines are only added or only removed.
fn by_blank_lines(lines: &[Line]) -> Vec<Group> {
    let has = |kind| lines.iter().any(|line| line.kind == kind);
    if has(LineKind::Added) && has(LineKind::Removed) {
        return vec![lines.to_vec()];
    }
    let is_blank = |line: &Line| line.bytes.trim_ascii().is_empty();
    let cuts = (1..lines.len()).filter(|at| {
        let (line, next) = (&lines[at - 1], &lines[*at]);
        is_changed(line) && is_blank(line) && is_changed(next) && !is_blank(next)
    });
    // A blank line by itself at the front would be a piece that says nothing.
    let cuts = cuts.filter(|at| lines[..*at].iter().any(|it| is_changed(it) && !is_blank(it)));
    cut(lines, cuts.collect())
}

/// Each added line with the removed one that it replaces, and where there is one such pair only,
/// either by itself. Lines around them go to the first and the last.
fn by_line(lines: &[Line]) -> Vec<Group> {
    let Some(first) = lines.iter().position(is_changed) else { return Vec::new() };
    let end = lines.iter().rposition(is_changed).map_or(first, |last| last + 1);
    let of = |kind| lines[first..end].iter().filter(move |line: &&Line| line.kind == kind);
    let removed: Group = of(LineKind::Removed).cloned().collect();
    let added: Group = of(LineKind::Added).cloned().collect();
    let mut groups: Vec<Group> = match (removed.as_slice(), added.as_slice()) {
        ([old], [new]) => vec![vec![old.clone()], vec![new.clone()]],
        _ => (0..removed.len().max(added.len()))
            .map(|at| removed.get(at).into_iter().chain(added.get(at)).cloned().collect())
            .collect(),
    };
    if let Some(group) = groups.first_mut() {
        group.splice(0..0, lines[..first].iter().cloned());
    }
    if let Some(group) = groups.last_mut() {
        group.extend(lines[end..].iter().cloned());
    }
    groups
}

fn cut(lines: &[Line], cuts: Vec<usize>) -> Vec<Group> {
    let starts = std::iter::once(0).chain(cuts.iter().copied());
    let ends = cuts.iter().copied().chain([lines.len()]);
    starts.zip(ends).map(|(start, end)| lines[start..end].to_vec()).collect()
}
