//! What each piece of news does to the session.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::base::ProposalId;
use crate::console::candidates;
use crate::console::desk::next_job;
use crate::console::job::{End, News};
use crate::console::live::Live;
use crate::console::msg::Effect;
use crate::console::state::State;
use crate::console::timeline::{Entry, Tone};
use crate::journal::Event;
use crate::review::counted;
use crate::session::told;

/// Takes a piece of news.
pub(super) fn take(state: &mut State, news: News) -> Vec<Effect> {
    match news {
        News::Begins(what) => begins(state, &what),
        News::Event { event, known } => happened(state, &event, known),
        News::Delta(delta) => {
            let now = state.now.elapsed;
            if let Some(work) = &mut state.work {
                work.live.take(&delta, now);
                state.gauges.write = work.live.rate(now).or(state.gauges.write);
            }
        }
        News::Asks(question) => {
            return match state.cards.ask(question) {
                Some(answer) => vec![Effect::Answer(answer)],
                None => vec![Effect::Ring],
            };
        }
        News::Said(text) => state.tell("note", text, Tone::Mark),
        News::Revised(Ok(_)) => state.tell("reviser", "wrote a hunk anew", Tone::Plain),
        News::Revised(Err(why)) => state.tell("reviser", why, Tone::Mark),
        News::Model(model) => state.model = model,
        News::Ended(end) => return ended(state, end),
    }
    Vec::new()
}

fn begins(state: &mut State, what: &str) {
    let now = state.now.elapsed;
    if let Some(work) = &mut state.work {
        work.live = Live::begin(what, now);
        work.round.begins(what);
    }
}

fn happened(state: &mut State, event: &Event, known: bool) {
    measure(state, event);
    if let Some(work) = &mut state.work {
        work.round.take(event);
    }
    chosen(state, event);
    let (what, since, text) = match &state.work {
        Some(work) => (work.live.what.clone(), work.live.since, work.live.text.clone()),
        None => Default::default(),
    };
    // What our own programs ran is told by what came of it.
    let own = what == "repair" && matches!(event, Event::CommandRan { .. });
    let Some((who, mut words)) = worded(&what, event).filter(|_| !own) else { return };
    if known {
        words.push_str(", as recorded");
    }
    let (tone, detail, open) = match event {
        Event::CommandRan { exit: Some(0), output, .. } => (Tone::Good, output.clone(), false),
        Event::CommandRan { output, .. } => (Tone::Bad, output.clone(), false),
        Event::Answered { text: reply, .. } => {
            (Tone::Plain, if reply.is_empty() { text } else { reply.clone() }, false)
        }
        Event::Planned { steps, .. } => (Tone::Plain, numbered(steps), true),
        Event::Reviewed { findings, .. } => (Tone::Plain, findings.join("\n"), true),
        Event::Repaired { passing, .. } => (Tone::Plain, passing.join("\n"), false),
        Event::ToolCalled { result, refused, .. } => {
            (if *refused { Tone::Mark } else { Tone::Plain }, result.clone(), false)
        }
        Event::ReplyRefused { .. } => (Tone::Mark, String::new(), false),
        Event::Judged { .. } => (Tone::Mark, String::new(), false),
        _ => (Tone::Plain, String::new(), false),
    };
    let seconds = Some(state.now.elapsed.saturating_sub(since).as_secs_f64());
    state.add(Entry { who, text: words, seconds, tone, detail, open, ..Entry::default() });
    if let (Event::Answered { .. }, Some(work)) = (event, &mut state.work) {
        work.live.text.clear();
        work.live.written = 0;
    }
}

/// Who did it and what, where that is worth a line.
fn worded(what: &str, event: &Event) -> Option<(String, String)> {
    let (who, words) = match event {
        Event::Retrieved { sources, .. } => {
            let files: BTreeSet<_> = sources.iter().map(|source| &source.path).collect();
            let files = counted(files.len(), "file");
            ("locate", format!("{} in {files}", counted(sources.len(), "place")))
        }
        Event::Packed { .. } => ("pack", told(event)?),
        Event::CommandRan { line, .. } => ("run", format!("{line}  {}", told(event)?)),
        _ => (what, told(event)?),
    };
    Some((who.to_owned(), words))
}

/// Reads the gauges off an event.
fn measure(state: &mut State, event: &Event) {
    match event {
        Event::Packed { budget, used, ledger, left_out, .. } => {
            state.sources.packed((*budget, *used), ledger, left_out);
        }
        Event::Answered { usage, .. } => {
            let figure = |name: &str| usage.get(name).and_then(Value::as_f64).unwrap_or_default();
            let (prompt, cached) = (figure("prompt"), figure("cached"));
            let rate = |tokens: f64, seconds: f64| {
                (tokens > 0.0 && seconds > 0.0).then(|| tokens / seconds)
            };
            let gauges = &mut state.gauges;
            gauges.read = rate(prompt - cached, figure("prompt_s")).or(gauges.read);
            gauges.write = rate(figure("completion"), figure("completion_s")).or(gauges.write);
            gauges.cached = (prompt > 0.0).then(|| cached / prompt).or(gauges.cached);
        }
        _ => {}
    }
}

/// Which of the answers is proposed, and why.
fn chosen(state: &mut State, event: &Event) {
    let (Some(preference), Some(work)) = (candidates::preference(event), &state.work) else {
        return;
    };
    let (text, detail) = (preference.words(), work.round.list(preference.change));
    state.add(Entry { who: "chosen".into(), text, detail, open: true, ..Entry::default() });
}

fn numbered(steps: &[String]) -> String {
    let lines = (1..).zip(steps).map(|(number, step)| format!("{number} {step}"));
    lines.collect::<Vec<_>>().join("\n")
}

fn ended(state: &mut State, end: End) -> Vec<Effect> {
    let seconds = state.work.take().map(|work| state.now.elapsed.saturating_sub(work.since));
    let seconds = seconds.map(|it| it.as_secs_f64());
    state.cards.end_of_task();
    let entry = match end {
        End::Proposed { id, verified, words } => {
            let tone = match verified {
                Some(true) => Tone::Good,
                Some(false) => Tone::Bad,
                None => Tone::Plain,
            };
            proposed(state, &id);
            Entry {
                who: "proposal".into(),
                text: format!("{id}  {words}"),
                tone,
                ..Entry::default()
            }
        }
        End::Answered { text, cited } => {
            let detail = match cited.is_empty() {
                true => text,
                false => format!("{text}\n\n{}", cited.join("\n")),
            };
            let said = if cited.is_empty() { "rests on nothing that is there" } else { "" };
            Entry {
                who: "answer".into(),
                text: said.into(),
                detail,
                open: true,
                ..Entry::default()
            }
        }
        End::Nothing(why) => {
            Entry { who: "end".into(), text: why, tone: Tone::Mark, ..Entry::default() }
        }
        End::Failed { message, hint } => {
            let open = hint.is_some();
            let detail = hint.map(|hint| format!("hint: {hint}")).unwrap_or_default();
            let (who, tone) = ("error".into(), Tone::Bad);
            Entry { who, text: message, tone, detail, open, ..Entry::default() }
        }
        End::Stopped => {
            let text = "stopped; nothing was changed".into();
            Entry { who: "end".into(), text, tone: Tone::Mark, ..Entry::default() }
        }
    };
    state.add(Entry { seconds, ..entry });
    let mut effects = vec![Effect::Ring, Effect::List];
    effects.extend(next_job(state));
    effects
}

fn proposed(state: &mut State, id: &ProposalId) {
    state.proposals.new = Some(id.clone());
    state.notice = Some(format!("{id} waits for you: tab reviews it"));
}
