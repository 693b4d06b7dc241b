//! How much agents may do without being asked, from least to most.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The mode of the policy. What each one permits is written in `policy/default.cedar`.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Agents read; they propose no edits and run nothing.
    Plan,
    /// Agents propose edits; commands and protected files need a yes.
    #[default]
    Ask,
    /// As `ask`, and what is proposed may be applied unattended where no rule asks.
    AutoEdit,
    /// As `auto-edit`, and agents run commands.
    Auto,
}

/// The text names no mode.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no mode; the modes are `plan`, `ask`, `auto-edit` and `auto`")]
pub struct NotAMode(String);

impl Mode {
    /// Every mode, strictest first.
    pub const ALL: [Self; 4] = [Self::Plan, Self::Ask, Self::AutoEdit, Self::Auto];

    /// The mode as it is typed.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::Ask => "ask",
            Self::AutoEdit => "auto-edit",
            Self::Auto => "auto",
        }
    }
}

impl Display for Mode {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Mode {
    type Err = NotAMode;

    fn from_str(text: &str) -> Result<Self, NotAMode> {
        let mode = Self::ALL.into_iter().find(|mode| mode.as_str() == text);
        mode.ok_or_else(|| NotAMode(text.to_owned()))
    }
}
