//! How many tokens go through the model at one go.
//!
//! Big batches of a prompt are read faster, and what was read is said after each: they are as big as a
//! person waits for news. An answer is written in batches that
//! are as big as the guesses at what comes next are worth: each size costs what it was measured to
//! cost here, and brings what guesses of this kind have brought.

use std::time::Duration;

use crate::model::local::load::MAX_BATCH;
use crate::model::local::stake::Stake;

/// The longest that one batch of a prompt should take. A cancel does not wait for its end.
const PATIENCE: Duration = Duration::from_secs(3);
/// Smaller batches cost more than they gain.
const MIN_BATCH: u32 = 16;
/// Tokens of a batch that writes: the last token and a draft. Some kernels take four at once; from eight
/// on others take over, which only pay for more; long copies are read like a prompt.
pub(in crate::model) const SIZES: [usize; 5] = [1, 4, 7, 16, 48];
/// What such a batch costs, in units of one token, until it is measured: as much as on processors that
/// gain least, so that only what is all but certain is tried at first.
const COSTS: [f64; SIZES.len()] = [1.0, 2.5, 4.0, 7.0, 14.0];
/// How much a new measurement says against all before.
const NEWS: f64 = 0.2;
/// A batch of guesses has to be worth so much more than one token, since both are only estimated.
const MARGIN: f64 = 1.05;
/// Agreements up to these lengths are taken for alike.
const KINDS: [usize; 6] = [2, 3, 5, 9, 15, usize::MAX];
/// How likely the first token of a guess of each kind is right, until it is seen: short agreements are
/// chance, and code repeats its patterns with other names.
const PRIOR: [f64; KINDS.len()] = [0.1, 0.2, 0.35, 0.55, 0.8, 0.9];
/// As many tokens as the prior counts for.
const PRIOR_WEIGHT: f64 = 3.0;
/// The same for guesses of heads, which are trained to guess; and what asking them costs, in units of one
/// token, until it is measured.
const HEADS: usize = KINDS.len();
const HEADS_PRIOR: f64 = 0.85;
const HEADS_PRIOR_WEIGHT: f64 = 20.0;
const HEADS_COST: f64 = 0.4;

/// Chooses sizes of batches from what the last ones cost and brought.
#[derive(Clone, Debug)]
pub(super) struct Pace {
    batch: u32,
    /// Seconds to read a token of a prompt; 0 until it is measured.
    reading_s: f64,
    /// Seconds of a batch that writes, for each size; 0 until it is measured.
    seconds: [f64; SIZES.len()],
    /// For each kind of guess, how many tokens were right and how many were tried, with a prior.
    guesses: [(f64, f64); KINDS.len() + 1],
    /// Seconds to ask the heads; 0 until it is measured.
    asking_s: f64,
}

/// What a guess rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Basis {
    /// So many tokens before it are those before its model.
    Agreement(usize),
    /// The heads of the model.
    Heads,
}

impl Basis {
    fn kind(self) -> usize {
        match self {
            Self::Agreement(agreement) => kind(agreement),
            Self::Heads => HEADS,
        }
    }
}

impl Pace {
    /// Starts carefully: nothing is known of the machine.
    pub(super) fn new() -> Self {
        let prior = |right, weight| (weight * right, weight);
        let mut guesses = [prior(HEADS_PRIOR, HEADS_PRIOR_WEIGHT); KINDS.len() + 1];
        for (guess, right) in guesses.iter_mut().zip(PRIOR) {
            *guess = prior(right, PRIOR_WEIGHT);
        }
        Self { batch: 32, reading_s: 0.0, seconds: [0.0; SIZES.len()], guesses, asking_s: 0.0 }
    }

    /// Starts with what batches that write were measured to cost: tokens and microseconds.
    pub(super) fn knowing(costs: &[(usize, u64)]) -> Self {
        let mut pace = Self::new();
        for (tokens, micros) in costs {
            pace.wrote(*tokens, Duration::from_micros(*micros));
        }
        pace
    }

    /// Tokens of a prompt to read next.
    pub(super) fn batch(&self) -> usize {
        self.batch as usize
    }

    /// Seconds to read a token of a prompt, as measured; 0 where nothing was.
    pub(super) fn reading_s(&self) -> f64 {
        self.reading_s
    }

    /// Learns that reading `tokens` took `time`. Batches are powers of two, which the kernels like
    /// best, and grow at most fourfold, so that one lucky measurement does no harm.
    pub(super) fn learn(&mut self, tokens: usize, time: Duration) {
        if tokens < MIN_BATCH as usize {
            return;
        }
        let (old, new) = (self.reading_s, time.as_secs_f64() / tokens as f64);
        self.reading_s = if old == 0.0 { new } else { old + NEWS * (new - old) };
        let fits = tokens as f64 * PATIENCE.as_secs_f64() / time.as_secs_f64().max(1e-6);
        let wanted = (fits as u32).clamp(MIN_BATCH, MAX_BATCH).min(self.batch * 4);
        self.batch = 1 << wanted.ilog2();
    }

