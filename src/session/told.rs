//! What a person wants to know of an event as it happens; the journal has the rest.

use serde_json::Value;

use crate::journal::Event;

/// Entries of a ledger that are no sources: instructions and task.
const FIXED: usize = 2;

/// An event in a few words; none for what says nothing by itself.
pub fn told(event: &Event) -> Option<String> {
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
        | Event::Approved { .. }
        | Event::Selected { .. }
        | Event::Noted { .. } => Some(event.summary()),
        Event::ReplyRefused { reason } => Some(format!("gave it back: {reason}")),
        Event::Judged { ruling, .. } if ruling == "allow" => None,
        Event::Judged { .. } | Event::Proposed { .. } | Event::TaskResumed { .. } => {
            Some(event.summary())
        }
        _ => None,
    }
}
