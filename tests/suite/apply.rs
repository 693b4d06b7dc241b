//! `countersign apply`, and what leads to it: proposals, show, diff, reject.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use countersign::base::RepoPath;
use countersign::proposal::{NewProposal, store};
use countersign::repo::{FileChange, FileState, Mode, Repo};
use insta::assert_snapshot;
use serde_json::json;

use crate::support::{Said, TestRepo};

/// Proposes to change files from what they are now; `None` deletes.
pub(crate) fn propose(repo: &TestRepo, changes: &[(&[u8], Option<&str>)]) -> String {
    let opened = Repo::discover(&repo.root()).expect("repository");
    let change = |(name, after): &(&[u8], Option<&str>)| {
        let path = RepoPath::new(name).expect("path");
        let before = opened.read(&path).expect("read");
        let mode = before.as_ref().map_or(Mode::Regular, |before| before.mode);
        let after = after.map(|text| FileState { bytes: text.into(), mode });
        FileChange { path, before, after }
    };
    let new = NewProposal {
        snapshot: opened.snapshot().expect("snapshot"),
        changes: changes.iter().map(change).collect(),
        title: "Say it better".into(),
        task: "make it better".into(),
        model: Some("tiny".into()),
        verification: json!({
            "command": "make check",
            "passed": true,
            "before": {"passed": false, "exit": 2, "seconds": 1.5, "summary": "1 failed"},
            "after": {"passed": true, "exit": 0, "seconds": 2.0, "summary": "14 passed"},
        }),
        trailers: Vec::new(),
    };
    store(&opened, &new).expect("proposal").id.to_string()
}

/// The whole of what was said, with ids and times that change replaced.
fn steady(said: &Said, id: &str) -> String {
    let mut text = said.whole().replace(id, "[proposal]");
    for (mark, name) in [("receipt r-", "receipt [receipt]"), ("made      20", "made      [time]")]
    {
        if let Some((before, after)) = text.split_once(mark) {
            let rest = after.trim_start_matches(|c: char| !matches!(c, ';' | '\n'));
            text = format!("{before}{name}{rest}");
        }
    }
    text
}

const LINES: &str = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n";
const BOTH: &str = "one\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\ntwelve\n";

