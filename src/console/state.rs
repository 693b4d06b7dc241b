//! Where the session stands, and what the screen shows of it.

use std::collections::VecDeque;
use std::time::Duration;

use ratatui::layout::Size;
use ratatui_textarea::{TextArea, WrapMode};

use crate::console::candidates::Round;
use crate::console::card::Cards;
use crate::console::finder::{self, Finder};
use crate::console::job::{ModelLine, Target};
use crate::console::live::Live;
use crate::console::msg::{Msg, Place};
use crate::console::proposals::Proposals;
use crate::console::sources::Sources;
use crate::console::timeline::{Entry, Timeline, Tone};
use crate::review::Theme;

/// Tasks that are typed again with the arrow keys.
const HISTORY: usize = 200;

/// Everything `view` needs and `update` changes. Texts are escaped when they are drawn.
#[derive(Debug)]
pub(super) struct State {
    pub(super) theme: Theme,
    pub(super) size: Size,
    /// The repository, in a few words: its folder, its branch.
    pub(super) repository: String,
    pub(super) model: ModelLine,
    pub(super) now: Now,
    pub(super) place: Place,
    pub(super) timeline: Timeline,
    pub(super) prompt: TextArea<'static>,
    /// What was sent, the newest last, and which of it is in the prompt.
    pub(super) sent: Vec<String>,
    pub(super) recalled: Option<usize>,
    /// Whether what is typed is a task (true) or a question; none where its words decide.
    pub(super) is_task: Option<bool>,
    pub(super) work: Option<Work>,
    /// What waits for its turn.
    pub(super) queue: VecDeque<Waiting>,
    pub(super) gauges: Gauges,
    pub(super) sources: Sources,
    pub(super) cards: Cards,
    pub(super) proposals: Proposals,
    pub(super) dialog: Option<Dialog>,
    /// One sentence in place of the keys, until the next key.
    pub(super) notice: Option<String>,
}

/// What time it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Now {
    /// Of day, `14:02`.
    pub(super) clock: String,
    /// Since the program began.
    pub(super) elapsed: Duration,
}

/// The job that is worked on.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Work {
    pub(super) text: String,
    pub(super) since: Duration,
    /// How long it may take.
    pub(super) limit: Option<Duration>,
    pub(super) live: Live,
    /// The answers that are compared.
    pub(super) round: Round,
    /// Whether it was asked to stop.
    pub(super) stopping: bool,
    /// Whether what it writes is folded away.
    pub(super) folded: bool,
}

/// What was sent and waits for its turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Waiting {
    pub(super) text: String,
    /// Whether it is a task, and no question.
    pub(super) is_task: bool,
}

/// What was measured of the model, last.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Gauges {
    /// Tokens per second.
    pub(super) read: Option<f64>,
    pub(super) write: Option<f64>,
    /// The share of the prompt that was known from before.
    pub(super) cached: Option<f64>,
}

/// What lies over the places and waits for keys.
#[derive(Clone, Debug)]
pub(super) enum Dialog {
    Help { scroll: usize },
    Palette(Finder<Msg>),
    Add(Finder<Target>),
    Ask(Question),
    Message { title: String, text: String, scroll: usize },
}

/// A question with yes and no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Question {
    Quit,
    Undo,
    Redo,
}

impl State {
    pub(super) fn new(repository: String, model: ModelLine, theme: Theme, size: Size) -> Self {
        Self {
            theme,
            size,
            repository,
            model,
            now: Now::default(),
            place: Place::Desk,
            timeline: Timeline::default(),
            prompt: prompt(),
            sent: Vec::new(),
            recalled: None,
            is_task: None,
            work: None,
            queue: VecDeque::new(),
            gauges: Gauges::default(),
            sources: Sources::default(),
            cards: Cards::default(),
            proposals: Proposals::default(),
            dialog: None,
            notice: None,
        }
    }

    /// What is typed.
    pub(super) fn typed(&self) -> String {
        self.prompt.lines().join("\n")
    }

    /// Puts `text` into the prompt.
    pub(super) fn type_anew(&mut self, text: &str) {
        self.prompt = prompt();
        self.prompt.insert_str(text);
    }

    /// Whether `text` would be a task: as the person said, or as its words look.
    pub(super) fn would_be_task(&self, text: &str) -> bool {
        self.is_task.unwrap_or_else(|| !is_question(text))
    }

    /// Adds to the timeline.
    pub(super) fn tell(&mut self, who: &str, text: impl Into<String>, tone: Tone) {
        self.add(Entry { who: who.to_owned(), text: text.into(), tone, ..Entry::default() });
    }

    pub(super) fn add(&mut self, entry: Entry) {
        self.timeline.push(Entry { clock: self.now.clock.clone(), ..entry });
    }

    /// Remembers what was sent.
    pub(super) fn remember(&mut self, text: &str) {
        if self.sent.last().is_none_or(|last| last != text) {
            self.sent.push(text.to_owned());
        }
        if self.sent.len() > HISTORY {
            self.sent.remove(0);
        }
        self.recalled = None;
    }

    /// How long the job may still take.
    pub(super) fn time_left(&self) -> Option<Duration> {
        let work = self.work.as_ref()?;
        Some(work.limit?.saturating_sub(self.now.elapsed.saturating_sub(work.since)))
    }
}

/// Whether a text asks something.
fn is_question(text: &str) -> bool {
    const WORDS: [&str; 19] = [
        "what", "why", "how", "where", "which", "who", "when", "does", "do", "is", "are", "can",
        "could", "should", "explain", "describe", "tell", "was", "were",
    ];
    const REQUESTS: [&str; 2] = ["can you", "could you"];
    let text = text.trim().to_lowercase();
    let first = text.split_whitespace().next().unwrap_or_default();
    let first = first.split('\'').next().unwrap_or_default();
    let is_request = REQUESTS.iter().any(|start| text.starts_with(start));
    !is_request && (text.ends_with('?') || WORDS.contains(&first))
}

fn prompt() -> TextArea<'static> {
    let mut area = finder::line();
    area.set_wrap_mode(WrapMode::WordOrGlyph);
    area
}

#[cfg(test)]
mod tests {
    use super::is_question;

    #[test]
    fn questions_are_told_from_tasks() {
        for text in ["How is the cache keyed?", "where is `f` called", "the retry limit?"] {
            assert!(is_question(text), "{text}");
        }
        for text in
            ["Reject negative timeouts", "can you add a test for `f`?", "is_open: rename it"]
        {
            assert!(!is_question(text), "{text}");
        }
    }
}
