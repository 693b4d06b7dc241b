//! Chooses the next token from the logits of all.

use llama_cpp_2::token::LlamaToken;
use llguidance::toktrie::SimpleVob;

use crate::model::Sampling;
use crate::model::local::simd;

/// Tokens that are this much less likely than the likeliest, in units of the temperature, are as good
/// as impossible (e^-20 is 2e-9).
const NEGLIGIBLE: f32 = 20.0;

/// How often it is tried whether the form allows what the model would choose, before the form has to go
/// through the whole vocabulary.
const TRIES: usize = 8;
/// Logits that are so much lower than the highest are not tried.
const NEAR: f32 = 8.0;

/// What may come next.
pub(super) trait Allowed {
    /// Whether `token` may.
    fn allows(&mut self, token: LlamaToken) -> bool;
    /// A bit for each token of the vocabulary; none where nothing may follow any more.
    fn mask(&mut self) -> Option<SimpleVob>;
}

/// The same logits, but that of `token` is the lowest.
pub(super) fn without(logits: &[f32], token: LlamaToken) -> Vec<f32> {
    let mut logits = logits.to_vec();
    if let Some(logit) = usize::try_from(token.0).ok().and_then(|at| logits.get_mut(at)) {
        *logit = f32::MIN;
    }
    logits
}

/// One stream of choices; the same seed over the same logits chooses the same.
#[derive(Clone, Debug)]
pub(super) struct Sampler {
    temperature: f32,
    top_p: f32,
    state: u64,
}

/// A token and how likely the model finds it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Choice {
    pub(super) token: LlamaToken,
    /// Its natural logarithm of probability at temperature 1, before anything was cut off.
    pub(super) logprob: f32,
}

impl Sampler {
    pub(super) fn new(sampling: &Sampling) -> Self {
        Self {
            temperature: sampling.temperature,
            top_p: sampling.top_p,
            state: u64::from(sampling.seed),
        }
    }

    /// A token of those that `form` allows. Where it allows none, none.
    ///
    /// What the model itself would choose is tried first, a few times, and only then the form is asked
    /// about the whole vocabulary: tokens drawn from all until one is allowed have the distribution of
    /// one drawn from the allowed ones.
    pub(super) fn choose<A: Allowed>(
        &mut self,
        logits: &[f32],
        form: Option<&mut A>,
    ) -> Option<Choice> {
        let highest = simd::highest(logits);
        let token = match form {
            None => self.free(logits, highest)?,
            Some(form) => match self.tried(logits, highest, form) {
                Some(token) => token,
                None => {
                    let mask = form.mask()?;
                    self.allowed(logits, |at| at < mask.len() && mask.get(at))?
                }
            },
        };
        Some(Choice { token: to_token(token)?, logprob: logprob(logits, highest, token) })
    }

    /// Of all tokens.
    fn free(&mut self, logits: &[f32], highest: f32) -> Option<usize> {
        if self.temperature <= 0.0 {
            return logits.iter().position(|logit| *logit == highest);
        }
        let likely = self.likely(logits, highest, |_| true);
        self.draw(&likely)
    }

    /// Of the likeliest tokens, if one is allowed.
    fn tried(&mut self, logits: &[f32], highest: f32, form: &mut impl Allowed) -> Option<usize> {
        let mut allows = |at: &usize| to_token(*at).is_some_and(|token| form.allows(token));
        if self.temperature > 0.0 {
            let likely = self.likely(logits, highest, |_| true);
            return (0..TRIES).filter_map(|_| self.draw(&likely)).find(allows);
        }
        let first = logits.iter().position(|logit| *logit == highest)?;
        if allows(&first) {
            return Some(first);
        }
        let is_near = |(at, logit): &(usize, &f32)| **logit > highest - NEAR && *at != first;
        let mut near: Vec<(usize, &f32)> = logits.iter().enumerate().filter(is_near).collect();
        near.sort_by(|a, b| b.1.total_cmp(a.1));
        near.into_iter().map(|(at, _)| at).take(TRIES).find(allows)
    }

    /// Of the tokens that are allowed.
    fn allowed(&mut self, logits: &[f32], allowed: impl Fn(usize) -> bool) -> Option<usize> {
        let best = place_of_highest(logits, &allowed)?;
        if self.temperature <= 0.0 {
            return Some(best);
        }
        let likely = self.likely(logits, logits[best], allowed);
        self.draw(&likely)
    }

    /// The tokens that can be drawn with their weights; `highest` is the logit of the likeliest of them.
    fn likely(
        &self,
        logits: &[f32],
        highest: f32,
        allowed: impl Fn(usize) -> bool,
    ) -> Vec<(f32, usize)> {
        let least = highest - NEGLIGIBLE * self.temperature;
        let near = logits.iter().enumerate().filter(|(at, logit)| **logit > least && allowed(*at));
        let mut likely: Vec<(f32, usize)> =
            near.map(|(at, logit)| (((logit - highest) / self.temperature).exp(), at)).collect();
        if self.top_p < 1.0 {
            nucleus(&mut likely, self.top_p);
        }
        likely
    }

    fn draw(&mut self, likely: &[(f32, usize)]) -> Option<usize> {
        let total: f32 = likely.iter().map(|it| it.0).sum();
        let mut left = self.uniform() * total;
        for (weight, at) in likely {
            left -= weight;
            if left < 0.0 {
                return Some(*at);
            }
        }
        // Rounding: the sum of all was a little less.
        likely.iter().max_by(|a, b| a.0.total_cmp(&b.0)).map(|it| it.1)
    }

