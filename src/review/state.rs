//! Where a review stands: the change, the decisions so far, and what the screen shows of them.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use ratatui::layout::Size;

use crate::base::RepoPath;
use crate::proposal::{Hunk, Piece, Standing, Verdict};
use crate::repo::{FileChange, Renames};
use crate::review::colours::Colours;
use crate::review::look::{Look, Overlay};
use crate::review::risk::greatest;
use crate::review::{ReviewInput, Risk, Theme, risks, text};
use crate::session::Rest;

/// Everything `view` needs and `update` changes. Texts of the proposal are already escaped.
#[derive(Debug)]
pub(super) struct State {
    pub(super) theme: Theme,
    pub(super) size: Size,
    pub(super) id: String,
    pub(super) standing: Standing,
    pub(super) title: String,
    pub(super) model: String,
    pub(super) verification: Vec<String>,
    /// By risk, then by path.
    pub(super) files: Vec<FileEntry>,
    /// In the order of `files`; the parts of a hunk stand together.
    pub(super) pieces: Vec<Piece>,
    /// What each step changed, to take it back.
    pub(super) steps: Vec<Step>,
    /// The piece that a model was asked to word anew, as it was then.
    pub(super) waiting: Option<Piece>,
    /// The hunk in front of the person, as an index of `pieces`.
    pub(super) at: usize,
    /// The first row of its page that shows.
    pub(super) scroll: usize,
    /// Columns cut from the left of its lines.
    pub(super) shift: usize,
    /// Lines of the why pane above its edge.
    pub(super) why_scroll: usize,
    pub(super) pane: Pane,
    pub(super) dialog: Option<Dialog>,
    /// One sentence in place of the keys, until the next key.
    pub(super) notice: Option<String>,
    /// How it is looked at.
    pub(super) look: Look,
}

/// A changed file and where its hunks are.
#[derive(Debug)]
pub(super) struct FileEntry {
    pub(super) change: FileChange,
    /// Where it lay before, if it is moved.
    pub(super) from: Option<RepoPath>,
    /// Its path as shown.
    pub(super) name: String,
    pub(super) risk: Risk,
    /// All that is risky about it, the greatest first.
    pub(super) risks: Vec<Risk>,
    /// Indices of `State::pieces`.
    pub(super) hunks: Range<usize>,
    /// Made when the file is first looked at.
    pub(super) colours: Option<Colours>,
}

/// What was before a step. Indices are those of the pieces as the step left them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// These had these verdicts.
    Decided(Vec<(usize, Verdict)>),
    /// In the place of `count` pieces from `at` on stood others.
    Replaced { at: usize, count: usize, former: Vec<Piece> },
}

/// The pane that keys act on; on a narrow screen also the only one that shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pane {
    Files,
    Hunk,
    Why,
}

/// What lies over the panes and waits for an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Dialog {
    Help {
        scroll: usize,
    },
    Apply,
    Quit,
    /// What is to be said about the hunk in front, as far as it is typed.
    Comment {
        text: String,
    },
    /// The cursor of a split, above this line of the hunk in front.
    Cut {
        line: usize,
    },
    Message {
        title: &'static str,
        text: String,
    },
    Over(Overlay),
}

/// How many hunks have which verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Count {
    pub(super) accepted: usize,
    pub(super) rejected: usize,
    pub(super) undecided: usize,
}

impl FileEntry {
    /// What its row says: its path, or `old → new` where it is moved.
    pub(super) fn label(&self) -> String {
        match &self.from {
            Some(from) => format!("{} → {}", text::plain(&from.to_string()), self.name),
            None => self.name.clone(),
        }
    }

    /// Whether `path` is where it lies, or where it lay.
    pub(super) fn is_at(&self, path: &RepoPath) -> bool {
        self.change.path == *path || self.from.as_ref() == Some(path)
    }
}

impl State {
    /// Opens the review at its first hunk.
    pub(super) fn new(input: ReviewInput, theme: Theme, size: Size) -> Self {
        let escaped = |lines: &[String]| lines.iter().map(|line| text::plain(line)).collect();
        let (files, pieces) = arrange(input.files, &input.renames, input.pieces);
        let at = input.at.and_then(|at| pieces.iter().position(|piece| piece.name() == at));
        let mut state = Self {
            theme,
            size,
            id: text::plain(&input.id),
            standing: input.standing,
            title: text::plain(&input.title),
            model: text::plain(&input.model),
            verification: escaped(&input.verification),
            files,
            pieces,
            steps: Vec::new(),
            waiting: None,
            at: 0,
            scroll: 0,
            shift: 0,
            why_scroll: 0,
            pane: Pane::Hunk,
            dialog: None,
            notice: input.notice.as_deref().map(text::plain),
            look: Look::new(input.evidence),
        };
        state.learn();
        state.go_to(at.unwrap_or(0));
        state
    }

