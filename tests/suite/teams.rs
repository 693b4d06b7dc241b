//! Teams: who has a turn, what a reviewer's words come to, and what a repository may say of them.

use serde_json::Value;

use crate::support::{Said, TestRepo};

const CODE: &str = "def double(x):\n    return x + x + 1\n\n\ndef half(x):\n    return x / 2\n";
const GOOD: &str = "EDIT calc.py double\n```python\ndef double(x):\n    return 2 * x\n```\n";
const TWICE: &str =
    "EDIT calc.py double\n```python\ndef double(x):\n    x = x * 2\n    return x\n```\n";
const BAD: &str = "EDIT calc.py double\n```python\ndef double(x):\n    return 3 * x\n```\n";
const TEST: &str = "python3 -c 'import calc; assert calc.double(2) == 4'";
const PAIR: &str = ".countersign/teams/pair.yaml";

fn repo() -> TestRepo {
    TestRepo::with(&[("calc.py", CODE), ("README.md", "Adds.\n")])
}

fn propose(repo: &TestRepo, replies: &[&str], more: &[&str]) -> Said {
    let args = ["propose", "twice the argument is wanted", "--candidates", "1"];
    repo.run_scripted(replies, args.iter().chain(more))
}

/// What the team left beside the only proposal.
fn team(repo: &TestRepo) -> Value {
    repo.run(["show", "--json"]).exits(0).json()["verification"]["team"].clone()
}

#[test]
fn what_a_reviewer_finds_is_mended_and_the_better_draft_is_proposed() {
    let repo = repo();
    let before = repo.tree();
    let replies = [GOOD, "LINE 2 error: It multiplies in the wrong order.", TWICE, "FINE"];
    let said = propose(&repo, &replies, &["--team", "pair", "--test", TEST]).exits(0);
    assert!(said.stderr.contains("reviewer found 1 problem: calc.py:2: error"), "{}", said.stderr);
    assert_eq!(repo.tree(), before);
    assert!(repo.run(["diff"]).exits(0).stdout.contains("+    x = x * 2"));
    let team = team(&repo);
    assert_eq!((&team["name"], &team["mendings"]), (&"pair".into(), &1.into()), "{team}");
    assert_eq!(team["findings"], serde_json::json!([]));
    let show = repo.run(["show"]).exits(0).stdout;
    assert!(show.contains("nothing was found, after what was found had been mended"), "{show}");
    let journal = repo.run(["journal", "list", "--json"]).exits(0).stdout;
    assert!(
        journal.contains("a reviewer says:") && journal.contains("`return 2 * x`"),
        "{journal}"
    );
}

#[test]
fn a_mending_that_is_no_better_or_fails_is_not_proposed() {
    for fix in [BAD, "I would rather not."] {
        let repo = repo();
        let replies = [GOOD, "LINE 2 warning: I do not like it.", fix];
        propose(&repo, &replies, &["--team", "pair", "--test", TEST]).exits(0);
        assert!(repo.run(["diff"]).exits(0).stdout.contains("+    return 2 * x"), "{fix}");
        let show = repo.run(["show"]).exits(0).stdout;
        assert!(show.contains("calc.py:2: I do not like it."), "{show}");
    }
    let repo = repo();
    let worse = "LINE 2 error: Worse.\nLINE 3 error: Worse again.";
    let replies = [GOOD, "LINE 2 warning: I do not like it.", TWICE, worse];
    propose(&repo, &replies, &["--team", "pair", "--test", TEST]).exits(0);
    assert!(repo.run(["diff"]).exits(0).stdout.contains("+    return 2 * x"));
}

#[test]
fn hostile_findings_are_dropped_and_move_no_cursor() {
    let repo = repo();
    let hostile = "LINE 99 error: no such line\n../../etc/passwd:1: error: x\nLINE 2 note: \x1b[2J";
    let said = propose(&repo, &[GOOD, hostile], &["--team", "pair", "--test", TEST]).exits(0);
    assert!(!said.stderr.contains('\x1b') && !said.stdout.contains('\x1b'));
    let team = team(&repo);
    assert_eq!((&team["dropped"], team["findings"][0]["line"].as_u64()), (&2.into(), Some(2)));
    assert!(!repo.run(["show"]).exits(0).stdout.contains('\x1b'));
}

