//! Short names for things that people type: a letter, a dash, and hexadecimal digits.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The text is not an id of the expected kind.
#[derive(Debug, thiserror::Error)]
#[error("`{text}` is not a {kind} id; they look like `{prefix}7f3a`")]
pub struct NotAnId {
    text: String,
    kind: &'static str,
    prefix: &'static str,
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// What every id of this kind starts with.
            pub const PREFIX: &'static str = $prefix;

            /// Makes an id from the first `digits` hexadecimal digits of `seed`.
            pub fn from_seed(seed: &crate::base::Digest, digits: usize) -> Self {
                Self(format!("{}{}", $prefix, &seed.to_string()[..digits.clamp(4, 64)]))
            }

            /// The id as typed.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl Display for $name {
            fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;

            /// Accepts the id with or without its prefix.
            fn from_str(text: &str) -> Result<Self, NotAnId> {
                let digits = text.strip_prefix($prefix).unwrap_or(text);
                let plausible = (4..=64).contains(&digits.len())
                    && digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
                if plausible {
                    Ok(Self(format!("{}{digits}", $prefix)))
                } else {
                    Err(NotAnId { text: text.to_owned(), kind: $kind, prefix: $prefix })
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = NotAnId;

            fn try_from(text: String) -> Result<Self, NotAnId> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    };
}

id!(
    /// Names a proposal; also the last part of its hidden ref.
    ProposalId, "proposal", "p-"
);
id!(
    /// Names one task from its first event to its last.
    TaskId, "task", "t-"
);
id!(
    /// Names what one apply wrote.
    ReceiptId, "receipt", "r-"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefix_is_optional_and_garbage_is_refused() {
        assert_eq!("7f3a".parse::<ProposalId>().unwrap().as_str(), "p-7f3a");
        assert_eq!("p-7f3a".parse::<ProposalId>().unwrap().as_str(), "p-7f3a");
        for bad in ["", "p-", "p-7g3a", "../x", "p-7f3a/../..", "7F3A"] {
            assert!(bad.parse::<ProposalId>().is_err(), "{bad}");
        }
    }
}
