//! Questions, with a scripted model in the real model's place.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::{Said, TestRepo};

const CODE: &str = "LIMIT = 40\n\n\ndef double(x):\n    \"\"\"Twice x, up to LIMIT.\"\"\"\n    return min(2 * x, LIMIT)\n";
const QUESTION: &str = "What is the limit of double?";

fn repo() -> TestRepo {
    TestRepo::with(&[("calc.py", CODE), ("README.md", "Doubles.\n")])
}

fn ask(repo: &TestRepo, reply: &str, more: &[&str]) -> Said {
    repo.run_scripted(&[reply], ["ask", QUESTION, "-f", "calc.py"].iter().chain(more))
}

/// The last line of a stream.
#[track_caller]
fn last(said: &Said) -> Value {
    let lines: Vec<Value> =
        said.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert!(lines.iter().all(|line| line["v"] == 1 && line["type"].is_string()));
    let last = lines.last().expect("lines").clone();
    assert_eq!(last["type"], "task.completed");
    last
}

#[test]
fn an_answer_is_printed_with_the_lines_that_it_cites() {
    let repo = repo();
    let said = ask(&repo, "LINES: 1, 6\nANSWER: It is 40.", &[]).exits(0);
    assert_snapshot!(said.stdout, @r"
    It is 40.

    calc.py:1
        LIMIT = 40
    calc.py:6
        return min(2 * x, LIMIT)
    ");
    let journal = repo.run(["journal", "list", "--json"]).exits(0).stdout;
    for kind in ["task_started", "retrieved", "packed", "asked", "answered", "cited", "task_ended"]
    {
        assert!(journal.contains(&format!("\"{kind}\"")), "{kind} is not in {journal}");
    }
    repo.run(["journal", "verify"]).exits(0);
}

#[test]
fn what_leads_nowhere_is_dropped_and_named() {
    let repo = repo();
    let said = ask(&repo, "LINES: 1, 77, LIMIT = 41\nANSWER: It is 40.", &[]).exits(0);
    assert!(said.stdout.contains("calc.py:1\n"), "{}", said.stdout);
    assert!(!said.stdout.contains("77") && !said.stdout.contains("41"), "{}", said.stdout);
    assert!(said.stderr.contains("`77`: no line that was shown"), "{}", said.stderr);
    assert!(said.stderr.contains("`LIMIT = 41`: it is no number"), "{}", said.stderr);
}

#[test]
fn an_answer_without_citations_is_told_to_be_one() {
    let repo = repo();
    let said = ask(&repo, "It is 41, trust me.", &[]).exits(0);
    assert_eq!(said.stdout, "It is 41, trust me.\n");
    assert!(said.stderr.contains("rests on no line"), "{}", said.stderr);
    let said = ask(&repo, "It is 41, trust me.", &["--json"]).exits(0);
    assert_eq!(last(&said)["outcome"], "uncited");
}

#[test]
fn programs_read_the_answer_from_the_last_line() {
    let repo = repo();
    let said = ask(&repo, "LINES: 1, 99\nANSWER: It is 40.", &["--json"]).exits(0);
    let last = last(&said);
    let blob = repo.git(&["hash-object", "calc.py"]);
    let citation = &last["citations"][0];
    assert_eq!(citation["path"], "calc.py");
    assert_eq!((&citation["line"], &citation["text"]), (&json!(1), &json!("LIMIT = 40")));
    assert!(blob.starts_with(citation["blob"].as_str().expect("blob")));
    assert_eq!(last["answer"], "It is 40.");
    assert_eq!(last["outcome"], "answered");
    assert_eq!(last["dropped"][0]["said"], "99");
    assert_eq!(last["shown"][0]["path"], "calc.py");
    assert!(last["seconds"].is_number() && last["completion_tokens"].is_number());
}

#[test]
fn a_hostile_answer_moves_no_cursor() {
    let repo = TestRepo::with(&[("calc.py", "LIMIT = '\x1b[2J'  # double\n")]);
    let reply = "LINES: 1, \x1b[31m9\nANSWER: \x1b]0;owned\x07It\u{202e} is.";
    let said = ask(&repo, reply, &[]).exits(0);
    for text in [&said.stdout, &said.stderr] {
        assert!(!text.contains(['\x1b', '\x07', '\u{202e}']), "{text:?}");
    }
    assert!(said.stdout.contains("LIMIT = '\\u{1b}[2J'"), "{}", said.stdout);
}

#[test]
fn without_a_model_the_places_are_named() {
    let repo = repo();
    let said = repo.run(["ask", QUESTION]).exits(13);
    assert!(said.stdout.contains("calc.py:"), "{}", said.stdout);
    assert!(said.stderr.contains("hint: "), "{}", said.stderr);
    let said = repo.run(["ask", QUESTION, "--json"]).exits(13);
    let last = last(&said);
    assert_eq!((&last["outcome"], &last["exit_code"]), (&json!("no_model"), &json!(13)));
    assert_eq!(last["places"][0]["path"], "calc.py");
}

#[test]
fn nothing_to_read_is_no_answer() {
    let repo = TestRepo::with(&[("calc.py", CODE)]);
    let said = repo.run_scripted(&["LINES: 1\nANSWER: x"], ["ask", "zygote frobnication"]).exits(1);
    assert!(said.stderr.contains("nothing was found"), "{}", said.stderr);
    assert_eq!(said.stdout, "");
    repo.run_scripted(&["x"], ["ask", " "]).exits(2);
    repo.run_scripted(&["x"], ["ask", "why", "-f", "missing.py"]).exits(2);
}

#[test]
fn what_is_kept_from_agents_is_shown_to_none() {
    let secret = ["pass", "word"].concat();
    let repo = TestRepo::with(&[
        ("calc.py", CODE),
        (".env", &format!("LIMIT_{secret}=double\n")),
        ("kept.py", "LIMIT = 'double kept'\n"),
        (".countersignignore", "kept*\n"),
    ]);
    let said = repo.run_scripted(&["LINES: 1\nANSWER: x"], ["ask", QUESTION, "--json"]).exits(0);
    assert!(
        !said.stdout.contains("double kept") && !said.stdout.contains(&secret),
        "{}",
        said.stdout
    );
}
