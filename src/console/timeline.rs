//! What happened, as the timeline shows it.

/// So many entries are kept; older ones are in the journal.
const KEPT: usize = 4000;
/// So much of the detail of an entry is kept, in bytes.
const DETAIL: usize = 32 << 10;

/// How an entry is to be taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Tone {
    #[default]
    Plain,
    /// What the person said.
    Person,
    Good,
    Bad,
    /// Worth a look.
    Mark,
}

/// One thing that happened.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Entry {
    /// The time of day, `14:02`.
    pub(super) clock: String,
    /// Who did it, in a word or two.
    pub(super) who: String,
    pub(super) text: String,
    pub(super) seconds: Option<f64>,
    pub(super) tone: Tone,
    /// What more there is: a reply, the output of a command.
    pub(super) detail: String,
    /// Whether the detail shows without being asked for.
    pub(super) open: bool,
}

/// Everything that happened, the newest last.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Timeline {
    pub(super) entries: Vec<Entry>,
    /// Lines below the lower edge.
    pub(super) scroll: usize,
    /// Whether all details show.
    pub(super) details: bool,
}

impl Timeline {
    pub(super) fn push(&mut self, mut entry: Entry) {
        if entry.detail.len() > DETAIL {
            let from = entry.detail.len() - DETAIL;
            let from = (from..entry.detail.len()).find(|at| entry.detail.is_char_boundary(*at));
            entry.detail.drain(..from.unwrap_or(0));
        }
        self.entries.push(entry);
        if self.entries.len() > KEPT {
            self.entries.drain(..KEPT / 4);
        }
    }
}
