//! How an answer begins: with thoughts between marks, or with a repeated prefill.
//!
//! A server whose model thinks may leave `<think>` in the text. One that was told in words how to
//! begin writes that again, and the answer shall have it once.

use crate::model::chat::{Format, Part, Reader};

/// What begins thoughts; most families write it so.
const THINK: &str = "<think>";

/// What ends them.
const END: &str = "</think>";

/// The text of one answer as it comes.
#[derive(Debug)]
pub(super) struct Opening {
    thoughts: Thoughts,
    echo: Echo,
}

/// A piece of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    Text(String),
    Thought(String),
}

#[derive(Debug)]
enum Thoughts {
    /// What came may be the beginning of the mark.
    Undecided(String),
    /// Marks are read, since the answer begins with one.
    Marked(Box<Reader>),
    None,
}

#[derive(Debug)]
enum Echo {
    /// What came may be the beginning of the prefill; white space before it may be left out.
    Undecided {
        prefill: String,
        loose: bool,
        held: String,
    },
    /// White space behind thoughts belongs to them.
    Trimming,
    None,
}

impl Opening {
    /// For an answer that goes on from `prefill`, and may repeat it.
    pub(super) fn continued(prefill: &str, may_repeat: bool) -> Self {
        let held = String::new();
        let echo = match may_repeat {
            true => Echo::Undecided { prefill: prefill.into(), loose: false, held },
            false => Echo::None,
        };
        Self { thoughts: Thoughts::None, echo }
    }

    /// For an answer that begins anew, and was told to begin with `prefill`.
    pub(super) fn anew(prefill: &str) -> Self {
        let echo = match prefill.is_empty() {
            true => Echo::None,
            false => Echo::Undecided { prefill: prefill.into(), loose: true, held: String::new() },
        };
        Self { thoughts: Thoughts::Undecided(String::new()), echo }
    }

    /// Takes more text; gives what is certain, without the prefill.
    pub(super) fn push(&mut self, text: &str) -> Vec<Said> {
        match &mut self.thoughts {
            Thoughts::None => self.echoed(text).into_iter().collect(),
            Thoughts::Marked(reader) => {
                let parts = reader.push(text);
                self.read(parts)
            }
            Thoughts::Undecided(held) => {
                held.push_str(text);
                let begun = held.trim_start();
                if begun.len() < THINK.len() && THINK.starts_with(begun) {
                    return Vec::new();
                }
                let held = std::mem::take(held);
                if held.trim_start().starts_with(THINK) {
                    let reader = Reader::new(&Format::of(THINK, false), &[], 0, false);
                    self.thoughts = Thoughts::Marked(Box::new(reader));
                    if matches!(self.echo, Echo::None) {
                        self.echo = Echo::Trimming;
                    }
                    return self.push(held.trim_start());
                }
                self.thoughts = Thoughts::None;
                self.push(&held)
            }
        }
    }

    /// The answer has ended: gives what was held back.
    pub(super) fn finish(mut self) -> Vec<Said> {
        let mut said = match std::mem::replace(&mut self.thoughts, Thoughts::None) {
            Thoughts::Undecided(held) => self.echoed(&held).into_iter().collect(),
            Thoughts::Marked(reader) => {
                let parts = reader.finish();
                self.read(parts)
            }
            Thoughts::None => Vec::new(),
        };
        // The beginning of the prefill and no more: it is in the answer already.
        if let Echo::Undecided { prefill, loose, held } = self.echo {
            let begun = if loose { held.trim_start() } else { &held };
            if !prefill.starts_with(begun) {
                said.push(Said::Text(held));
            }
        }
        said
    }

    fn read(&mut self, parts: Vec<Part>) -> Vec<Said> {
        let mut said = Vec::new();
        for part in parts {
            match part {
                Part::Reasoning(text) => said.push(Said::Thought(text)),
                Part::Marker(_) => {}
                other => said.extend(self.echoed(other.raw())),
            }
        }
        said
    }

    /// `text` without the prefill that it may begin with.
    fn echoed(&mut self, text: &str) -> Option<Said> {
        let text = match &mut self.echo {
            Echo::None => text.to_owned(),
            Echo::Trimming => {
                let text = text.trim_start();
                if text.is_empty() {
                    return None;
                }
                self.echo = Echo::None;
                text.to_owned()
            }
            Echo::Undecided { prefill, loose, held } => {
                held.push_str(text);
                let begun = if *loose { held.trim_start() } else { held.as_str() };
                if begun.len() < prefill.len() && prefill.starts_with(begun) {
                    return None;
                }
                let rest = begun.strip_prefix(prefill.as_str()).unwrap_or(held.as_str()).to_owned();
                self.echo = Echo::None;
                rest
            }
        };
        (!text.is_empty()).then_some(Said::Text(text))
    }
}

