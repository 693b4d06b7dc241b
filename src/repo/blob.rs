//! The name that git gives to the bytes of a file.
//!
//! Of bytes as they stand on disk: where git would filter them on the way in, its own name for the
//! file is another one.

use std::fmt::{self, Display, Formatter};

use git2::{ObjectType, Oid};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// How many digits stand for a whole id where people and models read it.
const SHORT: usize = 12;
/// With fewer digits an id names too much.
const SHORTEST: usize = 8;
const WHOLE: usize = 40;

/// The SHA-1 that git gives to a blob, or its first digits: 8 to 40 of them, in lower case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobId(String);

impl BlobId {
    /// The whole id of `bytes`.
    ///
    /// # Errors
    /// Where git's library cannot digest; it always can where it could be started.
    pub fn of(bytes: &[u8]) -> Result<Self, git2::Error> {
        Ok(Self(Oid::hash_object(ObjectType::Blob, bytes)?.to_string()))
    }

    /// The same as the bytes that its digits stand for; zeros where git's library cannot digest.
    pub fn bytes_of(bytes: &[u8]) -> [u8; 20] {
        let id = Oid::hash_object(ObjectType::Blob, bytes).ok();
        id.and_then(|id| id.as_bytes().try_into().ok()).unwrap_or_default()
    }

    /// The whole id whose digits stand for these bytes.
    pub fn from_bytes(bytes: [u8; 20]) -> Self {
        Self(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// Reads 8 to 40 hexadecimal digits in either case.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (SHORTEST..=WHOLE).contains(&text.len());
        (fits && text.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .then(|| Self(text.to_ascii_lowercase()))
    }

    /// The first 12 digits, or fewer where no more are known.
    pub fn short(&self) -> Self {
        Self(self.0[..self.0.len().min(SHORT)].to_owned())
    }

    /// Whether both can name the same bytes: one begins with the other.
    pub fn agrees_with(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0) || other.0.starts_with(&self.0)
    }
}

impl Display for BlobId {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Serialize for BlobId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for BlobId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let wrong = || serde::de::Error::custom(format!("`{text}` is not the id of a blob"));
        Self::parse(&text).ok_or_else(wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_those_of_git() {
        // As `git hash-object` says.
        let empty = BlobId::of(b"").unwrap();
        assert_eq!(empty.to_string(), "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
        assert_eq!(empty.short().to_string(), "e69de29bb2d1");
    }

    #[test]
    fn an_id_is_the_same_in_bytes() {
        for text in [&b""[..], b"a", b"some text\n"] {
            assert_eq!(BlobId::from_bytes(BlobId::bytes_of(text)), BlobId::of(text).unwrap());
        }
    }

    #[test]
    fn a_beginning_agrees_with_the_whole() {
        let whole = BlobId::of(b"a").unwrap();
        let short = BlobId::parse(&whole.to_string()[..8].to_uppercase()).unwrap();
        assert!(short.agrees_with(&whole) && whole.agrees_with(&short));
        assert!(!short.agrees_with(&BlobId::of(b"b").unwrap()));
        for wrong in ["", "e69de29", "e69de29g", &"a".repeat(41)] {
            assert!(BlobId::parse(wrong).is_none(), "{wrong}");
        }
    }
}
