//! Search, palette, and the places that the model was shown.

use insta::assert_snapshot;
use ratatui::layout::{Position, Size};

use crate::proposal::Verdict;
use crate::review::testing::{key_named, press, sample, screen, shown};
use crate::review::update::{Msg, update};
use crate::review::{keys, state::State};

/// The review after keys, some of them by name.
fn after(typed: &str, named: &[&str]) -> State {
    let mut state = press(sample(), Size::new(80, 24), typed).0;
    for name in named {
        if let Some(msg) = keys::msg(&state, &key_named(name)) {
            update(&mut state, msg);
        }
    }
    state
}

#[test]
fn searching() {
    assert_snapshot!(screen(80, 12, "/timeout"), @"");
    assert_snapshot!(screen(80, 12, "/timeout<enter>"), @"");
    assert_snapshot!(screen(80, 12, "/nowhere at all"), @"");
}

#[test]
fn what_was_found_is_gone_through_in_both_directions() {
    let place = |named: &[&str]| {
        let state = after("/def<enter>", named);
        (state.hunk().unwrap().number, state.notice.clone().unwrap())
    };
    let notice = |nth| format!("{nth} of 4 for `def`; ctrl-n, ctrl-p for the others");
    assert_eq!(place(&[]), (2, notice(1)));
    assert_eq!(place(&["ctrl-n", "ctrl-n"]), (3, notice(3)));
    assert_eq!(place(&["ctrl-n", "ctrl-n", "ctrl-n"]), (4, notice(4)));
    assert_eq!(place(&["ctrl-p"]), (4, notice(4)));
    assert_eq!(after("/Def<enter>", &[]).notice.unwrap(), "`Def` is nowhere in this proposal");
    assert_eq!(after("", &["ctrl-n"]).notice.unwrap(), "`/` searches first");
}

#[test]
fn the_palette_does_what_the_key_does() {
    assert_snapshot!(screen(80, 24, ":"), @"");
    assert_snapshot!(screen(120, 40, ":undec"), @"");
    let state = after(":accept this<enter>", &[]);
    assert_eq!(state.verdict(0), Verdict::Accepted);
    assert_eq!(after(":accept this<esc>", &[]).verdict(0), Verdict::Undecided);
    assert_eq!(after(":axA+*", &[]).count_all().undecided, 5);
}

#[test]
fn a_place_that_was_shown() {
    assert_snapshot!(screen(80, 24, "nnn1"), @"");
    assert_snapshot!(screen(120, 40, "nnn2"), @"");
    assert_eq!(screen(80, 24, "nnn12"), screen(80, 24, "nnn2"));
    assert_eq!(after("9", &[]).notice.unwrap(), "the journal names no place 9 for this hunk");
}

#[test]
fn the_keys_of_each_pane() {
    assert_snapshot!(screen(80, 40, "f?"), @"");
    assert!(screen(80, 44, "w?").contains("Keys in the reasons"));
}

#[test]
fn the_verbs_below_can_be_clicked() {
    let mut state = after("", &[]);
    let row = shown(&state).lines().last().unwrap().to_owned();
    let column = |verb: &str| u16::try_from(row.find(verb).unwrap()).unwrap();
    update(&mut state, Msg::Click(Position::new(column("accept"), 23)));
    assert_eq!(state.verdict(0), Verdict::Accepted);
    update(&mut state, Msg::Click(Position::new(1, 10)));
    assert_eq!(state.count_all().accepted, 1);
}
