//! How many tokens of a prompt are read at one go, so that a cancel is heard within a second.
//!
//! llama.cpp cannot be interrupted inside a batch. Big batches are read faster, so the batch is as
//! big as the speed of this machine with this model allows.

use std::time::Duration;

use crate::model::local::load::MAX_BATCH;

/// The longest that one batch should take.
const PATIENCE: Duration = Duration::from_millis(800);
/// Smaller batches cost more than they gain.
const MIN_BATCH: u32 = 16;

/// Chooses the size of the next batch from the speed of the last.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    batch: u32,
}

impl Pace {
    /// Starts carefully: nothing is known of the machine.
    pub(super) fn new() -> Self {
        Self { batch: 32 }
    }

    /// Tokens to read next.
    pub(super) fn batch(self) -> usize {
        self.batch as usize
    }

    /// Learns that `tokens` took `time`. Batches are powers of two, which the kernels like best,
    /// and grow at most fourfold, so that one lucky measurement does no harm.
    pub(super) fn learn(&mut self, tokens: usize, time: Duration) {
        if tokens < MIN_BATCH as usize {
            return;
        }
        let fits = tokens as f64 * PATIENCE.as_secs_f64() / time.as_secs_f64().max(1e-6);
        let wanted = (fits as u32).clamp(MIN_BATCH, MAX_BATCH).min(self.batch * 4);
        self.batch = 1 << wanted.ilog2();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        check(1000.0, 128);
        check(161.0, 128);
        check(100.0, 64);
        check(50.0, 32);
        check(3.0, 16);
    }
}
