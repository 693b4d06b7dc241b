//! Reads an answer and checks what it cites: only lines that were shown, by their numbers.
//!
//! Any text can be read. What leads nowhere is told, not lost.

use crate::agent::Numbered;
use crate::base::RepoPath;

/// What a model answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The sentences.
    pub text: String,
    /// Lines that it rests on and that are there, in its order, each once.
    pub citations: Vec<Quote>,
    /// What it cites and is not there.
    pub dropped: Vec<Dropped>,
}

/// A line of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    pub path: RepoPath,
    pub line: u32,
    /// The line as it stands in the file.
    pub text: String,
}

/// A citation that leads nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// As the model wrote it.
    pub said: String,
    pub why: String,
}

/// More is not looked at: a reply without end.
const MOST: usize = 50;
/// What stands before the numbers, and before the sentences.
pub(super) const LINES: &str = "LINES:";
pub(super) const ANSWER: &str = "ANSWER:";

impl Answer {
    /// Reads `reply` to what was shown as `sources`.
    pub fn read(reply: &str, sources: Numbered<'_>) -> Self {
        let mut answer = Self::default();
        let mut sentences: Vec<&str> = Vec::new();
        for line in reply.lines().map(str::trim) {
            match line.strip_prefix(LINES) {
                Some(numbers) => answer.cite(numbers, sources),
                None => sentences.push(line.strip_prefix(ANSWER).unwrap_or(line).trim()),
            }
        }
        answer.text = sentences.join("\n").trim().to_owned();
        answer
    }

    /// Looks up what `numbers` names: `3, 17`, also with more than numbers around them.
    fn cite(&mut self, numbers: &str, sources: Numbered<'_>) {
        for said in numbers.split(',').map(str::trim).filter(|said| !said.is_empty()) {
            if self.citations.len() + self.dropped.len() >= MOST {
                return;
            }
            let number = said.trim_matches(|c: char| "[](){}|`.L ".contains(c)).parse();
            let found = number.map(|number| sources.line(number));
            let why = match found {
                Ok(Some(quote)) if self.citations.contains(&quote) => continue,
                Ok(Some(quote)) => {
                    self.citations.push(quote);
                    continue;
                }
                Ok(None) => "no line that was shown has this number",
                Err(_) => "it is no number of a line",
            };
            self.dropped.push(Dropped { said: said.to_owned(), why: why.to_owned() });
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::agent::numbered::tests::source;

    #[track_caller]
    fn check(reply: &str, text: &str, citations: &[&str], dropped: &[&str]) {
        let sources = [source("a.rs", 7, "fn first() {\n}"), source("b.rs", 1, "const B: u8 = 1;")];
        let answer = Answer::read(reply, Numbered(&sources));
        assert_eq!(answer.text, text);
        let cited: Vec<String> =
            answer.citations.iter().map(|it| format!("{}:{}", it.path, it.line)).collect();
        assert_eq!(cited, citations);
        let lost: Vec<&str> = answer.dropped.iter().map(|it| it.said.as_str()).collect();
        assert_eq!(lost, dropped);
    }

    #[test]
    fn lines_that_were_shown_are_cited_and_others_are_dropped() {
        check("LINES: 1, 3\nANSWER: It is first.", "It is first.", &["a.rs:7", "b.rs:1"], &[]);
        check("LINES: 3, 3, 0, 4\nANSWER: One.", "One.", &["b.rs:1"], &["0", "4"]);
        check("ANSWER: One.\nLINES: [3], `const B`", "One.", &["b.rs:1"], &["`const B`"]);
        check("LINES: a.rs:7\nANSWER: One.", "One.", &[], &["a.rs:7"]);
        check("One\nand two.", "One\nand two.", &[], &[]);
        check("LINES: 99999999999999999999999, -1", "", &[], &["99999999999999999999999", "-1"]);
        check("", "", &[], &[]);
    }

    #[test]
    fn an_endless_list_is_given_up() {
        let sources = [source("a.rs", 1, "one\ntwo")];
        let answer = Answer::read(&format!("LINES: {}", "7, ".repeat(10_000)), Numbered(&sources));
        assert_eq!(answer.dropped.len(), MOST);
    }

    proptest! {
        #[test]
        fn no_answer_panics_and_every_citation_stands_where_it_says(
            reply in "(LINES:|ANSWER:|CITE|[0-9]{1,22}|[,\n\\[\\] -]|\\PC){0,80}",
            start in prop_oneof![1..9u32, u32::MAX - 3..u32::MAX - 1],
        ) {
            let text = "fn first() {\n}\nlast";
            let mut sources = [source("a.rs", 1, text)];
            sources[0].span = crate::base::Span::new(start, u32::MAX);
            let answer = Answer::read(&reply, Numbered(&sources));
            for it in answer.citations {
                prop_assert_eq!(text.lines().nth((it.line - start) as usize), Some(it.text.as_str()));
            }
            prop_assert!(answer.text.len() <= reply.len());
        }
    }
}
