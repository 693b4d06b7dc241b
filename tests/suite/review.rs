//! `countersign review` without its screen: what needs a terminal says so, and the same review in
//! plain words, with answers through a pipe.

use insta::assert_snapshot;

use crate::support::{Said, TestRepo};

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

/// A proposal that replaces `a.txt` by `after`, with git alone.
fn propose_text(repo: &TestRepo, id: &str, after: &str) {
    repo.write("a.txt", after);
    repo.git(&["add", "a.txt"]);
    let tree = repo.git(&["write-tree"]);
    repo.git(&["reset", "--quiet", "--hard"]);
    let commit = repo.git(&["commit-tree", tree.trim(), "-p", "HEAD", "-m", "Change a"]);
    repo.git(&["update-ref", &format!("refs/countersign/proposals/{id}"), commit.trim()]);
}

/// A plain review with these answers, a line each.
fn plain(repo: &TestRepo, args: &[&str], answers: &[&str]) -> Said {
    plain_with(repo, args, answers, None)
}

fn plain_with(repo: &TestRepo, args: &[&str], answers: &[&str], editor: Option<&str>) -> Said {
    let mut command = repo.command(["review", "--plain"].iter().chain(args));
    if let Some(editor) = editor {
        command.env("EDITOR", editor);
    }
    repo.finish_with(command, answers.iter().map(|line| format!("{line}\n")).collect::<String>())
}

const BEFORE: &str = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n";
const AFTER: &str = "1\nZWEI\n3\n4\nFUENF\n6\n7\n8\n9\n10\n11\n12\n13\nVIERZEHN\n";