    /// A number from 0 up to 1 (SplitMix64, Steele, Lea and Flood 2014).
    fn uniform(&mut self) -> f32 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        (z >> 40) as f32 / (1u32 << 24) as f32
    }
}

/// The token of the highest logit.
pub(super) fn likeliest(logits: &[f32]) -> Option<LlamaToken> {
    let highest = simd::highest(logits);
    to_token(logits.iter().position(|logit| *logit == highest)?)
}

/// The place of the highest logit; the first among equals. NaN is lower than all.
fn place_of_highest(logits: &[f32], allowed: impl Fn(usize) -> bool) -> Option<usize> {
    let mut best: Option<(usize, f32)> = None;
    for (at, logit) in logits.iter().enumerate() {
        if best.is_none_or(|(_, highest)| *logit > highest) && !logit.is_nan() && allowed(at) {
            best = Some((at, *logit));
        }
    }
    best.map(|(at, _)| at)
}

/// Keeps the smallest set of the likeliest whose weights are `share` of all.
fn nucleus(likely: &mut Vec<(f32, usize)>, share: f32) {
    likely.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let wanted = share * likely.iter().map(|it| it.0).sum::<f32>();
    let (mut sum, mut kept) = (0.0, 0);
    while kept < likely.len() && sum < wanted {
        sum += likely[kept].0;
        kept += 1;
    }
    likely.truncate(kept.max(1));
}

fn logprob(logits: &[f32], highest: f32, token: usize) -> f32 {
    let sum = simd::sum_of_exponentials(logits, highest);
    logits.get(token).map_or(f32::NEG_INFINITY, |own| own - highest - sum.ln())
}

fn to_token(at: usize) -> Option<LlamaToken> {
    i32::try_from(at).ok().map(LlamaToken)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sampler(temperature: f32, top_p: f32, seed: u32) -> Sampler {
        Sampler::new(&Sampling { temperature, top_p, seed, ..Sampling::default() })
    }

    impl Allowed for [bool; 4] {
        fn allows(&mut self, token: LlamaToken) -> bool {
            self[token.0 as usize]
        }

        fn mask(&mut self) -> Option<SimpleVob> {
            Some(SimpleVob::from_slice(self))
        }
    }

    /// How often each of four tokens is chosen, in hundredths.
    fn shares(mut sampler: Sampler, logits: [f32; 4], mut allowed: [bool; 4]) -> [u32; 4] {
        let mut counts = [0; 4];
        for _ in 0..20_000 {
            let choice = sampler.choose(&logits, Some(&mut allowed));
            counts[choice.unwrap().token.0 as usize] += 1;
        }
        counts.map(|count: u32| (count + 100) / 200)
    }

    const LOGITS: [f32; 4] = [1.0, 0.0, f32::NAN, 2.0];

    #[test]
    fn cold_takes_the_likeliest_that_is_allowed() {
        assert_eq!(shares(sampler(0.0, 1.0, 1), LOGITS, [true; 4]), [0, 0, 0, 100]);
        assert_eq!(shares(sampler(0.0, 1.0, 1), LOGITS, [true, true, true, false]), [100, 0, 0, 0]);
    }

    #[test]
    fn warm_follows_the_probabilities_of_what_is_allowed() {
        // e^1, e^0 and e^2 are 24, 9 and 67 hundredths of their sum.
        let near = |found: [u32; 4], expected: [u32; 4]| {
            let near = found.iter().zip(expected).all(|(a, b)| a.abs_diff(b) <= 1);
            assert!(near, "{found:?} {expected:?}");
        };
        near(shares(sampler(1.0, 1.0, 7), LOGITS, [true; 4]), [24, 9, 0, 67]);
        near(shares(sampler(1.0, 1.0, 8), LOGITS, [true, true, true, false]), [73, 27, 0, 0]);
        // At twice the temperature the logits are half as far apart.
        near(shares(sampler(2.0, 1.0, 9), LOGITS, [true; 4]), [31, 19, 0, 51]);
        // The nucleus of .7 needs the first two.
        near(shares(sampler(1.0, 0.7, 10), LOGITS, [true; 4]), [27, 0, 0, 73]);
    }

    #[test]
    fn a_form_that_allows_nothing_likely_is_asked_for_what_it_allows() {
        let logits = [9.0, 0.5, 0.0, 30.0];
        let only = [false, true, true, false];
        assert_eq!(shares(sampler(0.0, 1.0, 1), logits, only), [0, 100, 0, 0]);
        // e^.5 and e^0 are 62 and 38 hundredths of their sum.
        let found = shares(sampler(1.0, 1.0, 11), logits, only);
        assert!(found[1].abs_diff(62) <= 1 && found[1] + found[2] == 100, "{found:?}");
    }

    #[test]
    fn nothing_allowed_is_nothing_chosen() {
        let none = sampler(0.0, 1.0, 1).choose(&LOGITS, Some(&mut [false; 4]));
        assert_eq!(none, None);
    }

    #[test]
    fn log_probabilities_are_those_of_the_model() {
        let choice = sampler(0.0, 1.0, 1).choose::<[bool; 4]>(&[0.0, 3f32.ln()], None);
        assert!((choice.unwrap().logprob - 0.75f32.ln()).abs() < 1e-6);
    }
}
