//! What the controller of the loop wishes for, reply by reply.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::agent::machine::TestResult;
use crate::agent::tools::tool_names;

const WITHOUT_TEST: Option<(bool, &str)> = None;

fn looping(turns: u32) -> Looping {
    let tools = tool_names().map(str::to_owned).collect();
    let mut machine = Looping::new(Bounds { turns, written: Tokens(1000), tools });
    assert_eq!(machine.step(Heard::Started), [Wish::Locate]);
    assert_eq!(machine.step(Heard::Located { has_test: true }), [Wish::TestBase]);
    assert_eq!(machine.step(Heard::TestedBase), [Wish::Open]);
    assert_eq!(machine.step(Heard::Opened), [Wish::Ask { warmer: 0 }]);
    machine
}

fn call(name: &str, about: &str) -> ToolCall {
    let arguments = json!({ "path": about, "name": about, "code": about, "text": about });
    ToolCall { id: String::new(), name: name.into(), arguments }
}

fn calls(calls: &[ToolCall]) -> Heard {
    Heard::Said(Said { calls: calls.to_vec(), written: Tokens(10), ..Said::default() })
}

fn says(text: &str) -> Heard {
    Heard::Said(Said { text: text.into(), ..Said::default() })
}

/// What an act came to: this result, and this draft.
fn seen(result: &str, draft: &str) -> Heard {
    let draft = Some(draft).filter(|it| !it.is_empty()).map(|it| Digest::of(it.as_bytes()));
    Heard::Seen(Seen { result: Digest::of(result.as_bytes()), draft, weighed: None })
}

fn weighed(draft: usize, test: Option<(bool, &str)>) -> Drafted {
    let test = test.map(|(passed, output)| TestResult {
        passed,
        output: output.into(),
        ..TestResult::default()
    });
    Drafted { draft, test, examples: None, behaviour: None, flaws: Vec::new() }
}

/// The remarks among wishes, and whether the model is asked after them.
fn told(wishes: &[Wish]) -> (Vec<Telling>, bool) {
    let remark = |wish: &Wish| match wish {
        Wish::Tell { remark, .. } => Some(remark.clone()),
        _ => None,
    };
    let asks = matches!(wishes.last(), Some(Wish::Ask { .. }));
    (wishes.iter().filter_map(remark).collect(), asks)
}

/// Why it was stopped, and what is proposed.
#[track_caller]
fn proposed(wishes: &[Wish]) -> (Option<String>, usize, Option<bool>) {
    match wishes {
        [.., Wish::Propose { draft, stopped, .. }, Wish::End(Ending::Proposed { verified })] => {
            (stopped.clone(), *draft, *verified)
        }
        other => panic!("{other:?}"),
    }
}

/// One edit in a turn of its own.
fn edits(machine: &mut Looping, about: &str, draft: &str) -> Vec<Wish> {
    let wishes = machine.step(calls(&[call("edit", about)]));
    assert!(matches!(wishes.last(), Some(Wish::Act { .. })), "{wishes:?}");
    machine.step(seen(&format!("edited to {draft}"), draft))
}

#[test]
fn calls_are_acted_on_in_their_order() {
    let mut machine = looping(9);
    let both = [call("open", "a.py"), call("nothing", ""), call("symbol", "f")];
    let wishes = machine.step(calls(&both));
    assert!(matches!(&wishes[..], [Wish::Act { act: Act::Open { .. }, .. }]), "{wishes:?}");
    let wishes = machine.step(seen("text", ""));
    let [Wish::Tell { call: Some(_), remark: Telling::Refused(why) }, Wish::Act { act, .. }] =
        &wishes[..]
    else {
        panic!("{wishes:?}")
    };
    assert!(why.contains("there is no tool `nothing`"), "{why}");
    assert!(matches!(act, Act::Symbol { .. }));
    assert_eq!(machine.step(seen("code", "")), [Wish::Ask { warmer: 0 }]);
}

