//! What each message does to the review, and what it asks the loop to do.

use ratatui::layout::{Position, Size};

use crate::proposal::Verdict;
use crate::review::cut;
use crate::review::look::{self, LookMsg};
use crate::review::mouse;
use crate::review::piece::{self, PieceMsg};
use crate::review::state::{Dialog, Pane, State};
use crate::review::text;
use crate::review::walk::{scrolled, walk};
use crate::review::way::Where;
use crate::review::{decide, summary};

/// Something happened: a key with its meaning, the mouse, the terminal, an effect that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Msg {
    Resize(Size),
    Move(Step, Where),
    NextUndecided,
    Decide(Verdict),
    /// Decides what is undecided and leaves other decisions alone.
    DecideRest(Scope, Verdict),
    Toggle,
    TakeBack,
    ShowFiles,
    ShowWhy,
    Enter,
    Back,
    Help,
    AskApply,
    AskQuit,
    Yes,
    No,
    /// Ctrl-C: asks once, insists the second time.
    Interrupt,
    Suspend,
    Wheel(Position, Where),
    Click(Position),
    /// Puts the cursor of a split above this row.
    CutAt(usize),
    ApplyFailed(String),
    /// The hunk in front is split, edited or commented, or what came of that.
    Piece(PieceMsg),
    /// The decisions could not be kept.
    SaveFailed(String),
    /// Something happened elsewhere; one sentence.
    Told(String),
    Look(LookMsg),
}

/// How far a move goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Line,
    Column,
    Page,
    All,
    Hunk,
    File,
}

/// What a decision is about when it is about more than one hunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    File,
    Proposal,
}

/// What the loop is asked to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// Carry out what was decided about the pieces.
    Apply,
    /// Keep what was decided.
    Save,
    /// Have the piece at this index edited.
    Edit(usize),
    /// Have a model word the piece at this index anew.
    Revise {
        hunk: usize,
        comment: String,
    },
    Quit,
    Suspend,
}

/// Changes the state and says what is to be done about it.
pub(super) fn update(state: &mut State, msg: Msg) -> Vec<Effect> {
    let steps = state.steps.len();
    let mut effects = act(state, msg);
    if state.steps.len() != steps {
        effects.insert(0, Effect::Save);
    }
    effects
}

/// As [`update`], for a message that stands for another: what changed is kept once.
pub(super) fn act(state: &mut State, msg: Msg) -> Vec<Effect> {
    if let Msg::Told(text) = msg {
        state.notice = Some(text::plain(&text));
        return Vec::new();
    }
    state.notice = None;
    match msg {
        Msg::Resize(size) => resize(state, size),
        Msg::Suspend => return vec![Effect::Suspend],
        Msg::Interrupt if state.dialog == Some(Dialog::Quit) => return vec![Effect::Quit],
        Msg::Interrupt => return ask_quit(state),
        Msg::SaveFailed(text) => state.notice = Some(text),
        Msg::Piece(msg) if msg.is_news() => piece::news(state, msg),
        Msg::Look(msg) => return look::update(state, msg),
        Msg::ApplyFailed(text) => {
            state.dialog = Some(Dialog::Message { title: "Nothing was applied", text });
        }
        msg => match state.dialog.take() {
            Some(dialog) => return answer(state, dialog, &msg),
            None => return review(state, msg),
        },
    }
    Vec::new()
}

