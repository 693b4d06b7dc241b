//! The best of many scores, without sorting them all.

/// One of so many scores is looked at to tell about where the best end.
const SAMPLE: usize = 16;
/// So many times as many as are wanted are to be above that.
const MARGIN: f32 = 1.25;

/// A score at a place; the best is the first, and of equal ones the first by `tie`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Scored<K> {
    /// The bits of the score, as a negative number.
    order: i32,
    tie: K,
    pub(super) at: u32,
}

impl<K> Scored<K> {
    pub(super) fn score(&self) -> f32 {
        f32::from_bits((-self.order).cast_unsigned())
    }
}

/// The best of what scored at all, at most `most`, in their order. No score is negative.
pub(super) fn best<K: Ord>(scores: &[f32], most: usize, tie: impl Fn(u32) -> K) -> Vec<Scored<K>> {
    let floor = floor(scores, most);
    let mut found = reaching(scores, floor);
    if found.len() < most && floor > 1 {
        found = reaching(scores, 1);
    }
    if found.len() > most {
        // As good as the last of the best are all those that `tie` has to put in order.
        let last = match most.checked_sub(1) {
            Some(at) => found.select_nth_unstable_by(at, |a, b| b.0.cmp(&a.0)).1.0,
            None => i32::MAX,
        };
        found.retain(|(bits, _)| *bits >= last);
    }
    let scored = found.into_iter().map(|(bits, at)| Scored { order: -bits, tie: tie(at), at });
    let mut best: Vec<Scored<K>> = scored.collect();
    best.sort_unstable();
    best.truncate(most);
    best
}

/// The bits of a score, which are in the order of scores.
fn bits(score: f32) -> i32 {
    score.to_bits().cast_signed()
}

/// The bits of a score that, as far as a sample tells, somewhat more than `most` reach.
fn floor(scores: &[f32], most: usize) -> i32 {
    let wanted = (most as f32 * MARGIN) as usize / SAMPLE;
    let sample = scores.iter().step_by(SAMPLE).map(|score| bits(*score));
    let mut sample: Vec<i32> = sample.filter(|bits| *bits > 0).collect();
    if sample.len() <= wanted {
        return 1;
    }
    *sample.select_nth_unstable_by(wanted, |a, b| b.cmp(a)).1
}

/// The bits and places of the scores whose bits are `floor` at least.
fn reaching(scores: &[f32], floor: i32) -> Vec<(i32, u32)> {
    const BLOCK: usize = 512;
    let mut found = Vec::new();
    for (start, scores) in (0u32..).step_by(BLOCK).zip(scores.chunks(BLOCK)) {
        // Where each goes is decided without a branch, which would be guessed wrong too often.
        let mut block = [(0, 0); BLOCK];
        let mut count = 0;
        for (at, score) in (start..).zip(scores) {
            let bits = bits(*score);
            block[count] = (bits, at);
            count += usize::from(bits >= floor);
        }
        found.extend_from_slice(&block[..count]);
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_best_are_those_of_a_sort(
            scores in prop::collection::vec((0u8..40).prop_map(|it| f32::from(it) * 0.37), 0..2000),
            most in 0usize..200,
        ) {
            let mut sorted: Vec<(u32, f32)> =
                (0u32..).zip(scores.iter().copied()).filter(|it| it.1 > 0.0).collect();
            sorted.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            sorted.truncate(most);
            let best = best(&scores, most, |at| at);
            let best: Vec<(u32, f32)> = best.iter().map(|it| (it.at, it.score())).collect();
            prop_assert_eq!(best, sorted);
        }
    }
}
