//! What the controller does next, input by input.

use super::*;

fn plan(rounds: u32, repair: bool) -> Plan {
    Plan { rounds, repair, turns: Turns::default() }
}

fn failed(output: &str) -> TestResult {
    TestResult { output: output.into(), ..TestResult::default() }
}

fn passed() -> TestResult {
    TestResult { passed: true, ..TestResult::default() }
}

fn drafted(draft: usize, test: Option<TestResult>) -> Attempt {
    let reply = format!("reply {draft}");
    Attempt {
        reply,
        likelihood: -0.1,
        result: Ok(Drafted { draft, test, examples: None, behaviour: None, flaws: Vec::new() }),
    }
}

fn refused(likelihood: f32) -> Attempt {
    let reason = format!("no code at {likelihood}");
    Attempt { reply: format!("r{likelihood}"), likelihood, result: Err(reason) }
}

/// A machine that has asked once.
fn asked(has_test: bool, rounds: u32) -> Machine {
    let mut machine = Machine::new(plan(rounds, false));
    assert_eq!(machine.step(Input::Started), [Effect::Locate]);
    let next = if has_test { Effect::TestBase } else { Effect::Open };
    assert_eq!(machine.step(Input::Located { has_test, files: 1 }), [next]);
    if has_test {
        assert_eq!(machine.step(Input::TestedBase { fails: true }), [Effect::Open]);
    }
    assert_eq!(machine.step(Input::Opened), [Effect::WriteExamples]);
    let ask = Effect::Ask { round: 0, approach: Approach::Open };
    assert_eq!(machine.step(Input::Exemplified), [ask]);
    machine
}

fn proposes(draft: usize, verified: Option<bool>) -> [Effect; 2] {
    [Effect::Propose { draft }, Effect::End(Ending::Proposed { verified })]
}

#[test]
fn what_passes_is_proposed() {
    let attempts = vec![drafted(0, Some(failed("2 failed"))), drafted(1, Some(passed()))];
    let effects = asked(true, 3).step(Input::Answered(attempts));
    assert_eq!(effects, proposes(1, Some(true)));
    let effects = asked(false, 3).step(Input::Answered(vec![refused(-0.1), drafted(0, None)]));
    assert_eq!(effects, proposes(0, None));
}

#[test]
fn small_changes_are_tried_first_where_a_test_fails() {
    let tested = |repair, fails| {
        let mut machine = Machine::new(plan(3, repair));
        machine.step(Input::Started);
        machine.step(Input::Located { has_test: true, files: 1 });
        let effects = machine.step(Input::TestedBase { fails });
        (machine, effects)
    };
    assert_eq!(tested(true, false).1, [Effect::Open]);
    assert_eq!(tested(false, true).1, [Effect::Open]);
    let (mut machine, effects) = tested(true, true);
    assert_eq!(effects, [Effect::Repair { draft: None }]);
    let passes = vec![drafted(0, Some(passed()))];
    assert_eq!(machine.clone().step(Input::Repaired(passes)), proposes(0, Some(true)));
    let fails = || vec![drafted(0, Some(failed("1 failed")))];
    assert_eq!(machine.step(Input::Repaired(fails())), [Effect::Open]);
}

#[test]
fn small_changes_are_tried_once_on_top_of_a_draft_that_fails() {
    let mut machine = Machine::new(plan(3, true));
    machine.step(Input::Started);
    machine.step(Input::Located { has_test: false, files: 1 });
    machine.step(Input::Opened);
    machine.step(Input::Exemplified);
    let mend = |draft| [Effect::Repair { draft: Some(draft) }];
    let fails = |draft| Input::Answered(vec![drafted(draft, Some(failed("E 1")))]);
    assert_eq!(machine.step(fails(7)), mend(7));
    let next = machine.step(Input::Repaired(Vec::new()));
    assert!(matches!(next[..], [Effect::Ask { round: 1, .. }]));
    // The same draft comes again.
    assert!(matches!(machine.step(fails(7))[..], [Effect::Ask { round: 2, .. }]));
    let passes = Input::Repaired(vec![drafted(8, Some(passed()))]);
    assert_eq!(machine.step(passes), proposes(8, Some(true)));
}

