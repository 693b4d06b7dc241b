//! Notices an answer that goes round: small models now and then say the same lines until nothing is left
//! of what they may write.
//!
//! What would begin the next round is not chosen then, and the model goes on otherwise, as it likes. The
//! idea is that of DRY sampling (p-e-w 2024), but held to whole lines that have come so often that
//! hardly any code has them; lines that come more often still in the prompt may do so in a copy of it.

use std::hash::{BuildHasher, BuildHasherDefault};
use std::sync::Arc;

use llama_cpp_2::token::LlamaToken;
use rustc_hash::{FxHashSet, FxHasher};

/// A round of few lines is one that comes at least so often, in so many lines in all.
const ROUNDS: usize = 4;
const LINES: usize = 12;
/// From so many lines on twice is enough, for hardly any text has that; longer ones are not looked for.
const LONG: usize = 12;
const LONGEST: usize = 80;
/// Rounds with fewer letters and signs are rows of a table, or brackets that end.
const LETTERS: usize = 12;

/// A line that has ended.
#[derive(Clone, Copy, Debug)]
struct Line {
    hash: u64,
    letters: usize,
    /// The token that it began with.
    first: LlamaToken,
}

/// The lines of an answer as it is written. A line ends with the token that has its line break.
#[derive(Clone, Debug, Default)]
pub(super) struct Rounds {
    ended: Vec<Line>,
    open: Vec<u8>,
    first: Option<LlamaToken>,
    /// Hashes of the lines that may go round.
    copied: Arc<FxHashSet<u64>>,
}

impl Rounds {
    /// Of an answer to a prompt, given by its tokens and what each says.
    pub(super) fn behind(prompt: impl Iterator<Item = (LlamaToken, Vec<u8>)>) -> Self {
        let (mut read, mut copied) = (Self::default(), FxHashSet::default());
        for (token, bytes) in prompt {
            read.push(token, &bytes);
            // One more than an answer gets: an answer of before may be part of the prompt.
            if read.first.is_none()
                && let Some(round) = read.round(1)
            {
                copied.extend(round.iter().map(|line| line.hash));
            }
        }
        Self { copied: Arc::new(copied), ..Self::default() }
    }

    /// The answer goes on with `token`, which says `bytes`.
    pub(super) fn push(&mut self, token: LlamaToken, bytes: &[u8]) {
        let first = *self.first.get_or_insert(token);
        self.open.extend(bytes);
        if bytes.contains(&b'\n') {
            let letters = self.open.iter().filter(|byte| !byte.is_ascii_whitespace()).count();
            let hash = BuildHasherDefault::<FxHasher>::default().hash_one(&self.open);
            self.ended.push(Line { hash, letters, first });
            self.open.clear();
            self.first = None;
        }
    }

    /// The token that would begin another round of lines that have come too often.
    pub(super) fn next(&self) -> Option<LlamaToken> {
        if self.first.is_some() {
            return None;
        }
        let round = self.round(0)?;
        let is_copy = round.iter().all(|line| self.copied.contains(&line.hash));
        round.first().filter(|_| !is_copy).map(|line| line.first)
    }