/// Thoughts and text of a whole answer whose thoughts end and never began: the model's template has
/// opened them, and the server left them in the text. It begins with `prefill`, and so does the text.
pub(super) fn unopened(answer: &str, prefill: &str) -> Option<(String, String)> {
    let written = answer.strip_prefix(prefill).unwrap_or(answer);
    let (thoughts, rest) = written.split_once(END)?;
    // A text that quotes the mark goes on in its line.
    let ends = rest.is_empty() || rest.starts_with(['\n', '\r']);
    if !ends || thoughts.contains(THINK) {
        return None;
    }
    let rest = rest.trim_start();
    let rest = rest.strip_prefix(prefill).unwrap_or(rest);
    Some((thoughts.to_owned(), format!("{prefill}{rest}")))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The text and the thoughts of an answer that comes letter by letter.
    fn read(mut opening: Opening, text: &str) -> (String, String) {
        let (mut said, mut thought) = (String::new(), String::new());
        let mut take = |pieces: Vec<Said>| {
            for piece in pieces {
                match piece {
                    Said::Text(text) => said += &text,
                    Said::Thought(text) => thought += &text,
                }
            }
        };
        for c in text.chars() {
            take(opening.push(c.encode_utf8(&mut [0; 4])));
        }
        take(opening.finish());
        (said, thought)
    }

    #[track_caller]
    fn check(opening: Opening, text: &str, said: &str, thought: &str) {
        assert_eq!(read(opening, text), (said.to_owned(), thought.to_owned()));
    }

    #[test]
    fn the_prefill_is_left_out_where_it_comes_again() {
        check(Opening::anew("EDIT a\n"), "EDIT a\nrest", "rest", "");
        check(Opening::anew("EDIT a\n"), "\n EDIT a\nrest", "rest", "");
        check(Opening::anew("EDIT a\n"), "\nEDIT b", "\nEDIT b", "");
        check(Opening::anew("EDIT a\n"), "EDI", "", "");
        check(Opening::anew("EDIT"), "", "", "");
        check(Opening::continued("ab", true), "abc", "c", "");
        check(Opening::continued("ab", true), " abc", " abc", "");
        check(Opening::continued("ab", false), "abc", "abc", "");
    }

    #[test]
    fn thoughts_at_the_beginning_are_thoughts_and_later_marks_are_text() {
        check(Opening::anew(""), "<think>\nhm</think>\n\nyes", "yes", "\nhm");
        check(Opening::anew("y"), "<think>hm</think>\n\nyes", "es", "hm");
        check(Opening::anew(""), "see <think>hm</think>", "see <think>hm</think>", "");
        check(Opening::anew(""), "<thin", "<thin", "");
        check(Opening::anew(""), "<think>never ended", "", "never ended");
    }

    #[test]
    fn thoughts_that_only_end_are_found_in_the_whole_answer() {
        let found = |answer: &str, prefill: &str| unopened(answer, prefill);
        let some = |thoughts: &str, text: &str| Some((thoughts.to_owned(), text.to_owned()));
        assert_eq!(found("hm\n</think>\n\nyes", ""), some("hm\n", "yes"));
        assert_eq!(found("EDIThm</think>\nEDIT a", "EDIT"), some("hm", "EDIT a"));
        assert_eq!(found("hm</think>", ""), some("hm", ""));
        assert_eq!(found("a `</think>` is a mark", ""), None);
        assert_eq!(found("<think>a</think>\nb", ""), None);
        assert_eq!(found("yes", ""), None);
    }

    proptest! {
        #[test]
        fn no_letter_is_lost(prefill in "[ab ]{1,4}", text in "[ab <]{0,12}") {
            let (said, _) = read(Opening::anew(&prefill), &text);
            let rest = text.trim_start().strip_prefix(prefill.as_str()).unwrap_or(&text);
            let begun = text.trim_start();
            let expected = if prefill.starts_with(begun) && begun != prefill { "" } else { rest };
            prop_assert_eq!(said, expected);
        }
    }
}
