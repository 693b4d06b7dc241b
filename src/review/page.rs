//! The hunk in front as rows: which lines stand beside or below each other, and what is folded.
//!
//! A page is made when the hunk, the width or a choice about the view changes, never for a frame.

use std::cell::OnceCell;
use std::ops::Range;

use crate::proposal::{Line, LineKind, Piece};
use crate::review::around::{self, Around};
use crate::review::moved::Moves;
use crate::review::state::FileEntry;
use crate::review::{diff, space, whole};

/// What a page is made from.
pub(super) struct Subject<'a> {
    pub(super) files: &'a [FileEntry],
    pub(super) pieces: &'a [Piece],
    /// The index of the hunk in front.
    pub(super) at: usize,
    /// The index of its file.
    pub(super) file: usize,
    pub(super) moves: &'a Moves,
}

/// How the person wants it to be laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    /// Old and new beside each other.
    pub(super) sides: bool,
    /// Unchanged lines around the hunk.
    pub(super) around: Around,
    /// Whether lines that differ in white space only are taken for unchanged.
    pub(super) ignores_space: bool,
}

/// The rows of one hunk.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) lines: Vec<Line>,
    /// One for each of `lines`.
    pub(super) marks: Vec<Mark>,
    pub(super) rows: Vec<Row>,
    /// The row at which the hunk itself starts, behind what was unfolded above it.
    pub(super) first: usize,
}

/// What is known about a line beyond its bytes.
#[derive(Clone, Debug, Default)]
pub(super) struct Mark {
    /// Its index in the hunk in front; none for a line around it.
    pub(super) own: Option<usize>,
    /// The line that it was changed from or to, an index of `lines`.
    pub(super) partner: Option<usize>,
    /// It was moved, or is the place to which lines were.
    pub(super) is_moved: bool,
    /// It stands for two lines that differ in white space only.
    pub(super) hides_space: bool,
    /// The bytes that differ from its partner, worked out when the line is first drawn.
    changed: OnceCell<Vec<Range<usize>>>,
}

/// One row of the screen; numbers are indices of `Page::lines`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Row {
    /// So many lines of the file that do not show.
    Fold {
        lines: usize,
        above: bool,
    },
    /// A sentence about what follows.
    Note(String),
    One(usize),
    Two(Option<usize>, Option<usize>),
}

impl Page {
    /// Lays out the hunk in front.
    pub(super) fn new(subject: &Subject<'_>, layout: Layout) -> Self {
        let Some(hunk) = subject.pieces.get(subject.at).map(|piece| &piece.hunk) else {
            return Self::default();
        };
        let mut page = Self::default();
        if hunk.lines.is_empty() {
            let file = subject.files.get(subject.file);
            page.rows = whole::facts(file, hunk).into_iter().map(Row::Note).collect();
            return page;
        }
        let around = around::around(subject, layout.around);
        let own = around.above.len()..around.above.len() + hunk.lines.len();
        page.lines = around.above;
        page.lines.extend(hunk.lines.iter().cloned());
        page.lines.extend(around.below);
        let index = |at: usize| own.contains(&at).then(|| at - own.start);
        page.marks =
            (0..page.lines.len()).map(|at| Mark { own: index(at), ..Mark::default() }).collect();
        page.fold(around.hidden_above, true);
        Builder { page: &mut page, subject, layout, own: own.clone() }.build();
        page.fold(around.hidden_below, false);
        page
    }

    fn fold(&mut self, lines: usize, above: bool) {
        if lines > 0 {
            self.rows.push(Row::Fold { lines, above });
        }
    }

    /// The row that shows line `own` of the hunk.
    pub(super) fn row_of(&self, own: usize) -> Option<usize> {
        let is_it = |line: &usize| self.marks.get(*line).is_some_and(|mark| mark.own == Some(own));
        self.rows.iter().position(|row| row.lines().any(|line| is_it(&line)))
    }

    /// The line of the hunk in `row` or the first after it.
    pub(super) fn own_from(&self, row: usize) -> Option<usize> {
        let rows = self.rows.get(row..).unwrap_or_default();
        rows.iter().flat_map(Row::lines).find_map(|line| self.marks.get(line)?.own)
    }

    /// The bytes of line `at` that differ from its partner.
    pub(super) fn changed(&self, at: usize) -> &[Range<usize>] {
        let (Some(line), Some(mark)) = (self.lines.get(at), self.marks.get(at)) else { return &[] };
        mark.changed.get_or_init(|| {
            let Some(partner) = mark.partner.and_then(|at| self.lines.get(at)) else {
                return Vec::new();
            };
            let found = match line.kind {
                LineKind::Removed => diff::words(line, partner).map(|found| found.old),
                LineKind::Added => diff::words(partner, line).map(|found| found.new),
                LineKind::Context => None,
            };
            found.unwrap_or_default()
        })
    }

