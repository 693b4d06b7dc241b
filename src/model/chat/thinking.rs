//! How long a model may think, and how its thinking is opened and closed.
//!
//! Pure: whoever writes tokens pushes every piece of the reply, and is told when to write a text that
//! opens or closes thoughts instead of what the model would have written. That text is pushed, too.

use crate::base::Tokens;
use crate::model::chat::reply::Format;

/// The header of an answer in channels.
const FINAL: &str = "<|channel|>final<|message|>";

/// What to write next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Whatever the model wants.
    AsTheModelLikes,
    /// This text.
    Write(String),
}

/// What stands around thoughts.
#[derive(Clone, Copy, Debug)]
struct Markers {
    open: &'static str,
    close: &'static str,
    /// What is written to close thoughts by force: ends with what stands before an answer.
    force: &'static str,
    /// What an answer without thoughts begins with.
    answer: &'static str,
}

/// Counts the tokens of thoughts in one reply.
#[derive(Clone, Debug)]
pub struct Thinking {
    markers: Option<Markers>,
    budget: Option<Tokens>,
    spent: Tokens,
    inside: bool,
    /// Whether the answer is held to a form, which the model cannot open thoughts in itself.
    formed: bool,
    /// The end of the reply, long enough to hold a marker that came in pieces.
    tail: String,
}

impl Thinking {
    /// For a reply in `format`; `in_reasoning` says that it begins amid thoughts. Without a
    /// `budget` the model thinks as long as it likes.
    pub fn new(format: &Format, budget: Option<Tokens>, in_reasoning: bool) -> Self {
        let inside = in_reasoning && format.has_reasoning();
        let (spent, formed) = (Tokens(0), false);
        Self { markers: markers(format), budget, spent, inside, formed, tail: String::new() }
    }

    /// The same before an answer that is held to a form. Thoughts that there is a budget for are opened
    /// for the model, and what stands between thoughts and answer is written for it.
    #[must_use]
    pub fn before_a_form(self) -> Self {
        Self { formed: true, ..self }
    }

    /// What to write before anything else.
    pub fn begin(&self) -> Next {
        let Some(markers) = self.markers.filter(|_| self.formed && !self.inside) else {
            return self.next();
        };
        write(match self.budget {
            Some(budget) if budget > Tokens(0) => match markers.open {
                "<think>" => "<think>\n",
                open => open,
            },
            _ => markers.answer,
        })
    }

    /// Takes a piece of the reply that has so many tokens; says what to write next.
    pub fn push(&mut self, piece: &str, tokens: Tokens) -> Next {
        let Some(Markers { open, close, force, .. }) = self.markers else {
            return Next::AsTheModelLikes;
        };
        let was_inside = self.inside;
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
        let closed = was_inside && !self.inside && self.tail.is_empty();
        self.forget(open.len().max(close.len()));
        match force.split_once(close) {
            Some((_, answer)) if closed && self.formed => write(answer),
            _ => self.next(),
        }
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
            (Some(budget), Some(markers)) if self.inside && self.spent >= budget => {
                let on_new_line = self.tail.is_empty() || self.tail.ends_with('\n');
                let force = markers.force;
                write(if on_new_line { force.trim_start_matches('\n') } else { force })
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

fn write(text: &str) -> Next {
    if text.is_empty() { Next::AsTheModelLikes } else { Next::Write(text.to_owned()) }
}

fn markers(format: &Format) -> Option<Markers> {
    if format.is_in_channels() {
        return Some(Markers {
            open: "<|channel|>analysis<|message|>",
            close: "<|end|>",
            force: "<|end|><|start|>assistant<|channel|>final<|message|>",
            answer: FINAL,
        });
    }
    let (open, close) = format.reasoning()?;
    let force = match close {
        "</think>" => "\n</think>\n\n",
        "</seed:think>" => "\n</seed:think>",
        close => close,
    };
    Some(Markers { open, close, force, answer: "" })
}

/// What a layout that ends with `text` lacks before the answer itself can begin: the end of thoughts
/// that it has opened, or the channel.
pub(super) fn before_an_answer(format: &Format, text: &str) -> String {
    let Some(Markers { force, answer, .. }) = markers(format) else { return String::new() };
    if format.is_in_channels() {
        let lacks = text.trim_end().ends_with("<|start|>assistant");
        return if lacks { answer.to_owned() } else { String::new() };
    }
    match format.begins_in_reasoning(text) {
        true if text.ends_with('\n') => force.to_owned(),
        true => format!("\n{force}"),
        false => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every piece is one token; gives what the reply is with all that was forced into it.
    #[track_caller]
    fn check(template: &str, budget: Option<u32>, begins: bool, pieces: &[&str], expected: &str) {
        let format = Format::of(template, false);
        check_of(Thinking::new(&format, budget.map(Tokens), begins), pieces, expected);
    }

    #[track_caller]
    fn check_of(mut thinking: Thinking, pieces: &[&str], expected: &str) {
        let mut reply = String::new();
        let mut next = thinking.begin();
        for piece in pieces {
            while let Next::Write(text) = next {
                reply += &format!("[{text}]");
                next = thinking.push(&text, Tokens(1));
            }
            reply += piece;
            next = thinking.push(piece, Tokens(1));
        }
        if let Next::Write(text) = next {
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
    fn before_a_form_thoughts_are_opened_and_what_follows_them_is_written() {
        let of = |template, budget, begins| {
            let format = Format::of(template, false);
            Thinking::new(&format, Some(Tokens(budget)), begins).before_a_form()
        };
        check_of(of("<think>", 0, false), &["{"], "{");
        check_of(of("<think>", 0, true), &["{"], "[</think>\n\n]{");
        check_of(of("<think>", 9, false), &["a", "</think>", "{"], "[<think>\n]a</think>[\n\n]{");
        check_of(of("<think>", 2, false), &["a", "b", "{"], "[<think>\n]ab[\n</think>\n\n]{");
        check_of(of("", 9, false), &["{"], "{");
        let channels = "<|channel|><|message|>";
        check_of(of(channels, 0, false), &["{"], "[<|channel|>final<|message|>]{");
        check_of(
            of(channels, 9, false),
            &["a", "<|end|>", "{"],
            "[<|channel|>analysis<|message|>]a<|end|>[<|start|>assistant<|channel|>final<|message|>]{",
        );
    }

    #[test]
    fn what_a_layout_lacks_before_an_answer_is_known() {
        let lacks = |template, text| before_an_answer(&Format::of(template, false), text);
        assert_eq!(lacks("<think>", "x<think>\n"), "\n</think>\n\n");
        assert_eq!(lacks("<think>", "x<think>"), "\n\n</think>\n\n");
        assert_eq!(lacks("<think>", "x<think></think>\n"), "");
        assert_eq!(lacks("", "x<think>"), "");
        let channels = "<|channel|><|message|>";
        assert_eq!(lacks(channels, "<|start|>assistant"), FINAL);
        assert_eq!(lacks(channels, "<|start|>assistant<|channel|>final<|message|>"), "");
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
