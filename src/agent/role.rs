//! A role: what it is for, its prompts, how it samples, how it may write edits. Data, not code.

use serde::{Deserialize, Serialize};

use crate::base::Digest;
use crate::proposal::Dialect;

/// A role as its file declares it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    pub name: String,
    pub version: u32,
    /// One sentence for people.
    pub purpose: String,
    pub prompts: TemplateNames,
    /// How much warmer than the one before each further reply is.
    pub warmer: f32,
    /// The forms in which it may write edits.
    pub dialects: Vec<Dialect>,
    /// Whether its replies are held to these forms while they are written, where the engine can.
    pub held: bool,
    /// Longest file, in lines, that it is shown as a whole; of longer ones it sees parts.
    pub shown_whole_lines: usize,
    /// Longest file, in lines, that it may rewrite as a whole.
    pub whole_file_lines: usize,
}

/// The templates of a role's messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TemplateNames {
    pub system: String,
    pub task: String,
    pub refused: String,
    pub flawed: String,
    pub unlike: String,
    pub examples: String,
    pub failed: String,
}

/// A role's file that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the role file `{name}` is wrong")]
pub struct RoleError {
    name: &'static str,
    #[source]
    source: serde_yaml_ng::Error,
}

const CODER: &str = include_str!("../../prompts/roles/coder.yaml");

impl Role {
    /// The role that writes code.
    pub fn coder() -> Result<Self, RoleError> {
        serde_yaml_ng::from_str(CODER).map_err(|source| RoleError { name: "coder", source })
    }

    /// Names this version of the coder's file.
    pub fn coder_digest() -> Digest {
        Digest::of(CODER.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_role_is_sound() {
        let coder = Role::coder().unwrap();
        assert_eq!(coder.name, "coder");
        assert!(coder.warmer > 0.0);
    }
}
