//! Everything that can be done, with its key: what the help lists and the palette runs.

use crate::proposal::Verdict;
use crate::review::look::LookMsg;
use crate::review::piece::PieceMsg;
use crate::review::state::Pane;
use crate::review::update::{Msg, Scope, Step};
use crate::review::way::Where;

/// One thing that can be done.
#[derive(Debug)]
pub(super) struct Command {
    /// Its keys, as the help writes them.
    pub(super) keys: &'static str,
    pub(super) what: &'static str,
    /// The pane in which the keys mean this; none for every pane.
    pane: Option<Pane>,
    /// What the palette sends; none where it would make no sense there.
    pub(super) msg: Option<Msg>,
}

const fn does(keys: &'static str, what: &'static str, msg: Msg) -> Command {
    Command { keys, what, pane: None, msg: Some(msg) }
}

const fn key(keys: &'static str, what: &'static str) -> Command {
    Command { keys, what, pane: None, msg: None }
}

const fn within(pane: Pane, keys: &'static str, what: &'static str) -> Command {
    Command { keys, what, pane: Some(pane), msg: None }
}

const fn walk(step: Step, direction: Where) -> Msg {
    Msg::Move(step, direction)
}

/// All of them, the most useful first.
pub(super) const COMMANDS: &[Command] = &[
    does("a", "accept this hunk", Msg::Decide(Verdict::Accepted)),
    does("x", "reject this hunk", Msg::Decide(Verdict::Rejected)),
    key("space", "accept, reject, undecide in turn"),
    does("s", "split this hunk; again: smaller", Msg::Piece(PieceMsg::Split)),
    does("S", "split it at a line that you choose", Msg::Piece(PieceMsg::Aim)),
    does("e", "edit its new lines in your editor", Msg::Piece(PieceMsg::Edit)),
    does(
        "c",
        "comment on it; a model words it anew, if one is there",
        Msg::Piece(PieceMsg::Comment),
    ),
    does("u", "make this hunk undecided again", Msg::Decide(Verdict::Undecided)),
    does("U", "take back the last step, whatever it was", Msg::TakeBack),
    does("+", "accept what is undecided in this file", rest(Scope::File, Verdict::Accepted)),
    does("-", "reject what is undecided in this file", rest(Scope::File, Verdict::Rejected)),
    does("*", "accept what is undecided everywhere", rest(Scope::Proposal, Verdict::Accepted)),
    does("A enter", "apply what is accepted, after a question", Msg::AskApply),
    does("tab", "next undecided hunk", Msg::NextUndecided),
    does("n ]", "next hunk", walk(Step::Hunk, Where::Forward)),
    does("p [", "previous hunk", walk(Step::Hunk, Where::Back)),
    does("}", "next file", walk(Step::File, Where::Forward)),
    does("{", "previous file", walk(Step::File, Where::Back)),
    within(Pane::Hunk, "j k ↓ ↑", "a line down, up; past the end the next hunk"),
    within(Pane::Files, "j k ↓ ↑", "next, previous hunk; enter: back to it"),
    within(Pane::Why, "j k ↓ ↑", "a line down, up"),
    key("h l ← →", "left, right in long lines"),
    key("PgDn PgUp", "a page down, up; also ctrl-d, ctrl-u"),
    key("g G", "to the start, to the end"),
    does("f", "files; again: back", Msg::ShowFiles),
    does("w", "why this hunk; again: back", Msg::ShowWhy),
    key("1-9", "open a place that the model was shown"),
    does("|", "two sides, or one below the other", Msg::Look(LookMsg::Sides)),
    does("z", "zoom out: more lines around, the whole file", Msg::Look(LookMsg::Around)),
    does("W", "white space: lines that differ in it only as unchanged", Msg::Look(LookMsg::Space)),
    does("/", "search all hunks and paths", Msg::Look(LookMsg::Search)),
    does("ctrl-n", "next place that was found", found(Where::Forward)),
    does("ctrl-p", "previous place that was found", found(Where::Back)),
    key(":", "all commands by name"),
    does("q", "leave; nothing is applied", Msg::AskQuit),
    does("ctrl-z", "suspend", Msg::Suspend),
    key("mouse", "wheel scrolls; click on files, hunks, answers, keys"),
    does("?", "the keys of this place", Msg::Help),
];

const fn rest(scope: Scope, verdict: Verdict) -> Msg {
    Msg::DecideRest(scope, verdict)
}

const fn found(direction: Where) -> Msg {
    Msg::Look(LookMsg::Found(direction))
}

/// What can be done in `pane`, in the order of the help.
pub(super) fn in_pane(pane: Pane) -> impl Iterator<Item = &'static Command> {
    COMMANDS.iter().filter(move |command| command.pane.is_none_or(|its| its == pane))
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Size;

    use super::*;
    use crate::review::keys;
    use crate::review::testing::{key_named, press, sample};

    #[test]
    fn every_key_of_a_command_means_what_the_palette_sends() {
        for pane in ["", "f", "w"] {
            let (state, _) = press(sample(), Size::new(80, 24), pane);
            for command in COMMANDS.iter().filter(|command| command.msg.is_some()) {
                let typed = command.keys.split(' ').filter(|keys| *keys != "enter");
                for keys in typed {
                    let msg = keys::msg(&state, &key_named(keys));
                    assert_eq!(msg, command.msg, "{keys}");
                }
            }
        }
    }
}
