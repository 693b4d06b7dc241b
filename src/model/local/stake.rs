//! What the guesses of one answer may lose: little more than they have won.
//!
//! Whether guesses pay is told from those before, and so learned at a loss where an answer is unlike them.
//! An account of what its guesses brought and cost keeps every answer nearly as fast as an unguessed one.

/// What may be lost at once, in units of one token.
const BEGIN: f64 = 2.0;
/// What may be lost besides for every token of the answer.
const SHARE: f64 = 0.01;

/// What guesses of an answer may lose still, in units of one token.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stake(f64);

impl Stake {
    pub(super) fn new() -> Self {
        Self(BEGIN)
    }

    /// Whether a batch that costs as much as `price` tokens may bring a single one.
    pub(super) fn allows(self, price: f64) -> bool {
        price - 1.0 <= self.0
    }

    /// Learns that a batch that cost as much as `price` tokens brought `tokens`.
    pub(super) fn settle(&mut self, tokens: usize, price: f64) {
        let tokens = tokens as f64;
        self.0 += tokens - price + SHARE * tokens;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_lost_is_not_risked_again_until_it_is_earned() {
        let mut stake = Stake::new();
        assert!(stake.allows(2.8) && !stake.allows(4.0));
        stake.settle(1, 2.8);
        assert!(!stake.allows(2.0), "a fifth of a token is left");
        for _ in 0..90 {
            stake.settle(1, 1.0);
        }
        assert!(stake.allows(2.0), "a part of what was written");
        stake.settle(4, 2.0);
        assert!(stake.allows(4.0), "what was won");
    }

    #[test]
    fn an_answer_that_nothing_can_be_guessed_of_loses_little() {
        let (mut stake, mut spent) = (Stake::new(), 0.0);
        for _ in 0..100 {
            let price = if stake.allows(1.8) { 1.8 } else { 1.0 };
            stake.settle(1, price);
            spent += price;
        }
        assert!((102.0..=103.0).contains(&spent), "{spent}");
    }
}