#[test]
fn what_is_called_done_is_tested_and_what_fails_goes_back() {
    let mut machine = looping(9);
    edits(&mut machine, "1", "one");
    assert_eq!(machine.step(calls(&[call("done", "")])), [Wish::Weigh { test: true }]);
    let wishes = machine.step(Heard::Weighed(weighed(0, Some((false, "E 1")))));
    assert_eq!(told(&wishes), (vec![Telling::Failed("E 1".into())], true));
    edits(&mut machine, "2", "two");
    machine.step(calls(&[call("done", "")]));
    let wishes = machine.step(Heard::Weighed(weighed(1, Some((true, "")))));
    assert_eq!(proposed(&wishes), (None, 1, Some(true)));
}

#[test]
fn words_after_an_edit_are_an_end_and_before_one_they_are_none() {
    let mut machine = looping(9);
    assert_eq!(told(&machine.step(says("I would change it."))), (vec![Telling::Silent], true));
    edits(&mut machine, "1", "one");
    assert_eq!(machine.step(says("Changed it.")), [Wish::Weigh { test: true }]);
    let wishes = machine.step(Heard::Weighed(weighed(0, WITHOUT_TEST)));
    let [Wish::Propose { summary, stopped: None, .. }, _] = &wishes[..] else {
        panic!("{wishes:?}")
    };
    assert_eq!(summary, "Changed it.");
}

#[test]
fn what_cannot_be_read_is_told_and_not_for_ever() {
    let mut machine = looping(9);
    let unread = || Heard::Said(Said { unread: vec!["no JSON".into()], ..Said::default() });
    let remark = Telling::Unread("no JSON".into());
    assert_eq!(told(&machine.step(unread())), (vec![remark], true));
    let cut = Heard::Said(Said { cut: true, text: "a".into(), ..Said::default() });
    assert_eq!(told(&machine.step(cut)), (vec![Telling::Cut], true));
    let wishes = machine.step(unread());
    let why = "the model called no tool".to_owned();
    assert_eq!(wishes, [Wish::End(Ending::NoUsableReply(why))]);
}

#[test]
fn the_same_again_is_told_and_then_stopped() {
    let mut machine = looping(9);
    edits(&mut machine, "1", "one");
    let mut again = || {
        machine.step(calls(&[call("open", "a.py")]));
        machine.step(seen("text", "one"))
    };
    assert_eq!(told(&again()), (vec![], true));
    let wishes = again();
    let why = "`open a.py a.py a.py` gave the same result as before".to_owned();
    assert_eq!(told(&wishes), (vec![Telling::Stuck(why)], true));
    assert!(matches!(wishes.last(), Some(Wish::Ask { warmer: 1 })));
    assert_eq!(again(), [Wish::Weigh { test: true }]);
    let wishes = machine.step(Heard::Weighed(weighed(0, Some((false, "E")))));
    let (stopped, draft, verified) = proposed(&wishes);
    assert!(stopped.unwrap().contains("nothing moved: `open a.py"));
    assert_eq!((draft, verified), (0, Some(false)));
}

#[test]
fn a_new_draft_is_a_reason_to_go_on() {
    let mut machine = looping(30);
    for nth in 0..2 {
        let about = nth.to_string();
        for _ in 0..2 {
            machine.step(calls(&[call("open", &about)]));
            machine.step(seen("text", ""));
        }
        assert!(told(&edits(&mut machine, &about, &about)).1);
    }
}

#[test]
fn edits_that_undo_each_other_are_noticed() {
    let mut machine = looping(9);
    edits(&mut machine, "1", "one");
    let wishes = edits(&mut machine, "2", "");
    assert!(
        matches!(&told(&wishes).0[..], [Telling::Stuck(why)] if why.contains("undo each other"))
    );
    edits(&mut machine, "3", "three");
    let wishes = edits(&mut machine, "4", "one");
    assert!(matches!(&told(&wishes).0[..], [Telling::Stuck(_)]));
    let wishes = edits(&mut machine, "5", "three");
    assert_eq!(wishes, [Wish::Weigh { test: true }]);
}

