//! Every command of the program, to be found by a few letters of its words.

use crate::console::finder::Finder;
use crate::console::msg::{Msg, Place};

/// A command: what it does, its key, and what it means.
pub(super) const COMMANDS: [(&str, &str, Msg); 17] = [
    ("stop what is being worked on", "ctrl-c", Msg::Stop),
    ("review what waits", "tab", Msg::Go(Place::Proposals)),
    ("context: what the model sees", "shift-tab", Msg::Go(Place::Context)),
    ("desk: back to the prompt", "esc", Msg::Go(Place::Desk)),
    ("add a file or definition to the context", "+", Msg::Add),
    ("forget what is pinned and dropped", "", Msg::ClearSelection),
    ("take what is typed for a task", "ctrl-t", Msg::Take(Some(true))),
    ("take what is typed for a question", "ctrl-t", Msg::Take(Some(false))),
    ("take what is typed for what it looks like", "", Msg::Take(None)),
    ("details: replies and outputs, shown or hidden", "ctrl-e", Msg::Details),
    ("background: fold the task that runs", "ctrl-b", Msg::Background),
    ("forget the tasks that wait for their turn", "", Msg::ClearQueue),
    ("undo the last apply", "", Msg::AskUndo),
    ("redo what was undone", "", Msg::AskRedo),
    ("suspend", "ctrl-z", Msg::Suspend),
    ("keys", "?", Msg::Help),
    ("leave", "ctrl-d", Msg::AskQuit),
];

pub(super) fn palette() -> Finder<Msg> {
    let label = |words: &str, key: &str| match key {
        "" => words.to_owned(),
        key => format!("{words}  ({key})"),
    };
    Finder::new(COMMANDS.into_iter().map(|(words, key, msg)| (label(words, key), msg)).collect())
}
