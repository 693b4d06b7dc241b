//! Where a review stands: the change, the decisions so far, and what the screen shows of them.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use ratatui::layout::Size;

use crate::base::{ProposalId, RepoPath};
use crate::proposal::{Hunk, Verdict, Verdicts};
use crate::repo::FileChange;
use crate::review::colours::Colours;
use crate::review::look::{Look, Overlay};
use crate::review::{ReviewInput, Risk, Theme, risk, risks, text};
use crate::session::Shown;

/// Everything `view` needs and `update` changes. Texts of the proposal are already escaped.
#[derive(Debug)]
pub(super) struct State {
    pub(super) theme: Theme,
    pub(super) size: Size,
    pub(super) id: ProposalId,
    pub(super) title: String,
    pub(super) model: String,
    pub(super) verification: Vec<String>,
    /// By risk, then by path.
    pub(super) files: Vec<FileEntry>,
    /// In the order of `files`.
    pub(super) hunks: Vec<Hunk>,
    pub(super) verdicts: Verdicts,
    /// What each step decided over, to take it back.
    pub(super) steps: Vec<Vec<(u32, Verdict)>>,
    /// The hunk in front of the person, as an index of `hunks`.
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
    /// Its path as shown.
    pub(super) name: String,
    pub(super) risk: Risk,
    /// All that is risky about it, the greatest first.
    pub(super) risks: Vec<Risk>,
    /// Indices of `State::hunks`.
    pub(super) hunks: Range<usize>,
    /// Made when the file is first looked at.
    pub(super) colours: Option<Colours>,
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
    Help { scroll: usize },
    Apply,
    Quit,
    Message { title: &'static str, text: String },
    Over(Overlay),
}

/// How many hunks have which verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Count {
    pub(super) accepted: usize,
    pub(super) rejected: usize,
    pub(super) undecided: usize,
}

impl State {
    /// Opens the review at its first hunk.
    pub(super) fn new(input: ReviewInput, theme: Theme, size: Size) -> Self {
        let escaped = |lines: &[String]| lines.iter().map(|line| text::plain(line)).collect();
        let (files, hunks) = arrange(input.files, input.hunks);
        let mut state = Self {
            theme,
            size,
            id: input.id,
            title: text::plain(&input.title),
            model: text::plain(&input.model),
            verification: escaped(&input.verification),
            files,
            hunks,
            verdicts: Verdicts::default(),
            steps: Vec::new(),
            at: 0,
            scroll: 0,
            shift: 0,
            why_scroll: 0,
            pane: Pane::Hunk,
            dialog: None,
            notice: None,
            look: Look::new(input.evidence),
        };
        state.learn();
        state.go_to(0);
        state
    }

    /// Puts hunk `at` in front, at its first line.
    pub(super) fn go_to(&mut self, at: usize) {
        self.at = at.min(self.hunks.len().saturating_sub(1));
        self.scroll = 0;
        self.shift = 0;
        self.why_scroll = 0;
        self.colour();
        self.fold_again();
        self.lay_out();
    }

    /// The places that the hunk in front rests on, the nearest first, as many as there are keys.
    pub(super) fn sources(&self) -> Vec<&Shown> {
        let Some(hunk) = self.hunk() else { return Vec::new() };
        let mut places = self.look.evidence.nearest(&hunk.path, &hunk.old);
        places.truncate(9);
        places
    }

    /// The hunk in front; `None` in a proposal without hunks.
    pub(super) fn hunk(&self) -> Option<&Hunk> {
        self.hunks.get(self.at)
    }

    /// The file that the hunk in front belongs to.
    pub(super) fn file(&self) -> Option<&FileEntry> {
        self.files.get(self.file_index())
    }

    pub(super) fn file_index(&self) -> usize {
        self.files.partition_point(|file| file.hunks.end <= self.at)
    }

    /// The decision about hunk `index` of `hunks`.
    pub(super) fn verdict(&self, index: usize) -> Verdict {
        self.hunks.get(index).map(|hunk| self.verdicts.of(hunk.number)).unwrap_or_default()
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
        self.count(0..self.hunks.len())
    }
}

/// Sorts files by risk and path and lines their hunks up behind each other.
fn arrange(changes: Vec<FileChange>, hunks: Vec<Hunk>) -> (Vec<FileEntry>, Vec<Hunk>) {
    let mut by_path: BTreeMap<_, Vec<Hunk>> = BTreeMap::new();
    for hunk in hunks {
        by_path.entry(hunk.path.clone()).or_default().push(hunk);
    }
    let known: BTreeSet<&RepoPath> = changes.iter().map(|change| &change.path).collect();
    // A hunk of a file that was not handed over has no colours, but it must not be hidden.
    let strays: Vec<FileChange> = by_path
        .keys()
        .filter(|path| !known.contains(path))
        .map(|path| FileChange { path: path.clone(), before: None, after: None })
        .collect();
    let mut changes: Vec<(Risk, FileChange)> =
        changes.into_iter().chain(strays).map(|change| (risk(&change), change)).collect();
    changes.sort_by(|(a_risk, a), (b_risk, b)| (a_risk, &a.path).cmp(&(b_risk, &b.path)));
    let mut ordered = Vec::with_capacity(by_path.values().map(Vec::len).sum());
    let mut files = Vec::new();
    for (risk, change) in changes {
        let start = ordered.len();
        ordered.extend(by_path.remove(&change.path).unwrap_or_default());
        let name = text::plain(&change.path.to_string());
        let risks = risks(&change);
        let hunks = start..ordered.len();
        files.push(FileEntry { change, name, risk, risks, hunks, colours: None });
    }
    (files, ordered)
}