#[test]
fn a_review_in_words_applies_what_is_accepted() {
    let repo = TestRepo::with(&[("a.txt", BEFORE)]);
    propose_text(&repo, "p-7f3a", AFTER);
    let said = plain(&repo, &[], &["x", "a", "A", "y"]).exits(0);
    assert_snapshot!(said.whole(), @"
    exit: 0
    ----- stdout
    p-7f3a: Change a (2 hunks in 1 file)
    test      none was run on this change

    Hunk 1 (1 of 2) of a.txt: +2 -2 lines; undecided.
    same 1: 1
    removed 2: 2
    added 2: ZWEI
    same 3: 3
    same 4: 4
    removed 5: 5
    added 5: FUENF
    same 6: 6
    same 7: 7
    same 8: 8
    What now? (? for the verbs) Rejected.

    Hunk 2 (2 of 2) of a.txt: +1 -1 lines; undecided.
    same 11: 11
    same 12: 12
    same 13: 13
    removed 14: 14
    added 14: VIERZEHN
    What now? (? for the verbs) Accepted.
    Every hunk is decided; `A` applies.
    What now? (? for the verbs) a.txt  1 of 2 hunks  +1 -1
    Stays out: 1 rejected.
    Apply 1 hunk in 1 file? (y or n) ----- stderr
    Applied 1 hunk of `p-7f3a` to 1 file. `countersign undo` takes it back.
    ");
    assert_eq!(repo.text("a.txt"), BEFORE.replace("14\n", "VIERZEHN\n"));
    repo.run(["undo"]).exits(0);
    assert_eq!(repo.text("a.txt"), BEFORE);
}

#[test]
fn a_hunk_is_split_and_a_part_of_it_applied() {
    let repo = TestRepo::with(&[("a.txt", BEFORE)]);
    propose_text(&repo, "p-7f3a", AFTER);
    let said = plain(&repo, &[], &["s", "x", "a", "A", "y"]).exits(0);
    assert!(said.stdout.contains("Hunk 1.1 (1 of 3) of a.txt"), "{}", said.stdout);
    assert_eq!(repo.text("a.txt"), BEFORE.replace("\n5\n", "\nFUENF\n"));
    let journal = repo.run(["journal", "list"]).exits(0).stdout;
    assert!(journal.contains("p-7f3a: 0 accepted, 0 rejected, 2 parts"), "{journal}");
    let list = repo.run(["proposals", "--json"]).exits(0).json();
    assert_eq!(list[0]["status"], "partly", "{list}");
    repo.run(["undo"]).exits(0);
    assert_eq!(repo.text("a.txt"), BEFORE);
}

#[test]
fn own_words_are_applied_and_recorded_as_the_persons() {
    let repo = TestRepo::with(&[("a.txt", BEFORE)]);
    propose_text(&repo, "p-7f3a", AFTER);
    let editor = Some("sed -i s/ZWEI/Deux/");
    let said = plain_with(&repo, &[], &["e", "A", "y"], editor).exits(0);
    assert!(said.stdout.contains("Edited by hand: 1."), "{}", said.stdout);
    let wanted = BEFORE.replace("\n2\n", "\nDeux\n").replace("\n5\n", "\nFUENF\n");
    assert_eq!(repo.text("a.txt"), wanted);
    let journal = repo.run(["journal", "list", "--json"]).exits(0).stdout;
    assert!(journal.contains("\"by\": \"person\""), "{journal}");
    assert!(journal.contains("Deux"), "{journal}");
}

#[test]
fn an_editor_that_fails_or_empties_the_text_keeps_the_lines() {
    let repo = TestRepo::with(&[("a.txt", BEFORE)]);
    propose_text(&repo, "p-7f3a", AFTER);
    let said = plain_with(&repo, &[], &["e", "q"], Some("false")).exits(0);
    assert!(
        said.stdout.contains("Nothing was edited: `false` ended with exit status: 1."),
        "{}",
        said.stdout
    );
    let said = plain_with(&repo, &[], &["e", "q"], Some("truncate -s 0")).exits(0);
    assert!(
        said.stdout.contains("The text is empty; the lines stay as they were"),
        "{}",
        said.stdout
    );
    let said = plain(&repo, &[], &["e", "q"]).exits(0);
    assert!(
        said.stdout.contains("No editor is named") || said.stdout.contains("no editor is named"),
        "{}",
        said.stdout
    );
    assert_eq!(repo.text("a.txt"), BEFORE);
}

#[test]
fn a_review_goes_on_where_it_was_left() {
    let repo = TestRepo::with(&[("a.txt", BEFORE)]);
    propose_text(&repo, "p-7f3a", AFTER);
    plain(&repo, &[], &["s", "a", "c because", "x"]).exits(0);
    let said = plain(&repo, &[], &["p", "A", "y"]).exits(0);
    assert!(said.stdout.contains("Going on where you left: 1 hunk is decided."), "{}", said.stdout);
    assert!(said.stdout.contains("You said: because"), "{}", said.stdout);
    assert_eq!(repo.text("a.txt"), BEFORE.replace("\n2\n", "\nZWEI\n"));
}

#[test]
fn kept_decisions_that_are_damaged_or_of_another_version_are_dropped_and_said() {
    let repo = TestRepo::with(&[("a.txt", BEFORE)]);
    propose_text(&repo, "p-7f3a", AFTER);
    plain(&repo, &[], &["a"]).exits(0);
    let place = ".git/countersign/reviews/p-7f3a.json";
    assert!(repo.text(place).contains("accepted"));
    repo.write(place, "{");
    let said = plain(&repo, &[], &["q"]).exits(0);
    assert!(
        said.stdout.contains("Kept decisions were dropped: their file is damaged."),
        "{}",
        said.stdout
    );
    plain(&repo, &[], &["a"]).exits(0);
    propose_text(&repo, "p-7f3a", "1\n");
    let said = plain(&repo, &[], &["q"]).exits(0);
    assert!(said.stdout.contains("they were about another version."), "{}", said.stdout);
    plain(&repo, &[], &["a"]).exits(0);
    repo.run(["reject", "p-7f3a"]).exits(0);
    assert!(!repo.root().join(place).exists());
}

#[test]
fn what_is_rejected_leaves_the_work_tree_and_comes_back() {
    let repo = TestRepo::with(&[("a.txt", BEFORE), ("gone.txt", "g\n")]);
    repo.write("a.txt", AFTER);
    repo.write("new.txt", "n\n");
    repo.git(&["rm", "--quiet", "gone.txt"]);
    let before = repo.tree();
    let said = plain(&repo, &["--uncommitted"], &["n", "A", "q"]).exits(0);
    assert!(said.stdout.contains("No hunk is rejected, so the files stay"), "{}", said.stdout);
    assert_eq!(repo.tree(), before);
    // The second hunk of a.txt, the file that is gone, the file that is new.
    let said = plain(&repo, &["--uncommitted"], &["a", "x", "x", "x", "A", "y"]).exits(0);
    assert!(said.stderr.contains("Changed 3 hunks in 3 files"), "{}", said.stderr);
    assert_eq!(repo.text("a.txt"), AFTER.replace("VIERZEHN\n", "14\n"));
    assert_eq!(repo.text("gone.txt"), "g\n");
    assert!(!repo.root().join("new.txt").exists());
    repo.run(["undo"]).exits(0);
    assert_eq!(repo.tree(), before);
}

#[test]
fn a_renamed_file_is_one_change_and_goes_back_where_it_was() {
    let repo = TestRepo::with(&[("a.txt", BEFORE)]);
    repo.git(&["mv", "a.txt", "b.txt"]);
    repo.write("b.txt", BEFORE.replace("14\n", "VIERZEHN\n"));
    let said = plain(&repo, &["--uncommitted"], &["x", "a", "A", "y"]).exits(0);
    assert!(said.stdout.contains("of b.txt: renamed from `a.txt`"), "{}", said.stdout);
    assert_eq!(repo.text("a.txt"), BEFORE.replace("14\n", "VIERZEHN\n"));
    assert!(!repo.root().join("b.txt").exists());
    repo.run(["undo"]).exits(0);
    assert!(!repo.root().join("a.txt").exists());
    assert_eq!(repo.text("b.txt"), BEFORE.replace("14\n", "VIERZEHN\n"));
}

#[test]
fn a_branch_is_reviewed_from_where_it_parted() {
    let repo = TestRepo::with(&[("a.txt", BEFORE)]);
    repo.git(&["switch", "--quiet", "--create", "topic"]);
    repo.write("a.txt", AFTER);
    repo.commit("topic");
    repo.write("b.txt", "not committed\n");
    let said = plain(&repo, &["--base", "main"], &["x", "q"]).exits(0);
    assert!(
        said.stdout.contains("--base main: the work tree since main (3 hunks in 2 files)"),
        "{}",
        said.stdout
    );
    let said = plain(&repo, &["--base", "main"], &["A", "y"]).exits(0);
    assert!(said.stdout.contains("Going on where you left"), "{}", said.stdout);
    assert_eq!(repo.text("a.txt"), AFTER.replace("ZWEI", "2").replace("FUENF", "5"));
    assert_eq!(plain(&repo, &["--base", "nowhere"], &[]).exits(1).stdout, "");
    repo.git(&["reset", "--quiet", "--hard"]);
    repo.git(&["clean", "--quiet", "--force"]);
    assert_snapshot!(plain(&repo, &["--uncommitted"], &[]).exits(1).stderr, @"
    error: nothing differs: the work tree against HEAD
    hint: `countersign review` without more words is about the proposal that waits
    ");
}

#[test]
fn a_patch_that_does_not_fit_is_refused_with_its_place() {
    let repo = TestRepo::with(&[("a.txt", BEFORE)]);
    let patch =
        "diff --git a/a.txt b/a.txt\n--- a/a.txt\n+++ b/a.txt\n@@ -3,1 +3,1 @@\n-drei\n+III\n";
    let command = repo.command(["review", "-"]);
    let said = repo.finish_with(command, patch);
    assert_snapshot!(said.exits(1).stderr, @"
    error: the patch does not fit `a.txt` at line 3: other lines stand there
    hint: the patch was made for another version of the file; nothing was changed
    ");
    let command = repo.command(["review", "--plain", "-"]);
    let said = repo.finish_with(command, "hello\n");
    assert_snapshot!(said.exits(1).stderr, @"
    error: this is no patch: no patch found
    hint: hand over what `git diff` prints, for example `git diff main | countersign review -`
    ");
}

#[test]
fn nothing_that_is_reviewed_reaches_the_terminal_raw() {
    let repo = TestRepo::with(&[("a.txt", "x\n")]);
    repo.write("a.txt", "x\u{1b}[2J\u{202e}\tb\u{7} \r\n");
    let said = plain(&repo, &["--uncommitted"], &["c \u{1b}[31mred", "q"]).exits(0);
    let is_control = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
    assert!(!said.stdout.contains(is_control), "{:?}", said.stdout);
    assert!(said.stdout.contains("added 1: x␛[2J"), "{}", said.stdout);
}

#[test]
fn no_answer_is_no_yes() {
    let repo = TestRepo::with(&[("a.txt", BEFORE)]);
    propose_text(&repo, "p-7f3a", AFTER);
    for answers in [&["a", "a", "A"][..], &["A", "n"], &["A", "", "zzz", "?"], &["*", "A", "no"]] {
        let said = plain(&repo, &[], answers).exits(0);
        assert!(said.stderr.contains("Nothing was applied."), "{}", said.stderr);
        assert_eq!(repo.text("a.txt"), BEFORE);
    }
}
