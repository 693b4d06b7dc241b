//! What goes wrong: no model, hostile replies, odd files, interruptions, wrong arguments.

use std::io::{BufRead, BufReader};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use serde_json::{Value, json};

use crate::support::{Said, TestRepo};

const CALC: &str = "def add(a, b):\n    return a - b\n";

/// A repository with a file that has a bug.
fn calc() -> TestRepo {
    TestRepo::with(&[("calc.py", CALC)])
}

/// A reply that makes or rewrites one file.
fn file(path: &str) -> String {
    format!("FILE {path}\n```\nhello\n```\n")
}

/// Runs `propose` with a model that says the same thing again and again.
fn propose(repo: &TestRepo, reply: &str, args: &[&str]) -> Said {
    let args = ["propose", "make it better"].iter().chain(args);
    repo.run_scripted(&[reply; 4], args)
}

/// Whatever went wrong: the work tree is as it was, and the records are sound.
#[track_caller]
fn is_sound(repo: &TestRepo) {
    assert_eq!(repo.git(&["status", "--short", "--untracked-files=no"]), "");
    repo.run(["proposals"]).exits(0);
    repo.run(["journal", "verify"]).exits(0);
}

/// Every line is JSON with a version and a type; gives the last.
#[track_caller]
fn last_line(stdout: &str) -> Value {
    let mut last = Value::Null;
    for line in stdout.lines() {
        last = serde_json::from_str(line).expect("JSON");
        assert_eq!(last["v"], 1, "{line}");
        assert!(last["type"].is_string(), "{line}");
    }
    assert_eq!(last["type"], "task.completed");
    last
}

