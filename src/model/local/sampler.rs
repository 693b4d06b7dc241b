//! Chooses the next token from the logits of all.

use llama_cpp_2::token::LlamaToken;
use llguidance::toktrie::SimpleVob;

use crate::model::Sampling;
use crate::model::local::simd;

/// Tokens that are this much less likely than the likeliest, in units of the temperature, are as good
/// as impossible (e^-20 is 2e-9).
const NEGLIGIBLE: f32 = 20.0;

/// What may come next.
pub(super) trait Allowed {
    /// Whether `token` may.
    fn allows(&mut self, token: LlamaToken) -> bool;
    /// A bit for each token of the vocabulary; none where nothing may follow any more.
    fn mask(&mut self) -> Option<SimpleVob>;
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
    /// The model's own choice is tried first, and only if that is not allowed the others are asked
    /// about: a token drawn from all and, if it is refused, drawn again from the allowed ones has the
    /// distribution of one drawn from the allowed ones.
    pub(super) fn choose<A: Allowed>(
        &mut self,
        logits: &[f32],
        form: Option<&mut A>,
    ) -> Option<Choice> {
        let mut token = self.draw(logits, |_| true)?;
        if let Some(form) = form
            && !form.allows(token)
        {
            let mask = form.mask()?;
            token = self.draw(logits, |at| at < mask.len() && mask.get(at))?;
        }
        Some(Choice { token, logprob: logprob(logits, token) })
    }

    fn draw(&mut self, logits: &[f32], allowed: impl Fn(usize) -> bool) -> Option<LlamaToken> {
        // The highest of all is mostly allowed, and is found several at a time.
        let all = simd::highest(logits);
        let first = logits.iter().position(|logit| *logit == all).filter(|at| allowed(*at));
        let best = first.or_else(|| highest(logits, &allowed))?;
        if self.temperature <= 0.0 {
            return token(best);
        }
        let scaled = |logit: f32| (logit - logits[best]) / self.temperature;
        let mut likely: Vec<(f32, usize)> = Vec::new();
        for (at, logit) in logits.iter().enumerate() {
            if scaled(*logit) > -NEGLIGIBLE && allowed(at) {
                likely.push((scaled(*logit).exp(), at));
            }
        }
        if self.top_p < 1.0 {
            nucleus(&mut likely, self.top_p);
        }
        let total: f32 = likely.iter().map(|it| it.0).sum();
        let mut left = self.uniform() * total;
        for (weight, at) in &likely {
            left -= weight;
            if left < 0.0 {
                return token(*at);
            }
        }
        token(best)
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
    token(highest(logits, |_| true)?)
}

/// The place of the highest logit; the first among equals. NaN is lower than all.
fn highest(logits: &[f32], allowed: impl Fn(usize) -> bool) -> Option<usize> {
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

fn logprob(logits: &[f32], token: LlamaToken) -> f32 {
    let highest = simd::highest(logits);
    let sum = simd::sum_of_exponentials(logits, highest);
    let own = usize::try_from(token.0).ok().and_then(|at| logits.get(at));
    own.map_or(f32::NEG_INFINITY, |own| own - highest - sum.ln())
}

fn token(at: usize) -> Option<LlamaToken> {
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
