//! A path inside the repository: bytes, forward slashes, never able to leave it.
//!
//! Git names are bytes, so a name that is no UTF-8 keeps exactly the bytes it had.

use std::ffi::OsStr;
use std::fmt::{self, Display, Formatter};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use bstr::{BStr, BString, ByteSlice};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A relative, normalised path from the root of the work tree.
///
/// No empty, `.` or `..` component, no NUL, no leading or trailing slash: joined to the root
/// it stays below the root (symbolic links are the business of whoever opens it).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RepoPath(BString);

/// Why some bytes are no path inside the repository.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// Nothing at all.
    #[error("an empty path names no file")]
    Empty,
    /// Starts with a slash.
    #[error("`{0}` is absolute; paths start at the root of the repository")]
    Absolute(BString),
    /// Has a component that is empty, `.` or `..`.
    #[error("`{0}` has an empty, `.` or `..` component")]
    NotNormal(BString),
    /// Has a NUL byte.
    #[error("`{0}` has a NUL byte")]
    Nul(BString),
}

impl RepoPath {
    /// Checks `bytes` and takes them as they are.
    pub fn new(bytes: impl AsRef<[u8]>) -> Result<Self, PathError> {
        let bytes = bytes.as_ref();
        let owned = || BString::from(bytes);
        if bytes.is_empty() {
            return Err(PathError::Empty);
        }
        if bytes.contains(&0) {
            return Err(PathError::Nul(owned()));
        }
        if bytes[0] == b'/' {
            return Err(PathError::Absolute(owned()));
        }
        if bytes.split(|b| *b == b'/').any(|part| matches!(part, b"" | b"." | b"..")) {
            return Err(PathError::NotNormal(owned()));
        }
        Ok(Self(owned()))
    }

    /// Takes a path of the operating system relative to the root, dropping leading `./`.
    pub fn from_os(path: &Path) -> Result<Self, PathError> {
        let parts: Vec<&[u8]> = path
            .components()
            .filter(|part| !matches!(part, std::path::Component::CurDir))
            .map(|part| part.as_os_str().as_bytes())
            .collect();
        Self::new(parts.join(&b'/'))
    }

    /// The bytes as git has them.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes as a string, lossily shown.
    pub fn as_bstr(&self) -> &BStr {
        self.0.as_bstr()
    }

    /// The path in the operating system's form, still relative.
    pub fn as_os(&self) -> &Path {
        Path::new(OsStr::from_bytes(&self.0))
    }

    /// The absolute path below `root`.
    pub fn under(&self, root: &Path) -> PathBuf {
        root.join(self.as_os())
    }

    /// The components, first to last.
    pub fn parts(&self) -> impl DoubleEndedIterator<Item = &[u8]> {
        self.0.split(|byte: &u8| *byte == b'/')
    }

    /// The last component.
    pub fn file_name(&self) -> &[u8] {
        self.parts().next_back().unwrap_or_default()
    }

    /// What follows the last dot of the file name, if anything does.
    pub fn extension(&self) -> Option<&str> {
        let name = self.file_name().to_str().ok()?;
        name.rsplit_once('.').map(|(_, extension)| extension)
    }
}

impl Display for RepoPath {
    /// Control characters and bytes that are no UTF-8 are escaped, so a name cannot move the cursor.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut text = String::with_capacity(self.0.len());
        for chunk in self.0.utf8_chunks() {
            for c in chunk.valid().chars() {
                if c.is_control() {
                    text.extend(c.escape_default());
                } else {
                    text.push(c);
                }
            }
            for byte in chunk.invalid() {
                text.push_str(&format!("\\x{byte:02x}"));
            }
        }
        f.pad(&text)
    }
}

impl std::str::FromStr for RepoPath {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        Self::new(text)
    }
}

/// In JSON a text; in formats that only programs read, the bytes.
impl Serialize for RepoPath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            Text::from(self.clone()).serialize(serializer)
        } else {
            serializer.serialize_bytes(&self.0)
        }
    }
}

impl<'de> Deserialize<'de> for RepoPath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let path = if deserializer.is_human_readable() {
            Self::try_from(Text::deserialize(deserializer)?)
        } else {
            Self::new(<&[u8]>::deserialize(deserializer)?)
        };
        path.map_err(D::Error::custom)
    }
}

/// How a path stands in JSON: a string, or its bytes where it is no UTF-8.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Text {
    Utf8(String),
    Bytes { bytes: Vec<u8> },
}

impl From<RepoPath> for Text {
    fn from(path: RepoPath) -> Self {
        match String::from_utf8(path.0.into()) {
            Ok(text) => Self::Utf8(text),
            Err(error) => Self::Bytes { bytes: error.into_bytes() },
        }
    }
}

impl TryFrom<Text> for RepoPath {
    type Error = PathError;

    fn try_from(text: Text) -> Result<Self, PathError> {
        match text {
            Text::Utf8(text) => Self::new(text),
            Text::Bytes { bytes } => Self::new(bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_leaves_the_repository_is_refused() {
        for bad in ["", "/etc/passwd", "../x", "a/../b", "a//b", "a/", "./a", "a\0b"] {
            assert!(RepoPath::new(bad).is_err(), "{bad:?}");
        }
        assert_eq!(RepoPath::from_os(Path::new("./a/b")).unwrap().to_string(), "a/b");
        assert!(RepoPath::from_os(Path::new("../b")).is_err());
    }

    #[test]
    fn strange_bytes_are_kept_and_shown_harmlessly() {
        let path = RepoPath::new(b"a\xff\x1b[2J.py").unwrap();
        assert_eq!(path.to_string(), "a\\xff\\u{1b}[2J.py");
        let json = serde_json::to_string(&path).unwrap();
        assert_eq!(serde_json::from_str::<RepoPath>(&json).unwrap(), path);
        let mut room = [0; 32];
        let binary = postcard::to_slice(&path, &mut room).unwrap();
        assert_eq!(postcard::from_bytes::<RepoPath>(binary).unwrap(), path);
    }

    proptest! {
        #[test]
        fn never_escapes_its_root(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            if let Ok(path) = RepoPath::new(&bytes) {
                let joined = path.under(Path::new("/r"));
                prop_assert!(joined.starts_with("/r"));
                prop_assert!(!joined.components().any(|c| c == std::path::Component::ParentDir));
                prop_assert_eq!(path.as_bytes(), &bytes[..]);
            }
        }
    }
}
