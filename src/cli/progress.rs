//! How a running task looks: one moving line on a terminal, plain lines elsewhere, JSON lines for
//! programs.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::cli::{Context, Output, printable};
use crate::journal::Event;
use crate::model::Delta;
use crate::session::Observer;

/// Entries of a ledger that are no sources: instructions and task.
const FIXED: usize = 2;
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
        if let Some(text) = words(event).filter(|_| !own) {
            self.done(&printable(&text));
        }
    }

    fn known(&mut self, event: &Event) {
        if let Some(text) = words(event) {
            self.done(&printable(&format!("{text}, as recorded")));
        }
    }
}

/// What a person wants to know of an event as it happens; the journal has the rest.
fn words(event: &Event) -> Option<String> {
    match event {
        Event::CommandRan { exit: Some(0), .. } => Some("passed".to_owned()),
        Event::CommandRan { exit: Some(code), .. } => Some(format!("failed (exit {code})")),
        Event::CommandRan { exit: None, .. } => Some("stopped".to_owned()),
        Event::Packed { budget, used, left_out, ledger, .. } => {
            let sources =
                ledger.as_array().map_or(0, |entries| entries.len().saturating_sub(FIXED));
            let rest = match left_out.len() {
                0 => String::new(),
                n => format!(", {n} left out"),
            };
            if ledger.as_array().is_some_and(|it| it.iter().any(|entry| entry["source"] == "tools"))
            {
                return Some(format!("prompt {} of {budget}{rest}", used.0));
            }
            let plural = if sources == 1 { "" } else { "s" };
            Some(format!("{sources} source{plural}{rest}; prompt {} of {budget}", used.0))
        }
        Event::Answered { usage, stop, .. } => {
            let figure = |name: &str| usage.get(name).and_then(Value::as_f64).unwrap_or_default();
            let (written, seconds) = (figure("completion"), figure("completion_s"));
            let rate = if seconds > 0.0 { written / seconds } else { 0.0 };
            let cut = if stop == "length" { ", cut off at the limit" } else { "" };
            let known = match (figure("cached"), figure("saved_s")) {
                (0.0, _) => String::new(),
                (cached, saved) if saved >= 0.5 => {
                    format!("; {cached:.0} tok known from before, {saved:.1} s saved")
                }
                (cached, _) => format!("; {cached:.0} tok known from before"),
            };
            Some(format!("wrote {written:.0} tok at {rate:.0} tok/s{cut}{known}"))
        }
        Event::Repaired { .. }
        | Event::ToolCalled { .. }
        | Event::Chosen { .. }
        | Event::Planned { .. }
        | Event::Reviewed { .. }
        | Event::Noted { .. } => Some(event.summary()),
        Event::ReplyRefused { reason } => Some(format!("gave it back: {reason}")),
        Event::Judged { ruling, .. } if ruling == "allow" => None,
        Event::Judged { .. } | Event::Proposed { .. } | Event::TaskResumed { .. } => {
            Some(event.summary())
        }
        _ => None,
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
