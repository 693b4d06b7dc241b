//! `countersign undo` and `redo`, and what a killed run leaves.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Stdio;
use std::time::Duration;

use insta::assert_snapshot;

use crate::apply::propose;
use crate::support::TestRepo;

/// A repository with tracked, untracked and ignored files and a link, and a proposal for it.
fn busy() -> (TestRepo, String) {
    let repo = TestRepo::with(&[("a", "1\r\n2"), ("gone", "x\n"), (".gitignore", "*.log\n")]);
    repo.write("untracked", "u");
    repo.write("d/ignored.log", "i");
    symlink("a", repo.root().join("link")).expect("link");
    fs::set_permissions(repo.root().join("gone"), PermissionsExt::from_mode(0o640)).expect("mode");
    let changes: [(&[u8], Option<&str>); 4] = [
        (b"a", Some("1\r\nzwei")),
        (b"deep/er/new", Some("n")),
        (b"gone", None),
        (b"untracked", Some("v")),
    ];
    let id = propose(&repo, &changes);
    (repo, id)
}

#[test]
fn undo_restores_every_byte_and_redo_writes_it_again() {
    let (repo, id) = busy();
    let before = repo.tree();
    repo.run(["apply", &id]).exits(0);
    let applied = repo.tree();
    assert_ne!(applied, before);
    let undone = repo.run(["undo", "--json"]).exits(0).json();
    assert_eq!(repo.tree(), before);
    assert_eq!(undone["files"][1]["change"], "deleted");
    assert!(!repo.root().join("deep").exists());
    repo.run(["redo"]).exits(0);
    assert_eq!(repo.tree(), applied);
    repo.run(["undo"]).exits(0);
    assert_eq!(repo.tree(), before);
    repo.run(["journal", "verify"]).exits(0);
}

#[test]
fn an_edit_since_is_never_lost() {
    let (repo, id) = busy();
    repo.run(["apply", &id]).exits(0);
    repo.write("a", "mine");
    let before = repo.tree();
    assert_snapshot!(repo.run(["undo"]).exits(1).stderr, @r"
    error: `a` was edited since
    hint: nothing was written; the edits stay, so take back those you do not want
    ");
    assert_eq!(repo.tree(), before);
}

#[test]
fn there_may_be_nothing_to_undo() {
    let repo = TestRepo::with(&[("a", "1\n")]);
    assert_snapshot!(repo.run(["undo"]).exits(1).stderr, @r"
    error: there is nothing to undo
    hint: run `countersign proposals` to see what can be applied
    ");
    assert_snapshot!(repo.run(["redo"]).exits(1).stderr, @"error: there is nothing to redo");
}

#[test]
fn the_next_command_puts_right_what_a_killed_one_left() {
    let (repo, id) = busy();
    let before = repo.tree();
    repo.run(["apply", &id]).exits(0);
    // As a kill in the middle leaves it: the record says so, and one file is not written yet.
    let receipts = repo.root().join(".git/countersign/receipts");
    let receipt = fs::read_dir(receipts).expect("receipts").filter_map(Result::ok);
    let receipt = receipt.map(|entry| entry.path()).find(|path| path.is_dir()).expect("receipt");
    let record = fs::read_to_string(receipt.join("receipt.json")).expect("record");
    let name = receipt.strip_prefix(repo.root()).expect("below").join("receipt.json");
    repo.write(name, record.replace("\"state\": \"applied\"", "\"state\": \"applying\""));
    repo.write("a", "1\r\n2");
    let said = repo.run(["proposals"]).exits(0);
    assert_eq!(repo.tree(), before);
    assert_snapshot!(said.stderr.replace(&id, "[proposal]"), @"warning: an interrupted apply of `[proposal]` was rolled back: `deep/er/new`, `gone`, `untracked` restored");
    repo.run(["apply", &id]).exits(0);
}

/// Whenever the program is killed, the next command leaves all of the change in place or none.
#[test]
fn a_kill_at_any_moment_leaves_all_or_nothing() {
    let names: Vec<String> = (0..20).map(|number| format!("d/file-{number}")).collect();
    let files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "old\n")).collect();
    let repo = TestRepo::with(&files);
    let changes: Vec<(&[u8], Option<&str>)> =
        names.iter().map(|name| (name.as_bytes(), Some("new\n"))).collect();
    let id = propose(&repo, &changes);
    let before = repo.tree();
    let mut broke_off = 0;
    for pause in (0..24).map(|step| Duration::from_millis(10 * step)) {
        let mut child = repo
            .command(["apply", &id])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("start");
        std::thread::sleep(pause);
        child.kill().expect("kill");
        child.wait().expect("end");
        let said = repo.run(["proposals"]).exits(0);
        broke_off += usize::from(!said.stderr.is_empty());
        if repo.tree() != before {
            assert!(names.iter().all(|name| repo.text(name) == "new\n"), "after {pause:?}");
            repo.run(["undo"]).exits(0);
        }
        assert_eq!(repo.tree(), before, "after {pause:?}");
    }
    println!("{broke_off} of 24 kills came in the middle");
    repo.run(["journal", "verify"]).exits(0);
}
