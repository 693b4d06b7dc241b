//! The record of what happened, as it is read and verified from outside.

use countersign::journal::{Event, Log};

use crate::support::TestRepo;

/// A repository in whose journal these things happened.
fn recorded(whats: &[&str]) -> TestRepo {
    let repo = TestRepo::empty();
    let log = Log::open(&repo.root().join(".git/countersign")).expect("journal");
    for what in whats {
        let task = Some("t-12ab".parse().expect("id"));
        let event = Event::Recovered { what: (*what).to_owned() };
        log.append(task.as_ref(), &event).expect("append");
    }
    repo
}

/// The journal with `edit` made to it behind the program's back.
fn alter(repo: &TestRepo, edit: impl FnOnce(String) -> String) {
    let path = ".git/countersign/journal.jsonl";
    repo.write(path, edit(repo.text(path)));
}

#[test]
fn an_empty_journal_is_intact() {
    let repo = TestRepo::empty();
    let said = repo.run(["journal", "verify"]).exits(0);
    assert_eq!(said.stdout, "the journal is intact: 0 records\n");
    assert_eq!(repo.run(["journal", "list", "--json"]).exits(0).json(), serde_json::json!([]));
}

#[test]
fn lists_and_shows_without_letting_text_move_the_cursor() {
    let repo = recorded(&["one", "two\u{1b}[2J", "three\nlines"]);
    let said = repo.run(["journal", "list", "--limit", "2"]).exits(0);
    let shown: Vec<&str> = said.stdout.lines().map(|line| &line[29..]).collect();
    assert_eq!(shown, ["t-12ab    recovered: two\\u{1b}[2J", "t-12ab    recovered: three lines"]);

    let said = repo.run(["journal", "show", "3"]).exits(0);
    assert!(said.stdout.contains("what: \n         three\n         lines\n"), "{}", said.stdout);
    let all = repo.run(["journal", "show", "t-12ab", "--json"]).exits(0).json();
    assert_eq!(all.as_array().expect("array").len(), 3);
    repo.run(["journal", "show", "4"]).exits(1);
    repo.run(["journal", "show", "rubbish"]).exits(2);
}

#[test]
fn verify_names_what_was_done() {
    let repo = recorded(&["one", "two", "three"]);
    repo.run(["journal", "verify"]).exits(0);
    alter(&repo, |text| text.replace("two", "2"));
    insta::assert_snapshot!(repo.run(["journal", "verify"]).whole(), @r"
    exit: 1
    ----- stdout
    line 2: record 2 was altered: its contents do not give its hash
    ----- stderr
    ");
}

#[test]
fn a_damaged_journal_warns_and_the_rest_is_read() {
    let repo = recorded(&["one", "two"]);
    alter(&repo, |text| text.replacen("{\"v\":1", "{\"v\":9", 1));
    let said = repo.run(["journal", "list"]).exits(0);
    assert_eq!(said.stdout.lines().count(), 1);
    assert_eq!(
        said.stderr,
        "warning: journal.jsonl, line 1: version 9 of the format is not known here\n"
    );
}
