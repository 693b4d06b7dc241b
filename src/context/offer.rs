//! What could be shown to a model: pieces of files, best first.

use crate::base::{RepoPath, Span};
use crate::retrieval::Hit;
use crate::syntax::Language;

/// A piece of a file that wants to be in the prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    pub path: RepoPath,
    pub span: Span,
    /// Whether it is the whole file.
    pub whole: bool,
    /// The name of the language, for the fence; empty where none is known.
    pub language: String,
    pub text: String,
    /// Why it is offered, for people.
    pub why: String,
}

impl Offer {
    /// Whether this shows some of what `other` shows.
    pub(super) fn covers(&self, other: &Self) -> bool {
        self.path == other.path && (self.whole || self.span.overlaps(&other.span))
    }
}

/// Turns what a person named and what retrieval found into offers, best first.
///
/// A file of at most `whole_lines` lines is offered whole, once; of a longer one each hit is
/// offered by itself, after the whole where a person named it, which may not fit. `read` gives a file's bytes, or nothing where it may not be read.
pub fn offers(
    named: &[RepoPath],
    hits: &[Hit],
    whole_lines: usize,
    read: &dyn Fn(&RepoPath) -> Option<Vec<u8>>,
) -> Vec<Offer> {
    let mut offers: Vec<Offer> = Vec::new();
    for path in named {
        if let Some(text) = text_of(path, read) {
            offers.push(whole_file(path, text, "named by a person".to_owned()));
        }
    }
    for hit in hits {
        let Some(text) = text_of(&hit.path, read) else { continue };
        let offer = if text.lines().count() <= whole_lines {
            whole_file(&hit.path, text, hit.why.clone())
        } else {
            piece(hit, &text)
        };
        offers.push(offer);
    }
    offers
}

fn text_of(path: &RepoPath, read: &dyn Fn(&RepoPath) -> Option<Vec<u8>>) -> Option<String> {
    read(path).and_then(|bytes| String::from_utf8(bytes).ok())
}

fn whole_file(path: &RepoPath, text: String, why: String) -> Offer {
    let lines = u32::try_from(text.lines().count()).unwrap_or(u32::MAX);
    let language = language_of(path, &text);
    Offer { path: path.clone(), span: Span::new(1, lines.max(1)), whole: true, language, text, why }
}

fn piece(hit: &Hit, text: &str) -> Offer {
    let first = hit.span.start.saturating_sub(1) as usize;
    let lines: Vec<&str> = text.lines().skip(first).take(hit.span.lines() as usize).collect();
    Offer {
        path: hit.path.clone(),
        span: hit.span,
        whole: false,
        language: language_of(&hit.path, text),
        text: lines.join("\n"),
        why: hit.why.clone(),
    }
}

fn language_of(path: &RepoPath, text: &str) -> String {
    Language::of(path, text.as_bytes())
        .map(|language| language.name().to_owned())
        .unwrap_or_default()
}