    /// Whether white space is all that differs between line `at` and its partner.
    pub(super) fn is_space_change(&self, at: usize) -> bool {
        let partner = self.marks.get(at).and_then(|mark| self.lines.get(mark.partner?));
        partner.is_some_and(|partner| diff::differ_in_space(&self.lines[at], partner))
    }
}

impl Row {
    /// The lines that stand in it.
    pub(super) fn lines(&self) -> impl Iterator<Item = usize> {
        let (left, right) = match self {
            Self::Fold { .. } | Self::Note(_) => (None, None),
            Self::One(line) => (Some(*line), None),
            Self::Two(left, right) => (*left, *right),
        };
        left.into_iter().chain(right)
    }
}

struct Builder<'a, 'b> {
    page: &'b mut Page,
    subject: &'b Subject<'a>,
    layout: Layout,
    /// Which of the lines are the hunk's.
    own: Range<usize>,
}

impl Builder<'_, '_> {
    fn build(&mut self) {
        let mut budget = diff::BUDGET;
        let mut at = 0;
        while at < self.page.lines.len() {
            if at == self.own.start {
                self.page.first = self.page.rows.len();
            }
            // What stands around the hunk is no part of a change in it.
            let end = if at < self.own.start {
                self.own.start
            } else if at < self.own.end {
                self.own.end
            } else {
                self.page.lines.len()
            };
            let (removed, added) = diff::change_at(&self.page.lines[..end], at);
            if removed.is_empty() && added.is_empty() {
                self.emit(Some(at), Some(at));
                at += 1;
                continue;
            }
            at = added.end;
            self.change(removed, added, &mut budget);
        }
    }

    /// The rows of removed lines and of the added ones in their place.
    fn change(&mut self, removed: Range<usize>, added: Range<usize>, budget: &mut usize) {
        let spaces = if self.layout.ignores_space {
            space::pairs(&self.page.lines, removed.clone(), added.clone())
        } else {
            Vec::new()
        };
        let (mut old, mut new) = (removed.start, added.start);
        for (same_old, same_new) in spaces {
            self.segment(old..same_old, new..same_new, budget);
            self.unchanged(same_old, same_new);
            (old, new) = (same_old + 1, same_new + 1);
        }
        self.segment(old..removed.end, new..added.end, budget);
    }

    fn segment(&mut self, removed: Range<usize>, added: Range<usize>, budget: &mut usize) {
        let pairs = diff::pair_up(&self.page.lines, removed.clone(), added.clone(), budget);
        for (old, new) in &pairs {
            self.page.marks[*old].partner = Some(*new);
            self.page.marks[*new].partner = Some(*old);
        }
        if !self.layout.sides {
            removed.chain(added).for_each(|line| self.emit(Some(line), None));
            return;
        }
        let (mut old, mut new) = (removed.start, added.start);
        for (left, right) in pairs.into_iter().chain([(removed.end, added.end)]) {
            while old < left || new < right {
                self.emit((old < left).then_some(old), (new < right).then_some(new));
                (old, new) = (left.min(old + 1), right.min(new + 1));
            }
            if left < removed.end {
                self.emit(Some(left), Some(right));
            }
            (old, new) = (left + 1, right + 1);
        }
    }

    /// Two lines that differ in white space only, as an unchanged one.
    fn unchanged(&mut self, old: usize, new: usize) {
        for at in [old, new] {
            self.page.marks[at].hides_space = true;
        }
        let numbers = (self.page.lines[old].old, self.page.lines[new].new);
        for at in [old, new] {
            let line = &mut self.page.lines[at];
            line.kind = LineKind::Context;
            if !self.layout.sides {
                (line.old, line.new) = numbers;
            }
        }
        self.emit(Some(new).filter(|_| !self.layout.sides).or(Some(old)), Some(new));
    }

    /// One row, with a note before it where lines that were moved begin.
    fn emit(&mut self, left: Option<usize>, right: Option<usize>) {
        for at in left.into_iter().chain(right.filter(|_| self.layout.sides)) {
            let Some(found) = self.subject.moves.of(self.subject.file, &self.page.lines[at]) else {
                continue;
            };
            self.page.marks[at].is_moved = true;
            if found.is_first {
                let note = found.note(self.subject.files);
                self.page.rows.push(Row::Note(format!("↷ {note}")));
            }
        }
        self.page.rows.push(match (left, right) {
            (Some(line), _) if !self.layout.sides => Row::One(line),
            (left, right) => Row::Two(left, right),
        });
    }
}
