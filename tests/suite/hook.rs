//! `countersign hook`: in, out, and every byte of what was there before.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Output;

use crate::support::TestRepo;

const HOOK: &str = ".git/hooks/pre-commit";

/// Stages `path` with `text` and tries to commit it.
fn commit(repo: &TestRepo, path: &str, text: &str) -> Output {
    repo.write(path, text);
    repo.git(&["add", "--all"]);
    repo.git_command(&["commit", "--quiet", "-m", "x"]).output().expect("git")
}

fn key() -> String {
    ["AKIA", "QYLPMN5HHHFPZAM2"].concat()
}

/// A hook of somebody else, which leaves a trace when it runs.
fn older_hook(repo: &TestRepo, text: &str) {
    repo.write(HOOK, text);
    set_mode(repo, 0o750);
}

fn set_mode(repo: &TestRepo, mode: u32) {
    let permissions = std::fs::Permissions::from_mode(mode);
    std::fs::set_permissions(repo.root().join(HOOK), permissions).expect("mode");
}

#[test]
fn a_commit_with_findings_is_stopped_and_a_clean_one_is_not() {
    let repo = TestRepo::with(&[("a.py", "x = 1\n")]);
    repo.run(["hook", "install"]).exits(0);
    assert!(commit(&repo, "a.py", "x = 2\n").status.success());
    for wrong in [format!("key = '{}'\n", key()), "def f(:\n".to_owned()] {
        let before = repo.git(&["rev-parse", "HEAD"]);
        assert!(!commit(&repo, "a.py", &wrong).status.success(), "{wrong}");
        assert_eq!(repo.git(&["rev-parse", "HEAD"]), before);
    }
}

#[test]
fn a_commit_of_some_paths_is_judged_by_those_paths() {
    let repo = TestRepo::with(&[("a.py", "x = 1\n"), ("b.py", "x = 1\n")]);
    repo.run(["hook", "install"]).exits(0);
    repo.write("a.py", "x = 2\n");
    repo.write("b.py", format!("key = '{}'\n", key()));
    repo.git(&["add", "b.py"]);
    repo.git(&["commit", "--quiet", "-m", "only a", "a.py"]);
    assert_eq!(repo.git(&["show", "--format=", "--name-only", "HEAD"]), "a.py\n");
    let all = repo.git_command(&["commit", "--quiet", "--all", "-m", "all"]).output().expect("git");
    assert!(!all.status.success());
}

#[test]
fn install_twice_and_uninstall_twice_are_harmless() {
    let repo = TestRepo::with(&[("a", "a\n")]);
    let status = |expected: &str| {
        let said = repo.run(["hook", "status", "--json"]).exits(0);
        assert_eq!(said.json()["state"], expected);
    };
    status("absent");
    repo.run(["hook", "install"]).exits(0);
    let first = repo.read(HOOK);
    repo.run(["hook", "install"]).exits(0);
    assert_eq!(repo.read(HOOK), first);
    status("installed");
    repo.run(["hook", "uninstall"]).exits(0);
    repo.run(["hook", "uninstall"]).exits(0);
    status("absent");
}

#[test]
fn an_older_hook_runs_first_and_comes_back_as_it_was() {
    let repo = TestRepo::with(&[("a", "a\n")]);
    let text = "#!/bin/sh\necho ran >> ../home/trace\ntest ! -e stop\n";
    older_hook(&repo, text);
    repo.run(["hook", "install"]).exits(0);
    assert!(commit(&repo, "a", "b\n").status.success());
    assert!(!commit(&repo, "stop", "").status.success(), "the older hook says no");
    let trace = std::fs::read_to_string(repo.home().join("trace")).expect("trace");
    assert_eq!(trace, "ran\nran\n");
    repo.run(["hook", "uninstall"]).exits(0);
    assert_eq!((repo.text(HOOK).as_str(), repo.mode(HOOK)), (text, 0o750));
    assert!(!repo.root().join(".git/hooks/pre-commit.before-countersign").exists());
}

#[test]
fn what_we_did_not_write_is_not_removed_and_two_older_hooks_are_too_many() {
    let repo = TestRepo::with(&[("a", "a\n")]);
    older_hook(&repo, "#!/bin/sh\n");
    repo.run(["hook", "uninstall"]).exits(1);
    repo.write(".git/hooks/pre-commit.before-countersign", "older still\n");
    repo.run(["hook", "install"]).exits(1);
    assert_eq!(repo.text(HOOK), "#!/bin/sh\n");
}

#[test]
fn the_folder_is_the_one_that_git_uses() {
    let repo = TestRepo::with(&[("a", "a\n")]);
    repo.git(&["config", "core.hooksPath", ".githooks"]);
    repo.run(["hook", "install"]).exits(0);
    assert!(repo.root().join(".githooks/pre-commit").exists());
    assert!(!repo.root().join(HOOK).exists());
    repo.git(&["config", "--unset", "core.hooksPath"]);

    repo.git(&["worktree", "add", "--quiet", "../home/linked"]);
    let linked = repo.home().join("linked");
    repo.run([Path::new("-C"), &linked, Path::new("hook"), Path::new("install")]).exits(0);
    assert!(repo.root().join(HOOK).exists());
}

#[test]
fn a_folder_that_all_repositories_share_is_left_alone() {
    let repo = TestRepo::with(&[("a", "a\n")]);
    let shared = repo.home().join("hooks");
    repo.git(&["config", "--global", "core.hooksPath", &shared.to_string_lossy()]);
    let said = repo.run(["hook", "install"]).exits(1);
    assert!(said.stderr.contains("core.hooksPath"), "{}", said.stderr);
    assert!(!shared.exists());
}

#[test]
fn a_program_that_is_gone_is_said_not_ignored() {
    let repo = TestRepo::with(&[("a", "a\n")]);
    repo.run(["hook", "install"]).exits(0);
    let text = repo.text(HOOK);
    let start = text.find("program='").expect("program");
    let end = text[start..].find('\n').expect("line") + start;
    repo.write(HOOK, text.replace(&text[start..end], "program='/nowhere/countersign'"));
    set_mode(&repo, 0o755);
    let output = commit(&repo, "a", "b\n");
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("countersign is gone"));
}
