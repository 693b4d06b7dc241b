//! A proposal that moves a file: one row, a verdict about the place and others about the lines.

use insta::assert_snapshot;

use crate::apply::propose;
use crate::support::TestRepo;

const TEN: &str = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n";
const EDITED: &str = "one\n2\n3\n4\n5\n6\n7\n8\n9\nten\n";

/// A proposal that moves `old.txt` to `d/new.txt` and edits its first and last line.
fn moving() -> (TestRepo, String) {
    let repo = TestRepo::with(&[("old.txt", TEN)]);
    let id = propose(&repo, &[(b"old.txt", None), (b"d/new.txt", Some(EDITED))]);
    (repo, id)
}

#[test]
fn it_is_shown_as_one_change() {
    let (repo, id) = moving();
    let show = repo.run(["show"]).exits(0).stdout;
    assert!(show.contains("files     old.txt → d/new.txt +2 -2\n"), "{show}");
    assert!(show.contains("hunk 1  d/new.txt  (renamed from `old.txt`)\n"), "{show}");
    assert!(!show.contains("deleted") && !show.contains("new file"), "{show}");
    let json = repo.run(["show", "--json"]).exits(0).json();
    assert_eq!(json["renames"], serde_json::json!([{"from": "old.txt", "to": "d/new.txt"}]));
    let kinds: Vec<&str> =
        json["hunks"].as_array().unwrap().iter().map(|it| it["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["rename", "lines", "lines"]);
    assert!(repo.run(["proposals"]).exits(0).stdout.contains("3 hunks in 1 file "), "{id}");
    assert_snapshot!(repo.run(["diff", "--hunks", "1,2"]).exits(0).stdout, @"
    diff --git a/old.txt b/d/new.txt
    similarity index 82%
    rename from old.txt
    rename to d/new.txt
    index f00c965d8307308469e537302baa73048488f162..1b6662b76713eb633ad70b8074cb463f0b74849b
    --- a/old.txt
    +++ b/d/new.txt
    @@ -1,4 +1,4 @@
    -1
    +one
     2
     3
     4
    ");
    assert_snapshot!(repo.run(["diff", "--hunks", "2"]).exits(0).stdout, @"
    diff --git a/old.txt b/old.txt
    --- a/old.txt
    +++ b/old.txt
    @@ -1,4 +1,4 @@
    -1
    +one
     2
     3
     4
    ");
}

#[test]
fn git_takes_the_patch_of_it() {
    let (repo, _) = moving();
    let patch = repo.run(["diff"]).exits(0).stdout;
    repo.write(".git/the.patch", &patch);
    repo.git(&["apply", ".git/the.patch"]);
    assert_eq!(repo.text("d/new.txt"), EDITED);
    assert!(!repo.root().join("old.txt").exists());
}

#[test]
fn hunks_of_it_are_applied_by_number_and_taken_back() {
    let (repo, id) = moving();
    let before = repo.tree();
    let said = repo.run(["apply", "--hunks", "1,3"]).exits(0).stdout.replace(&id, "P");
    assert_eq!(said, "applied 2 of 3 hunks of P\n  D old.txt\n  A d/new.txt\n");
    assert_eq!(repo.text("d/new.txt"), EDITED.replace("one", "1"));
    assert!(!repo.root().join("old.txt").exists());
    assert!(repo.run(["proposals"]).exits(0).stdout.contains("partly applied"));
    repo.run(["apply", &id, "--hunks", "2"]).exits(0);
    assert_eq!(repo.text("d/new.txt"), EDITED);
    assert!(repo.run(["proposals"]).exits(0).stdout.contains("  applied  "));
    repo.run(["undo"]).exits(0);
    repo.run(["undo"]).exits(0);
    assert_eq!(repo.tree(), before);
    assert!(!repo.root().join("d").exists());
    repo.run(["redo"]).exits(0);
    assert_eq!(repo.text("d/new.txt"), EDITED.replace("one", "1"));
}

#[test]
fn what_is_accepted_of_its_lines_goes_where_the_file_lies() {
    let (repo, _) = moving();
    let before = repo.tree();
    let said = repo.run(["apply", "--hunks", "2"]).exits(0).stdout;
    assert!(said.ends_with("\n  M old.txt\n"), "{said}");
    assert_eq!(repo.text("old.txt"), EDITED.replace("ten", "10"));
    assert!(!repo.root().join("d").exists());
    repo.run(["undo"]).exits(0);
    assert_eq!(repo.tree(), before);
}

#[test]
fn both_places_have_to_be_permitted() {
    let repo = TestRepo::with(&[("rules.cedar", "permit(principal, action, resource);\n# 1\n")]);
    let text = repo.text("rules.cedar");
    propose(&repo, &[(b"rules.cedar", None), (b".countersign/policy.cedar", Some(&text))]);
    let before = repo.tree();
    let said = repo.run(["apply"]).exits(11);
    assert!(said.stderr.contains("denies edit `.countersign/policy.cedar`"), "{}", said.stderr);
    assert_eq!(repo.tree(), before);
    assert!(repo.run(["show"]).stdout.contains("rules.cedar → .countersign/policy.cedar"));
}

#[test]
fn in_words_the_move_is_named_and_summed_up() {
    let (repo, _) = moving();
    let command = repo.command(["review", "--plain"]);
    let said = repo.finish_with(command, "a\nx\na\nA\ny\n").exits(0);
    assert_snapshot!(said.stdout.split_once("\n\n").unwrap().1, @"
    Hunk 1 (1 of 3) of d/new.txt: renamed from `old.txt`, +0 -0 lines; undecided.
    What now? (? for the verbs) Accepted.

    Hunk 2 (2 of 3) of d/new.txt, moved from old.txt: +1 -1 lines; undecided.
    removed 1: 1
    added 1: one
    same 2: 2
    same 3: 3
    same 4: 4
    What now? (? for the verbs) Rejected.

    Hunk 3 (3 of 3) of d/new.txt, moved from old.txt: +1 -1 lines; undecided.
    same 7: 7
    same 8: 8
    same 9: 9
    removed 10: 10
    added 10: ten
    What now? (? for the verbs) Accepted.
    Every hunk is decided; `A` applies.
    What now? (? for the verbs) old.txt → d/new.txt  2 of 3 hunks  +1 -1
    Stays out: 1 rejected.
    Apply 2 hunks in 1 file? (y or n)
    ");
    assert_eq!(repo.text("d/new.txt"), EDITED.replace("one", "1"));
}
