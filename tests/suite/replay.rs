//! A recorded session done once more: no model is there, and no command runs.

use insta::assert_snapshot;
use serde_json::Value;

use crate::source::{files, root};
use crate::support::{Said, TestRepo};

/// The repository that the transcript was recorded on, and nowhere a program that could test it.
fn repo() -> TestRepo {
    let folder = "fixtures/transcripts/ferry/";
    let found = files(folder.trim_end_matches('/'), ".py");
    let named: Vec<(&str, &str)> = found
        .iter()
        .map(|(path, text)| (path.strip_prefix(folder).expect("below"), text.as_str()))
        .collect();
    TestRepo::with(&named)
}

fn transcript() -> String {
    let file = root().join("fixtures/transcripts/ferry.jsonl");
    std::fs::read_to_string(file).expect("transcript")
}

/// Replays `text` where neither a model nor a test program can be found.
fn replay(repo: &TestRepo, text: &str) -> Said {
    repo.write("../home/session.jsonl", text);
    let mut command = repo.command(["replay", "../home/session.jsonl"]);
    command.env("PATH", "/nowhere");
    repo.finish(command)
}

fn events(text: &str, kind: &str) -> Vec<Value> {
    let all = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    all.map(|record| record["event"].clone()).filter(|event| event["type"] == kind).collect()
}

/// The transcript without the `nth` record of a kind.
fn without(kind: &str, nth: usize) -> String {
    let mark = format!("\"event\":{{\"type\":\"{kind}\"");
    let text = transcript();
    let at = text.lines().enumerate().filter(|(_, line)| line.contains(&mark)).nth(nth);
    let at = at.expect("a record").0;
    let rest = text.lines().enumerate().filter(|(line, _)| *line != at);
    rest.map(|(_, line)| format!("{line}\n")).collect()
}

#[test]
fn a_recorded_session_gives_the_same_proposal_to_the_byte() {
    let repo = repo();
    let before = repo.tree();
    let said = replay(&repo, &transcript()).exits(0);
    assert!(said.stdout.contains("0 requests"), "{}", said.stdout);
    let recorded = events(&transcript(), "proposed").remove(0);
    let tree = repo.git(&["for-each-ref", "--format=%(tree)", "refs/countersign"]);
    assert_eq!(tree.trim(), recorded["tree"].as_str().expect("tree"));
    assert_eq!(recorded["files"].as_array().expect("files").len(), 2, "it changes two files");
    let journal = repo.text(".git/countersign/journal.jsonl");
    let again = events(&journal, "proposed").remove(0);
    for key in ["files", "hunks", "tree"] {
        assert_eq!(again[key], recorded[key], "{key}");
    }
    let answers = |text: &str| -> Vec<Value> {
        let answered = events(text, "answered").into_iter();
        answered.filter(|event| event["stop"] != "cancelled").map(|it| it["text"].clone()).collect()
    };
    assert_eq!(answers(&journal), answers(&transcript()));
    assert_eq!(repo.tree(), before);
    let diff = repo.run(["diff"]).exits(0).stdout;
    let changed: Vec<&str> = diff.lines().filter(|line| line.starts_with(['+', '-'])).collect();
    assert_snapshot!(changed.join("\n"), @r"
    --- a/ferry/fares.py
    +++ b/ferry/fares.py
    -def fare(adults, children, bicycles=0):
    +def fare(adults, children, bicycles=0, dogs=0):
    -    return adults * ADULT + children * CHILD + bicycles * BICYCLE
    +    return adults * ADULT + children * CHILD + bicycles * BICYCLE + dogs * 400
    --- a/ferry/tickets.py
    +++ b/ferry/tickets.py
    -def ticket(name, adults, children, bicycles=0):
    +def ticket(name, adults, children, bicycles=0, dogs=0):
    -    price = fare(adults, children, bicycles)
    +    price = fare(adults, children, bicycles, dogs=dogs)
    ");
    repo.run(["journal", "verify"]).exits(0);
    assert_eq!(repo.run(["resume", "--list", "--json"]).json(), serde_json::json!([]));
}

#[test]
fn what_departs_from_the_record_is_said_and_proposes_nothing() {
    let other = repo();
    other.write("ferry/fares.py", other.text("ferry/fares.py").replace("1200", "1300"));
    let said = replay(&other, &transcript()).exits(1);
    assert!(said.stderr.contains("and this was recorded on "), "{}", said.stderr);

    let repo = repo();
    // The answer that passes.
    let said = replay(&repo, &without("answered", 2)).exits(1);
    assert!(said.stderr.contains("the record departs here: "), "{}", said.stderr);
    let said = replay(&repo, &without("command_ran", 0)).exits(1);
    assert!(said.stderr.contains("` was not run on these files"), "{}", said.stderr);
    let altered = transcript().replacen("dogs", "cats", 1);
    let said = replay(&repo, &altered).exits(1);
    assert!(said.stderr.contains("was altered"), "{}", said.stderr);
    let said = replay(&repo, "").exits(1);
    assert!(said.stderr.contains("it holds no task"), "{}", said.stderr);

    let prompts = repo.home().join(".config/countersign/prompts/coder");
    std::fs::create_dir_all(&prompts).expect("folder");
    std::fs::write(prompts.join("system.md"), "You are a poet.\n").expect("write");
    let said = replay(&repo, &transcript()).exits(1);
    assert!(said.stderr.contains("`You are a poet.`"), "{}", said.stderr);
    assert_eq!(repo.run(["proposals", "--json"]).json(), serde_json::json!([]));
}

#[test]
fn what_is_exported_can_be_replayed_where_it_was_done() {
    let code = "def double(x):\n    return x + x + 1\n";
    let good = "EDIT calc.py double\n```python\ndef double(x):\n    return 2 * x\n```\n";
    let test = "python3 -c 'import calc; assert calc.double(2) == 4'";
    let repo = TestRepo::with(&[("calc.py", code)]);
    let task = ["propose", "twice the argument is wanted", "--test", test];
    repo.run_scripted(&["No.", good], task).exits(0);
    let task = repo.run(["journal", "list", "--json"]).json()[0]["task"].clone();
    let mut export = repo.command(["journal", "export", task.as_str().expect("task")]);
    let text = String::from_utf8(export.output().expect("run").stdout).expect("UTF-8");
    assert!(text == repo.text(".git/countersign/journal.jsonl"), "the records as they stand");
    repo.run(["journal", "export", "t-ffff"]).exits(1);
    replay(&repo, &text).exits(0);
    let trees = repo.git(&["for-each-ref", "--format=%(tree)", "refs/countersign"]);
    let trees: Vec<&str> = trees.lines().collect();
    assert_eq!((trees.len(), trees[0]), (2, trees[1]));
}
