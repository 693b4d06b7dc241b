//! How fast a model reads and writes here.

use std::time::{Duration, Instant};

use nix::time::{ClockId, clock_gettime};
use serde::Serialize;

use crate::base::Tokens;

/// What to measure: a prompt of so many tokens that nobody has read before, and so many written
/// behind it, one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    pub prompt: Tokens,
    pub written: Tokens,
}

/// What one measurement gave. What a model says does not matter for it: the tokens are arbitrary.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Speed {
    /// Tokens read, and how long it took.
    pub prompt: Tokens,
    pub prompt_s: f64,
    /// Seconds of all processors for it.
    pub prompt_cpu_s: f64,
    /// Tokens written, and how long it took.
    pub written: Tokens,
    pub written_s: f64,
    pub written_cpu_s: f64,
}

impl Speed {
    /// Tokens read a second.
    pub fn reading(&self) -> f64 {
        f64::from(self.prompt.0) / self.prompt_s
    }

    /// Tokens written a second.
    pub fn writing(&self) -> f64 {
        f64::from(self.written.0) / self.written_s
    }
}

/// Seconds of the wall and of all processors since it was started.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    wall: Instant,
    cpu: Duration,
}

impl Clock {
    pub fn start() -> Self {
        Self { wall: Instant::now(), cpu: cpu() }
    }

    /// Seconds of the wall.
    pub fn wall_s(&self) -> f64 {
        self.wall.elapsed().as_secs_f64()
    }

    /// Seconds that the processors gave to this process.
    pub fn cpu_s(&self) -> f64 {
        cpu().saturating_sub(self.cpu).as_secs_f64()
    }
}

fn cpu() -> Duration {
    clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID).map(Duration::from).unwrap_or_default()
}
