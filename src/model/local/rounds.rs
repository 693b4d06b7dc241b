//! Notices an answer that goes round: small models now and then say the same lines until nothing is left
//! of what they may write.
//!
//! What would begin the next round is not chosen then, and the model goes on otherwise, as it likes. The
//! idea is that of DRY sampling (p-e-w 2024), but held to whole lines that have come so often that no
//! code or table has them.

use std::hash::{BuildHasher, BuildHasherDefault};

use llama_cpp_2::token::LlamaToken;
use rustc_hash::FxHasher;

/// A round has at most so many lines.
const LONGEST: usize = 4;
/// So many lines in all, in at least so many rounds, are too many.
const LINES: usize = 12;
const ROUNDS: usize = 4;
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
}

impl Rounds {
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
        let goes_round = |lines: &usize| {
            let rounds = ROUNDS.max(LINES.div_ceil(*lines));
            let Some(start) = self.ended.len().checked_sub(rounds * lines) else { return false };
            let all = &self.ended[start..];
            all.iter().zip(&all[*lines..]).all(|(a, b)| a.hash == b.hash)
        };
        // The shortest round: two rows of a table are no longer one.
        let lines = (1..=LONGEST).find(goes_round)?;
        let round = &self.ended[self.ended.len() - lines..];
        let letters: usize = round.iter().map(|line| line.letters).sum();
        round.first().filter(|_| letters >= LETTERS).map(|line| line.first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Says `text` in tokens of one letter each; gives how many letters came before one was held back,
    /// and which.
    fn held_back(text: &str) -> Option<(usize, char)> {
        let mut rounds = Rounds::default();
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
        let long = "one of five\ntwo\nthree\nfour\nfive\n";
        assert_eq!(held_back(&long.repeat(20)), None);
    }
}
