//! `check --review`: what a model says of a change stands at its lines, or nowhere.

use crate::support::TestRepo;

const BEFORE: &str = "def area(w, h):\n    return w * h\n";
const AFTER: &str = "def area(w, h):\n    return w + h\n";

fn staged() -> TestRepo {
    let repo = TestRepo::with(&[("app.py", BEFORE), ("notes.md", "# Notes\n")]);
    repo.write("app.py", AFTER);
    repo.git(&["add", "--all"]);
    repo
}

#[test]
fn findings_stand_at_lines_of_the_change_and_others_are_dropped() {
    let repo = staged();
    let before = repo.tree();
    let reply = "LINE 2 error: It adds instead of multiplying. \x1b[2J\nLINE 40 error: no";
    let said = repo.run_scripted(&[reply], ["check", "--review", "--staged"]).exits(10);
    assert_eq!(
        said.stdout,
        "app.py:2: model-review (error): It adds instead of multiplying. \\u{1b}[2J\n"
    );
    assert!(said.stderr.contains("dropped what the model said: `LINE 40 error: no`"));
    assert!(said.stderr.contains("model-review: Look for yourself"), "{}", said.stderr);
    assert_eq!(repo.tree(), before);
    let rows = repo.run_scripted(&[reply], ["check", "--review", "--json"]).exits(10).json();
    assert_eq!(rows["findings"][0]["severity"], "error");
    assert_eq!(rows["review"]["dropped"], 1);
    let sarif = ["check", "--review", "--format", "sarif"];
    let sarif = repo.run_scripted(&["LINE 2 note: Is that meant?"], sarif).exits(10).json();
    assert_eq!(sarif["runs"][0]["results"][0]["level"], "note");
    let github = ["check", "--review", "--format", "github"];
    let github = repo.run_scripted(&["LINE 2 warning: Hm, hm."], github).exits(10).stdout;
    assert!(github.starts_with("::warning file=app.py,line=2"), "{github}");
}

#[test]
fn a_branch_is_read_and_what_is_fine_is_no_finding() {
    let repo = TestRepo::with(&[("app.py", BEFORE)]);
    repo.git(&["switch", "--quiet", "--create", "topic"]);
    repo.write("app.py", AFTER);
    repo.commit("topic");
    let said = repo.run_scripted(&["FINE"], ["check", "--review", "--base", "main"]).exits(0);
    assert!(said.stdout.is_empty() && said.stderr.contains("0 findings"), "{}", said.stderr);
    let journal = repo.run(["journal", "list"]).exits(0).stdout;
    assert!(journal.contains("reviewer found 0 problems"), "{journal}");
    repo.run(["journal", "verify"]).exits(0);
}

#[test]
fn without_a_model_the_rules_are_told_and_only_then_it_is_an_error() {
    let repo = staged();
    repo.run(["check"]).exits(0);
    let said = repo.run(["check", "--review"]).exits(13);
    assert!(said.stderr.contains("checked what is staged: 1 file"), "{}", said.stderr);
}

#[test]
fn secrets_and_what_is_kept_back_are_shown_to_no_model() {
    let repo = staged();
    let key = ["AKIA", "QYLPMN5HHHFPZAM2"].concat();
    repo.write("deploy.py", format!("KEY = '{key}'\n"));
    repo.write("kept.py", "x = 'keep this back'\n");
    repo.write(".countersignignore", "kept.py\n");
    repo.git(&["add", "--all"]);
    let said = repo.run_scripted(&["FINE"; 2], ["check", "--review"]).exits(10);
    assert!(said.stderr.contains("deploy.py (it may hold a secret) was read by no model"));
    let journal = repo.run(["journal", "list", "--json"]).exits(0).stdout;
    assert!(!journal.contains(&key) && !journal.contains("keep this back"), "{journal}");
    assert!(said.stderr.contains("kept.py"), "{}", said.stderr);
}

#[test]
fn a_line_that_is_meant_is_left_alone_and_much_is_read_in_parts() {
    let repo = staged();
    repo.write("app.py", AFTER.replace("w + h", "w + h  # countersign:allow"));
    let long: String = (0..400).map(|n| format!("value_{n} = {n} + {n} * {n}\n")).collect();
    repo.write("long.py", &long);
    repo.git(&["add", "--all"]);
    let replies = ["LINE 2 error: It adds instead.", "LINE 1 note: Long.", "FINE", "FINE"];
    let replies: Vec<&str> = replies.into_iter().chain(["FINE"; 20]).collect();
    let said = repo.run_scripted(&replies, ["check", "--review"]).exits(10);
    assert!(!said.stdout.contains("app.py"), "{}", said.stdout);
    assert!(said.stdout.starts_with("long.py:"), "{}", said.stdout);
    assert_eq!(said.stdout.lines().count(), 1);
}
