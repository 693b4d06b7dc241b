//! How long a text may be worked on.
//!
//! Counted in processor time of the thread: steps of the parser say little, since some scanners read
//! to the end of the text for every token.

use std::ops::ControlFlow;
use std::time::Duration;

use nix::time::ClockId;

/// What any text may take, and what it may take more for each KiB. Of 23,500 files in a dozen
/// languages the slowest took 1.1 ms a KiB, and none took more than 110 ms.
const FREE: Duration = Duration::from_millis(250);
const A_KIB: Duration = Duration::from_millis(2);

/// Processor time that is left for a text, on the thread that it was made on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Allowance {
    until: Duration,
}

impl Allowance {
    /// For a text of `bytes`.
    pub(super) fn of(bytes: usize) -> Self {
        let kib = u32::try_from(bytes >> 10).unwrap_or(u32::MAX);
        Self::new(FREE + A_KIB.saturating_mul(kib))
    }

    pub(super) fn new(time: Duration) -> Self {
        Self { until: now().saturating_add(time) }
    }

    pub(super) fn is_spent(&self) -> bool {
        now() > self.until
    }

    /// What the callbacks of tree-sitter answer.
    pub(super) fn check(&self) -> ControlFlow<()> {
        if self.is_spent() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

/// Processor time of this thread; nothing is ever spent where the system does not count it.
fn now() -> Duration {
    ClockId::CLOCK_THREAD_CPUTIME_ID.now().map(Duration::from).unwrap_or_default()
}
