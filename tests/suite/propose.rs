//! From a task to a proposal, with a scripted model in the real model's place.

use insta::assert_snapshot;

use crate::support::{Said, TestRepo};

const CODE: &str = "def double(x):\n    return x + x + 1\n\n\ndef half(x):\n    return x / 2\n";
const GOOD: &str = "EDIT calc.py double\n```python\ndef double(x):\n    return 2 * x\n```\n";
const BAD: &str = "EDIT calc.py double\n```python\ndef double(x):\n    return 3 * x\n```\n";
const TEST: &str = "python3 -c 'import calc; assert calc.double(2) == 4'";

fn repo() -> TestRepo {
    TestRepo::with(&[("calc.py", CODE), ("README.md", "Adds.\n")])
}

fn propose(repo: &TestRepo, replies: &[&str], more: &[&str]) -> Said {
    let args = ["propose", "twice the argument is wanted"];
    repo.run_scripted(replies, args.iter().chain(more))
}

/// The lines of the summary that do not depend on the machine's speed.
fn summary(said: &Said) -> String {
    said.stdout.lines().filter(|line| !line.contains(" in all")).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_proposal_is_verified_and_nothing_is_written() {
    let repo = repo();
    let before = repo.tree();
    let said = propose(&repo, &[GOOD], &["--test", TEST]).exits(0);
    let id = said.stdout.split_whitespace().nth(1).expect("id").to_owned();
    assert_snapshot!(summary(&said).replace(&id, "p-ID"), @r"
    proposal p-ID   test before: failed   test after: passed
    the work tree is untouched; decide with `countersign review p-ID`
    ");
    assert_eq!(repo.tree(), before);
    assert!(repo.run(["diff"]).exits(0).stdout.contains("+    return 2 * x"));
    repo.run(["apply"]).exits(0);
    assert_eq!(repo.text("calc.py"), CODE.replace("x + x + 1", "2 * x"));
    repo.run(["undo"]).exits(0);
    assert_eq!(repo.tree(), before);
    repo.run(["journal", "verify"]).exits(0);
}

#[test]
fn a_proposal_says_how_many_answers_it_was_chosen_from_and_why() {
    let repo = repo();
    let replies = [BAD, "I would rather not.", BAD, GOOD];
    propose(&repo, &replies, &["--test", TEST, "--candidates", "4"]).exits(0);
    let shown = repo.run(["show"]).exits(0).stdout;
    let chosen = shown.lines().find(|line| line.starts_with("chosen")).expect("a line");
    assert_eq!(
        chosen.trim_start_matches("chosen").trim(),
        "the best of 4 answers (1 of no use, 2 different changes): it alone passes its tests"
    );
    let journal = repo.run(["journal", "list"]).exits(0).stdout;
    let number = |words: &str| journal.lines().filter(|line| line.contains(words)).count();
    assert_eq!((number("drafted change 1"), number("drafted change 2")), (2, 1), "{journal}");
}

#[test]
fn a_reply_that_cannot_be_used_goes_back_with_the_reason() {
    let repo = repo();
    let said = propose(&repo, &["I would rather not.", GOOD], &[]).exits(0);
    assert!(said.stderr.contains("the reply has no code block"), "{}", said.stderr);
    let journal = repo.run(["journal", "list", "--json"]).exits(0).stdout;
    assert!(journal.contains("This reply cannot be used: the reply has no code block"));
}

#[test]
fn the_definition_that_the_task_names_begins_the_answer() {
    let repo = repo();
    let rest = "def double(x):\n    return 2 * x\n```\n";
    repo.run_scripted(&[rest], ["propose", "`double` must give twice its argument"]).exits(0);
    assert!(repo.run(["diff"]).exits(0).stdout.contains("+    return 2 * x"));
}

#[test]
fn three_times_is_enough() {
    let repo = repo();
    let said = propose(&repo, &["No."; 9], &[]).exits(1);
    assert_eq!(said.stderr.matches("gave it back").count(), 3, "{}", said.stderr);
    assert!(said.stderr.contains("no reply of the model could be applied"));
    assert_eq!(repo.run(["proposals", "--json"]).exits(0).json(), serde_json::json!([]));
}

#[test]
fn a_change_that_fails_its_test_is_proposed_as_that() {
    let repo = repo();
    let said = propose(&repo, &[BAD; 4], &["--test", TEST]).exits(14);
    assert!(said.stdout.contains("test after: failed"), "{}", said.stdout);
    assert!(repo.run(["proposals"]).exits(0).stdout.contains("failed"));
}

#[test]
fn the_failing_output_goes_back_too() {
    let repo = repo();
    let said = propose(&repo, &[BAD, GOOD], &["--test", TEST]).exits(0);
    assert!(said.stdout.contains("test after: passed"), "{}", said.stdout);
}

#[test]
fn a_failing_test_is_not_edited_instead_of_the_code() {
    let test = "import calc\n\ndef test_double():\n    assert calc.double(2) == 4\n";
    let repo = TestRepo::with(&[("calc.py", CODE), ("test_calc.py", test)]);
    let cheat = "EDIT test_calc.py test_double\n```python\ndef test_double():\n    pass\n```\n";
    let command = "python3 -c 'import test_calc; test_calc.test_double()'";
    let said = propose(&repo, &[cheat, GOOD], &["--test", command]).exits(0);
    assert!(said.stderr.contains("is a test and is right"), "{}", said.stderr);
    assert!(!repo.run(["diff"]).exits(0).stdout.contains("test_calc"));
}

#[test]
fn programs_read_json_lines() {
    let repo = repo();
    let said = propose(&repo, &[GOOD], &["--test", TEST, "--json", "--apply"]).exits(0);
    let lines: Vec<serde_json::Value> =
        said.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert!(lines.iter().all(|line| line["v"] == 1 && line["type"].is_string()));
    let last = lines.last().expect("lines");
    assert_eq!(last["type"], "task.completed");
    assert_eq!((&last["outcome"], &last["applied"]), (&"verified".into(), &true.into()));
    assert_eq!(last["requests"], 1);
    assert_eq!(repo.text("calc.py"), CODE.replace("x + x + 1", "2 * x"));
}

#[test]
fn uncommitted_work_is_what_the_change_is_made_on() {
    let repo = repo();
    let mine = format!("{CODE}\n\ndef mine():\n    return 'mine'\n");
    repo.write("calc.py", &mine);
    repo.write("new.txt", "untracked\n");
    let test = "test -f new.txt && grep -q mine calc.py";
    propose(&repo, &[GOOD], &["--test", test]).exits(0);
    repo.run(["apply"]).exits(0);
    assert_eq!(repo.text("calc.py"), mine.replace("x + x + 1", "2 * x"));
}

#[test]
fn of_several_answers_the_one_that_passes_is_proposed() {
    let repo = repo();
    let said = propose(&repo, &[BAD, "No.", GOOD], &["--candidates", "3", "--test", TEST]).exits(0);
    assert!(said.stdout.contains("test after: passed"), "{}", said.stdout);
    assert!(repo.run(["diff"]).exits(0).stdout.contains("+    return 2 * x"));
    let journal = repo.run(["journal", "list", "--json"]).exits(0).stdout;
    // The likeliest one alone, then the others side by side, and no second round.
    assert_eq!(journal.matches("\"type\": \"asked\"").count(), 2);
}

#[test]
fn lines_are_changed_where_they_stand() {
    let repo = repo();
    let change = "CHANGE calc.py double\n<<<<<<<\n    return x + x + 1\n=======\n    return x + x\n>>>>>>>\n";
    propose(&repo, &[change], &["--test", TEST]).exits(0);
    repo.run(["apply"]).exits(0);
    assert_eq!(repo.text("calc.py"), CODE.replace("x + x + 1", "x + x"));
}

const STUBS: &str = "def double(x):\n    pass\n\n\ndef half(x):\n    pass\n";

#[test]
fn a_function_that_is_left_empty_goes_back() {
    let repo = TestRepo::with(&[("calc.py", STUBS)]);
    let one = "def double(x):\n    return 2 * x\n\n\ndef half(x):\n    pass\n```\n";
    let both = "FILE calc.py\n```python\ndef double(x):\n    return 2 * x\n\n\ndef half(x):\n    return x / 2\n```\n";
    let said = repo.run_scripted(&[one, both], ["propose", "complete the code in calc.py"]);
    said.exits(0);
    let journal = repo.run(["journal", "list", "--json"]).exits(0).stdout;
    assert!(journal.contains("`half` in `calc.py` is still empty"), "{journal}");
    assert!(repo.run(["diff"]).exits(0).stdout.contains("+    return x / 2"));
}

#[test]
fn where_no_test_is_there_examples_of_the_task_choose() {
    if countersign::policy::sandbox::offered().is_none() {
        return;
    }
    let repo = TestRepo::with(&[("calc.py", CODE)]);
    let task = "`double` in calc.py is wrong:\n>>> double(2)\n4\n";
    let args = ["propose", "--candidates", "2", task];
    let change = |new: &str| {
        format!(
            "CHANGE calc.py double\n<<<<<<<\n    return x + x + 1\n=======\n    return {new}\n>>>>>>>\n"
        )
    };
    let (bad, good) = (change("3 * x"), change("2 * x"));
    let said = repo.run_scripted(&[&bad, &good], args).exits(0);
    assert!(!said.stdout.contains("test"), "examples are no proof: {}", said.stdout);
    assert!(repo.run(["diff"]).exits(0).stdout.contains("+    return 2 * x"));
}

#[test]
fn the_project_s_own_tests_choose_where_none_are_given() {
    if countersign::policy::sandbox::offered().is_none() {
        return;
    }
    let test = "import unittest\nfrom calc import double\n\nclass T(unittest.TestCase):\n    def test_double(self):\n        self.assertEqual(double(2), 4)\n";
    let repo = TestRepo::with(&[("calc.py", CODE), ("test_calc.py", test)]);
    let change = "CHANGE calc.py double\n<<<<<<<\n    return x + x + 1\n=======\n    return x + x\n>>>>>>>\n";
    let args = ["propose", "--candidates", "2", "`double` must give twice its argument"];
    let said = repo.run_scripted(&[BAD, change], args).exits(0);
    assert!(said.stdout.contains("test before: failed   test after: passed"), "{}", said.stdout);
}

#[test]
fn tests_are_not_added_to_the_code_where_nobody_asked_for_any() {
    let repo = repo();
    let test = format!(
        "{GOOD}\nEDIT calc.py test_double\n```python\ndef test_double():\n    assert double(2) == 4\n```\n"
    );
    let said = propose(&repo, &[&test, GOOD], &[]).exits(0);
    assert!(said.stderr.contains("`test_double` in `calc.py` is a test"), "{}", said.stderr);
    assert!(!repo.run(["diff"]).exits(0).stdout.contains("test_double"));
}

#[test]
fn a_draft_that_ends_its_test_early_passes_nothing_and_the_next_is_tested_all_the_same() {
    if countersign::policy::sandbox::offered().is_none() {
        return;
    }
    let test = "import unittest\nfrom calc import double\n\nclass T(unittest.TestCase):\n    def test_double(self):\n        self.assertEqual(double(2), 4)\n";
    let repo = TestRepo::with(&[("calc.py", CODE), ("test_calc.py", test)]);
    let change = |new: &str| {
        format!(
            "CHANGE calc.py double\n<<<<<<<\n    return x + x + 1\n=======\n    {new}\n>>>>>>>\n"
        )
    };
    let replies = [
        change("__import__('os')._exit(0)"),
        change("__import__('os')._exit(3)"),
        GOOD.split_once("python\n").expect("code").1.to_owned(),
    ];
    let replies: Vec<&str> = replies.iter().map(String::as_str).collect();
    let args = ["propose", "--candidates", "2", "`double` must give twice its argument"];
    let said = repo.run_scripted(&replies, args).exits(0);
    assert!(said.stdout.contains("test before: failed   test after: passed"), "{}", said.stdout);
    assert!(repo.run(["diff"]).exits(0).stdout.contains("+    return 2 * x"));
}
