//! How long a model may think, and how its thinking is closed when the time is over.
//!
//! Pure: whoever writes tokens pushes every piece of the reply, and is told when to write the text
//! that closes the thoughts instead of what the model would have written. That text is pushed, too.

use crate::base::Tokens;
use crate::model::chat::reply::Format;

/// What to write next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Whatever the model wants.
    AsTheModelLikes,
    /// This text: it closes the thoughts, and the answer begins behind it.
    Close(String),
}

/// Counts the tokens of thoughts in one reply.
#[derive(Clone, Debug)]
pub struct Thinking {
    /// What opens thoughts, what closes them, and what is written to close them by force.
    markers: Option<(&'static str, &'static str, &'static str)>,
    budget: Option<Tokens>,
    spent: Tokens,
    inside: bool,
    /// The end of the reply, long enough to hold a marker that came in pieces.
    tail: String,
}

impl Thinking {
    /// For a reply in `format`; `in_reasoning` says that it begins amid thoughts. Without a
    /// `budget` the model thinks as long as it likes.
    pub fn new(format: &Format, budget: Option<Tokens>, in_reasoning: bool) -> Self {
        let inside = in_reasoning && format.has_reasoning();
        Self { markers: markers(format), budget, spent: Tokens(0), inside, tail: String::new() }
    }

    /// What to write before anything else.
    pub fn begin(&self) -> Next {
        self.next()
    }

    /// Takes a piece of the reply that has so many tokens; says what to write next.
    pub fn push(&mut self, piece: &str, tokens: Tokens) -> Next {
        let Some((open, close, _)) = self.markers else { return Next::AsTheModelLikes };
        if self.inside {
            self.spent += tokens;
        }
        self.tail.push_str(piece);
        loop {
            let marker = if self.inside { close } else { open };
            let Some(at) = self.tail.find(marker) else { break };
            self.tail.drain(..at + marker.len());
            self.inside = !self.inside;
        }
        self.forget(open.len().max(close.len()));
        self.next()
    }

    /// Whether the reply is amid thoughts.
    pub fn is_thinking(&self) -> bool {
        self.inside
    }

    /// Tokens of thoughts so far.
    pub fn spent(&self) -> Tokens {
        self.spent
    }

    fn next(&self) -> Next {
        match (self.budget, self.markers) {
            (Some(budget), Some((_, _, force))) if self.inside && self.spent >= budget => {
                let on_new_line = self.tail.is_empty() || self.tail.ends_with('\n');
                let force = if on_new_line { force.trim_start_matches('\n') } else { force };
                Next::Close(force.to_owned())
            }
            _ => Next::AsTheModelLikes,
        }
    }

    /// Keeps the last `bytes` of the tail, or a little more.
    fn forget(&mut self, bytes: usize) {
        let from = self.tail.len().saturating_sub(bytes);
        let from = (0..=from).rev().find(|at| self.tail.is_char_boundary(*at)).unwrap_or(0);
        self.tail.drain(..from);
    }
}

fn markers(format: &Format) -> Option<(&'static str, &'static str, &'static str)> {
    if format.is_in_channels() {
        return Some((
            "<|channel|>analysis<|message|>",
            "<|end|>",
            "<|end|><|start|>assistant<|channel|>final<|message|>",
        ));
    }
    let (open, close) = format.reasoning()?;
    let force = match close {
        "</think>" => "\n</think>\n\n",
        "</seed:think>" => "\n</seed:think>",
        close => close,
    };
    Some((open, close, force))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every piece is one token; gives what the reply is with all that was forced into it.
    #[track_caller]
    fn check(template: &str, budget: Option<u32>, begins: bool, pieces: &[&str], expected: &str) {
        let format = Format::of(template, false);
        let mut thinking = Thinking::new(&format, budget.map(Tokens), begins);
        let mut reply = String::new();
        let mut next = thinking.begin();
        for piece in pieces {
            while let Next::Close(text) = next {
                reply += &format!("[{text}]");
                next = thinking.push(&text, Tokens(1));
                assert!(!thinking.is_thinking());
            }
            reply += piece;
            next = thinking.push(piece, Tokens(1));
        }
        if let Next::Close(text) = next {
            reply += &format!("[{text}]");
        }
        assert_eq!(reply, expected);
    }

    #[test]
    fn thoughts_end_with_their_budget() {
        let pieces = ["<th", "ink>", "a", "b", "c", "d"];
        check("<think>", None, false, &pieces, "<think>abcd");
        check("<think>", Some(2), false, &pieces, "<think>ab[\n</think>\n\n]cd");
        check("<think>", Some(0), false, &pieces, "<think>[</think>\n\n]abcd");
        check("<think>", Some(0), true, &["a"], "[</think>\n\n]a");
        check("no thoughts", Some(0), true, &["a"], "a");
        check("<think>", Some(1), true, &["a\n"], "a\n[</think>\n\n]");
    }

    #[test]
    fn thoughts_that_end_in_time_are_left_alone_and_opened_again_they_are_closed() {
        let pieces = ["a", "</thi", "nk>", "b", "<think>", "c"];
        check("<think>", Some(3), true, &pieces, "a</think>b<think>[</think>\n\n]c");
        check("<think>", Some(9), true, &pieces, "a</think>b<think>c");
    }

    #[test]
    fn channels_are_closed_by_the_final_one() {
        check(
            "<|channel|><|message|>",
            Some(1),
            false,
            &["<|channel|>", "analysis", "<|message|>", "a", "b"],
            "<|channel|>analysis<|message|>a[<|end|><|start|>assistant<|channel|>final<|message|>]b",
        );
    }

    #[test]
    fn tokens_of_thoughts_are_counted() {
        let mut thinking = Thinking::new(&Format::of("<think>", false), None, false);
        thinking.push("a<think>", Tokens(3));
        thinking.push("b", Tokens(2));
        thinking.push("</think>", Tokens(1));
        thinking.push("c", Tokens(7));
        assert_eq!((thinking.spent(), thinking.is_thinking()), (Tokens(3), false));
    }
}
