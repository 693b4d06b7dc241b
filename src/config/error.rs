//! What can be wrong with a configuration.

use std::io;
use std::path::PathBuf;

use crate::base::Hint;
use crate::config::Origin;

/// Why the configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("cannot read the configuration `{path}`")]
    Read {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("{path}:{line}: this is no TOML: {why}")]
    Syntax { path: PathBuf, line: usize, why: String },
    #[error("{origin}: there is no configuration key `{key}`")]
    UnknownKey { origin: Origin, key: String, closest: Option<String> },
    #[error("{origin}: `{key}` is {expected}, not `{found}`")]
    WrongValue { origin: Origin, key: String, expected: &'static str, found: String },
    #[error("`{text}` sets nothing; it has no `=`")]
    NoAssignment { text: String },
    #[error("the configuration does not fit the program: {why}")]
    Unfit { why: String },
}

impl ConfigError {
    /// Whether the mistake is in a flag or a variable, not in a file.
    pub fn is_usage(&self) -> bool {
        match self {
            Self::UnknownKey { origin, .. } | Self::WrongValue { origin, .. } => {
                origin.is_of_this_run()
            }
            Self::NoAssignment { .. } => true,
            Self::Read { .. } | Self::Syntax { .. } | Self::Unfit { .. } => false,
        }
    }
}

impl Hint for ConfigError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::UnknownKey { closest: Some(key), .. } => Some(format!("did you mean `{key}`?")),
            Self::UnknownKey { closest: None, .. } => {
                Some("run `countersign config show` for the keys that there are".into())
            }
            Self::NoAssignment { .. } => Some("write it like `-c model.context=8192`".into()),
            _ => None,
        }
    }
}