#[test]
fn without_a_usable_model_the_exit_code_says_so() {
    let repo = calc();
    repo.write("no.gguf", "no model");
    repo.write("empty.gguf", "");
    repo.write("head.gguf", b"GGUF\x03\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff");
    for model in
        ["no.gguf", "empty.gguf", "head.gguf", "missing.gguf", "nosuch", "qwen2.5-coder-0.5b"]
    {
        let said = repo.run(["-m", model, "propose", "fix add"]).exits(13);
        assert!(said.stderr.contains("hint: "), "{model}: {}", said.stderr);
    }
    let mut command = repo.command(["propose", "fix add", "--test", "touch ran"]);
    command.env("COUNTERSIGN_MODELS", repo.home());
    let said = repo.finish(command).exits(13);
    insta::assert_snapshot!(said.stderr, @r"
    error: there is no model on this machine
    hint: run `countersign model pull qwen2.5-coder-1.5b`
    ");
    is_sound(&repo);
}

#[test]
fn everything_but_a_model_s_work_needs_no_model() {
    let repo = calc();
    let id = crate::apply::propose(&repo, &[(b"calc.py", Some("def add(a, b):\n    return 1\n"))]);
    let other = crate::apply::propose(&repo, &[(b"new.py", Some("x = 1\n"))]);
    let commands = format!(
        "init|index|search add|map|proposals|show {id}|diff {id}|apply {id}|undo|redo|\
         reject {other}|check|hook install|hook status|hook uninstall|policy show|\
         policy explain read calc.py|journal list|journal verify|config show|doctor|\
         completions bash|man|model list"
    );
    for line in commands.split('|') {
        let mut command = repo.command(line.split(' '));
        command.env("COUNTERSIGN_MODELS", repo.home().join("none"));
        let said = repo.finish(command).exits(0);
        assert!(!said.stderr.contains("error"), "{line}: {}", said.stderr);
    }
}

#[test]
fn every_command_says_that_there_is_no_repository() {
    let repo = TestRepo::bare_folder();
    for line in
        "init|index|search x|map|propose x|proposals|show|diff|apply|undo|check|review".split('|')
    {
        let said = repo.run(line.split(' ')).exits(1);
        assert!(said.stderr.contains("is not inside a git repository"), "{line}: {}", said.stderr);
    }
}

#[test]
fn a_repository_without_commits_or_files_is_a_repository() {
    let repo = TestRepo::empty();
    for line in "index|search x|map|proposals|check|journal verify".split('|') {
        repo.run(line.split(' ')).exits(0);
    }
    propose(&repo, &file("new.txt"), &["--test", "true"]).exits(0);
    repo.run(["apply"]).exits(0);
    assert_eq!(repo.text("new.txt"), "hello\n");
    repo.run(["undo"]).exits(0);
    assert!(repo.tree().is_empty());
    repo.run(["journal", "verify"]).exits(0);
}

#[test]
fn no_reply_reaches_out_of_the_repository_or_into_its_rules() {
    let repo = calc();
    std::fs::create_dir(repo.home().join("outside")).expect("folder");
    symlink(repo.home().join("outside"), repo.root().join("away")).expect("link");
    symlink("calc.py", repo.root().join("link.py")).expect("link");
    repo.write("folder/file", "1\n");
    repo.commit("links");
    for path in [
        ".env",
        ".git/config",
        ".GIT/hooks/pre-commit",
        ".countersign/config.toml",
        "../x",
        "/etc/passwd",
        "a/../../x",
        "away/new.txt",
        "link.py",
        "folder",
        "calc.py/below",
        "a\\..\\..\\x",
    ] {
        // With a test the draft is written to a copy, where links lead out as well.
        let said = propose(&repo, &file(path), &["--test", "true"]).exits(1);
        assert!(said.stderr.contains("gave it back: "), "{path}: {}", said.stderr);
        assert!(said.stderr.contains("no reply of the model could be applied"), "{}", said.stderr);
    }
    let both = format!("{}{}", file("new"), file("new/below"));
    propose(&repo, &both, &[]).exits(1);
    assert_eq!(repo.run(["proposals", "--json"]).json(), json!([]));
    assert_eq!(std::fs::read_dir(repo.home().join("outside")).expect("folder").count(), 0);
    is_sound(&repo);
}

#[test]
fn what_a_model_must_not_see_is_not_shown_and_that_is_said() {
    let repo = calc();
    repo.write(".env", "TOKEN=hunter2\n");
    repo.write("binary", b"\xff\0\xfe");
    repo.write("big", vec![b'x'; 2 << 20]);
    symlink(".env", repo.root().join("harmless.txt")).expect("link");
    for (name, code) in [(".env", 11), ("harmless.txt", 11), (".git/config", 11)] {
        let said = propose(&repo, &file("new.txt"), &["-f", name]).exits(code);
        assert!(said.stderr.contains("the policy denies"), "{name}: {}", said.stderr);
    }
    for name in ["binary", "big", "nosuch", ".", "/etc/passwd"] {
        let said = propose(&repo, &file("new.txt"), &["-f", name]).exits(2);
        assert!(said.stderr.contains("to the model"), "{name}: {}", said.stderr);
    }
    propose(&repo, &file("new.txt"), &["-f", "calc.py"]).exits(0);
    let journal = repo.run(["journal", "list", "--json"]).exits(0).stdout;
    assert!(journal.contains("return a - b") && !journal.contains("hunter2"));
    assert!(journal.contains("guard-secrets"));
}

#[test]
fn odd_files_are_left_out_and_in_nobody_s_way() {
    let repo = calc();
    repo.write("big", vec![b'x'; 2 << 20]);
    repo.write("binary", b"a\0b");
    repo.write(std::ffi::OsStr::from_bytes(b"caf\xe9.py"), "cafe = 1\n");
    symlink("loop", repo.root().join("loop")).expect("link");
    symlink(".", repo.root().join("self")).expect("link");
    let fifo = Command::new("mkfifo").arg(repo.root().join("pipe")).status().expect("mkfifo");
    assert!(fifo.success());
    let report = repo.run(["index", "--json"]).exits(0).json();
    assert_eq!(report["files"], 2);
    assert_eq!(report["left_out"], json!({"binary": 1, "too_large": 1}));
    let said = repo.run(["index"]).exits(0).stdout;
    assert!(said.contains("1 too large"), "{said}");
    propose(&repo, &file("new.txt"), &["--test", "test -e calc.py"]).exits(0);
    repo.run(["apply"]).exits(0);
    repo.run(["undo"]).exits(0);
    is_sound(&repo);
}

#[test]
fn the_last_json_line_comes_however_it_ends() {
    let repo = calc();
    let said = propose(&repo, &file("new.txt"), &["--json"]).exits(0);
    assert_eq!(last_line(&said.stdout)["outcome"], "proposed");
    let said = propose(&repo, "no code", &["--json"]).exits(1);
    assert_eq!(last_line(&said.stdout)["outcome"], "no_usable_reply");
    for (model, code) in [(repo.script(&[]), 1), ("nosuch".to_owned(), 13)] {
        let said = repo.run(["--json", "-m", &model, "propose", "x"]).exits(code);
        let last = last_line(&said.stdout);
        assert_eq!((&last["outcome"], &last["exit_code"]), (&json!("failed"), &json!(code)));
        assert_eq!(said.stdout.matches("\"type\":\"error\"").count(), 1, "{}", said.stdout);
    }
    let said = propose(&repo, &file(".github/workflows/x.yml"), &["--json", "--test", "false"]);
    assert_eq!(last_line(&said.exits(14).stdout)["outcome"], "verification_failed");
}

#[test]
fn a_blank_test_command_of_the_environment_tests_nothing() {
    let repo = calc();
    let reply = file("new.txt");
    for (variable, blank) in [("COUNTERSIGN_TEST", ""), ("COUNTERSIGN_PROPOSE_TEST", " ")] {
        let mut command = repo.command(["propose", "make it better", "--json"]);
        command.env("COUNTERSIGN_MODEL", repo.script(&[reply.as_str(); 4])).env(variable, blank);
        let last = last_line(&repo.finish(command).exits(0).stdout);
        assert_eq!((&last["outcome"], &last["after"]), (&json!("proposed"), &Value::Null));
    }
}

/// The binary in the middle of its work, with what it says on stdout.
struct Busy {
    child: Child,
    stdout: BufReader<std::process::ChildStdout>,
    said: String,
}

impl Busy {
    /// Proposes with a model that takes a minute, until a JSON line contains `sign`.
    #[allow(clippy::disallowed_methods, reason = "a test makes its own files")]
    fn until(repo: &TestRepo, sign: &str, args: &[&str]) -> Self {
        let script = repo.home().join("slow.json");
        let words = json!([{ "text": "word ".repeat(600), "delay_ms": 100 }]);
        std::fs::write(&script, words.to_string()).expect("write");
        let mut command = repo.command(["--json", "propose", "x"]);
        command.args(args).env("COUNTERSIGN_SCRIPTED", script);
        let mut child = command.stdout(Stdio::piped()).spawn().expect("run");
        let stdout = BufReader::new(child.stdout.take().expect("stdout"));
        let mut busy = Self { child, stdout, said: String::new() };
        while !busy.said.contains(sign) {
            assert_ne!(busy.stdout.read_line(&mut busy.said).expect("read"), 0, "{}", busy.said);
        }
        busy
    }

    /// Sends `signal` and gives the exit code, or minus the signal that ended it.
    fn signal(&mut self, signal: Signal) -> i32 {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, signal).expect("signal");
        let status = self.child.wait().expect("wait");
        while self.stdout.read_line(&mut self.said).expect("read") > 0 {}
        status.code().unwrap_or_else(|| -status.signal().unwrap_or_default())
    }
}

