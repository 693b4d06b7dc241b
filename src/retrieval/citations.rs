//! Where a hit can be looked up, and whether it still stands there.

use std::fmt::{self, Display, Formatter};

use serde::{Deserialize, Serialize};

use crate::base::{RepoPath, Span};
use crate::repo::BlobId;
use crate::retrieval::Hit;

/// `path:start-end@blob`, or `path:start-end` where nothing says of which state of the file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Citation {
    pub path: RepoPath,
    pub span: Span,
    /// Names the file's contents; a beginning of the name will do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blob: Option<BlobId>,
}

/// What became of a citation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Whether the file has all of its lines.
    pub has_lines: bool,
    /// Whether the file is another one than was cited; `None` where the citation names no blob.
    pub changed: Option<bool>,
}

impl Display for Citation {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.path, self.span)?;
        match &self.blob {
            Some(blob) => write!(f, "@{}", blob.short()),
            None => Ok(()),
        }
    }
}

impl Citation {
    /// Where `hit` stands.
    pub fn of(hit: &Hit) -> Self {
        Self { path: hit.path.clone(), span: hit.span, blob: Some(hit.blob.clone()) }
    }

    /// How it stands in `text`, the file's contents now.
    pub fn standing(&self, text: &[u8]) -> Standing {
        let lines = text.split_inclusive(|byte| *byte == b'\n').count();
        let now = BlobId::of(text).ok();
        Standing {
            has_lines: self.span.start >= 1 && self.span.end as usize <= lines,
            changed: self.blob.as_ref().map(|blob| !now.is_some_and(|now| blob.agrees_with(&now))),
        }
    }

    /// Reads `path:12`, `path:12-15` or `path:12:3`, as tools and models write it, each also with
    /// `@blob` behind it. A blob that is none makes it no citation.
    pub fn parse(text: &str) -> Option<Self> {
        let (path, lines) = text.trim().split_once(':')?;
        let (lines, blob) = match lines.split_once('@') {
            Some((lines, blob)) => (lines, Some(BlobId::parse(blob)?)),
            None => (lines, None),
        };
        let lines = lines.split(':').next()?;
        let (start, end) = lines.split_once('-').unwrap_or((lines, lines));
        let (start, end) = (start.parse().ok()?, end.parse().ok()?);
        let path = RepoPath::new(path).ok()?;
        (start >= 1 && start <= end).then(|| Self { path, span: Span::new(start, end), blob })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn written_and_read() {
        for text in ["src/a.rs:3", "src/a.rs:3-9", "src/a.rs:3-9@0123abcd", "a@b.rs:3@0123456789ab"]
        {
            assert_eq!(Citation::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Citation::parse("a.rs:3:7").unwrap().to_string(), "a.rs:3");
        assert_eq!(Citation::parse("a.rs:3:7@0123ABCD").unwrap().to_string(), "a.rs:3@0123abcd");
        for wrong in [
            "a.rs",
            "a.rs:0",
            "a.rs:9-3",
            "../a.rs:1",
            "a.rs:x",
            ":1",
            "a.rs:1@",
            "a.rs:1@0123abc",
            "a.rs:1@0123abcx",
        ] {
            assert!(Citation::parse(wrong).is_none(), "{wrong}");
        }
    }

    #[track_caller]
    fn check(citation: &str, text: &str, has_lines: bool, changed: Option<bool>) {
        let standing = Citation::parse(citation).unwrap().standing(text.as_bytes());
        assert_eq!(standing, Standing { has_lines, changed }, "{citation} in {text:?}");
    }

    #[test]
    fn lines_that_are_there_and_files_that_changed() {
        check("a:2-3", "1\n2\n3", true, None);
        check("a:2-3", "1\n2\n", false, None);
        // As `git hash-object` names the first text.
        check("a:1@01e79c32a8c9", "1\n2\n3\n", true, Some(false));
        check("a:1@01e79c32a8c9", "1\n2\n", true, Some(true));
        check("a:4@01e79c32", "1\n2\n3\n", false, Some(false));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            path in "[a-z@]{1,8}(/[a-z.@]{3,8})?", start in 1..9000u32, more in 0..90u32,
            text in proptest::option::of("[ -~]{0,20}"),
        ) {
            let blob = text.map(|text| BlobId::of(text.as_bytes()).unwrap().short());
            let path = RepoPath::new(path).unwrap();
            let citation = Citation { path, span: Span::new(start, start + more), blob };
            prop_assert_eq!(Citation::parse(&citation.to_string()), Some(citation));
        }
    }
}
