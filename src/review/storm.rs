//! Whatever is typed, clicked and resized, in whatever order: a review goes on.

use crossterm::event::{
    Event, KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};
use proptest::prelude::*;
use ratatui::layout::Size;

use crate::proposal::{Origin, Piece, Verdict};
use crate::review::piece::PieceMsg;
use crate::review::state::State;
use crate::review::testing::{draw, hunk, input, moving, press, sample, state};
use crate::review::update::{Effect, Msg, update};
use crate::review::{ReviewInput, Theme, keys};

fn key() -> impl Strategy<Value = Event> {
    let letter = proptest::sample::select(
        "axuU+-*npjklhgGfwAqsSSec?yn}{[] /z|W:1éz界".chars().collect::<Vec<_>>(),
    );
    let named = proptest::sample::select(vec![
        KeyCode::Tab,
        KeyCode::Enter,
        KeyCode::Esc,
        KeyCode::PageDown,
        KeyCode::PageUp,
        KeyCode::Down,
        KeyCode::Up,
        KeyCode::Left,
        KeyCode::Right,
        KeyCode::Home,
        KeyCode::End,
        KeyCode::Backspace,
        KeyCode::F(1),
    ]);
    let code = prop_oneof![4 => letter.prop_map(KeyCode::Char), 2 => named];
    let modifiers = prop_oneof![
        8 => Just(KeyModifiers::NONE),
        1 => Just(KeyModifiers::CONTROL),
        1 => Just(KeyModifiers::ALT),
    ];
    (code, modifiers).prop_map(|(code, modifiers)| Event::Key(KeyEvent::new(code, modifiers)))
}

fn mouse() -> impl Strategy<Value = Event> {
    let kind = proptest::sample::select(vec![
        MouseEventKind::ScrollDown,
        MouseEventKind::ScrollUp,
        MouseEventKind::Down(MouseButton::Left),
        MouseEventKind::Moved,
    ]);
    (kind, 0..200_u16, 0..60_u16).prop_map(|(kind, column, row)| {
        Event::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE })
    })
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        12 => key(),
        2 => mouse(),
        1 => (1..160_u16, 1..50_u16).prop_map(|(width, height)| Event::Resize(width, height)),
        1 => "\\PC{0,9}\n?".prop_map(Event::Paste),
    ]
}

/// Answers an effect as the loop would: editors and models succeed and fail in turn.
fn answer(state: &State, effect: &Effect, turn: usize) -> Option<Msg> {
    let text = |piece: &Piece| [piece.text(), b"own\n".to_vec()].concat();
    match effect {
        Effect::Apply => Some(Msg::ApplyFailed("busy\n\u{1b}[2J".to_owned())),
        Effect::Edit(at) => Some(Msg::Piece(match state.pieces.get(*at) {
            Some(piece) if !turn.is_multiple_of(3) => PieceMsg::Edited(*at, text(piece)),
            _ => PieceMsg::EditFailed("\u{1b}[31mno editor".to_owned()),
        })),
        Effect::Revise { hunk, .. } => Some(Msg::Piece(match state.pieces.get(*hunk) {
            Some(piece) if !turn.is_multiple_of(2) => PieceMsg::Revised(text(piece)),
            _ => PieceMsg::ReviseFailed("no model".to_owned()),
        })),
        Effect::Save if turn.is_multiple_of(7) => Some(Msg::SaveFailed("disk full".to_owned())),
        Effect::Save | Effect::Quit | Effect::Suspend => None,
    }
}

/// A file that moves and is edited, beside one that comes and one that goes.
fn moved() -> ReviewInput {
    let text = "one\n2\n3\n4\n5\n6\n7\n8\n9\n日本\tten\n";
    let files = [
        ("a/new.py", state("1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n"), state(text)),
        ("b.txt", None, state("b\n\nc\n")),
        ("c.txt", state("c\n"), None),
    ];
    moving(&files, &[("a/new.py", "a/old.py")])
}

/// The old and the new lines of all pieces of each hunk, as long as the proposal's own words stand.
fn sides(state: &State) -> Vec<(u32, usize, bool)> {
    let hunks = state.pieces.chunk_by(|a, b| a.hunk.number == b.hunk.number);
    let of = |parts: &[Piece]| {
        let old = parts.iter().map(|piece| piece.hunk.old.len()).sum();
        (parts[0].hunk.number, old, parts.len() == 1 || parts.iter().all(|it| it.part > 0))
    };
    hunks.map(of).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn no_events_make_it_panic_or_lose_a_line(
        events in proptest::collection::vec(event(), 0..80), is_moved in any::<bool>(),
    ) {
        let input = || if is_moved { moved() } else { sample() };
        let mut state = State::new(input(), Theme::Ansi, Size::new(100, 30));
        let whole = sides(&state);
        for (turn, event) in events.iter().enumerate() {
            let Some(msg) = keys::msg(&state, event) else { continue };
            for effect in update(&mut state, msg) {
                if let Some(msg) = answer(&state, &effect, turn) {
                    update(&mut state, msg);
                }
            }
            if turn.is_multiple_of(8) {
                draw(&state, state.size);
            }
            prop_assert_eq!(sides(&state), whole.clone());
            let ends: Vec<usize> = state.files.iter().map(|file| file.hunks.end).collect();
            prop_assert_eq!(ends.last(), Some(&state.pieces.len()));
            prop_assert!(state.pieces.is_empty() || state.at < state.pieces.len());
        }
        draw(&state, state.size);
        while !state.steps.is_empty() {
            state.dialog = None;
            update(&mut state, Msg::TakeBack);
        }
        let fresh = State::new(input(), Theme::Ansi, state.size);
        prop_assert_eq!(state.pieces, fresh.pieces);
    }
}

#[test]
fn a_revision_is_undecided_and_can_be_taken_back() {
    let (mut state, effects) = press(sample(), Size::new(80, 24), "acshorter<enter>");
    assert_eq!(effects.last(), Some(&Effect::Revise { hunk: 0, comment: "shorter".to_owned() }));
    assert_eq!(state.pieces[0].verdict, Verdict::Accepted);
    update(&mut state, Msg::Piece(PieceMsg::Revised(b"steps: []\n".to_vec())));
    let piece = &state.pieces[0];
    assert_eq!((piece.verdict, piece.origin), (Verdict::Undecided, Origin::Revision));
    assert_eq!(piece.comments, ["shorter"]);
    update(&mut state, Msg::TakeBack);
    assert_eq!(
        (state.pieces[0].verdict, state.pieces[0].origin),
        (Verdict::Accepted, Origin::Proposal)
    );
    update(&mut state, Msg::TakeBack);
    assert!(state.pieces[0].comments.is_empty());
}

#[test]
fn a_revision_of_a_hunk_that_is_another_by_now_is_dropped() {
    let hunks = vec![hunk(1, "a.txt", 1, "-a\n-b\n+c\n+d\n")];
    let (mut state, _) = press(input(hunks), Size::new(80, 24), "cshorter<enter>s");
    update(&mut state, Msg::Piece(PieceMsg::Revised(b"x\n".to_vec())));
    assert_eq!(state.pieces.len(), 2);
    assert!(state.pieces.iter().all(|piece| piece.origin == Origin::Proposal));
    assert!(state.notice.unwrap().contains("dropped"));
}
