//! Where a hit can be looked up, and whether it stands there.

use std::fmt::{self, Display, Formatter};

use serde::{Deserialize, Serialize};

use crate::base::{RepoPath, Span};
use crate::retrieval::Hit;

/// `path:start-end`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Citation {
    pub path: RepoPath,
    pub span: Span,
}

impl Display for Citation {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.path, self.span)
    }
}

impl Citation {
    /// Where `hit` stands.
    pub fn of(hit: &Hit) -> Self {
        Self { path: hit.path.clone(), span: hit.span }
    }

    /// Whether `text`, the file's contents, has all of its lines.
    pub fn holds_in(&self, text: &[u8]) -> bool {
        let lines = text.split_inclusive(|byte| *byte == b'\n').count();
        self.span.start >= 1 && self.span.end as usize <= lines
    }

    /// Reads `path:12`, `path:12-15` or `path:12:3`, as tools and models write it.
    pub fn parse(text: &str) -> Option<Self> {
        let (path, lines) = text.trim().split_once(':')?;
        let lines = lines.split(':').next()?;
        let (start, end) = lines.split_once('-').unwrap_or((lines, lines));
        let (start, end) = (start.parse().ok()?, end.parse().ok()?);
        let path = RepoPath::new(path).ok()?;
        (start >= 1 && start <= end).then(|| Self { path, span: Span::new(start, end) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_and_read() {
        for text in ["src/a.rs:3", "src/a.rs:3-9"] {
            assert_eq!(Citation::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Citation::parse("a.rs:3:7").unwrap().to_string(), "a.rs:3");
        for wrong in ["a.rs", "a.rs:0", "a.rs:9-3", "../a.rs:1", "a.rs:x", ":1"] {
            assert!(Citation::parse(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn lines_that_are_there() {
        let citation = Citation::parse("a:2-3").unwrap();
        assert!(citation.holds_in(b"1\n2\n3"));
        assert!(!citation.holds_in(b"1\n2\n"));
    }
}
