//! How far long work is: a bar on a terminal, a plain line now and then elsewhere.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{HumanBytes, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cli::Output;

/// How often a line is written where there is no terminal.
const PAUSE: Duration = Duration::from_secs(5);

/// Shows bytes of something.
pub(super) struct Transfer {
    output: Output,
    bar: Option<ProgressBar>,
    doing: &'static str,
    said: Instant,
}

impl Transfer {
    /// Shows nothing yet.
    pub(super) fn new(output: Output) -> Self {
        let bar = std::io::stderr().is_terminal() && !output.quiet;
        let bar = bar.then(|| {
            ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr()).with_style(style())
        });
        Self { output, bar, doing: "", said: Instant::now() }
    }

    /// Shows that `done` of `total` bytes are done.
    pub(super) fn show(&mut self, doing: &'static str, done: u64, total: u64) {
        let started = self.doing != doing;
        self.doing = doing;
        if let Some(bar) = &self.bar {
            if started {
                bar.reset();
                bar.set_message(doing);
                bar.set_length(total);
            }
            bar.set_position(done);
        } else if started || self.said.elapsed() >= PAUSE {
            self.said = Instant::now();
            self.output.say(&format!("{doing} {} of {}", HumanBytes(done), HumanBytes(total)));
        }
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
