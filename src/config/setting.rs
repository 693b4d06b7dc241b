//! One value and where it was said.

use std::fmt::{self, Display, Formatter};
use std::path::PathBuf;

use toml::Value;

/// Whose file it is, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    System,
    User,
    Repository,
}

/// Where a value was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// `defaults.toml`, which is part of the program.
    Default,
    /// A file, with the line from 1.
    File { layer: Layer, path: PathBuf, line: usize },
    /// The variable of this name.
    Environment(String),
    /// The flag of this name.
    Argument(String),
}

/// One value.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// Section and name, with a dot between: `model.context`.
    pub key: String,
    pub value: Value,
    pub origin: Origin,
}

impl Origin {
    /// Whether it was typed for this one run, so that a mistake in it is one of usage.
    pub fn is_of_this_run(&self) -> bool {
        matches!(self, Self::Environment(_) | Self::Argument(_))
    }

    pub(super) fn is_repository(&self) -> bool {
        matches!(self, Self::File { layer: Layer::Repository, .. })
    }
}

impl Display for Origin {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.pad("default"),
            Self::File { path, line, .. } => write!(f, "{}:{line}", path.display()),
            Self::Environment(variable) => f.pad(variable),
            Self::Argument(flag) => f.pad(flag),
        }
    }
}
