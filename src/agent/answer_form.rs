//! The form of an answer as a grammar: numbers of lines that were shown, then sentences.
//!
//! The lines come first: a small model that has named what it reads answers shorter, and from it.

use crate::agent::Numbered;
use crate::agent::answer::{ANSWER, LINES};

/// Most lines of an answer, and most letters of its sentences.
const MOST_LINES: usize = 3;
const MOST_LETTERS: usize = 500;

/// The grammar, in the dialect of Lark that llguidance reads; none where no line says anything.
pub fn answer_form(sources: Numbered<'_>) -> Option<String> {
    let numbers: Vec<String> = sources.telling().iter().map(ToString::to_string).collect();
    if numbers.is_empty() {
        return None;
    }
    Some(format!(
        "start: \"{LINES} \" NUMBER (\", \" NUMBER)~0..{} \"\\n{ANSWER} \" SENTENCES\n\
         NUMBER: /{}/\n\
         SENTENCES: /[^\\n]{{1,{MOST_LETTERS}}}/ & ~/(.*{LINES}.*)/\n",
        MOST_LINES - 1,
        numbers.join("|"),
    ))
}

#[cfg(test)]
mod tests {
    use llguidance::api::TopLevelGrammar;
    use llguidance::toktrie::{ApproximateTokEnv, InferenceCapabilities};
    use llguidance::{Matcher, ParserFactory};

    use super::*;
    use crate::agent::numbered::tests::source;

    /// How many bytes of `reply` fit, and whether it may end behind them.
    fn fits(reply: &str) -> (usize, bool) {
        let sources = [source("a.rs", 7, "fn first() {\n}"), source("b.rs", 1, "const B: u8 = 1;")];
        let grammar = answer_form(Numbered(&sources)).unwrap();
        let bytes = ApproximateTokEnv::single_byte_env();
        let slices = llguidance::earley::SlicedBiasComputer::general_slices();
        let mut factory =
            ParserFactory::new(&bytes, InferenceCapabilities::default(), &slices).unwrap();
        factory.quiet();
        let parser = factory.create_parser(TopLevelGrammar::from_lark(grammar.clone()));
        let mut matcher = Matcher::new(Ok(parser.unwrap_or_else(|it| panic!("{it}\n{grammar}"))));
        for (at, byte) in reply.bytes().enumerate() {
            if matcher.is_stopped() || matcher.consume_token(u32::from(byte)).is_err() {
                return (at, false);
            }
        }
        (reply.len(), matcher.is_stopped() || matcher.is_accepting().unwrap())
    }

    #[track_caller]
    fn check(fit: &str, rest: &str, ends: bool) {
        assert_eq!(fits(&format!("{fit}{rest}")), (fit.len(), ends), "{fit}|{rest}");
    }

    #[test]
    fn only_lines_that_were_shown_and_say_something_can_be_named() {
        check("LINES: 1, 3\nANSWER: It is `first`.", "", true);
        check("LINES: 3\nANSWER: One.", "\n", false);
        check("LINES: ", "2\nANSWER: a", false);
        check("LINES: ", "4", false);
        check("LINES: 1, 3, 1", ", 3", false);
        check("LINES: ", "a.rs:7", false);
        check("", "Sure", false);
        let long = "a".repeat(MOST_LETTERS);
        check(&format!("LINES: 1\nANSWER: {long}"), "b", false);
    }

    #[test]
    fn where_no_line_says_anything_there_is_no_form() {
        assert_eq!(answer_form(Numbered(&[])), None);
        assert_eq!(answer_form(Numbered(&[source("a.rs", 1, "}\n---")])), None);
    }
}
