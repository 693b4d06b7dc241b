//! Verdicts, and taking steps back.

use crate::proposal::{Origin, Piece, Verdict, count_parts};
use crate::review::state::{State, Step};
use crate::review::update::{Scope, counted};

/// Gives hunks a verdict, as one step that can be taken back.
pub(super) fn decide(state: &mut State, hunks: impl Iterator<Item = usize>, verdict: Verdict) {
    let mut former = Vec::new();
    for index in hunks {
        let Some(piece) = state.pieces.get_mut(index) else { continue };
        if piece.verdict != verdict {
            former.push((index, piece.verdict));
            piece.verdict = verdict;
        }
    }
    if !former.is_empty() {
        state.steps.push(Step::Decided(former));
    }
}

pub(super) fn decide_rest(state: &mut State, scope: Scope, verdict: Verdict) {
    let hunks = match scope {
        Scope::File => state.file().map_or(0..0, |file| file.hunks.clone()),
        Scope::Proposal => 0..state.pieces.len(),
    };
    let rest: Vec<usize> =
        hunks.filter(|index| state.verdict(*index) == Verdict::Undecided).collect();
    state.notice = Some(format!("{} decided; `U` takes it back", counted(rest.len(), "hunk")));
    decide(state, rest.into_iter(), verdict);
}

pub(super) fn toggle(state: &mut State) {
    let next = match state.verdict(state.at) {
        Verdict::Undecided => Verdict::Accepted,
        Verdict::Accepted => Verdict::Rejected,
        Verdict::Rejected => Verdict::Undecided,
    };
    decide(state, state.at..state.at + 1, next);
}

pub(super) fn next_undecided(state: &mut State) {
    let all = state.pieces.len();
    let after = (state.at + 1..all).chain(0..all.min(state.at + 1));
    match after.into_iter().find(|index| state.verdict(*index) == Verdict::Undecided) {
        Some(index) => state.go_to(index),
        None => state.notice = Some("every hunk is decided; `A` applies".to_owned()),
    }
}

/// Puts other pieces in the place of the one at `at`, as one step that can be taken back.
pub(super) fn replace(state: &mut State, at: usize, by: Vec<Piece>) {
    let count = by.len();
    let former = exchange(state, at, 1, by);
    state.steps.push(Step::Replaced { at, count, former });
}

/// Takes the last step back and goes where it was made.
pub(super) fn take_back(state: &mut State) {
    let place = match state.steps.pop() {
        None => {
            state.notice = Some("nothing is decided yet".to_owned());
            return;
        }
        Some(Step::Decided(former)) => {
            let first = former.first().map(|(index, _)| *index);
            for (index, verdict) in former {
                if let Some(piece) = state.pieces.get_mut(index) {
                    piece.verdict = verdict;
                }
            }
            first.filter(|place| *place != state.at)
        }
        Some(Step::Replaced { at, count, former }) => {
            exchange(state, at, count, former);
            Some(at)
        }
    };
    if let Some(place) = place {
        state.go_to(place);
    }
}

/// Puts pieces of one hunk in the place of `count` others of it, and gives these.
fn exchange(state: &mut State, at: usize, count: usize, by: Vec<Piece>) -> Vec<Piece> {
    let end = (at + count).min(state.pieces.len());
    let (now, was) = (by.len(), end.saturating_sub(at));
    let former: Vec<Piece> = state.pieces.splice(at.min(end)..end, by).collect();
    for file in &mut state.files {
        if file.hunks.start > at {
            file.hunks.start = file.hunks.start + now - was;
        }
        if file.hunks.end > at {
            file.hunks.end = file.hunks.end + now - was;
        }
    }
    if let Some(number) = former.first().map(|piece| piece.hunk.number) {
        let is_of = |piece: &Piece| piece.hunk.number == number;
        let start = state.pieces[..at].iter().rposition(|it| !is_of(it)).map_or(0, |it| it + 1);
        let end = (at..state.pieces.len()).find(|it| !is_of(&state.pieces[*it]));
        let end = end.unwrap_or(state.pieces.len());
        count_parts(&mut state.pieces[start..end], number);
    }
    // What was worded anew may be moved code no more, or is now.
    let worded = |piece: &Piece| piece.origin != Origin::Proposal;
    let now = state.pieces.get(at..at + now).unwrap_or_default();
    if former.iter().chain(now).any(worded) {
        state.learn();
    }
    state.lay_out();
    former
}
