//! Screens of every place and dialog, as a person sees them, at two sizes.

use insta::assert_snapshot;

use crate::console::job::{End, News, Target};
use crate::console::msg::Msg;
use crate::console::state::State;
use crate::console::testing::{
    begun, chosen, compared, fresh, hear, press, proposed, question, rows, run_question, shown,
};
use crate::console::update::update;

/// The same session on a small and on a large screen.
#[track_caller]
fn check(name: &str, session: impl Fn(&mut State)) {
    for (width, height) in [(80, 24), (120, 40)] {
        let mut state = fresh(width, height);
        session(&mut state);
        assert_snapshot!(format!("{name}_{width}"), shown(&state));
    }
}

fn working(state: &mut State) {
    press(state, "Reject negative timeouts everywhere<enter>");
    hear(state, begun());
}

#[test]
fn the_beginning() {
    check("beginning", |_| {});
}

#[test]
fn a_task_at_work() {
    check("working", |state| {
        working(state);
        press(state, "Then document it");
    });
}

#[test]
fn a_task_that_came_to_a_proposal() {
    check("proposed", |state| {
        working(state);
        press(state, "<c-e>");
        hear(state, [proposed()]);
        update(state, Msg::Proposals(rows()));
        press(state, "<c-e>");
    });
}

#[test]
fn the_answers_of_a_round_stand_beside_each_other() {
    check("compared", |state| {
        working(state);
        hear(state, compared());
    });
    check("chosen", |state| {
        working(state);
        hear(state, compared());
        hear(state, chosen());
    });
}

#[test]
fn an_answer_with_its_lines() {
    check("answered", |state| {
        press(state, "How is the timeout set?<enter>");
        let text = "It is the default of 30 unless one is given.".to_owned();
        let cited = vec!["src/client.py:42  self.timeout = timeout or 30".to_owned()];
        hear(state, [News::Ended(End::Answered { text, cited })]);
    });
}

#[test]
fn what_the_model_sees() {
    check("context", |state| {
        working(state);
        press(state, "<tab>jjdjp");
    });
}

#[test]
fn the_proposals() {
    check("proposals", |state| {
        update(state, Msg::Proposals(rows()));
        press(state, "<tab>mj");
    });
    check("no_proposals", |state| {
        press(state, "<tab><tab>");
    });
}

#[test]
fn a_card() {
    check("card", |state| {
        working(state);
        hear(state, [News::Asks(question(".github/workflows/ci.yml"))]);
    });
    check("card_run", |state| {
        working(state);
        hear(state, [News::Asks(run_question("pytest tests/test_client.py"))]);
    });
    check("card_reason", |state| {
        working(state);
        hear(state, [News::Asks(question(".github/workflows/ci.yml"))]);
        press(state, "rnot in this change");
    });
}

#[test]
fn dialogs() {
    check("help", |state| {
        press(state, "?");
    });
    check("palette", |state| {
        press(state, ":rev");
    });
    check("add", |state| {
        let target = |path: &str| Target { path: path.parse().unwrap(), symbol: None };
        let targets = vec![target("src/client.py"), target("docs/日本語.md")];
        press(state, "<tab>+");
        update(state, Msg::Targets(targets));
    });
    check("leave", |state| {
        working(state);
        press(state, "<c-d>");
    });
    check("failed", |state| {
        let text =
            "`src/client.py` was changed where the proposal changes it: line 42\n\nreview it again";
        update(state, Msg::Said(Err(text.into())));
    });
}

#[test]
fn dialogs_about_what_was_applied() {
    check("undo", |state| {
        press(state, ":undo last<enter>");
    });
    check("redo", |state| {
        press(state, ":redo what<enter>");
    });
}

#[test]
fn the_keys_of_the_other_places() {
    check("help_context", |state| {
        press(state, "<tab>?");
    });
    check("help_proposals", |state| {
        press(state, "<tab><tab>?");
    });
}

#[test]
fn what_waits_and_what_is_folded() {
    check("waiting", |state| {
        working(state);
        press(state, "Then document it<enter>And test it<enter><c-b>");
    });
    check("stopping", |state| {
        working(state);
        press(state, "<c-c>");
    });
    check("leave_with_all", |state| {
        working(state);
        press(state, "Then document it<enter>half a task<c-d>");
    });
}

#[test]
fn a_context_before_any_task() {
    check("context_empty", |state| {
        press(state, "<tab>");
    });
}

#[test]
fn a_task_that_came_to_nothing() {
    check("ended", |state| {
        working(state);
        hear(state, [News::Ended(End::Nothing("nothing was proposed".into()))]);
        press(state, "Try again<enter>");
        hear(state, [News::Ended(End::Stopped)]);
        press(state, "And again<enter>");
        let (message, hint) = ("the model is gone".to_owned(), Some("load it".to_owned()));
        hear(state, [News::Ended(End::Failed { message, hint })]);
    });
}

#[test]
fn a_prompt_of_several_lines_at_sixty_columns() {
    let mut state = fresh(60, 20);
    working(&mut state);
    press(&mut state, "Say in the documentation what a timeout below zero does now<c-j>");
    press(&mut state, "and name 日本語 examples of it, each in a line of its own");
    assert_snapshot!("typed_60", shown(&state));
}

#[test]
fn hostile_text_is_shown_and_never_obeyed() {
    check("hostile", |state| {
        press(state, "Fix it<enter>");
        let text =
            "\x1b[2J\x1b]0;title\x07 tab\there \u{202e}right to left\u{202c} 日本語 e\u{301} \r\n";
        let delta = crate::model::Delta::Text(text.repeat(2));
        hear(state, [News::Begins("coder".into()), News::Delta(delta), News::Said(text.into())]);
    });
}

#[test]
fn small_screens_say_what_fits() {
    for (width, height) in [(60, 20), (40, 12), (24, 7), (1, 1)] {
        let mut state = fresh(width, height);
        working(&mut state);
        assert_snapshot!(format!("small_{width}"), shown(&state));
    }
}
