//! What goes on inside, told to whoever asks.

use crate::support::{Said, TestRepo};

/// Lists the proposals with this in the environment.
fn list(repo: &TestRepo, environment: &[(&str, &str)]) -> Said {
    let mut command = repo.command(["-q", "proposals"]);
    command.envs(environment.iter().copied());
    repo.finish(command)
}

#[test]
fn the_log_goes_to_stderr_or_a_file_and_only_where_asked_for() {
    let repo = TestRepo::with(&[("calc.py", "one = 1\n")]);
    let silent = list(&repo, &[]).exits(0);
    assert_eq!(silent.stderr, "");

    let told = list(&repo, &[("COUNTERSIGN_LOG", "countersign=debug")]).exits(0);
    assert_eq!(told.stdout, silent.stdout);
    assert!(told.stderr.contains("asked for arguments=[\"-q\", \"proposals\"]"), "{}", told.stderr);
    let little = list(&repo, &[("COUNTERSIGN_LOG", "error")]).exits(0);
    assert_eq!(little.stderr, "");

    let path = repo.home().join("log");
    let file = [("COUNTERSIGN_LOG", "debug"), ("COUNTERSIGN_LOG_FILE", path.to_str().unwrap())];
    for times in 1..=2 {
        assert_eq!(list(&repo, &file).exits(0).stderr, "");
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text.matches("asked for").count(), times, "{text}");
    }
}

#[test]
fn a_log_that_cannot_be_told_ends_the_program_with_the_reason() {
    let repo = TestRepo::with(&[("calc.py", "one = 1\n")]);
    let wrong = list(&repo, &[("COUNTERSIGN_LOG", "countersign=loud")]).exits(2);
    assert!(wrong.stderr.contains("COUNTERSIGN_LOG is not understood"), "{}", wrong.stderr);
    let file = [("COUNTERSIGN_LOG", "debug"), ("COUNTERSIGN_LOG_FILE", "/no/such/folder/log")];
    let nowhere = list(&repo, &file).exits(1);
    assert!(nowhere.stderr.contains("/no/such/folder/log"), "{}", nowhere.stderr);
}
