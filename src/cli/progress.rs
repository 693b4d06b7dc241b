//! How a running task looks: one moving line on a terminal, plain lines elsewhere, JSON lines for
//! programs.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::cli::{Context, Output, printable};
use crate::journal::Event;
use crate::model::Delta;
use crate::session::{Observer, told};

/// How often the moving line is drawn again.
const REDRAW: Duration = Duration::from_millis(100);

/// Talks as the flags say.
pub(super) fn observer(context: &Context) -> Box<dyn Observer> {
    match context.out.json {
        true => Box::new(Lines::new(context.out)),
        false => Box::new(Progress::new(context.out)),
    }
}

/// Talks to a person on stderr.
pub(super) struct Progress {
    out: Output,
    /// Whether a line can be drawn over.
    moving: bool,
    what: String,
    since: Instant,
    drawn: Option<Instant>,
    writing_since: Option<Instant>,
}

impl Progress {
    pub(super) fn new(out: Output) -> Self {
        let moving = !out.quiet && std::io::stderr().is_terminal();
        let since = Instant::now();
        Self { out, moving, what: String::new(), since, drawn: None, writing_since: None }
    }

    fn draw(&mut self, detail: &str) {
        if !self.moving || self.drawn.is_some_and(|drawn| drawn.elapsed() < REDRAW) {
            return;
        }
        self.drawn = Some(Instant::now());
        let seconds = self.since.elapsed().as_secs_f64();
        let _ = write!(std::io::stderr(), "\r\x1b[K{}  {detail}  {seconds:.1} s", self.what);
    }

    fn clear(&mut self) {
        if self.drawn.take().is_some() {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }

    /// Says what is done, for good.
    fn done(&mut self, text: &str) {
        self.clear();
        let seconds = self.since.elapsed().as_secs_f64();
        self.out.say(&format!("{:<12} {text}  {seconds:.1} s", self.what));
    }
}

impl Observer for Progress {
    fn begins(&mut self, what: &str) {
        self.clear();
        self.what = what.to_owned();
        self.since = Instant::now();
        self.writing_since = None;
        self.draw("");
    }

    fn delta(&mut self, delta: &Delta) {
        match delta {
            Delta::Reading { done, total } => {
                self.draw(&format!("reads {} of {}", done.0, total));
            }
            Delta::Written(tokens) => {
                let since = *self.writing_since.get_or_insert_with(Instant::now);
                let rate = f64::from(tokens.0) / since.elapsed().as_secs_f64().max(0.1);
                self.draw(&format!("writes {} tok  {rate:.0} tok/s", tokens.0));
            }
            Delta::Restarted(why) => {
                self.writing_since = None;
                self.clear();
                let why = printable(why);
                self.out.warn(&format!("the model's process died ({why}) and was replaced"));
            }
            Delta::Text(_) | Delta::Thought(_) => {}
        }
    }

    fn event(&mut self, event: &Event) {
        // What our own programs ran is told by what came of it.
        let own = self.what == "repair" && matches!(event, Event::CommandRan { .. });
        if let Some(text) = told(event).filter(|_| !own) {
            self.done(&printable(&text));
        }
    }

    fn known(&mut self, event: &Event) {
        if let Some(text) = told(event) {
            self.done(&printable(&format!("{text}, as recorded")));
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}

/// Talks to a program on stdout: one JSON object a line.
pub(super) struct Lines {
    out: Output,
}

impl Lines {
    pub(super) fn new(out: Output) -> Self {
        Self { out }
    }

    /// A program that hung up is noticed when the result is printed.
    fn line(&self, value: &Value) {
        let _ = self.out.line(value);
    }
}

impl Observer for Lines {
    fn begins(&mut self, what: &str) {
        self.line(&json!({ "v": 1, "type": "item.started", "item": what }));
    }

    fn delta(&mut self, delta: &Delta) {
        match delta {
            Delta::Text(text) => {
                self.line(&json!({ "v": 1, "type": "item.updated", "text": text }));
            }
            Delta::Restarted(why) => {
                self.line(&json!({ "v": 1, "type": "item.updated", "restarted": why }));
            }
            Delta::Reading { .. } | Delta::Written(_) | Delta::Thought(_) => {}
        }
    }

    fn event(&mut self, event: &Event) {
        self.line(&json!({ "v": 1, "type": kind(event), "event": event }));
    }

    fn known(&mut self, event: &Event) {
        self.line(&json!({ "v": 1, "type": kind(event), "event": event, "recorded": true }));
    }
}

fn kind(event: &Event) -> &'static str {
    match event {
        Event::TaskStarted { .. } | Event::TaskResumed { .. } => "task.started",
        Event::Asked { .. } => "turn.started",
        _ => "item.completed",
    }
}
