//! `countersign check`: what a change brings, and nothing else.

use crate::support::TestRepo;

/// Put together here, so that no check of this file takes it for a real key.
fn key() -> String {
    ["AKIA", "QYLPMN5HHHFPZAM2"].concat()
}

/// One of each: a file that no longer parses, a half-done merge, a secret.
fn wrong() -> TestRepo {
    let repo =
        TestRepo::with(&[("app.py", "def f(x):\n    return x\n"), ("notes.md", "# Notes\n")]);
    repo.write("app.py", "def f(x:\n    return x\n");
    repo.write("notes.md", "# Notes\n<<<<<<< HEAD\na\n=======\nb\n>>>>>>> topic\n");
    repo.write("deploy/settings.env", format!("REGION=eu\nKEY={}\n", key()));
    repo.git(&["add", "--all"]);
    repo
}

#[test]
fn findings_are_named_and_counted() {
    let said = wrong().run(["check", "--staged"]).exits(10);
    assert!(!said.stdout.contains(&key()), "a secret is shown: {}", said.stdout);
    insta::assert_snapshot!(said.whole(), @r"
    exit: 10
    ----- stdout
    app.py:1: syntax-error: unexpected `def f(x:`
    deploy/settings.env:2: secret: AWS Access Key ID, `AKIA…` (20 characters)
    notes.md:2: conflict-marker: unresolved merge conflict
    ----- stderr
    conflict-marker: Resolve the conflict and remove its three marker lines.
    secret: Remove it and revoke it if it ever left this machine; if it is no secret, write `countersign:allow` in a comment on the line.
    syntax-error: Fix the line; if it is meant so, write `countersign:allow` in a comment on it.
    checked what is staged: 3 files, 3 findings
    ");
}

#[test]
fn a_clean_change_is_silent_on_stdout() {
    let repo = TestRepo::with(&[("app.py", "x = 1\n")]);
    repo.write("app.py", "x = 2\n");
    repo.git(&["add", "--all"]);
    insta::assert_snapshot!(repo.run(["check"]).whole(), @r"
    exit: 0
    ----- stdout
    ----- stderr
    checked what is staged: 1 file, 0 findings
    ");
}

#[test]
fn only_what_is_staged_counts_and_what_was_wrong_before_stays_unsaid() {
    let broken = "def f(:\n    pass\n";
    let repo = TestRepo::with(&[("old.py", broken)]);
    repo.write("old.py", format!("{broken}\n\nx = 1\n"));
    repo.git(&["add", "--all"]);
    repo.write("old.py", format!("KEY = '{}'\n", key()));
    repo.run(["check"]).exits(0);
}

#[test]
fn the_first_commit_is_checked_too() {
    let repo = TestRepo::empty();
    repo.write("a.env", format!("KEY={}\n", key()));
    repo.git(&["add", "--all"]);
    repo.run(["check"]).exits(10);
}

#[test]
fn a_branch_is_checked_from_where_it_parted() {
    let repo = TestRepo::with(&[("a.txt", "a\n")]);
    repo.git(&["switch", "--quiet", "--create", "topic"]);
    repo.write("b.env", format!("KEY={}\n", key()));
    repo.commit("topic");
    repo.git(&["switch", "--quiet", "main"]);
    repo.write("c.env", format!("OTHER={}\n", key()));
    repo.commit("main");
    repo.git(&["switch", "--quiet", "topic"]);
    let said = repo.run(["check", "--base", "main", "--json"]).exits(10);
    let findings = said.json()["findings"].clone();
    assert_eq!(findings.as_array().map(Vec::len), Some(1));
    assert_eq!(findings[0]["path"], "b.env");
    repo.run(["check", "--base", "topic"]).exits(0);
}

#[test]
fn a_base_that_is_no_commit_fails_with_its_name() {
    let repo = TestRepo::with(&[("a.txt", "a\n")]);
    let said = repo.run(["check", "--base", "nowhere"]).exits(1);
    assert!(said.stderr.contains("nowhere"), "{}", said.stderr);
    repo.run(["check", "--staged", "--base", "main"]).exits(2);
}

#[test]
fn what_is_typed_wins_over_the_base_of_the_environment() {
    let repo = TestRepo::with(&[("a.txt", "a\n")]);
    repo.write("b.env", format!("KEY={}\n", key()));
    repo.git(&["add", "--all"]);
    let check = |args: &[&str], base: &str| {
        let mut command = repo.command(["check"]);
        command.args(args).env("COUNTERSIGN_BASE", base);
        repo.finish(command)
    };
    // Nothing is committed since HEAD, and the secret is staged.
    check(&[], "HEAD").exits(0);
    check(&["--staged"], "HEAD").exits(10);
    check(&["--base", "main"], "nowhere").exits(0);
    check(&[], "").exits(10);
    check(&["--staged", "--base", "main"], "HEAD").exits(2);
}

#[test]
fn json_has_every_field() {
    let said = wrong().run(["check", "--json"]).exits(10);
    let report = said.json();
    assert_eq!(report["files"], 3);
    for finding in report["findings"].as_array().expect("findings") {
        for field in ["rule", "path", "span", "message", "fingerprint"] {
            assert!(!finding[field].is_null(), "{field} is missing in {finding}");
        }
    }
}

#[test]
fn sarif_names_tool_rules_and_places() {
    let said = wrong().run(["check", "--format", "sarif"]).exits(10);
    let log = said.json();
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    assert_eq!(run["tool"]["driver"]["name"], "countersign");
    let places: Vec<String> = run["results"]
        .as_array()
        .expect("results")
        .iter()
        .map(|result| {
            let place = &result["locations"][0]["physicalLocation"];
            let (uri, line) = (&place["artifactLocation"]["uri"], &place["region"]["startLine"]);
            format!("{} {} {line}", result["ruleId"], uri)
        })
        .collect();
    insta::assert_snapshot!(places.join("\n"), @r#"
    "syntax-error" "app.py" 1
    "secret" "deploy/settings.env" 2
    "conflict-marker" "notes.md" 2
    "#);
}

#[test]
fn github_gets_one_annotation_for_each_finding() {
    let said = wrong().run(["check", "--format", "github"]).exits(10);
    insta::assert_snapshot!(said.stdout, @r"
    ::error file=app.py,line=1,endLine=1,title=syntax-error::unexpected `def f(x:`
    ::error file=deploy/settings.env,line=2,endLine=2,title=secret::AWS Access Key ID, `AKIA…` (20 characters)
    ::error file=notes.md,line=2,endLine=6,title=conflict-marker::unresolved merge conflict
    ");
}

#[test]
fn two_runs_say_the_same() {
    let repo = wrong();
    for format in ["text", "json", "sarif", "github"] {
        let run = || repo.run(["check", "--format", format]).stdout;
        assert_eq!(run(), run(), "{format}");
    }
}
