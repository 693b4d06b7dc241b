//! Sessions from key to key, and what they ask to be done.

use proptest::prelude::*;

use super::*;
use crate::console::job::{End, Job, News, Target};
use crate::console::testing::{
    begun, click, click_at, fresh, hear, packed, press, proposed, question, rows, shown,
};
use crate::review::Where;
use crate::session::DroppedSource;
use ratatui::layout::Size;

fn job(text: &str) -> Effect {
    Effect::Start(Job::Change(text.into(), Selection::default()))
}

#[test]
fn what_is_sent_is_begun_and_what_is_sent_meanwhile_waits() {
    let mut state = fresh(80, 24);
    assert_eq!(press(&mut state, "Fix it<enter>"), [job("Fix it")]);
    assert_eq!(press(&mut state, "Then that<enter>"), []);
    assert_eq!(state.queue.len(), 1);
    let effects = hear(&mut state, [proposed()]);
    assert_eq!(effects, [Effect::Ring, Effect::List, job("Then that")]);
    assert!(state.notice.as_deref().unwrap().contains("p-7f3a"));
}

#[test]
fn a_question_is_asked_and_a_key_says_otherwise() {
    let mut state = fresh(80, 24);
    let effects = press(&mut state, "How is it keyed?<enter>");
    assert!(matches!(&effects[..], [Effect::Start(Job::Question(..))]));
    hear(&mut state, [News::Ended(End::Stopped)]);
    let effects = press(&mut state, "How it is keyed<c-t><enter>");
    assert!(matches!(&effects[..], [Effect::Start(Job::Change(..))]));
}

#[test]
fn control_c_stops_then_empties_then_leaves() {
    let mut state = fresh(80, 24);
    press(&mut state, "Fix it<enter>more");
    assert_eq!(press(&mut state, "<c-c>"), [Effect::Stop]);
    assert_eq!(press(&mut state, "<c-c>"), []);
    assert_eq!(state.typed(), "");
    assert_eq!(press(&mut state, "<c-c>"), [], "something still runs, so it asks");
    assert_eq!(press(&mut state, "<c-c>"), [Effect::Quit]);
}

#[test]
fn it_leaves_at_once_where_nothing_is_lost() {
    assert_eq!(press(&mut fresh(80, 24), "<c-d>"), [Effect::Quit]);
    let mut state = fresh(80, 24);
    assert_eq!(press(&mut state, "half a ta<c-d>"), []);
    assert_eq!(press(&mut state, "n"), []);
    assert_eq!(state.typed(), "half a ta");
}

#[test]
fn a_dropped_source_is_out_of_view_from_the_next_turn_on() {
    let mut state = fresh(120, 40);
    press(&mut state, "Fix it<enter>");
    hear(&mut state, begun());
    let effects = press(&mut state, "<tab>jjd");
    let [Effect::Select(selection)] = &effects[..] else { panic!("{effects:?}") };
    let path = "src/client.py".parse().unwrap();
    let span = Some(crate::base::Span::new(31, 58));
    assert_eq!(selection.dropped, [DroppedSource { path, span }]);
    assert!(shown(&state).contains("changes from the next turn on"));
    hear(&mut state, [packed()]);
    assert!(!shown(&state).contains("changes from the next turn on"));
}

#[test]
fn something_is_added_by_a_few_letters() {
    let mut state = fresh(120, 40);
    assert_eq!(press(&mut state, "<tab>+"), [Effect::Targets]);
    let target = |path: &str, symbol: Option<&str>| Target {
        path: path.parse().unwrap(),
        symbol: symbol.map(str::to_owned),
    };
    let targets = vec![target("src/a.py", None), target("src/a.py", Some("Client.connect"))];
    update(&mut state, Msg::Targets(targets));
    let effects = press(&mut state, "conn<enter>");
    let [Effect::Select(selection)] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(selection.pinned[0].to_string(), "src/a.py::Client.connect");
    let effects = press(&mut state, "<esc>Go on<enter>");
    assert_eq!(effects, [Effect::Start(Job::Change("Go on".into(), selection.clone()))]);
}