/// A message while a dialog lies over the panes.
fn answer(state: &mut State, dialog: Dialog, msg: &Msg) -> Vec<Effect> {
    match (dialog, msg) {
        (dialog, Msg::Click(at)) => return mouse::click_on_dialog(state, dialog, *at),
        (dialog, Msg::Wheel(_, direction)) => mouse::wheel_on_dialog(state, dialog, *direction),
        (Dialog::Apply, Msg::Yes) => return vec![Effect::Apply],
        (Dialog::Quit, Msg::Yes) => return vec![Effect::Quit],
        (_, Msg::Yes | Msg::No) => state.clamp_scroll(),
        (Dialog::Comment { text }, Msg::Piece(msg)) => return piece::typed(state, text, msg),
        (Dialog::Cut { .. }, Msg::CutAt(row)) => cut::point_at(state, *row),
        (Dialog::Cut { line }, msg) => cut::answer(state, line, msg),
        (Dialog::Help { scroll }, Msg::Move(step, direction)) => {
            let scroll = scrolled(scroll, *step, *direction, help_overhang(state));
            state.dialog = Some(Dialog::Help { scroll });
        }
        (dialog, _) => state.dialog = Some(dialog),
    }
    Vec::new()
}

/// A message to the panes.
fn review(state: &mut State, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::Move(step, direction) => walk(state, step, direction),
        Msg::NextUndecided => decide::next_undecided(state),
        Msg::Decide(verdict) => decide::decide(state, state.at..state.at + 1, verdict),
        Msg::DecideRest(scope, verdict) => decide::decide_rest(state, scope, verdict),
        Msg::Toggle => decide::toggle(state),
        Msg::TakeBack => decide::take_back(state),
        Msg::Piece(msg) => return piece::asked(state, &msg),
        Msg::ShowFiles => show(state, Pane::Files),
        Msg::ShowWhy => show(state, Pane::Why),
        Msg::Back => {
            state.look.search.clear();
            state.pane = Pane::Hunk;
        }
        Msg::Enter if state.pane != Pane::Hunk => state.pane = Pane::Hunk,
        Msg::Enter | Msg::AskApply => state.dialog = Some(summary::question(state)),
        Msg::Help => state.dialog = Some(Dialog::Help { scroll: 0 }),
        Msg::AskQuit => return ask_quit(state),
        Msg::Wheel(at, direction) => mouse::wheel(state, at, direction),
        Msg::Click(at) => return mouse::click(state, at),
        // Answered by `update` or meant for dialogs only.
        Msg::Resize(_) | Msg::Suspend | Msg::Interrupt | Msg::Look(_) => {}
        Msg::ApplyFailed(_) | Msg::SaveFailed(_) | Msg::Told(_) => {}
        Msg::Yes | Msg::No | Msg::CutAt(_) => {}
    }
    Vec::new()
}

fn resize(state: &mut State, size: Size) {
    state.size = size;
    state.lay_out_if_needed();
    state.clamp_scroll();
    cut::keep_in_sight(state);
}

fn help_overhang(state: &State) -> usize {
    let rows = super::commands::in_pane(state.pane).count();
    rows.saturating_sub(usize::from(state.size.height).saturating_sub(4))
}

