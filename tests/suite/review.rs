//! `countersign review` where nobody can press a key.

use insta::assert_snapshot;

use crate::support::TestRepo;

/// Makes a proposal that adds a line to `a.txt`, with git alone.
fn propose(repo: &TestRepo, id: &str) {
    repo.write("a.txt", "one\ntwo\n");
    repo.git(&["add", "a.txt"]);
    let tree = repo.git(&["write-tree"]);
    repo.git(&["reset", "--quiet", "--hard"]);
    let commit = repo.git(&["commit-tree", tree.trim(), "-p", "HEAD", "-m", "Add a line"]);
    repo.git(&["update-ref", &format!("refs/countersign/proposals/{id}"), commit.trim()]);
}

#[test]
fn nothing_waits() {
    let said = TestRepo::with(&[("a.txt", "one\n")]).run(["review"]).exits(1);
    assert_snapshot!(said.whole(), @r#"
    exit: 1
    ----- stdout
    ----- stderr
    error: no proposal waits
    hint: have one made with `countersign propose "what should change"`
    "#);
}

#[test]
fn without_a_terminal_it_names_the_commands_that_need_none() {
    let repo = TestRepo::with(&[("a.txt", "one\n")]);
    propose(&repo, "p-7f3a");
    let before = repo.tree();
    assert_snapshot!(repo.run(["review"]).exits(2).whole(), @"
    exit: 2
    ----- stdout
    ----- stderr
    error: a review needs a terminal to read keys from and to draw on
    hint: look at it with `countersign show p-7f3a`, then write what you accept with `countersign apply p-7f3a --hunks 1,3-5`
    ");
    assert_eq!(repo.run(["review", "7f3a"]).exits(2).stderr, repo.run(["review"]).stderr);
    assert_eq!(repo.tree(), before);
}

#[test]
fn which_one_has_to_be_said() {
    let repo = TestRepo::with(&[("a.txt", "one\n")]);
    propose(&repo, "p-7f3a");
    propose(&repo, "p-88aa");
    assert_snapshot!(repo.run(["review"]).exits(2).whole(), @"
    exit: 2
    ----- stdout
    ----- stderr
    error: 2 proposals wait: `p-7f3a`, `p-88aa`
    hint: name one, for example `p-7f3a`
    ");
    assert_snapshot!(repo.run(["review", "p-0000"]).exits(1).whole(), @"
    exit: 1
    ----- stdout
    ----- stderr
    error: there is no proposal `p-0000`
    hint: run `countersign proposals` to see those there are
    ");
}
