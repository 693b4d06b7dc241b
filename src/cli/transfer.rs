//! How far long work is: a bar on a terminal, a plain line now and then elsewhere.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{HumanBytes, HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cli::Output;

/// How often a line is written where there is no terminal.
const PAUSE: Duration = Duration::from_secs(5);

/// Shows bytes of something.
pub(super) struct Transfer {
    output: Output,
    bar: Option<ProgressBar>,
    doing: &'static str,
    said: Instant,
    /// When this kind of work began, and how many bytes were done before it.
    began: (Instant, u64),
}

impl Transfer {
    /// Shows nothing yet.
    pub(super) fn new(output: Output) -> Self {
        let bar = std::io::stderr().is_terminal() && !output.quiet;
        let bar = bar.then(|| {
            ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr()).with_style(style())
        });
        let now = Instant::now();
        Self { output, bar, doing: "", said: now, began: (now, 0) }
    }

    /// Shows that `done` of `total` bytes are done; a total of 0 is one that nobody knows.
    pub(super) fn show(&mut self, doing: &'static str, done: u64, total: u64) {
        let started = self.doing != doing;
        self.doing = doing;
        if started {
            self.began = (Instant::now(), done);
        }
        if let Some(bar) = &self.bar {
            if started {
                bar.reset();
                bar.set_message(doing);
                bar.set_length(total);
                // What was done before says nothing about the rate.
                bar.set_position(done);
                bar.reset_eta();
            }
            bar.set_position(done);
        } else if started || self.said.elapsed() >= PAUSE {
            self.said = Instant::now();
            let (since, before) = self.began;
            let pace =
                pace(done.saturating_sub(before), total.saturating_sub(done), since.elapsed());
            let of = if total == 0 { String::new() } else { format!(" of {}", HumanBytes(total)) };
            self.output.say(&format!("{doing} {}{of}{pace}", HumanBytes(done)));
        }
    }
}

/// The rate of `bytes` in `time` and how long `left` more will take, once both say something.
fn pace(bytes: u64, left: u64, time: Duration) -> String {
    let rate = bytes as f64 / time.as_secs_f64().max(1e-3);
    if bytes == 0 || time < Duration::from_secs(1) {
        return String::new();
    }
    let remaining = Duration::from_secs_f64((left as f64 / rate).min(1e9));
    match left {
        0 => format!(", {}/s", HumanBytes(rate as u64)),
        _ => format!(", {}/s, {} left", HumanBytes(rate as u64), HumanDuration(remaining)),
    }
}

impl Drop for Transfer {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn style() -> ProgressStyle {
    let template = "{msg:9} {wide_bar} {bytes}/{total_bytes} {binary_bytes_per_sec} {eta} left";
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_told_when_it_is_known() {
        assert_eq!(pace(1024, 4096, Duration::from_millis(10)), "");
        assert_eq!(pace(0, 4096, Duration::from_secs(10)), "");
        assert_eq!(pace(2048, 4096, Duration::from_secs(2)), ", 1.00 KiB/s, 4 seconds left");
        assert_eq!(pace(2048, 0, Duration::from_secs(2)), ", 1.00 KiB/s");
    }
}