    /// The round that has come too often just now, by so many rounds.
    fn round(&self, more: usize) -> Option<&[Line]> {
        let goes_round = |lines: &usize| {
            let is_long = *lines >= LONG;
            // A long one is held back where a paragraph ends, so that none begins that is not gone on with.
            if is_long && self.ended.last().is_some_and(|line| line.letters > 0) {
                return false;
            }
            let rounds = if is_long { 2 } else { ROUNDS.max(LINES.div_ceil(*lines)) } + more;
            let Some(start) = self.ended.len().checked_sub(rounds * lines) else { return false };
            let all = &self.ended[start..];
            all.iter().zip(&all[*lines..]).all(|(a, b)| a.hash == b.hash)
        };
        // The shortest round: two rows of a table are no longer one.
        let lines = (1..=LONGEST).find(goes_round)?;
        let round = &self.ended[self.ended.len() - lines..];
        let letters: usize = round.iter().map(|line| line.letters).sum();
        (letters >= LETTERS).then_some(round)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Says `text` in tokens of one letter each; gives how many letters came before one was held back,
    /// and which.
    fn held_back(text: &str) -> Option<(usize, char)> {
        held_back_behind("", text)
    }

    /// The same of an answer to `prompt`.
    fn held_back_behind(prompt: &str, text: &str) -> Option<(usize, char)> {
        let letters = prompt.bytes().map(|byte| (LlamaToken(byte.into()), vec![byte]));
        let mut rounds = Rounds::behind(letters);
        for (at, byte) in text.bytes().enumerate() {
            if let Some(token) = rounds.next() {
                return Some((at, char::from(token.0 as u8)));
            }
            rounds.push(LlamaToken(byte.into()), &[byte]);
        }
        rounds.next().map(|token| (text.len(), char::from(token.0 as u8)))
    }

    #[test]
    fn the_next_round_is_held_back_at_its_first_token() {
        let line = "  assert size(\"10x20\") == 200\n";
        let begin = "def test():\n";
        assert_eq!(
            held_back(&(begin.to_owned() + &line.repeat(40))),
            Some((begin.len() + 12 * line.len(), ' '))
        );
        assert_eq!(held_back(&line.repeat(11)), None);
        let round = "case one:\n  return 1\n\ncase two:\n";
        assert_eq!(held_back(&round.repeat(9)), Some((4 * round.len(), 'c')));
    }

    #[test]
    fn what_code_and_tables_repeat_is_not() {
        assert_eq!(held_back(&"0, 0, 0,\n".repeat(100)), None);
        assert_eq!(held_back(&"    }\n".repeat(50)), None);
        assert_eq!(held_back(&"\n".repeat(500)), None);
        let counted: String = (0..90).map(|at| format!("assert size({at}) == 0\n")).collect();
        assert_eq!(held_back(&counted), None);
        let counted: String =
            (0..9).map(|at| format!("fn f{at}() {{\n{}}}\n\n", "a\nb\n".repeat(9))).collect();
        assert_eq!(held_back(&counted), None);
    }

    #[test]
    fn a_long_round_is_held_back_the_third_time_behind_a_paragraph() {
        let five = "one of five\ntwo\nthree\nfour\nfive\n";
        assert_eq!(held_back(&five.repeat(20)), Some((4 * five.len(), 'o')));
        let lines: String = (1..14).map(|at| format!("line {at}\n")).collect();
        let edit = format!("EDIT a.py f\n```\n{lines}```\n\n");
        assert_eq!(held_back(&edit.repeat(2)), Some((2 * edit.len(), 'E')));
        assert_eq!(
            held_back(&format!("FILE a.py\n{}", edit.repeat(9))),
            Some((10 + 2 * edit.len(), 'E'))
        );
        assert_eq!(held_back(&lines.repeat(9)), None, "no paragraph ends");
        assert_eq!(held_back_behind(&edit.repeat(2), &edit.repeat(2)), Some((2 * edit.len(), 'E')));
        assert_eq!(held_back_behind(&edit.repeat(3), &edit.repeat(3)), None, "a copy");
    }

    #[test]
    fn what_goes_round_in_the_prompt_may_in_a_copy_of_it() {
        let row = "  <li class=\"empty\"></li>\n";
        let page = format!("<ul>\n{}</ul>\n", row.repeat(30));
        assert_eq!(held_back_behind(&page, &page), None);
        // What the answer of before was led out of is no reason to go round again, nor is another line.
        let led_out = row.repeat(12);
        assert_eq!(held_back_behind(&led_out, &row.repeat(13)), Some((led_out.len(), ' ')));
        let other = "  <li class=\"other\"></li>\n".repeat(12);
        assert_eq!(held_back_behind(&page, &other), Some((other.len(), ' ')));
    }
}