#[test]
fn a_budget_ends_it_with_the_best_draft() {
    let mut machine = looping(3);
    let wishes = edits(&mut machine, "1", "one");
    assert_eq!(told(&wishes), (vec![Telling::TurnsLeft(2)], true));
    machine.step(calls(&[call("run", "")]));
    let drafted = Some(weighed(0, Some((true, ""))));
    let draft = Some(Digest::of(b"one"));
    machine.step(Heard::Seen(Seen { result: Digest::of(b"r"), draft, weighed: drafted }));
    assert_eq!(edits(&mut machine, "2", "two"), [Wish::Weigh { test: true }]);
    let wishes = machine.step(Heard::Weighed(weighed(1, Some((false, "E")))));
    assert_eq!(proposed(&wishes), (Some("all 3 turns were used".into()), 0, Some(true)));

    let mut machine = looping(300);
    let written = Tokens(5000);
    let calls = vec![call("open", "a")];
    machine.step(Heard::Said(Said { calls, written, ..Said::default() }));
    let wishes = machine.step(seen("text", ""));
    assert!(matches!(&wishes[..], [Wish::End(Ending::NoUsableReply(why))] if why.contains("5000")));
}

#[test]
fn nothing_is_run_when_the_time_is_up() {
    let mut machine = looping(9);
    assert_eq!(machine.clone().step(Heard::TimeUp), [Wish::End(Ending::TimeUp)]);
    edits(&mut machine, "1", "one");
    assert_eq!(machine.step(Heard::TimeUp), [Wish::Weigh { test: false }]);
    let wishes = machine.step(Heard::Weighed(weighed(0, WITHOUT_TEST)));
    assert_eq!(proposed(&wishes), (Some("the time was up".into()), 0, None));
    assert_eq!(machine.step(Heard::Cancelled), [Wish::End(Ending::Cancelled)]);
}

#[test]
fn done_without_an_edit_is_none() {
    let mut machine = looping(9);
    let done = || calls(&[call("done", "")]);
    assert!(matches!(&told(&machine.step(done())).0[..], [Telling::Refused(_)]));
    let wishes = machine.step(done());
    assert!(matches!(&told(&wishes).0[..], [Telling::Refused(_), Telling::Stuck(_)]), "{wishes:?}");
    let wishes = machine.step(done());
    assert!(matches!(&wishes[..], [.., Wish::End(Ending::NoUsableReply(_))]), "{wishes:?}");
}

proptest! {
    /// Whatever is called and whatever comes of it: it ends within its turns, and asks for one thing at
    /// a time.
    #[test]
    fn it_ends_within_its_budget(
        replies in prop::collection::vec(
            prop::collection::vec(
                ("search|open|edit|run|plan|note|done|x", "[ab]", "[abc]?", any::<bool>()), 0..4,
            ),
            60,
        ),
        turns in 1..20u32,
    ) {
        let mut machine = looping(turns);
        let (mut asked, mut steps) = (0, 0);
        let mut wishes = vec![Wish::Ask { warmer: 0 }];
        let mut outcomes: Vec<(String, String, String, bool)> = Vec::new();
        while !wishes.iter().any(|wish| matches!(wish, Wish::End(_))) {
            steps += 1;
            prop_assert!(steps < 500 && asked <= turns, "{steps} steps, asked {asked} times");
            let waits = |wish: &&Wish| !matches!(wish, Wish::Tell { .. } | Wish::Propose { .. });
            prop_assert_eq!(wishes.iter().filter(waits).count(), 1);
            let heard = match wishes.last() {
                Some(Wish::Ask { .. }) => {
                    let reply = &replies[asked as usize % replies.len()];
                    outcomes = reply.clone();
                    asked += 1;
                    calls(&reply.iter().map(|it| call(&it.0, &it.1)).collect::<Vec<_>>())
                }
                Some(Wish::Act { .. }) => {
                    let (.., draft, _) = outcomes.first().cloned().unwrap_or_default();
                    seen(&draft, &draft)
                }
                Some(Wish::Weigh { .. }) => {
                    let passed = outcomes.pop().is_some_and(|it| it.3);
                    Heard::Weighed(weighed(steps, Some((passed, "E"))))
                }
                other => return Err(TestCaseError::fail(format!("{other:?}"))),
            };
            wishes = machine.step(heard);
        }
    }
}
