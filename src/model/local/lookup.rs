//! Guesses what comes next from what was said before: an edit repeats much of what it has read.
//!
//! Prompt look-up decoding (Saxena 2023): the last tokens are looked for earlier in the prompt and the
//! answer, and what followed there is the draft. Whether a draft is right the model decides.

use llama_cpp_2::token::LlamaToken;
use rustc_hash::FxHashMap;

/// So many tokens have to be the same for a guess.
const GRAM: usize = 2;
/// A longer agreement says no more.
const LONGEST: usize = 64;
/// How many earlier places are compared, the last ones first.
const PLACES: usize = 32;
/// An agreement of so many tokens is a copy being made, not chance.
const COPY: usize = 9;
/// A copy that broke off is taken up again within so many tokens of where it would be by now, and as
/// many tokens later at most; of what it agreed in until then so much counts again, for where there was
/// one change there may be others.
const NEAR: usize = 8;
const SOON: usize = 40;
const CARRIED: usize = 15;

/// What was said so far, and where.
#[derive(Clone, Debug, Default)]
pub(super) struct Lookup {
    tokens: Vec<LlamaToken>,
    /// For every two tokens that follow each other, where what follows them begins.
    places: FxHashMap<[LlamaToken; GRAM], Vec<u32>>,
    copied: Option<Copied>,
}

/// A copy that was being made.
#[derive(Clone, Copy, Debug)]
struct Copied {
    /// Where it was copied from last.
    place: usize,
    /// How many tokens had been said by then.
    said: usize,
    agreement: usize,
}

/// What may come next.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Draft {
    pub(super) tokens: Vec<LlamaToken>,
    /// How many tokens before it are the same as those before its model.
    pub(super) agreement: usize,
}

impl Lookup {
    pub(super) fn new(tokens: &[LlamaToken]) -> Self {
        let mut lookup = Self::default();
        for token in tokens {
            lookup.push(*token);
        }
        lookup
    }

    pub(super) fn push(&mut self, token: LlamaToken) {
        self.tokens.push(token);
        if let (Some(gram), Ok(next)) = (self.last(), u32::try_from(self.tokens.len())) {
            self.places.entry(gram).or_default().push(next);
        }
    }

    /// At most `most` tokens that may come next: those that followed the longest agreement, of equals
    /// the last.
    pub(super) fn draft(&mut self, most: usize) -> Draft {
        let end = self.tokens.len();
        let places = self.last().and_then(|gram| self.places.get(&gram));
        let earlier = places.into_iter().flatten().rev().map(|place| *place as usize);
        let earlier = earlier.filter(|place| *place < end).take(PLACES);
        let found = earlier.map(|place| (self.taken_up(place, self.agreement(place)), place)).max();
        let Some((agreement, place)) = found else { return Draft::default() };
        if agreement >= COPY {
            self.copied = Some(Copied { place, said: end, agreement });
        }
        let tokens = self.tokens[place..end.min(place + most)].to_vec();
        Draft { tokens, agreement }
    }

    /// What an agreement of `own` tokens before `place` counts: where a copy goes on, or is taken up that
    /// broke off a little before, as at a word that was changed, what agreed until then counts, too.
    fn taken_up(&self, place: usize, own: usize) -> usize {
        let Some(copied) = self.copied else { return own };
        let since = self.tokens.len() - copied.said;
        let is_near = place.abs_diff(copied.place + since) <= NEAR;
        if since > SOON || !is_near {
            return own;
        }
        let before = if own > since { copied.agreement } else { copied.agreement.min(CARRIED) };
        own.max(before + own.min(since)).min(LONGEST)
    }

    fn last(&self) -> Option<[LlamaToken; GRAM]> {
        self.tokens.last_chunk().copied()
    }

    /// How many tokens before `place` are the same as the last ones.
    fn agreement(&self, place: usize) -> usize {
        let (earlier, all) = (self.tokens[..place].iter().rev(), self.tokens.iter().rev());
        earlier.zip(all).take(LONGEST).take_while(|(a, b)| a == b).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(said: &str, most: usize, expected: &str, agreement: usize) {
        let tokens: Vec<LlamaToken> = said.bytes().map(|it| LlamaToken(it.into())).collect();
        let draft = Lookup::new(&tokens).draft(most);
        let text: String = draft.tokens.iter().map(|it| it.0 as u8 as char).collect();
        assert_eq!((text.as_str(), draft.agreement), (expected, agreement));
    }

    #[test]
    fn a_copy_is_taken_up_behind_what_was_changed() {
        let mut lookup = Lookup::new(&[]);
        let say = |lookup: &mut Lookup, text: &str| {
            text.bytes().for_each(|it| lookup.push(LlamaToken(it.into())));
            let draft = lookup.draft(4);
            let text: String = draft.tokens.iter().map(|it| it.0 as u8 as char).collect();
            (text, draft.agreement)
        };
        let (source, elsewhere) = ("abcdefghijklmnopqr", "0123456789-kl+kl*");
        say(&mut lookup, source);
        assert_eq!(say(&mut lookup, elsewhere).1, 0);
        assert_eq!(say(&mut lookup, "abcdefghi"), ("jklm".into(), 9));
        assert_eq!(say(&mut lookup, "Z"), (String::new(), 0));
        assert_eq!(say(&mut lookup, "kl"), ("mnop".into(), 9 + 2), "not what followed last");
        assert_eq!(say(&mut lookup, "mno"), ("pqr0".into(), 9 + 2 + 3), "and goes on");
        let far = format!("{}kl", "0123456789".repeat(5));
        assert_eq!(say(&mut lookup, &far).1, 2, "that copy is forgotten");
    }

    #[test]
    fn what_followed_before_is_guessed() {
        check("let alpha = beta; let al", 6, "pha = ", 6);
        check("abcX abcY abc", 2, "Y ", 4);
        check("xabc1 yabc2 xabc", 1, "1", 4);
        check("abab", 8, "ab", 2);
        check("nothing", 8, "", 0);
        check("a", 8, "", 0);
        check("", 8, "", 0);
    }
}