/// `1 hunk`, `2 hunks`.
pub(crate) fn counted(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

fn show(state: &mut State, pane: Pane) {
    state.pane = if state.pane == pane { Pane::Hunk } else { pane };
    state.clamp_scroll();
}

fn ask_quit(state: &mut State) -> Vec<Effect> {
    if !state.is_begun() {
        return vec![Effect::Quit];
    }
    state.dialog = Some(Dialog::Quit);
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proposal::Piece;
    use crate::review::testing::{hunk, input, press, sample};

    const SCREEN: Size = Size::new(80, 24);

    /// The decisions after a line of keys, by hunk number, and the number of the hunk in front.
    #[track_caller]
    fn check(keys: &str, expected: &str) {
        let (state, _) = press(sample(), SCREEN, keys);
        let mut pieces: Vec<&Piece> = state.pieces.iter().collect();
        pieces.sort_by_key(|piece| (piece.hunk.number, piece.part));
        let verdicts: String = pieces
            .into_iter()
            .map(|piece| match piece.verdict {
                Verdict::Accepted => format!("{}✓ ", piece.name()),
                Verdict::Rejected => format!("{}✗ ", piece.name()),
                Verdict::Undecided => String::new(),
            })
            .collect();
        let front = state.piece().unwrap().name();
        assert_eq!(format!("{verdicts}at {front}"), expected, "{keys}");
    }

    #[test]
    fn decisions() {
        check("", "at 5");
        check("a", "5✓ at 5");
        check("ax", "5✗ at 5");
        check("au", "at 5");
        check("   ", "at 5");
        check("jja<tab>x", "2✓ 3✗ at 3");
        check("nx+", "1✗ 2✓ 3✓ at 1");
        check("nx-", "1✗ 2✗ 3✗ at 1");
        check("nx*", "1✗ 2✓ 3✓ 4✓ 5✓ at 1");
    }

    #[test]
    fn decisions_are_taken_back_step_by_step_where_they_were_made() {
        check("nx*U", "1✗ at 5");
        check("nx*nnUU", "at 1");
        check("U", "at 5");
    }

    #[test]
    fn moving() {
        check("p", "at 5");
        check("nn", "at 2");
        check("}}", "at 4");
        check("}}{", "at 1");
        check("ffG", "at 5");
        check("fG", "at 4");
        check("a<tab>a<tab><tab>", "1✓ 5✓ at 3");
        check("*<tab>", "1✓ 2✓ 3✓ 4✓ 5✓ at 5");
    }

    #[test]
    fn lines_scroll_before_the_next_hunk_comes() {
        let long = "+line\n".repeat(40);
        let hunks = vec![hunk(1, "a.txt", 1, &long), hunk(2, "b.txt", 1, &long)];
        let place = |keys: &str| {
            let (state, _) = press(input(hunks.clone()), SCREEN, keys);
            (state.at, state.scroll)
        };
        assert_eq!(place("jj"), (0, 2));
        assert_eq!(place("G"), (0, 19));
        assert_eq!(place("Gj"), (1, 0));
        assert_eq!(place("Gjk"), (0, 19));
        assert_eq!(place("<pgdn>"), (0, 19));
        assert_eq!(place("<pgdn><pgdn>"), (1, 0));
        assert_eq!(place("k"), (0, 0));
    }

    #[test]
    fn every_step_is_kept_at_once() {
        let effects = |keys: &str| press(sample(), SCREEN, keys).1;
        assert_eq!(effects("aanx"), [Effect::Save, Effect::Save]);
        assert_eq!(effects("aU"), [Effect::Save, Effect::Save]);
        assert_eq!(effects("jnp?"), []);
    }

    #[test]
    fn effects_only_after_a_yes() {
        let effects = |keys: &str| {
            let mut effects = press(sample(), SCREEN, keys).1;
            effects.retain(|effect| *effect != Effect::Save);
            effects
        };
        assert_eq!(effects("q"), [Effect::Quit]);
        assert_eq!(effects("aq"), []);
        assert_eq!(effects("aqn"), []);
        assert_eq!(effects("aqy"), [Effect::Quit]);
        assert_eq!(effects("Ay"), []);
        assert_eq!(effects("a<enter><enter>"), []);
        assert_eq!(effects("aAy"), [Effect::Apply]);
        assert_eq!(effects("aAnaAy"), [Effect::Apply]);
    }

    #[test]
    fn the_mouse_goes_where_it_points() {
        let (mut state, _) = press(sample(), Size::new(120, 40), "");
        update(&mut state, Msg::Click(Position::new(5, 4)));
        assert_eq!(state.hunk().unwrap().number, 1);
        update(&mut state, Msg::Click(Position::new(5, 5)));
        assert_eq!(state.hunk().unwrap().number, 2);
        update(&mut state, Msg::Wheel(Position::new(5, 5), Where::Back));
        assert_eq!(state.hunk().unwrap().number, 1);
        update(&mut state, Msg::Click(Position::new(60, 5)));
        assert_eq!(state.hunk().unwrap().number, 1);
    }

    #[test]
    fn a_proposal_without_hunks_can_be_left() {
        let (state, effects) = press(input(Vec::new()), SCREEN, "jkanpfwG<tab>+U*q");
        assert_eq!(effects, [Effect::Quit]);
        assert!(!state.is_begun());
    }
}
