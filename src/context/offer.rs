//! What could be shown to a model: pieces of files, best first, none twice.

use crate::base::{RepoPath, Span};
use crate::syntax::Language;

/// What a piece is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// It may have to change.
    Source,
    /// It says what is right, and is not to change.
    Evidence,
}

/// A place that should be shown, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    pub path: RepoPath,
    /// The lines that matter; `None` for the whole file.
    pub span: Option<Span>,
    pub purpose: Purpose,
    /// Why, for people.
    pub why: String,
}

/// A piece of a file that wants to be in the prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    pub path: RepoPath,
    pub span: Span,
    /// Whether it is the whole file.
    pub whole: bool,
    pub purpose: Purpose,
    /// The name of the language, for the fence; empty where none is known.
    pub language: String,
    pub text: String,
    pub why: String,
}

impl Offer {
    /// Whether this shows some of what `other` shows.
    pub(super) fn covers(&self, other: &Self) -> bool {
        self.path == other.path && (self.whole || self.span.overlaps(&other.span))
    }

    /// Whether this is a long file as a whole, for which `piece` may have to stand in.
    fn may_not_fit(&self, piece: &Self, whole_lines: usize) -> bool {
        self.whole && !piece.whole && self.span.lines() as usize > whole_lines
    }
}

/// Turns spots into offers, best first.
///
/// A source of at most `whole_lines` lines is offered whole, once; of a longer one, and of
/// evidence, the lines that matter, also after the whole of it, which may not fit. `read` gives a file's bytes, or nothing where it may not be read.
pub fn offers(
    spots: &[Spot],
    whole_lines: usize,
    read: &dyn Fn(&RepoPath) -> Option<Vec<u8>>,
) -> Vec<Offer> {
    let mut offers: Vec<Offer> = Vec::new();
    for spot in spots {
        let text = read(&spot.path).and_then(|bytes| String::from_utf8(bytes).ok());
        let Some(text) = text else { continue };
        let offer = offer(spot, &text, whole_lines);
        if !offers
            .iter()
            .any(|there| there.covers(&offer) && !there.may_not_fit(&offer, whole_lines))
        {
            offers.push(offer);
        }
    }
    offers
}

fn offer(spot: &Spot, text: &str, whole_lines: usize) -> Offer {
    let lines = u32::try_from(text.lines().count()).unwrap_or(u32::MAX).max(1);
    let short = lines as usize <= whole_lines && spot.purpose == Purpose::Source;
    let all = Span::new(1, lines);
    let span = spot.span.filter(|_| !short).unwrap_or(all);
    let language = Language::of(&spot.path, text.as_bytes());
    Offer {
        path: spot.path.clone(),
        span,
        whole: span == all,
        purpose: spot.purpose,
        language: language.map(|language| language.name().to_owned()).unwrap_or_default(),
        text: lines_of(text, span),
        why: spot.why.clone(),
    }
}

fn lines_of(text: &str, span: Span) -> String {
    let first = span.start.saturating_sub(1) as usize;
    let lines: Vec<&str> = text.lines().skip(first).take(span.lines() as usize).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(spots: &[(&str, Option<Span>, Purpose)], expected: &[&str]) {
        let spots: Vec<Spot> = spots
            .iter()
            .map(|(path, span, purpose)| Spot {
                path: RepoPath::new(path).unwrap(),
                span: *span,
                purpose: *purpose,
                why: String::new(),
            })
            .collect();
        let read = |path: &RepoPath| match path.to_string().as_str() {
            "short.py" => Some(b"1\n2\n3\n".to_vec()),
            "long.py" => Some(b"1\n2\n3\n4\n5\n6\n".to_vec()),
            _ => None,
        };
        let shown: Vec<String> = offers(&spots, 4, &read)
            .iter()
            .map(|offer| format!("{}:{} {}", offer.path, offer.span, offer.text.replace('\n', " ")))
            .collect();
        assert_eq!(shown, expected);
    }

    #[test]
    fn short_sources_are_whole_and_nothing_is_shown_twice() {
        let two = Some(Span::new(2, 2));
        check(
            &[("short.py", two, Purpose::Source), ("short.py", None, Purpose::Source)],
            &["short.py:1-3 1 2 3"],
        );
        check(&[("short.py", two, Purpose::Evidence)], &["short.py:2 2"]);
        check(
            &[
                ("long.py", Some(Span::new(2, 3)), Purpose::Source),
                ("long.py", two, Purpose::Source),
            ],
            &["long.py:2-3 2 3"],
        );
        check(
            &[("long.py", None, Purpose::Source), ("long.py", two, Purpose::Source)],
            &["long.py:1-6 1 2 3 4 5 6", "long.py:2 2"],
        );
        check(&[("secret", None, Purpose::Source)], &[]);
    }
}
