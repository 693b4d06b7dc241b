//! What each message does to the session, and what it asks the loop to do.

use crate::console::desk::at_desk;
use crate::console::dialogs::in_dialog;
use crate::console::finder;
use crate::console::lists::{at_proposals, in_context, selected};
use crate::console::msg::{Effect, Msg, Place};
use crate::console::news;
use crate::console::palette::palette;
use crate::console::state::{Dialog, Question, State};
use crate::console::timeline::Tone;
use crate::review::counted;
use crate::session::{Approval, Selection};

/// Changes the state and says what is to be done about it.
pub(super) fn update(state: &mut State, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::Tick(now) => state.now = now,
        Msg::Resize(size) => state.size = size,
        Msg::News(news) => return news::take(state, *news),
        Msg::Targets(targets) => state.dialog = Some(Dialog::Add(finder::of_targets(targets))),
        Msg::Proposals(rows) => state.proposals.take(rows),
        Msg::Said(Ok(text)) => state.tell("you", text, Tone::Person),
        Msg::Said(Err(text)) => {
            let title = "It was not done".to_owned();
            state.dialog = Some(Dialog::Message { title, text, scroll: 0 });
        }
        msg => {
            state.notice = None;
            return person(state, msg);
        }
    }
    Vec::new()
}

/// What a person does.
fn person(state: &mut State, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::Suspend => return vec![Effect::Suspend],
        Msg::Interrupt => return interrupt(state),
        Msg::Approve(answer) => return approve(state, answer),
        Msg::Reason => state.cards.reason = Some(finder::line()),
        msg if state.cards.reason.is_some() => return reason(state, msg),
        msg => match state.dialog.take() {
            Some(dialog) => return in_dialog(state, dialog, msg),
            None => return in_place(state, msg),
        },
    }
    Vec::new()
}

/// The reason of a no is typed.
fn reason(state: &mut State, msg: Msg) -> Vec<Effect> {
    let Some(area) = &mut state.cards.reason else { return Vec::new() };
    match msg {
        Msg::Type(input) => {
            area.input(input);
        }
        Msg::Paste(text) => {
            area.insert_str(text.replace(['\n', '\r'], " "));
        }
        Msg::Send => {
            let reason = area.lines().join(" ");
            return approve(state, Approval::Denied { reason });
        }
        Msg::No => state.cards.reason = None,
        _ => {}
    }
    Vec::new()
}

fn approve(state: &mut State, answer: Approval) -> Vec<Effect> {
    state.cards.answer(answer).map(Effect::Answer).into_iter().collect()
}

fn in_place(state: &mut State, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::Go(place) => return go(state, place),
        Msg::NextPlace => {
            let next = match state.place {
                Place::Desk => Place::Context,
                Place::Context => Place::Proposals,
                Place::Proposals => Place::Desk,
            };
            // Where something waits for a decision, that comes first.
            let waits = state.place == Place::Desk && !state.proposals.rows.is_empty();
            return go(state, if waits { Place::Proposals } else { next });
        }
        Msg::Help => state.dialog = Some(Dialog::Help { scroll: 0 }),
        Msg::Palette => state.dialog = Some(Dialog::Palette(palette())),
        Msg::AskQuit => return ask_quit(state),
        Msg::AskUndo => state.dialog = Some(Dialog::Ask(Question::Undo)),
        Msg::AskRedo => state.dialog = Some(Dialog::Ask(Question::Redo)),
        Msg::Stop => return stop(state),
        Msg::ClearQueue => {
            state.notice = Some(format!("{} forgotten", counted(state.queue.len(), "task")));
            state.queue.clear();
        }
        Msg::Add => return vec![Effect::Targets],
        Msg::ClearSelection => {
            state.sources.selection = Selection::default();
            state.sources.changed = true;
            state.notice = Some("nothing is pinned or dropped from the next turn on".into());
            return selected(state);
        }
        Msg::Take(what) => state.is_task = what,
        Msg::ToggleTake => state.is_task = Some(!state.would_be_task(&state.typed())),
        Msg::Details => {
            state.timeline.details = !state.timeline.details;
            let said = if state.timeline.details { "shown" } else { "hidden" };
            state.notice = Some(format!("replies and outputs are {said}"));
        }
        Msg::Background => background(state),
        msg => {
            return match state.place {
                Place::Desk if matches!(msg, Msg::Pick(_)) => {
                    state.place = Place::Context;
                    in_context(state, msg)
                }
                Place::Desk => at_desk(state, msg),
                Place::Context => in_context(state, msg),
                Place::Proposals => at_proposals(state, msg),
            };
        }
    }
    Vec::new()
}

fn go(state: &mut State, place: Place) -> Vec<Effect> {
    state.place = place;
    if place == Place::Proposals { vec![Effect::List] } else { Vec::new() }
}

/// Ctrl-C: stops what is worked on; else empties the prompt; else asks whether to leave.
fn interrupt(state: &mut State) -> Vec<Effect> {
    if matches!(state.dialog, Some(Dialog::Ask(Question::Quit))) {
        return vec![Effect::Quit];
    }
    if state.cards.reason.take().is_some() || state.dialog.take().is_some() {
        return Vec::new();
    }
    if state.work.as_ref().is_some_and(|work| !work.stopping) {
        return stop(state);
    }
    if !state.prompt.is_empty() {
        state.type_anew("");
        return Vec::new();
    }
    ask_quit(state)
}

fn stop(state: &mut State) -> Vec<Effect> {
    let Some(work) = &mut state.work else {
        state.notice = Some("nothing is being worked on".into());
        return Vec::new();
    };
    work.stopping = true;
    state.cards.end_of_task();
    vec![Effect::Stop]
}

/// Leaves at once where nothing is lost by it.
fn ask_quit(state: &mut State) -> Vec<Effect> {
    if state.work.is_none() && state.queue.is_empty() && state.prompt.is_empty() {
        return vec![Effect::Quit];
    }
    state.dialog = Some(Dialog::Ask(Question::Quit));
    Vec::new()
}

fn background(state: &mut State) {
    let Some(work) = &mut state.work else {
        state.notice = Some("nothing is being worked on".into());
        return;
    };
    work.folded = !work.folded;
    state.notice = Some(match work.folded {
        true => "it goes on in the background; you are told when it ends".into(),
        false => "it is in sight again".into(),
    });
}

#[cfg(test)]
#[path = "update_tests.rs"]
mod tests;
