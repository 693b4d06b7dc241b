//! What a person decided about each hunk.

use std::collections::BTreeMap;

/// A decision about one hunk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Verdict {
    #[default]
    Undecided,
    Accepted,
    Rejected,
}

/// The decisions about a proposal, by hunk number; what is not in it is undecided.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdicts(pub BTreeMap<u32, Verdict>);

impl Verdicts {
    /// The decision about hunk `number`.
    pub fn of(&self, number: u32) -> Verdict {
        self.0.get(&number).copied().unwrap_or_default()
    }
}