    /// How many tokens to guess when `answers` are written side by side and the guess for each follows
    /// an agreement of `agreement` tokens: as many as make the most tokens a second, of those that the
    /// stake allows.
    pub(super) fn draft(&self, answers: usize, agreement: usize, stake: Stake) -> usize {
        let right = self.chance(Basis::Agreement(agreement));
        let gain = |each: usize| expected(right, each) / self.price(each, answers);
        // A copy may end as soon as it has begun: it is trusted for as long as it has been going on.
        let most = agreement.max(SIZES[1]);
        let whole =
            SIZES.into_iter().filter(|size| *size > answers && size.is_multiple_of(answers));
        let fits = |each: &usize| *each <= most && stake.allows(self.price(*each, answers));
        let sizes = whole.map(|size| size / answers).filter(fits);
        let best = sizes.map(|each| (gain(each), each)).max_by(|a, b| a.0.total_cmp(&b.0));
        match best {
            Some((worth, each)) if worth > MARGIN => each - 1,
            _ => 0,
        }
    }

    /// What a batch with `each` tokens of every one of so many `answers` costs, in units of a batch with
    /// one of each.
    pub(super) fn price(&self, each: usize, answers: usize) -> f64 {
        self.cost(each * answers) / self.cost(answers)
    }

    /// Whether guesses of the heads are worth what they cost, with them the smallest batch of guesses.
    pub(super) fn asks_heads(&self) -> bool {
        expected(self.chance(Basis::Heads), SIZES[1]) / self.heads_price() > MARGIN
    }

    /// What guesses of the heads cost, their asking among it, in units of one token.
    pub(super) fn heads_price(&self) -> f64 {
        let one = self.seconds[0];
        let asking =
            if one > 0.0 && self.asking_s > 0.0 { self.asking_s / one } else { HEADS_COST };
        self.cost(SIZES[1]) + asking
    }

    /// Learns that the heads took `time` to guess.
    pub(super) fn asked_heads(&mut self, time: Duration) {
        let (old, new) = (self.asking_s, time.as_secs_f64());
        self.asking_s = if old == 0.0 { new } else { old + NEWS * (new - old) };
    }

    /// How many of so many tokens to put into one batch that writes: just above one of the sizes that
    /// the kernels like, a batch costs more than with fewer tokens.
    pub(super) fn fitting(tokens: usize) -> usize {
        let below = SIZES.into_iter().rev().find(|size| *size <= tokens);
        if tokens < SIZES[1] { tokens } else { below.unwrap_or(tokens) }
    }

    /// Learns that of `tried` guessed tokens the first `right` were right. What lies behind the first
    /// wrong one was not tried.
    pub(super) fn guessed(&mut self, basis: Basis, right: usize, tried: usize) {
        let judged = tried.min(right + 1);
        let kind = &mut self.guesses[basis.kind()];
        // What is long past counts less.
        let keep = 0.98f64.powi(judged as i32);
        *kind = (kind.0 * keep + right as f64, kind.1 * keep + judged as f64);
    }

    /// Learns that a batch of `tokens` that writes took `time`.
    pub(super) fn wrote(&mut self, tokens: usize, time: Duration) {
        if let Some(at) = SIZES.iter().position(|size| *size == tokens) {
            let (old, new) = (self.seconds[at], time.as_secs_f64());
            self.seconds[at] = if old == 0.0 { new } else { old + NEWS * (new - old) };
        }
    }

    /// The cost of a batch that writes, in units of one token; between the sizes that of the next.
    fn cost(&self, tokens: usize) -> f64 {
        let at = SIZES.iter().position(|size| *size >= tokens).unwrap_or(SIZES.len() - 1);
        match (self.seconds[0], self.seconds[at]) {
            (one, this) if one > 0.0 && this > 0.0 => (this / one).max(1.0),
            _ => COSTS[at],
        }
    }

    fn chance(&self, basis: Basis) -> f64 {
        let (right, tried) = self.guesses[basis.kind()];
        (right / tried).clamp(0.0, 0.99)
    }
}

/// How many tokens a batch of `size` brings, the chosen one and guesses of which each is right with this
/// chance, if those before it are.
fn expected(right: f64, size: usize) -> f64 {
    (1.0 - right.powi(size as i32)) / (1.0 - right)
}

