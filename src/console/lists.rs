//! The two places that are lists: what the model sees, and the proposals that wait.

use crate::console::msg::{Effect, Msg};
use crate::console::state::State;
use crate::review::Where;

/// A key in the context.
pub(super) fn in_context(state: &mut State, msg: Msg) -> Vec<Effect> {
    let last = state.sources.all().len().saturating_sub(1);
    match msg {
        Msg::Pick(at) => state.sources.at = at.min(last),
        Msg::Move(direction) => state.sources.at = direction.moved(state.sources.at, 1).min(last),
        Msg::Scroll(lines, direction) => {
            state.sources.at = direction.moved(state.sources.at, lines).min(last);
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

/// What is pinned and dropped goes to whoever works.
pub(super) fn selected(state: &State) -> Vec<Effect> {
    vec![Effect::Select(state.sources.selection.clone())]
}

/// A key among the proposals.
pub(super) fn at_proposals(state: &mut State, msg: Msg) -> Vec<Effect> {
    let last = state.proposals.rows.len().saturating_sub(1);
    match msg {
        // The one in front is opened by another click.
        Msg::Pick(at) if at == state.proposals.at => return at_proposals(state, Msg::Choose),
        Msg::Pick(at) => state.proposals.at = at.min(last),
        Msg::Move(direction) => {
            state.proposals.at = direction.moved(state.proposals.at, 1).min(last);
        }
        Msg::Scroll(lines, direction) => {
            state.proposals.at = direction.moved(state.proposals.at, lines).min(last);
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
