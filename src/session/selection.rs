//! What a person wants in view, or out of it.

use serde::{Deserialize, Serialize};

use crate::base::{RepoPath, Span};
use crate::context::{Offer, Purpose, Spot};
use crate::session::decide::Desk;
use crate::session::read::read;
use crate::syntax::{self, Language};

/// Why a pinned source is shown.
const PINNED: &str = "pinned by a person";

/// What a person pinned and dropped. What is pinned stands before all that was found; what is dropped is
/// not shown, whoever found it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selection {
    pub pinned: Vec<Pin>,
    /// Sources as a ledger names them, `path:10-20`, or whole files.
    pub dropped: Vec<Dropped>,
}

/// A file, or a definition in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Pin {
    pub path: RepoPath,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub symbol: Option<String>,
}

/// A source that is not wanted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Dropped {
    pub path: RepoPath,
    /// Which of its lines; all of them where none are named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span: Option<Span>,
}

impl Selection {
    pub fn is_empty(&self) -> bool {
        self.pinned.is_empty() && self.dropped.is_empty()
    }

    /// Places of what is pinned, to stand before all others.
    pub(super) fn spots(&self, desk: &Desk) -> Vec<Spot> {
        self.pinned.iter().map(|pin| pin.spot(desk)).collect()
    }

    /// Whether a piece of a file may be shown.
    pub(super) fn keeps(&self, path: &RepoPath, span: Span) -> bool {
        !self.dropped.iter().any(|dropped| {
            let inside = |lines: Span| lines.start <= span.start && span.end <= lines.end;
            dropped.path == *path && dropped.span.is_none_or(inside)
        })
    }

    /// Leaves out what is dropped.
    pub(super) fn keep(&self, offers: &mut Vec<Offer>) {
        offers.retain(|offer| self.keeps(&offer.path, offer.span));
    }
}

impl Pin {
    /// Where it stands now; a definition that is there no more stands for its file.
    fn spot(&self, desk: &Desk) -> Spot {
        let span = self.symbol.as_deref().and_then(|symbol| {
            let state = read(desk, &self.path)?;
            let language = Language::of(&self.path, &state.bytes)?;
            let symbols = syntax::symbols(language, &state.bytes);
            symbols.into_iter().find(|it| it.path == symbol).map(|it| it.span)
        });
        Spot { path: self.path.clone(), span, purpose: Purpose::Source, why: PINNED.to_owned() }
    }
}

impl std::fmt::Display for Pin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.symbol {
            Some(symbol) => write!(f, "{}::{symbol}", self.path),
            None => write!(f, "{}", self.path),
        }
    }
}

impl std::fmt::Display for Dropped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.span {
            Some(span) => write!(f, "{}:{span}", self.path),
            None => write!(f, "{}", self.path),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_dropped_is_left_out_with_all_its_pieces() {
        let path = |text: &str| RepoPath::new(text).unwrap();
        let dropped = |text: &str, span| Dropped { path: path(text), span };
        let selection = Selection {
            pinned: Vec::new(),
            dropped: vec![dropped("a.py", None), dropped("b.py", Some(Span::new(10, 20)))],
        };
        let keeps = |text: &str, start, end| selection.keeps(&path(text), Span::new(start, end));
        assert!(!keeps("a.py", 1, 90));
        assert!(!keeps("b.py", 12, 14));
        assert!(keeps("b.py", 1, 90), "more than what was dropped");
        assert!(keeps("b.py", 30, 40));
        assert!(keeps("c.py", 10, 20));
    }
}