#[test]
fn a_failing_draft_is_not_read_and_the_fixer_has_what_the_test_printed() {
    let repo = repo();
    let replies = [BAD, GOOD, "FINE"];
    let said =
        propose(&repo, &replies, &["--team", "pair", "--test", TEST, "-c", "propose.repair=false"]);
    said.exits(0);
    let journal = repo.run(["journal", "list", "--json"]).exits(0).stdout;
    assert!(journal.contains("\"role\": \"fixer\"") || journal.contains("\"role\":\"fixer\""));
    assert!(journal.contains("The edits are in place, but the command"));
}

#[test]
fn a_task_of_a_team_is_replayed_to_the_byte() {
    let repo = repo();
    let replies = [GOOD, "LINE 2 error: It multiplies in the wrong order.", TWICE, "FINE"];
    let said = propose(&repo, &replies, &["--team", "pair", "--test", TEST, "--json"]).exits(0);
    let task = said.last_json()["task"].as_str().expect("task").to_owned();
    let mut export = repo.command(["journal", "export", &task]);
    let transcript = String::from_utf8(export.output().expect("run").stdout).expect("UTF-8");
    repo.write("../home/session.jsonl", &transcript);
    repo.run(["replay", "../home/session.jsonl"]).exits(0);
    let (records, reviewed) = (transcript.lines(), "\"type\":\"reviewed\"");
    assert_eq!(records.filter(|line| line.contains(reviewed)).count(), 2);
}

#[test]
fn alone_nobody_reads_it() {
    let repo = repo();
    propose(&repo, &[GOOD], &["--test", TEST]).exits(0);
    assert!(team(&repo).is_null());
    propose(&repo, &[GOOD], &["--team", "nobody"]).exits(2);
}

#[test]
fn everybody_has_a_turn() {
    let repo = TestRepo::with(&[
        ("calc.py", CODE),
        (
            "report.py",
            "import calc\n\n\ndef report(x):\n    return calc.double(x)  # twice the argument\n",
        ),
        ("words.py", "def say(argument):\n    return argument  # twice the argument is wanted\n"),
    ]);
    let replies = [
        "PLACES: 1, 2",
        "STEP 1: Return twice the argument.\nNEW ../out.py: No.\nSTEP 99: No.",
        GOOD,
        "FINE",
    ];
    let said = propose(&repo, &replies, &["--team", "full", "--test", TEST]).exits(0);
    assert!(said.stderr.contains("locator chose 2 of"), "{}", said.stderr);
    let team = team(&repo);
    assert_eq!(team["plan"].as_array().map(Vec::len), Some(1), "{team}");
    let journal = repo.run(["journal", "list", "--json"]).exits(0).stdout;
    assert!(journal.contains("Steps:\\n1. "), "the coder is shown the steps");
}

#[test]
fn a_repository_words_a_team_and_gains_nothing() {
    let repo = repo();
    let pair = include_str!("../../prompts/teams/pair.yaml");
    repo.write(PAIR, pair.replace("rounds: 1", "rounds: 9"));
    let said = repo.run(["team", "list"]).exits(0);
    assert!(said.stderr.contains("not heeded: `rounds` is larger"), "{}", said.stderr);
    let said = repo.run(["team", "validate"]).exits(10);
    assert!(said.stdout.contains("pair.yaml:17: `rounds`: `rounds` is larger"), "{}", said.stdout);
    repo.write(PAIR, pair.replace("purpose: One", "purpose: Ours. One"));
    repo.run(["team", "validate"]).exits(0);
    let list = repo.run(["team", "list"]).exits(0).stdout;
    assert!(list.contains("pair         Ours. One"), "{list}");
    repo.write(PAIR, pair.replace("role: reviewer", "role: reviwer"));
    let said = repo.run(["team", "validate"]).exits(10);
    assert!(said.stdout.contains("pair.yaml:10: `members`: there is no role"), "{}", said.stdout);
    assert!(said.stdout.contains("write `reviewer`"), "{}", said.stdout);
    repo.run(["team", "show", "solo"]).exits(0);
    repo.run(["team", "show", "nobody"]).exits(2);
}
