//! What keys do to a dialog that lies over the places.

use crate::console::finder::Finder;
use crate::console::job::Target;
use crate::console::keys;
use crate::console::lists::selected;
use crate::console::msg::{Effect, Msg};
use crate::console::state::{Dialog, Question, State};
use crate::console::update::update;
use crate::session::Pin;

/// A key while `dialog` is in front.
pub(super) fn in_dialog(state: &mut State, dialog: Dialog, msg: Msg) -> Vec<Effect> {
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
        (Dialog::Palette(mut finder), Msg::Pick(at)) => {
            finder.at = at;
            return in_dialog(state, Dialog::Palette(finder), Msg::Choose);
        }
        (Dialog::Add(mut finder), Msg::Pick(at)) => {
            finder.at = at;
            return in_dialog(state, Dialog::Add(finder), Msg::Choose);
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
            state.dialog = Some(Dialog::Help { scroll: direction.moved(scroll, 1).min(last) });
        }
        (Dialog::Message { title, text, scroll }, Msg::Move(direction)) => {
            let scroll = direction.moved(scroll, 1).min(text.lines().count());
            state.dialog = Some(Dialog::Message { title, text, scroll });
        }
        (dialog, _) => state.dialog = Some(dialog),
    }
    Vec::new()
}

fn in_finder<T>(finder: &mut Finder<T>, msg: Msg) {
    match msg {
        Msg::Type(input) if finder.typed.input(input.clone()) => finder.find(),
        Msg::Paste(text) => {
            finder.typed.insert_str(text.replace(['\n', '\r'], " "));
            finder.find();
        }
        Msg::Move(direction) => {
            let last = finder.shown().len().saturating_sub(1);
            finder.at = direction.moved(finder.at, 1).min(last);
        }
        _ => {}
    }
}