#[test]
fn a_card_is_answered_by_a_key_but_not_by_a_word_that_is_typed() {
    let mut state = fresh(80, 24);
    press(&mut state, "Fix it<enter>");
    hear(&mut state, [News::Asks(question(".ci/run"))]);
    assert_eq!(press(&mut state, "<c-t>"), []);
    assert_eq!(press(&mut state, "y"), [Effect::Answer(Approval::Once)]);
    assert_eq!(
        hear(&mut state, [News::Asks(question(".ci/run"))]),
        [Effect::Answer(Approval::Once)]
    );
    press(&mut state, "a word ");
    hear(&mut state, [News::Asks(question(".ci/more"))]);
    assert_eq!(press(&mut state, "yes"), []);
    assert_eq!(state.typed(), "a word yes");
}

#[test]
fn a_no_takes_its_reason_back_to_whoever_asked() {
    let mut state = fresh(80, 24);
    press(&mut state, "Fix it<enter>");
    hear(&mut state, [News::Asks(question(".ci/run"))]);
    let effects = press(&mut state, "ruse make instead<enter>");
    let reason = "use make instead".to_owned();
    assert_eq!(effects, [Effect::Answer(Approval::Denied { reason })]);
}

#[test]
fn proposals_are_reviewed_and_compared() {
    let mut state = fresh(80, 24);
    update(&mut state, Msg::Proposals(rows()));
    let [one, other] = [rows()[0].id.clone(), rows()[1].id.clone()];
    assert_eq!(press(&mut state, "<tab>"), [Effect::List]);
    assert_eq!(press(&mut state, "<enter>"), [Effect::Review(one.clone())]);
    assert_eq!(press(&mut state, "mc"), [], "there is nothing to compare it with");
    assert_eq!(press(&mut state, "jc"), [Effect::Compare(one, other)]);
}

#[test]
fn what_has_just_come_is_in_front() {
    let mut state = fresh(80, 24);
    let [new, old] = [rows()[0].clone(), rows()[1].clone()];
    update(&mut state, Msg::Proposals(vec![old.clone()]));
    press(&mut state, "Fix it<enter>");
    hear(&mut state, [proposed()]);
    update(&mut state, Msg::Proposals(vec![old, new.clone()]));
    press(&mut state, "<tab>");
    assert_eq!(press(&mut state, "<enter>"), [Effect::Review(new.id)]);
}

#[test]
fn what_was_sent_comes_back_with_the_arrow_keys() {
    let mut state = fresh(80, 24);
    press(&mut state, "one<enter>two<enter>");
    update(&mut state, Msg::Recall(Where::Back));
    assert_eq!(state.typed(), "two");
    update(&mut state, Msg::Recall(Where::Back));
    update(&mut state, Msg::Recall(Where::Back));
    assert_eq!(state.typed(), "one");
    update(&mut state, Msg::Recall(Where::Forward));
    update(&mut state, Msg::Recall(Where::Forward));
    assert_eq!(state.typed(), "");
}

#[test]
fn the_palette_knows_every_command() {
    let mut state = fresh(80, 24);
    press(&mut state, ":undo last<enter>");
    assert_eq!(press(&mut state, "y"), [Effect::Undo]);
}

#[test]
fn a_task_in_the_background_shows_no_text_and_its_end_is_told() {
    let mut state = fresh(120, 40);
    press(&mut state, "Fix it<enter>");
    hear(&mut state, begun());
    assert!(shown(&state).contains("def connect"));
    press(&mut state, "<c-b>");
    assert!(!shown(&state).contains("def connect"));
    assert!(hear(&mut state, [proposed()]).contains(&Effect::Ring));
}