    /// Puts hunk `at` in front, at its first line.
    pub(super) fn go_to(&mut self, at: usize) {
        self.at = at.min(self.pieces.len().saturating_sub(1));
        self.scroll = 0;
        self.shift = 0;
        self.why_scroll = 0;
        self.colour();
        self.fold_again();
        self.lay_out();
    }

    /// The places that the model was shown, what the hunk in front rests on first, as many as there are
    /// keys.
    pub(super) fn sources(&self) -> Vec<Rest<'_>> {
        let (Some(hunk), Some(file)) = (self.hunk(), self.file()) else { return Vec::new() };
        let lay = file.from.as_ref().unwrap_or(&file.change.path);
        let mut places = self.look.evidence.rests(lay, hunk);
        places.truncate(9);
        places
    }

    /// The hunk in front; `None` in a change without hunks.
    pub(super) fn hunk(&self) -> Option<&Hunk> {
        self.piece().map(|piece| &piece.hunk)
    }

    /// The hunk in front, with what was done to it.
    pub(super) fn piece(&self) -> Option<&Piece> {
        self.pieces.get(self.at)
    }

    /// The file that the hunk in front belongs to.
    pub(super) fn file(&self) -> Option<&FileEntry> {
        self.files.get(self.file_index())
    }

    pub(super) fn file_index(&self) -> usize {
        self.files.partition_point(|file| file.hunks.end <= self.at)
    }

    /// The decision about piece `index` of `pieces`.
    pub(super) fn verdict(&self, index: usize) -> Verdict {
        self.pieces.get(index).map(|piece| piece.verdict).unwrap_or_default()
    }

    /// Whether a model was asked to word piece `index` anew and has not answered yet.
    pub(super) fn is_awaited(&self, index: usize) -> bool {
        let asked = self.waiting.as_ref().map(|piece| &piece.hunk);
        asked.is_some() && asked == self.pieces.get(index).map(|piece| &piece.hunk)
    }

    /// Counts the decisions about some hunks.
    pub(super) fn count(&self, hunks: Range<usize>) -> Count {
        let mut count = Count::default();
        for index in hunks {
            match self.verdict(index) {
                Verdict::Accepted => count.accepted += 1,
                Verdict::Rejected => count.rejected += 1,
                Verdict::Undecided => count.undecided += 1,
            }
        }
        count
    }

    /// Counts the decisions about all hunks.
    pub(super) fn count_all(&self) -> Count {
        self.count(0..self.pieces.len())
    }

    /// Whether anything was decided, or done to a hunk.
    pub(super) fn is_begun(&self) -> bool {
        let is_fresh = |it: &Piece| it.verdict == Verdict::Undecided && it.is_untouched();
        !self.pieces.iter().all(is_fresh)
    }
}

/// Sorts files by risk and path and lines their hunks up behind each other.
fn arrange(
    changes: Vec<FileChange>,
    renames: &Renames,
    pieces: Vec<Piece>,
) -> (Vec<FileEntry>, Vec<Piece>) {
    let mut by_path: BTreeMap<_, Vec<Piece>> = BTreeMap::new();
    for piece in pieces {
        by_path.entry(piece.path().clone()).or_default().push(piece);
    }
    let known: BTreeSet<&RepoPath> = changes.iter().map(|change| &change.path).collect();
    // A hunk of a file that was not handed over has no colours, but it must not be hidden.
    let strays: Vec<FileChange> = by_path
        .keys()
        .filter(|path| !known.contains(path))
        .map(|path| FileChange { path: path.clone(), before: None, after: None })
        .collect();
    let mut changes: Vec<(Vec<Risk>, FileChange)> = changes
        .into_iter()
        .chain(strays)
        .map(|change| (risks(&change, renames.get(&change.path)), change))
        .collect();
    changes.sort_by(|(a_risks, a), (b_risks, b)| {
        (greatest(a_risks), &a.path).cmp(&(greatest(b_risks), &b.path))
    });
    let mut ordered = Vec::with_capacity(by_path.values().map(Vec::len).sum());
    let mut files = Vec::new();
    for (risks, change) in changes {
        let start = ordered.len();
        ordered.extend(by_path.remove(&change.path).unwrap_or_default());
        let name = text::plain(&change.path.to_string());
        let from = renames.get(&change.path).cloned();
        let risk = greatest(&risks);
        let hunks = start..ordered.len();
        files.push(FileEntry { change, from, name, risk, risks, hunks, colours: None });
    }
    (files, ordered)
}
