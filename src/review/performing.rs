//! Does what a review asks for and needs no screen: apply, keep, have a hunk written anew.

use crate::proposal::Piece;
use crate::review::Actions;
use crate::review::piece::PieceMsg;
use crate::review::run::Outcome;
use crate::review::state::State;
use crate::review::update::{Effect, Msg};

/// Does what needs no screen: an outcome, or what there is to say about it.
pub(super) fn perform(
    state: &State,
    effect: Effect,
    actions: &mut dyn Actions,
) -> Result<Outcome, Option<Msg>> {
    match effect {
        Effect::Apply => actions
            .apply(&state.pieces)
            .map(Outcome::Applied)
            .map_err(|it| Some(Msg::ApplyFailed(it))),
        Effect::Quit => {
            // Where nothing was done nothing is kept; that the place is lost is no loss.
            if state.is_begun() {
                let _ = save(state, actions);
            }
            Ok(Outcome::Quit)
        }
        Effect::Save => Err(save(state, actions).err().map(Msg::SaveFailed)),
        Effect::Revise { hunk, comment } => {
            let failed = actions.revise(&state.pieces, hunk, &comment).err();
            Err(failed.map(|why| Msg::Piece(PieceMsg::ReviseFailed(why))))
        }
        Effect::Suspend | Effect::Edit(_) => Err(None),
    }
}

fn save(state: &State, actions: &mut dyn Actions) -> Result<(), String> {
    let at = state.piece().map(Piece::name);
    actions.save(&state.pieces, at.as_deref())
}

/// What came of an editor.
pub(super) fn edited(piece: &Piece, at: usize, actions: &mut dyn Actions) -> Msg {
    Msg::Piece(match actions.edit(piece) {
        Ok(text) => PieceMsg::Edited(at, text),
        Err(why) => PieceMsg::EditFailed(why),
    })
}