#[test]
fn a_click_does_what_the_key_does() {
    for (width, height) in [(80, 24), (120, 40)] {
        let mut state = fresh(width, height);
        press(&mut state, "Fix it<enter>");
        hear(&mut state, begun());
        hear(&mut state, [News::Asks(question(".ci/run")), News::Asks(question(".ci/more"))]);
        assert_eq!(click(&mut state, "this session"), [Effect::Answer(Approval::Session)]);
        click(&mut state, "no, because");
        assert!(state.cards.reason.is_some());
        press(&mut state, "not now<enter>");
        click(&mut state, "context");
        press(&mut state, "<esc><tab>");
        assert_eq!(state.place, Place::Context);
        click(&mut state, "src/pool.py");
        let effects = click(&mut state, "drop");
        let [Effect::Select(selection)] = &effects[..] else { panic!("{effects:?}") };
        assert_eq!(selection.dropped[0].to_string(), "src/pool.py:12-40");
        // What was done is said in the place of the keys, until the next of them.
        click(&mut state, "instructions");
        assert_eq!(click(&mut state, "add"), [Effect::Targets]);
        let target = |path: &str| Target { path: path.parse().unwrap(), symbol: None };
        update(&mut state, Msg::Targets(vec![target("src/one.py"), target("src/two.py")]));
        let effects = click(&mut state, "src/two.py");
        let [Effect::Select(selection)] = &effects[..] else { panic!("{effects:?}") };
        assert_eq!(selection.pinned[0].to_string(), "src/two.py");
        click(&mut state, "instructions");
        click(&mut state, "keys");
        assert!(matches!(state.dialog, Some(Dialog::Help { .. })));
        click(&mut state, "q back");
        update(&mut state, Msg::Proposals(rows()));
        update(&mut state, Msg::Go(Place::Proposals));
        assert_eq!(click(&mut state, "p-81c0"), []);
        assert_eq!(click(&mut state, "p-81c0"), [Effect::Review(rows()[1].id.clone())]);
        click(&mut state, "stop");
        assert!(state.work.as_ref().unwrap().stopping);
        update(&mut state, Msg::Palette);
        click(&mut state, "undo the last apply");
        assert_eq!(click(&mut state, "y yes"), [Effect::Undo]);
    }
}

#[test]
fn what_lies_below_a_dialog_is_not_clicked_on() {
    let mut state = fresh(120, 40);
    press(&mut state, "Fix it<enter>");
    press(&mut state, "<c-d>");
    assert_eq!(click(&mut state, "In view"), []);
    assert_eq!((state.place, click(&mut state, "n back")), (Place::Desk, Vec::new()));
    assert!(state.dialog.is_none());
    click(&mut state, "In view");
    assert_eq!(state.place, Place::Context);
    click(&mut state, "Timeline");
    assert_eq!(state.place, Place::Desk);
}

/// Whatever is typed and heard, on a screen of any size.
fn anything() -> impl Strategy<Value = Vec<(u8, String, u16, u16)>> {
    let keys = prop::sample::select(vec![
        "<enter>",
        "<tab>",
        "<esc>",
        "<pgup>",
        "<pgdn>",
        "<down>",
        "<c-b>",
        "<c-c>",
        "<c-d>",
        "<c-e>",
        "<c-j>",
        "<c-p>",
        "<c-t>",
        "a",
        "c",
        "d",
        "j",
        "k",
        "m",
        "n",
        "p",
        "q",
        "r",
        "s",
        "x",
        "y",
        "+",
        "?",
        ":",
        "é日\u{202e}",
    ]);
    prop::collection::vec((0_u8..12, keys.prop_map(str::to_owned), 1_u16..130, 1_u16..45), 1..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn whatever_is_typed_and_heard_nothing_breaks(steps in anything()) {
        let mut state = fresh(80, 24);
        for (what, keys, width, height) in steps {
            match what {
                0 => drop(hear(&mut state, begun())),
                1 => drop(hear(&mut state, [proposed()])),
                2 => drop(hear(&mut state, [News::Asks(question(&format!("f{width}")))])),
                3 => drop(update(&mut state, Msg::Proposals(rows()))),
                4 => drop(update(&mut state, Msg::Resize(Size::new(width, height)))),
                5 => drop(update(&mut state, Msg::Paste(format!("a\nb\x1b[2J{keys}")))),
                7 => drop(click_at(&mut state, width, height)),
                6 => drop(update(&mut state, Msg::Targets(vec![Target { path: "a".parse().unwrap(), symbol: None }]))),
                _ => drop(press(&mut state, &keys)),
            }
            let text = shown(&state);
            prop_assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
        }
    }
}
