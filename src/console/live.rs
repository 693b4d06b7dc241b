//! What happens right now: what the model reads and writes, and how fast.

use std::time::Duration;

use crate::model::Delta;

/// So much of the text that streams is kept, in bytes.
const KEPT: usize = 16 << 10;

/// The piece of work under way.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Live {
    /// In a few words.
    pub(super) what: String,
    /// When it began, by the clock of the program.
    pub(super) since: Duration,
    /// Tokens read of the prompt, of so many.
    pub(super) reading: Option<(u32, u32)>,
    pub(super) written: u32,
    writing_since: Option<Duration>,
    /// What the model writes, its end.
    pub(super) text: String,
    /// What it thinks before it writes.
    pub(super) thinks: bool,
}

impl Live {
    pub(super) fn begin(what: &str, now: Duration) -> Self {
        Self { what: what.to_owned(), since: now, ..Self::default() }
    }

    pub(super) fn take(&mut self, delta: &Delta, now: Duration) {
        match delta {
            Delta::Reading { done, total } => self.reading = Some((done.0, total.0)),
            Delta::Written(tokens) => {
                self.reading = None;
                self.written = tokens.0;
                self.writing_since.get_or_insert(now);
            }
            Delta::Text(text) => {
                self.thinks = false;
                self.add(text);
            }
            Delta::Thought(text) => {
                self.thinks = true;
                self.add(text);
            }
            Delta::Restarted(_) => {
                self.text.clear();
                self.written = 0;
                self.writing_since = None;
            }
        }
    }

    fn add(&mut self, text: &str) {
        self.text.push_str(text);
        if self.text.len() > 2 * KEPT {
            let from = self.text.len() - KEPT;
            let from = (from..self.text.len()).find(|at| self.text.is_char_boundary(*at));
            self.text.drain(..from.unwrap_or(0));
        }
    }

    /// Tokens written per second, once there are enough to tell.
    pub(super) fn rate(&self, now: Duration) -> Option<f64> {
        let seconds = now.saturating_sub(self.writing_since?).as_secs_f64();
        (seconds >= 0.5).then(|| f64::from(self.written) / seconds)
    }

    /// What it is doing, with a number as soon as there is one.
    pub(super) fn words(&self, now: Duration) -> String {
        if let Some((done, total)) = self.reading.filter(|(done, total)| done < total) {
            return format!("reads {done} of {total}");
        }
        match (self.written, self.rate(now)) {
            (0, _) => String::new(),
            (written, Some(rate)) => format!("writes {written} tok  {rate:.0} tok/s"),
            (written, None) => format!("writes {written} tok"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Tokens;

    #[test]
    fn it_says_how_far_and_how_fast() {
        let second = Duration::from_secs;
        let mut live = Live::begin("coder", second(0));
        live.take(&Delta::Reading { done: Tokens(20), total: Tokens(80) }, second(1));
        assert_eq!(live.words(second(1)), "reads 20 of 80");
        live.take(&Delta::Written(Tokens(1)), second(2));
        live.take(&Delta::Written(Tokens(21)), second(4));
        assert_eq!(live.words(second(4)), "writes 21 tok  10 tok/s");
    }

    #[test]
    fn of_a_long_text_the_end_is_kept() {
        let mut live = Live::default();
        for _ in 0..5000 {
            live.take(&Delta::Text("äöü 123 ".into()), Duration::ZERO);
        }
        assert!(live.text.len() <= 2 * KEPT + 16);
        assert!(live.text.ends_with("123 "));
    }
}