#[test]
fn a_stop_in_the_middle_of_an_answer_is_clean() {
    let repo = calc();
    for signal in [Signal::INT, Signal::TERM] {
        let mut busy = Busy::until(&repo, "item.updated", &[]);
        assert_eq!(busy.signal(signal), 130, "{}", busy.said);
        let last = last_line(&busy.said);
        assert_eq!((&last["outcome"], &last["exit_code"]), (&json!("interrupted"), &json!(130)));
        is_sound(&repo);
    }
    let mut busy = Busy::until(&repo, "item.updated", &[]);
    assert_eq!(busy.signal(Signal::KILL), -9);
    is_sound(&repo);
    propose(&repo, &file("new.txt"), &[]).exits(0);
}

#[test]
fn a_stop_ends_the_test_command_with_all_its_children() {
    let repo = calc();
    let mark = repo.home().join("pid");
    let test = format!("sleep 60 & echo $! > {}; wait", mark.display());
    let mut busy = Busy::until(&repo, "test before", &["--test", &test]);
    let started = Instant::now();
    let pid = loop {
        let text = std::fs::read_to_string(&mark).unwrap_or_default();
        if let Some(pid) = text.trim().parse().ok().and_then(Pid::from_raw) {
            break pid;
        }
        assert!(started.elapsed() < Duration::from_secs(60), "the test command never began");
        std::thread::sleep(Duration::from_millis(10));
    };
    assert_eq!(busy.signal(Signal::INT), 130, "{}", busy.said);
    // Killed, it may still wait for whoever inherited it to notice.
    let ended = || {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()));
        test_kill_process(pid).is_err() || stat.is_ok_and(|stat| stat.contains(") Z "))
    };
    while !ended() {
        assert!(started.elapsed() < Duration::from_secs(60), "the command's child lives on");
        std::thread::sleep(Duration::from_millis(10));
    }
    is_sound(&repo);
}

