//! What a team adds to the controller: the best draft is read before it is proposed, what that finds is
//! mended a few times, and of what was read that is proposed which has least wrong with it.

use std::collections::BTreeSet;

use crate::agent::choice::{Attempt, Drafted, Drafts};
use crate::agent::{Remark, Severity};

/// A draft that was read.
#[derive(Clone, Debug)]
pub(super) struct ReadDraft {
    pub(super) reply: String,
    pub(super) drafted: Drafted,
    pub(super) remarks: Vec<Remark>,
}

impl ReadDraft {
    /// Less is better: errors first, then all that is more than a note.
    fn weight(&self) -> (usize, usize) {
        let count = |worst| self.remarks.iter().filter(|it| it.severity <= worst).count();
        (count(Severity::Error), count(Severity::Warning))
    }
}

/// The readings of a task so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Reviews {
    read: BTreeSet<usize>,
    /// The draft that is being read.
    under: Option<(String, Drafted)>,
    /// The one with least wrong with it.
    pub(super) chosen: Option<ReadDraft>,
    pub(super) mendings: u32,
    /// Whether what is being written mends what was found.
    pub(super) mending: bool,
}

impl Reviews {
    /// Begins to read a draft, if it was not read yet.
    pub(super) fn begin(&mut self, reply: &str, drafted: &Drafted) -> Option<usize> {
        let draft = drafted.draft;
        self.read.insert(draft).then(|| {
            self.under = Some((reply.to_owned(), drafted.clone()));
            draft
        })
    }

    /// Takes what was found in the draft that is being read.
    pub(super) fn end(&mut self, remarks: Vec<Remark>) {
        let Some((reply, drafted)) = self.under.take() else { return };
        let read = ReadDraft { reply, drafted, remarks };
        if self.chosen.as_ref().is_none_or(|chosen| read.weight() < chosen.weight()) {
            self.chosen = Some(read);
        }
    }

    /// The best of some answers that mend what was found, if it is no worse in its tests and was not
    /// read yet.
    pub(super) fn mended(&mut self, attempts: &[Attempt]) -> Option<usize> {
        let mut drafts = Drafts::default();
        for attempt in attempts {
            if let Ok(drafted) = &attempt.result
                && !self.read.contains(&drafted.draft)
            {
                drafts.add(attempt, drafted);
            }
        }
        let (reply, drafted) = drafts.best()?;
        let was_good = self.chosen.as_ref().is_some_and(|chosen| chosen.drafted.is_good());
        let is_worse = was_good && !drafted.is_good();
        let (reply, drafted) = (reply.to_owned(), drafted.clone());
        if is_worse { None } else { self.begin(&reply, &drafted) }
    }

    /// Whether something is wrong with the chosen draft that is more than a note.
    pub(super) fn is_wanting(&self) -> bool {
        self.chosen.as_ref().is_some_and(|chosen| chosen.weight() != (0, 0))
    }
}