fn kind(agreement: usize) -> usize {
    KINDS.iter().position(|most| agreement <= *most).unwrap_or(KINDS.len() - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With much to lose.
    fn draft(pace: &Pace, answers: usize, agreement: usize) -> usize {
        let mut stake = Stake::new();
        stake.settle(1000, 1.0);
        pace.draft(answers, agreement, stake)
    }

    #[track_caller]
    fn check(tokens_per_second: f64, expected: usize) {
        let mut pace = Pace::new();
        for _ in 0..4 {
            let tokens = pace.batch();
            pace.learn(tokens, Duration::from_secs_f64(tokens as f64 / tokens_per_second));
        }
        assert_eq!(pace.batch(), expected);
    }

    #[test]
    fn batch_follows_the_machine() {
        check(1000.0, 512);
        check(171.0, 512);
        check(100.0, 256);
        check(50.0, 128);
        check(3.0, 16);
    }

    #[test]
    fn guesses_that_are_right_grow_and_wrong_ones_end() {
        let mut pace = Pace::new();
        let before = draft(&pace, 1, 12);
        for _ in 0..20 {
            pace.guessed(Basis::Agreement(12), 7, 7);
        }
        assert!(draft(&pace, 1, 12) >= before.max(6));
        for _ in 0..60 {
            pace.guessed(Basis::Agreement(12), 0, 7);
        }
        assert_eq!(draft(&pace, 1, 12), 0);
        assert!(draft(&pace, 1, 16) > 0, "another kind of guess stands for itself");
        assert_eq!(draft(&pace, 1, 2), 0, "two tokens alone say little, until they are seen to");
        for _ in 0..20 {
            pace.guessed(Basis::Agreement(2), 1, 1);
        }
        assert!(draft(&pace, 1, 2) > 0);
    }

    #[test]
    fn what_costs_more_than_it_brings_is_not_tried() {
        let mut pace = Pace::new();
        for (size, time) in [(1, 100), (4, 380), (7, 650), (16, 1500)] {
            pace.wrote(size, Duration::from_millis(time));
        }
        assert_eq!(draft(&pace, 1, 12), 0, "nothing is won by batches here");
        let mut fast = Pace::new();
        for (size, time) in [(1, 100), (4, 105), (7, 110), (16, 120)] {
            fast.wrote(size, Duration::from_millis(time));
        }
        assert_eq!(draft(&fast, 1, 16), 15);
    }

    #[test]
    fn little_is_risked_before_something_is_won() {
        let pace = Pace::knowing(&[(1, 100), (4, 250), (7, 350), (16, 400), (48, 800)]);
        assert_eq!(draft(&pace, 1, 40), 15);
        let mut stake = Stake::new();
        assert_eq!(pace.draft(1, 40, stake), 3);
        stake.settle(1, 2.5);
        assert_eq!(pace.draft(1, 40, stake), 0);
    }

    #[test]
    fn a_copy_is_trusted_for_as_long_as_it_has_been_going_on() {
        let mut pace = Pace::knowing(&[(1, 100), (4, 105), (7, 110), (16, 120), (48, 150)]);
        for _ in 0..20 {
            pace.guessed(Basis::Agreement(usize::MAX), 47, 47);
            pace.guessed(Basis::Agreement(12), 7, 7);
        }
        let drafts = [2, 9, 15, 16, 40, 48, 64].map(|agreement| draft(&pace, 1, agreement));
        assert!(drafts[0] <= 3);
        assert_eq!(drafts[1..], [6, 6, 15, 15, 47, 47]);
    }

    #[test]
    fn heads_are_asked_for_as_long_as_they_pay() {
        let mut pace = Pace::knowing(&[(1, 100_000), (4, 160_000)]);
        assert!(pace.asks_heads());
        for _ in 0..40 {
            pace.guessed(Basis::Heads, 0, 3);
        }
        assert!(!pace.asks_heads(), "they are wrong");
        let dear = Pace::knowing(&[(1, 100_000), (4, 350_000)]);
        assert!(!dear.asks_heads(), "nothing is won by batches here");
        let mut slow = Pace::knowing(&[(1, 100_000), (4, 160_000)]);
        slow.asked_heads(Duration::from_millis(200));
        assert!(!slow.asks_heads(), "they take longer than the model");
    }

    #[test]
    fn what_was_measured_before_is_known_from_the_start() {
        let dear = Pace::knowing(&[(1, 100_000), (4, 380_000), (7, 650_000), (16, 1_500_000)]);
        assert_eq!(draft(&dear, 1, 12), 0);
        let cheap = Pace::knowing(&[(1, 100_000), (4, 105_000), (7, 110_000), (16, 120_000)]);
        assert_eq!(draft(&cheap, 1, 16), 15);
    }

    #[test]
    fn batches_are_cut_to_what_the_kernels_like() {
        let sizes = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 20].map(Pace::fitting);
        assert_eq!(sizes, [1, 2, 3, 4, 4, 7, 7, 7, 7, 16, 16]);
    }

    #[test]
    fn answers_side_by_side_share_the_batch() {
        let mut pace = Pace::new();
        for _ in 0..20 {
            pace.guessed(Basis::Agreement(12), 7, 7);
        }
        assert!([3, 11].contains(&draft(&pace, 4, 12)));
        assert_eq!(draft(&pace, 4, 3), 0);
        assert_eq!(
            draft(&pace, 3, 12),
            0,
            "three of sixteen tokens fill a batch, but this copy is shorter"
        );
        assert_eq!(draft(&pace, 5, 12), 0, "five fill no batch that the kernels like");
    }
}
