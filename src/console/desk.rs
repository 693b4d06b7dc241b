//! The prompt and the timeline: what is typed is sent, waits for its turn, and comes back with the arrow keys.

use crate::console::candidates::Round;
use crate::console::job::Job;
use crate::console::live::Live;
use crate::console::msg::{Effect, Msg};
use crate::console::state::{State, Waiting, Work};
use crate::console::timeline::Tone;
use crate::review::Where;

/// So many jobs may wait.
const QUEUE: usize = 32;

/// A key at the desk.
pub(super) fn at_desk(state: &mut State, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::Type(input) => {
            state.prompt.input(input);
        }
        Msg::Paste(text) => {
            state.prompt.insert_str(text.replace("\r\n", "\n").replace('\r', "\n"));
        }
        Msg::Newline => state.prompt.insert_newline(),
        Msg::Send => return send(state),
        Msg::Recall(direction) => recall(state, direction),
        Msg::Scroll(lines, direction) => {
            // Up is back in time.
            let direction = if direction == Where::Back { Where::Forward } else { Where::Back };
            state.timeline.scroll = direction.moved(state.timeline.scroll, lines);
        }
        Msg::Ends(Where::Back) => state.timeline.scroll = usize::MAX / 2,
        Msg::Ends(Where::Forward) => state.timeline.scroll = 0,
        _ => {}
    }
    Vec::new()
}

/// Takes what is typed for a job, and starts it or has it wait.
fn send(state: &mut State) -> Vec<Effect> {
    let text = state.typed().trim().to_owned();
    if text.is_empty() {
        state.notice = Some("type what should change, or a question".into());
        return Vec::new();
    }
    if state.queue.len() >= QUEUE {
        state.notice = Some("so many tasks wait already; this one stays in the prompt".into());
        return Vec::new();
    }
    let is_task = state.would_be_task(&text);
    state.remember(&text);
    state.type_anew("");
    (state.is_task, state.timeline.scroll) = (None, 0);
    state.queue.push_back(Waiting { text: text.clone(), is_task });
    match &state.work {
        None => next_job(state),
        Some(_) => {
            let text = format!("{text}  (waits, {} before it)", state.queue.len());
            state.tell("you", text, Tone::Person);
            Vec::new()
        }
    }
}

/// Starts what waits, if nothing is worked on.
pub(super) fn next_job(state: &mut State) -> Vec<Effect> {
    if state.work.is_some() {
        return Vec::new();
    }
    let Some(Waiting { text, is_task }) = state.queue.pop_front() else { return Vec::new() };
    state.tell("you", text.clone(), Tone::Person);
    let now = state.now.elapsed;
    let live = Live::begin("begin", now);
    let (limit, stopping, folded) = (None, false, false);
    let round = Round::default();
    // What is in view now counts, also for what was typed before.
    let selection = state.sources.selection.clone();
    let job = match is_task {
        true => Job::Change(text.clone(), selection),
        false => Job::Question(text.clone(), selection),
    };
    state.work = Some(Work { text, since: now, limit, live, round, stopping, folded });
    vec![Effect::Start(job)]
}

fn recall(state: &mut State, direction: Where) {
    if state.sent.is_empty() {
        return;
    }
    let last = state.sent.len() - 1;
    let to = match (state.recalled, direction) {
        (None, Where::Back) => Some(last),
        (None, Where::Forward) => return,
        (Some(at), Where::Back) => Some(at.saturating_sub(1)),
        (Some(at), Where::Forward) => (at < last).then_some(at + 1),
    };
    state.recalled = to;
    let text = to.and_then(|at| state.sent.get(at)).cloned().unwrap_or_default();
    state.type_anew(&text);
}