#[test]
fn a_kill_in_the_middle_of_an_apply_leaves_all_or_nothing() {
    let names: Vec<String> = (0..20).map(|n| format!("f{n}")).collect();
    let files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "old\n")).collect();
    let repo = TestRepo::with(&files);
    let changes: Vec<(&[u8], Option<&str>)> =
        names.iter().map(|name| (name.as_bytes(), Some("new\n"))).collect();
    let id = crate::apply::propose(&repo, &changes);
    let before = repo.tree();
    repo.run(["apply", &id]).exits(0);
    let after = repo.tree();
    for step in 0..6 {
        repo.run(["undo"]).exits(0);
        let mut child = repo.command(["apply", &id]).stdout(Stdio::null()).spawn().expect("run");
        std::thread::sleep(Duration::from_millis(15 * step));
        child.kill().expect("kill");
        child.wait().expect("wait");
        repo.run(["proposals"]).exits(0);
        repo.run(["journal", "verify"]).exits(0);
        let now = repo.tree();
        assert!(now == before || now == after, "step {step} left something half-written");
        if now == before {
            repo.run(["apply", &id]).exits(0);
        }
    }
}

#[test]
fn wrong_arguments_are_named() {
    let repo = calc();
    let id = crate::apply::propose(&repo, &[(b"new.py", Some("x = 1\n"))]);
    let cases = [
        (vec!["propose"], 2, "TASK"),
        (vec!["propose", " "], 2, "the task is empty"),
        (vec!["propose", "x", "--test", ""], 2, "hint: name a command"),
        (vec!["propose", "--tests", "calc.py", "--test", ""], 2, "the test command is empty"),
        (vec!["rename", "add", "plus", "--test", " "], 2, "the test command is empty"),
        (vec!["move", "add", "sums.py", "--test", ""], 2, "the test command is empty"),
        (vec!["apply", "nosuch"], 1, "`nosuch` is not a proposal id"),
        (vec!["apply", &id, "--hunks", "9"], 2, "there is no hunk 9"),
        (vec!["apply", &id, "--hunks", "x"], 2, "`x` is no hunk"),
        (vec!["apply", &id, "--hunks", ""], 2, "is no hunk"),
        (vec!["search", ""], 2, "the query is empty"),
        (vec!["map", "nosuchdir"], 2, "there is no `nosuchdir`"),
        (vec!["map", "../.."], 2, "`../..`"),
        (vec!["-C", "/nonexistent", "index"], 1, "there is no directory `/nonexistent`"),
        (vec!["-c", "nonsense=1", "index"], 2, "no configuration key `nonsense`"),
        (vec!["-c", "model.context=x", "index"], 2, "whole number"),
        (vec!["--policy", "wild", "index"], 2, "`policy.mode`"),
        (vec!["check", "--base", "nosuch"], 1, "`nosuch`"),
    ];
    for (args, code, words) in cases {
        let said = repo.run(&args).exits(code);
        assert!(said.stderr.contains(words), "{args:?}: {}", said.stderr);
        assert_eq!(said.stdout, "", "{args:?}");
    }
    is_sound(&repo);
}

#[test]
fn a_pipe_that_closes_is_no_error() {
    let repo = calc();
    for _ in 0..3 {
        propose(&repo, &file("new.txt"), &[]).exits(0);
    }
    for args in [vec!["journal", "list"], vec!["--json", "journal", "list"], vec!["man"]] {
        let (reader, writer) = std::io::pipe().expect("pipe");
        drop(reader);
        let mut command = repo.command(&args);
        let output = command.stdout(writer).stderr(Stdio::piped()).output().expect("run");
        assert_eq!(output.status.code(), Some(0), "{args:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{args:?}");
    }
}
