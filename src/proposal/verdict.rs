//! What a person decided about each hunk.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::base::Hint;

/// A decision about one hunk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    #[default]
    Undecided,
    Accepted,
    Rejected,
}

/// The decisions about a proposal, by hunk number; what is not in it is undecided.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdicts(pub BTreeMap<u32, Verdict>);

/// The text names no hunks of the proposal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HunkListError {
    #[error("`{0}` is no hunk and no range of hunks")]
    Garbage(String),
    #[error("there is no hunk {0}")]
    Unknown(u32, u32),
}

impl Hint for HunkListError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Garbage(_) => "write numbers and ranges, for example `1,3-5`".to_owned(),
            Self::Unknown(_, 1) => "the proposal has one hunk, 1".to_owned(),
            Self::Unknown(_, total) => format!("the hunks are 1-{total}"),
        })
    }
}

impl Verdict {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Undecided => "undecided",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
        }
    }
}

impl Verdicts {
    /// The decision about hunk `number`.
    pub fn of(&self, number: u32) -> Verdict {
        self.0.get(&number).copied().unwrap_or_default()
    }

    /// Accepts all of `total` hunks.
    pub fn accept_all(total: u32) -> Self {
        Self((1..=total).map(|number| (number, Verdict::Accepted)).collect())
    }

    /// Accepts the hunks that a list such as `1,3-5` names and leaves the others of `total` open.
    pub fn accept_listed(list: &str, total: u32) -> Result<Self, HunkListError> {
        let mut verdicts = BTreeMap::new();
        for part in list.split(',').map(str::trim) {
            let range = range(part).ok_or_else(|| HunkListError::Garbage(part.to_owned()))?;
            let known = 1..=total;
            let outside = [*range.start(), *range.end()].into_iter().find(|it| !known.contains(it));
            if let Some(number) = outside {
                return Err(HunkListError::Unknown(number, total));
            }
            verdicts.extend(range.map(|number| (number, Verdict::Accepted)));
        }
        Ok(Self(verdicts))
    }

    /// The hunks with this verdict, by number.
    pub fn with(&self, verdict: Verdict) -> Vec<u32> {
        let found = self.0.iter().filter(|(_, of)| **of == verdict);
        found.map(|(number, _)| *number).collect()
    }
}

fn range(part: &str) -> Option<RangeInclusive<u32>> {
    let (first, last) = part.split_once('-').unwrap_or((part, part));
    let (first, last) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
    (first <= last).then_some(first..=last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(list: &str, expected: Result<&[u32], &str>) {
        let accepted = Verdicts::accept_listed(list, 5).map(|it| it.with(Verdict::Accepted));
        let expected = expected.map(<[u32]>::to_vec).map_err(str::to_owned);
        assert_eq!(accepted.map_err(|error| error.to_string()), expected);
    }

    #[test]
    fn numbers_and_ranges_of_hunks_that_there_are() {
        check("1,3-5", Ok(&[1, 3, 4, 5]));
        check(" 2 , 2-2", Ok(&[2]));
        check("0", Err("there is no hunk 0"));
        check("4-6", Err("there is no hunk 6"));
        check("1-4294967295", Err("there is no hunk 4294967295"));
        check("3-1", Err("`3-1` is no hunk and no range of hunks"));
        check("", Err("`` is no hunk and no range of hunks"));
        check("1,,2", Err("`` is no hunk and no range of hunks"));
        check("-1", Err("`-1` is no hunk and no range of hunks"));
    }
}
