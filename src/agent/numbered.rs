//! Sources whose lines are numbered through, from 1: what an answer cites, it cites by these numbers.
//!
//! A small model copies a number that stands before a line much more surely than the line itself; where
//! the line stands in its file is looked up here, so that a place is right or is none.

use crate::agent::Quote;
use crate::context::Offer;

/// Letters and digits of a line below which it says nothing: a bracket, a rule.
const TELLING: usize = 4;

/// The sources that a model is shown.
#[derive(Clone, Copy, Debug)]
pub struct Numbered<'a>(pub &'a [Offer]);

impl Numbered<'_> {
    /// The text of each source as it is shown.
    pub fn texts(&self) -> Vec<String> {
        let mut next = 1;
        let text = |offer: &Offer| {
            let text = numbered(offer.text.lines(), next);
            next += offer.text.lines().count();
            text
        };
        self.0.iter().map(text).collect()
    }

    /// The numbers of the lines that say something.
    pub fn telling(&self) -> Vec<usize> {
        let lines = self.0.iter().flat_map(|offer| offer.text.lines());
        let says = |line: &str| line.chars().filter(|c| c.is_alphanumeric()).count() >= TELLING;
        (1..).zip(lines).filter(|(_, line)| says(line)).map(|(number, _)| number).collect()
    }

    /// The line with this number, and where it stands in its file.
    pub fn line(&self, number: usize) -> Option<Quote> {
        let mut before = 0;
        for offer in self.0 {
            let count = offer.text.lines().count();
            if let Some(at) = number.checked_sub(before + 1).filter(|at| *at < count) {
                let line = offer.span.start.checked_add(u32::try_from(at).ok()?)?;
                let text = offer.text.lines().nth(at)?.to_owned();
                return Some(Quote { path: offer.path.clone(), line, text });
            }
            before += count;
        }
        None
    }
}

/// `lines` with a number before each, `first` before the first.
pub fn numbered<'a>(lines: impl Iterator<Item = &'a str>, first: usize) -> String {
    let lines: Vec<String> =
        (first..).zip(lines).map(|(number, line)| format!("{number}| {line}")).collect();
    lines.join("\n")
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::base::{RepoPath, Span};
    use crate::context::Purpose;

    /// A source that begins in line `start` of its file.
    pub(in crate::agent) fn source(path: &str, start: u32, text: &str) -> Offer {
        let lines = u32::try_from(text.lines().count()).unwrap();
        Offer {
            path: RepoPath::new(path).unwrap(),
            span: Span::new(start, start + lines - 1),
            whole: false,
            purpose: Purpose::Source,
            language: String::new(),
            text: text.to_owned(),
            why: String::new(),
        }
    }

    #[test]
    fn numbers_run_through_all_sources_and_lead_back() {
        let sources =
            [source("a.rs", 7, "fn first() {\n}\n"), source("b.rs", 1, "const B: u8 = 1;")];
        let numbered = Numbered(&sources);
        assert_eq!(numbered.texts(), ["1| fn first() {\n2| }", "3| const B: u8 = 1;"]);
        assert_eq!(numbered.telling(), [1, 3]);
        let place =
            |number| numbered.line(number).map(|it| format!("{}:{} {}", it.path, it.line, it.text));
        assert_eq!(place(1).unwrap(), "a.rs:7 fn first() {");
        assert_eq!(place(3).unwrap(), "b.rs:1 const B: u8 = 1;");
        assert_eq!((place(0), place(4), place(usize::MAX)), (None, None, None));
    }
}
