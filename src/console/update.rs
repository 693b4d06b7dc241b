//! What each message does to the session, and what it asks the loop to do.

use ratatui::layout::Size;
use ratatui_textarea::Input;

use crate::base::ProposalId;
use crate::console::candidates::Round;
use crate::console::finder;
use crate::console::job::{Job, News, ProposalRow, Target};
use crate::console::live::Live;
use crate::console::palette::palette;
use crate::console::state::{Dialog, Now, Question, State, Waiting, Work};
use crate::console::timeline::Tone;
use crate::console::{keys, news};
use crate::review::counted;
use crate::session::{Approval, Pin, Selection};

/// Lines that one notch of the wheel, or one press, scrolls.
const NOTCH: usize = 3;
const PAGE: usize = 12;
/// So many jobs may wait.
const QUEUE: usize = 32;

/// The places of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Desk,
    Context,
    Proposals,
}

/// Something happened: a key with its meaning, the terminal, news from backstage, what came of an effect.
#[derive(Clone, Debug)]
pub(super) enum Msg {
    Resize(Size),
    Tick(Now),
    News(Box<News>),
    Type(Input),
    Paste(String),
    Send,
    Newline,
    Recall(Where),
    Scroll(usize, Where),
    Ends(Where),
    Go(Place),
    NextPlace,
    Move(Where),
    /// Whether what is typed is a task, a question, or what it looks like.
    Take(Option<bool>),
    ToggleTake,
    Details,
    Background,
    Stop,
    ClearQueue,
    Interrupt,
    Suspend,
    Help,
    Palette,
    AskQuit,
    AskUndo,
    AskRedo,
    Pin,
    Drop,
    Add,
    ClearSelection,
    Approve(Approval),
    /// A no whose reason is to be typed.
    Reason,
    Choose,
    Mark,
    Compare,
    Yes,
    No,
    Targets(Vec<Target>),
    Proposals(Vec<ProposalRow>),
    /// What came of a review, an undo: good or bad.
    Said(Result<String, String>),
}

/// Which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Where {
    Forward,
    Back,
}

/// What the loop is asked to do.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Effect {
    Start(Job),
    Stop,
    Answer(Approval),
    Select(Selection),
    /// Ask for the files and definitions that there are.
    Targets,
    /// Ask for the proposals that wait.
    List,
    Review(ProposalId),
    Compare(ProposalId, ProposalId),
    Undo,
    Redo,
    Ring,
    Suspend,
    Quit,
}

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

fn in_dialog(state: &mut State, dialog: Dialog, msg: Msg) -> Vec<Effect> {
    match (dialog, msg) {
        (Dialog::Ask(question), Msg::Yes) => {
            return vec![match question {
                Question::Quit => Effect::Quit,
                Question::Undo => Effect::Undo,
                Question::Redo => Effect::Redo,
            }];
        }
        (_, Msg::No | Msg::Yes) => {}
        (Dialog::Palette(finder), Msg::Choose) => {
            if let Some(chosen) = finder.chosen().cloned() {
                return update(state, chosen);
            }
        }
        (Dialog::Add(finder), Msg::Choose) => {
            if let Some(Target { path, symbol }) = finder.chosen().cloned() {
                state.notice = Some(state.sources.pin(Pin { path, symbol }));
                return selected(state);
            }
        }
        (Dialog::Palette(mut finder), msg) => {
            in_finder(&mut finder, msg);
            state.dialog = Some(Dialog::Palette(finder));
        }
        (Dialog::Add(mut finder), msg) => {
            in_finder(&mut finder, msg);
            state.dialog = Some(Dialog::Add(finder));
        }
        (Dialog::Help { scroll }, Msg::Move(direction)) => {
            let last = keys::help(state.place).len();
            state.dialog = Some(Dialog::Help { scroll: moved(scroll, 1, direction).min(last) });
        }
        (Dialog::Message { title, text, scroll }, Msg::Move(direction)) => {
            let scroll = moved(scroll, 1, direction).min(text.lines().count());
            state.dialog = Some(Dialog::Message { title, text, scroll });
        }
        (dialog, _) => state.dialog = Some(dialog),
    }
    Vec::new()
}

fn in_finder<T>(finder: &mut finder::Finder<T>, msg: Msg) {
    match msg {
        Msg::Type(input) if finder.typed.input(input.clone()) => finder.find(),
        Msg::Paste(text) => {
            finder.typed.insert_str(text.replace(['\n', '\r'], " "));
            finder.find();
        }
        Msg::Move(direction) => {
            let last = finder.shown().len().saturating_sub(1);
            finder.at = moved(finder.at, 1, direction).min(last);
        }
        _ => {}
    }
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

fn at_desk(state: &mut State, msg: Msg) -> Vec<Effect> {
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
            state.timeline.scroll = moved(state.timeline.scroll, lines, direction);
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

fn in_context(state: &mut State, msg: Msg) -> Vec<Effect> {
    let last = state.sources.all().len().saturating_sub(1);
    match msg {
        Msg::Move(direction) => state.sources.at = moved(state.sources.at, 1, direction).min(last),
        Msg::Scroll(lines, direction) => {
            state.sources.at = moved(state.sources.at, lines, direction).min(last);
        }
        Msg::Ends(Where::Back) => state.sources.at = 0,
        Msg::Ends(Where::Forward) => state.sources.at = last,
        Msg::Drop => {
            state.notice = Some(state.sources.toggle_drop());
            return selected(state);
        }
        Msg::Pin => {
            state.notice = Some(state.sources.toggle_pin());
            return selected(state);
        }
        _ => {}
    }
    Vec::new()
}

fn selected(state: &State) -> Vec<Effect> {
    vec![Effect::Select(state.sources.selection.clone())]
}

fn at_proposals(state: &mut State, msg: Msg) -> Vec<Effect> {
    let last = state.proposals.rows.len().saturating_sub(1);
    match msg {
        Msg::Move(direction) => {
            state.proposals.at = moved(state.proposals.at, 1, direction).min(last);
        }
        Msg::Scroll(lines, direction) => {
            state.proposals.at = moved(state.proposals.at, lines, direction).min(last);
        }
        Msg::Ends(Where::Back) => state.proposals.at = 0,
        Msg::Ends(Where::Forward) => state.proposals.at = last,
        Msg::Choose => match state.proposals.row() {
            Some(row) => return vec![Effect::Review(row.id.clone())],
            None => state.notice = Some("no proposal waits".into()),
        },
        Msg::Mark => state.proposals.mark(),
        Msg::Compare => match state.proposals.pair() {
            Some((one, other)) => return vec![Effect::Compare(one, other)],
            None => {
                state.notice = Some("mark one with `m`, go to another, then compare".into());
            }
        },
        _ => {}
    }
    Vec::new()
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

/// A number moved by some, not below zero.
pub(super) fn moved(from: usize, by: usize, direction: Where) -> usize {
    match direction {
        Where::Forward => from.saturating_add(by),
        Where::Back => from.saturating_sub(by),
    }
}

impl Msg {
    pub(super) fn notch(direction: Where) -> Self {
        Self::Scroll(NOTCH, direction)
    }

    pub(super) fn page(direction: Where) -> Self {
        Self::Scroll(PAGE, direction)
    }
}

#[cfg(test)]
#[path = "update_tests.rs"]
mod tests;