#[test]
fn what_examples_say_is_mended_last() {
    let mut machine = asked(false, 2);
    machine.plan.repair = true;
    let fails = || {
        let (test, examples) = (None, Some(failed("f(1) is 2")));
        let result = Ok(Drafted { draft: 3, test, examples, behaviour: None, flaws: Vec::new() });
        Input::Answered(vec![Attempt { reply: "r".into(), likelihood: -0.1, result }])
    };
    assert!(matches!(machine.step(fails())[..], [Effect::Ask { round: 1, .. }]));
    assert_eq!(machine.step(fails()), [Effect::Repair { draft: Some(3) }]);
    assert_eq!(machine.step(Input::Repaired(Vec::new())), proposes(3, None));
}

#[test]
fn rounds_that_make_more_examples_hold_are_followed_by_others() {
    let mut machine = asked(false, 9);
    let fails = |draft, failing| {
        let examples = Some(TestResult { failing: Some(failing), ..failed("f(1) is 2") });
        let (test, behaviour, flaws) = (None, None, Vec::new());
        let result = Ok(Drafted { draft, test, examples, behaviour, flaws });
        Input::Answered(vec![Attempt { reply: draft.to_string(), likelihood: -0.1, result }])
    };
    assert!(matches!(machine.step(fails(0, 3))[..], [Effect::Ask { round: 1, .. }]));
    assert!(matches!(machine.step(fails(1, 2))[..], [Effect::Ask { round: 2, .. }]));
    assert!(matches!(machine.step(fails(2, 1))[..], [Effect::Ask { round: 3, .. }]));
    assert_eq!(machine.step(fails(3, 1)), proposes(2, None));
}

#[test]
fn refused_replies_go_back_with_the_likeliest_one_s_reason_and_not_for_ever() {
    let mut machine = asked(false, 9);
    let all_refused = || Input::Answered(vec![refused(-0.9), refused(-0.2)]);
    let feedback = Feedback::Refused("no code at -0.2".into());
    let approach = Approach::Revise(Turn { reply: "r-0.2".into(), feedback });
    assert_eq!(machine.step(all_refused()), [Effect::Ask { round: 1, approach }]);
    assert!(matches!(machine.step(all_refused())[..], [Effect::Ask { round: 2, .. }]));
    let end = Effect::End(Ending::NoUsableReply("no code at -0.2".into()));
    assert_eq!(machine.step(all_refused()), [end]);
}

#[test]
fn rounds_revise_and_begin_anew_in_turns_until_they_are_spent() {
    let mut machine = asked(true, 3);
    let fails = |draft| Input::Answered(vec![drafted(draft, Some(failed("E 1")))]);
    let feedback = Feedback::Failed("E 1".into());
    let approach = Approach::Revise(Turn { reply: "reply 0".into(), feedback });
    assert_eq!(machine.step(fails(0)), [Effect::Ask { round: 1, approach }]);
    let afresh = Effect::Ask { round: 2, approach: Approach::Afresh };
    assert_eq!(machine.step(fails(1)), [afresh]);
    assert_eq!(machine.step(fails(2)), proposes(0, Some(false)));
}

#[test]
fn a_flaw_goes_back_and_does_not_keep_a_draft_from_being_proposed() {
    let flawed = || {
        let flaws = vec!["`f` is still empty".to_owned()];
        let result = Ok(Drafted { draft: 0, test: None, examples: None, behaviour: None, flaws });
        Input::Answered(vec![Attempt { reply: "r".into(), likelihood: -0.1, result }])
    };
    let mut machine = asked(false, 2);
    let feedback = Feedback::Flawed("`f` is still empty".into());
    let approach = Approach::Revise(Turn { reply: "r".into(), feedback });
    assert_eq!(machine.step(flawed()), [Effect::Ask { round: 1, approach }]);
    assert_eq!(machine.step(flawed()), proposes(0, None));
}

#[test]
fn two_rounds_without_anything_new_are_enough() {
    let mut machine = asked(true, 9);
    let same = || Input::Answered(vec![drafted(0, Some(failed("E")))]);
    machine.step(same());
    assert!(matches!(machine.step(same())[..], [Effect::Ask { .. }]));
    assert_eq!(machine.step(same()), proposes(0, Some(false)));
}

#[test]
fn a_draft_outlives_the_time_limit_and_nothing_does_not() {
    let mut machine = asked(true, 9);
    assert_eq!(machine.clone().step(Input::TimeUp), [Effect::End(Ending::TimeUp)]);
    machine.step(Input::Answered(vec![drafted(4, Some(failed("E")))]));
    assert_eq!(machine.step(Input::TimeUp), proposes(4, Some(false)));
    assert_eq!(machine.step(Input::Cancelled), [Effect::End(Ending::Cancelled)]);
}
