//! `index --watch`: the real binary beside a work tree that changes.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::support::TestRepo;

/// A running watch and its lines.
struct Watching {
    child: Child,
    lines: BufReader<ChildStdout>,
}

impl Watching {
    fn start(repo: &TestRepo) -> Self {
        let mut command = repo.command(["index", "--watch", "--json"]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("run");
        let lines = BufReader::new(child.stdout.take().expect("stdout"));
        Self { child, lines }
    }

    /// The next line; waits for it.
    fn line(&mut self) -> serde_json::Value {
        let mut line = String::new();
        self.lines.read_line(&mut line).expect("a line");
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error} in {line:?}"))
    }

    fn interrupt(&self) {
        kill(Pid::from_raw(i32::try_from(self.child.id()).expect("an id")), Signal::SIGINT)
            .expect("kill");
    }

    /// Waits for the end and gives the exit code and what was said.
    fn end(self) -> (Option<i32>, String) {
        let output = self.child.wait_with_output().expect("end");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

#[test]
fn changes_are_indexed_as_they_happen_and_ignored_files_are_none() {
    let repo = TestRepo::with(&[("src/a.rs", "fn alpha() {}\n"), (".gitignore", "*.log\nout/\n")]);
    let mut watching = Watching::start(&repo);
    let first = watching.line();
    assert_eq!((first["v"].as_u64(), first["type"].as_str()), (Some(1), Some("index.refreshed")));
    assert_eq!(first["files"], 2);
    repo.write("src/b.log", "fn beta() {}\n");
    repo.write("out/deep/c.rs", "fn gamma() {}\n");
    repo.write("src/b.rs", "fn beta() {}\n");
    let second = watching.line();
    assert_eq!((second["files"].as_u64(), second["changed"].as_u64()), (Some(3), Some(1)));
    let hits = repo.run(["search", "--json", "beta"]).exits(0).json();
    assert_eq!(hits[0]["path"], "src/b.rs");
    // A folder that is new is followed too.
    repo.write("new/folder/d.rs", "fn delta() {}\n");
    assert_eq!(watching.line()["files"], 4);
    repo.write("new/folder/e.rs", "fn epsilon() {}\n");
    assert_eq!(watching.line()["files"], 5);
    std::fs::remove_file(repo.root().join("src/b.rs")).expect("remove");
    let removed = watching.line();
    assert_eq!((removed["files"].as_u64(), removed["removed"].as_u64()), (Some(4), Some(1)));
    watching.interrupt();
    assert_eq!(watching.line(), serde_json::json!({"v": 1, "type": "index.ended", "refreshes": 5}));
    let (code, said) = watching.end();
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn a_repository_that_vanishes_ends_it() {
    let repo = TestRepo::with(&[("a.rs", "fn alpha() {}\n")]);
    let mut watching = Watching::start(&repo);
    watching.line();
    std::fs::rename(repo.root(), repo.home().join("moved")).expect("move");
    let error = watching.line();
    assert_eq!(error["type"], "error");
    assert!(error["message"].as_str().unwrap().ends_with("is no longer there"), "{error}");
    assert_eq!(watching.line()["type"], "index.ended");
    let (code, said) = watching.end();
    assert_eq!(code, Some(1));
    assert!(said.contains("is no longer there"), "{said}");
}
