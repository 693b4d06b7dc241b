//! A click does what the key does that it points at: it is looked for where it is drawn.

use ratatui::layout::{Position, Size};
use unicode_width::UnicodeWidthStr;

use crate::review::state::{Dialog, State};
use crate::review::testing::{press, sample, shown};
use crate::review::update::{Effect, Msg, update};
use crate::review::way::Where;

/// Where `text` stands on the screen, the last time that it does.
#[track_caller]
fn place(state: &State, text: &str) -> Position {
    let screen = shown(state);
    let found = (0..).zip(screen.lines()).filter_map(|(y, line)| {
        let before = &line[..line.rfind(text)?];
        Some(Position::new(u16::try_from(before.width()).unwrap(), y))
    });
    found.last().unwrap_or_else(|| panic!("no {text:?} in\n{screen}"))
}

/// Clicks on `text`, and gives what is to be done.
#[track_caller]
fn click(state: &mut State, text: &str) -> Vec<Effect> {
    let at = place(state, text);
    update(state, Msg::Click(at))
}

fn after(keys: &str, size: Size) -> State {
    press(sample(), size, keys).0
}

const SIZES: [Size; 3] = [Size::new(80, 24), Size::new(120, 40), Size::new(44, 16)];

#[test]
fn questions_are_answered_where_their_answers_stand() {
    for size in SIZES {
        let mut state = after("aA", size);
        assert_eq!(click(&mut state, "apply · n back"), [Effect::Apply]);
        let mut state = after("aA", size);
        assert_eq!(click(&mut state, "n back"), []);
        assert_eq!(state.dialog, None);
        let mut state = after("aq", size);
        assert_eq!(click(&mut state, "y leave"), [Effect::Quit]);
        let mut state = after("aq", size);
        assert_eq!(click(&mut state, " files stay as they"), []);
        assert_eq!(update(&mut state, Msg::Click(Position::ORIGIN)), []);
        assert_eq!(state.dialog, Some(Dialog::Quit));
        assert_eq!(click(&mut state, "n back"), []);
        assert_eq!(state.dialog, None);
    }
}

#[test]
fn what_is_only_read_closes_and_the_wheel_turns_it() {
    for size in SIZES {
        let mut state = after("?", size);
        update(&mut state, Msg::Wheel(Position::ORIGIN, Where::Forward));
        let scrolled = if size.height < 40 { 3 } else { 0 };
        assert!(matches!(state.dialog, Some(Dialog::Help { scroll }) if scroll >= scrolled));
        click(&mut state, "take back");
        assert_eq!(state.dialog, None);
        let mut state = after("A", size);
        assert!(matches!(state.dialog, Some(Dialog::Message { .. })));
        update(&mut state, Msg::Click(Position::ORIGIN));
        assert_eq!(state.dialog, None);
    }
}

#[test]
fn a_row_of_the_palette_does_what_it_says() {
    for size in SIZES {
        let mut state = after(":undecided", size);
        click(&mut state, "make this hunk");
        assert_eq!(state.dialog, None);
        let mut state = after(":", size);
        let effects = click(&mut state, "accept this hunk");
        assert_eq!((effects, state.count_all().accepted), (vec![Effect::Save], 1));
        let mut state = after(":", size);
        for _ in 0..5 {
            update(&mut state, Msg::Wheel(Position::ORIGIN, Where::Forward));
        }
        click(&mut state, "next undecided hunk");
        assert_eq!((state.dialog.clone(), state.at), (None, 1));
        let mut state = after(":", size);
        click(&mut state, "esc back");
        assert_eq!(state.dialog, None);
        let mut state = after(":reject this", size);
        click(&mut state, "enter does it");
        assert_eq!(state.count_all().rejected, 1);
    }
}

#[test]
fn a_comment_is_said_and_a_place_is_closed() {
    let mut state = after("cshorter", SIZES[0]);
    let effects = click(&mut state, "enter say it");
    assert_eq!(effects.last(), Some(&Effect::Revise { hunk: 0, comment: "shorter".to_owned() }));
    let mut state = after("cshorter", SIZES[0]);
    click(&mut state, "esc back");
    assert_eq!((state.dialog.clone(), state.steps.len()), (None, 0));
    let mut state = after("1", SIZES[1]);
    click(&mut state, "j k scroll");
    assert!(state.dialog.is_some());
    click(&mut state, "q back");
    assert_eq!(state.dialog, None);
}

#[test]
fn rows_of_the_files_lead_to_their_hunks() {
    let mut state = after("f", SIZES[0]);
    click(&mut state, "src/client.py");
    assert_eq!(state.hunk().unwrap().number, 1);
    click(&mut state, "3 · if timeout");
    assert_eq!(state.hunk().unwrap().number, 3);
    click(&mut state, "3 · if timeout");
    assert!(shown(&state).contains("hunk 3 of 3"), "{}", shown(&state));
}