#[test]
fn what_is_shown_is_applied() {
    let repo = TestRepo::with(&[("a.txt", LINES)]);
    let id = propose(&repo, &[(b"a.txt", Some(BOTH)), (b"new/b.txt", Some("b\tc"))]);
    let show = repo.run(["show"]).exits(0);
    assert_snapshot!(steady(&show, &id), @r"
    exit: 0
    ----- stdout
    [proposal]  Say it better

    status    waiting
    made      [time]
    model     tiny
    test      make check
    before    failed after 1.5 s: 1 failed
    with it   passed after 2.0 s: 14 passed
    task      make it better
    files     a.txt +2 -2
              new/b.txt +1 -0

    hunk 1  a.txt:1
    -1
    +one
     2
     3
     4

    hunk 2  a.txt:9
     9
     10
     11
    -12
    +twelve

    hunk 3  new/b.txt:1  (new file)
    +b	c
    \ no newline at end of file
    ----- stderr
    accept it with `countersign apply [proposal]`
    ");
    let apply = repo.run(["apply"]).exits(0);
    assert_snapshot!(steady(&apply, &id), @r"
    exit: 0
    ----- stdout
    applied 3 hunks of [proposal]
      M a.txt
      A new/b.txt
    ----- stderr
    receipt [receipt]; take it back with `countersign undo`
    ");
    assert_eq!(repo.text("a.txt"), BOTH);
    assert_eq!(repo.text("new/b.txt"), "b\tc");
    let again = repo.run(["apply", &id]).exits(1);
    assert_snapshot!(steady(&again, &id), @r"
    exit: 1
    ----- stdout
    ----- stderr
    error: cannot apply proposal `[proposal]`
    cause: the work tree has these changes already
    hint: run `git diff` to see them
    ");
}

#[test]
fn only_the_hunks_that_are_named() {
    let repo = TestRepo::with(&[("a.txt", LINES)]);
    let id = propose(&repo, &[(b"a.txt", Some(BOTH))]);
    let diff = repo.run(["diff", &id, "--hunks", "2"]).exits(0);
    assert_snapshot!(diff.stdout, @r"
    diff --git a/a.txt b/a.txt
    --- a/a.txt
    +++ b/a.txt
    @@ -9,4 +9,4 @@
     9
     10
     11
    -12
    +twelve
    ");
    let wrong = repo.run(["apply", &id, "--hunks", "3"]).exits(2);
    assert_snapshot!(steady(&wrong, &id), @r"
    exit: 2
    ----- stdout
    ----- stderr
    error: there is no hunk 3
    hint: the hunks are 1-2
    ");
    repo.run(["apply", &id, "--hunks", "2"]).exits(0);
    assert_eq!(repo.text("a.txt"), LINES.replace("12", "twelve"));
    let listed = repo.run(["proposals", "--json"]).exits(0).json();
    assert_eq!(listed[0]["status"], "partly");
    repo.run(["apply", &id, "--hunks", "1"]).exits(0);
    assert_eq!(repo.text("a.txt"), BOTH);
}

#[test]
fn the_same_lines_are_refused_and_keep_the_users_bytes() {
    let repo = TestRepo::with(&[("a.txt", LINES), ("b.txt", "b\n")]);
    let id = propose(&repo, &[(b"a.txt", Some(BOTH)), (b"b.txt", Some("B\n"))]);
    repo.write("a.txt", LINES.replace("12", "mine\u{1b}[2J"));
    let before = repo.tree();
    let said = repo.run(["apply", &id]).exits(1);
    assert_eq!(repo.tree(), before);
    assert_snapshot!(steady(&said, &id), @r"
    exit: 1
    ----- stdout
    ----- stderr
    error: cannot apply proposal `[proposal]`
    cause: `a.txt` was changed where the proposal changes it: line 12
           now | mine\u{1b}[2J
      proposal | twelve
    hint: nothing was written; apply the other hunks with `--hunks`, or change the file and try again
    ");
}

#[test]
fn edits_on_other_lines_merge() {
    let repo = TestRepo::with(&[("a.txt", LINES)]);
    let id = propose(&repo, &[(b"a.txt", Some(BOTH))]);
    repo.write("a.txt", LINES.replace("6\n", "six\n"));
    repo.run(["apply", &id]).exits(0);
    assert_eq!(repo.text("a.txt"), BOTH.replace("6\n", "six\n"));
}

#[test]
fn bytes_and_modes_come_out_as_they_went_in() {
    let repo = TestRepo::with(&[("crlf", "\u{feff}a\r\nb\r\nc"), ("run.sh", "#!/bin/sh\n")]);
    let odd = b"d/n\xffme \"q\"\n";
    fs::set_permissions(repo.root().join("run.sh"), PermissionsExt::from_mode(0o755))
        .expect("mode");
    let changes: [(&[u8], Option<&str>); 3] = [
        (b"crlf", Some("\u{feff}A\r\nb\r\nc")),
        (b"run.sh", Some("#!/bin/sh\nexit\n")),
        (odd, Some("odd")),
    ];
    let id = propose(&repo, &changes);
    repo.run(["apply", &id]).exits(0);
    assert_eq!(repo.text("crlf"), "\u{feff}A\r\nb\r\nc");
    assert_eq!((repo.mode("run.sh"), repo.mode("crlf")), (0o755, 0o644));
    assert_eq!(repo.text(Path::new(OsStr::from_bytes(odd))), "odd");
}

#[test]
fn nothing_is_written_through_a_link() {
    let repo = TestRepo::with(&[("a.txt", LINES)]);
    let id = propose(&repo, &[(b"a.txt", Some(BOTH))]);
    fs::rename(repo.root().join("a.txt"), repo.home().join("a.txt")).expect("move");
    symlink(repo.home().join("a.txt"), repo.root().join("a.txt")).expect("link");
    let said = repo.run(["apply", &id]).exits(1);
    assert_snapshot!(steady(&said, &id), @r"
    exit: 1
    ----- stdout
    ----- stderr
    error: cannot apply proposal `[proposal]`
    cause: `a.txt` is a symbolic link, and links are never written
    hint: edit the link, or the file it leads to, yourself
    ");
    assert_eq!(fs::read_to_string(repo.home().join("a.txt")).expect("read"), LINES);
}

#[test]
fn the_rules_of_the_tool_are_not_for_proposals() {
    let repo = TestRepo::with(&[("a.txt", LINES)]);
    let id = propose(&repo, &[(b".countersign/policy.cedar", Some("permit (principal);\n"))]);
    let before = repo.tree();
    let said = repo.run(["apply", &id]).exits(11);
    assert_snapshot!(steady(&said, &id), @r"
    exit: 11
    ----- stdout
    ----- stderr
    error: cannot apply proposal `[proposal]`
    cause: the policy denies edit `.countersign/policy.cedar`: the rules that agents work under are changed by hand only (rule `guard-countersign`)
    hint: run `countersign policy explain edit …` for the rule
    ");
    assert_eq!(repo.tree(), before);
}

#[test]
fn index_head_and_stash_stay_as_they_are() {
    let repo = TestRepo::with(&[("a.txt", LINES), ("b.txt", "b\n")]);
    repo.write("b.txt", "staged\n");
    repo.git(&["add", "b.txt"]);
    repo.write("b.txt", "dirty\n");
    let look = || {
        let refs = repo.git(&["for-each-ref", "refs/heads", "refs/stash"]);
        (refs, repo.git(&["diff", "--cached"]), repo.git(&["rev-parse", "HEAD"]))
    };
    let before = look();
    let id = propose(&repo, &[(b"a.txt", Some(BOTH))]);
    repo.run(["apply", &id]).exits(0);
    assert_eq!(look(), before);
    assert_eq!(repo.text("b.txt"), "dirty\n");
}

#[test]
fn what_is_rejected_is_no_longer_listed() {
    let repo = TestRepo::with(&[("a.txt", LINES)]);
    let id = propose(&repo, &[(b"a.txt", Some(BOTH))]);
    repo.run(["reject", &id[2..]]).exits(0);
    assert_eq!(repo.run(["proposals", "--json"]).exits(0).json(), json!([]));
    assert_eq!(repo.run(["proposals", "--all", "--json"]).exits(0).json()[0]["status"], "rejected");
    let said = repo.run(["apply", &id]).exits(1);
    assert_snapshot!(steady(&said, &id), @r"
    exit: 1
    ----- stdout
    ----- stderr
    error: cannot apply proposal `[proposal]`
    cause: proposal `[proposal]` was rejected
    hint: have it made anew with `countersign propose`
    ");
}

#[test]
fn without_an_id_there_must_be_one_that_waits() {
    let repo = TestRepo::with(&[("a.txt", LINES)]);
    assert_snapshot!(repo.run(["apply"]).exits(1).stderr, @r#"
    error: no proposal waits
    hint: have one made with `countersign propose "what should change"`
    "#);
    propose(&repo, &[(b"a.txt", Some(BOTH))]);
    propose(&repo, &[(b"a.txt", Some("x\n"))]);
    repo.run(["apply"]).exits(2);
    assert_snapshot!(repo.run(["show", "p-0000"]).exits(1).stderr, @r"
    error: there is no proposal `p-0000`
    hint: run `countersign proposals` to see those there are
    ");
}

#[test]
fn git_applies_what_diff_prints() {
    let repo = TestRepo::with(&[("a.txt", LINES), ("gone", "x")]);
    let id = propose(&repo, &[(b"a.txt", Some(BOTH)), (b"gone", None), (b"n w", Some("n"))]);
    let patch = repo.run(["diff", &id]).exits(0).stdout;
    repo.write(".git/the.patch", patch);
    repo.git(&["apply", ".git/the.patch"]);
    let by_git = repo.tree();
    repo.git(&["checkout", "--quiet", "."]);
    repo.git(&["clean", "--quiet", "--force"]);
    repo.run(["apply", &id]).exits(0);
    assert_eq!(repo.tree(), by_git);
}
