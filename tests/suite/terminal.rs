//! `countersign review` on a real terminal: a panic, a stop, a hang-up, no colours.

use std::io::{Read, Write};
use std::process::{Child, ExitStatus};

use countersign::proposal::{Piece, Standing, hunks, pieces};
use countersign::repo::{FileChange, FileState, Mode};
use countersign::review::{self, Actions, ReviewInput, Theme};
use countersign::session::Evidence;
use pty_process::Size;
use pty_process::blocking::{Command, Pty, open};

use crate::support::TestRepo;

/// What a terminal is told on the way in, and on the way out.
const ENTER: &str = "\x1b[?1049h";
const LEAVE: &str = "\x1b[?1049l";

/// Names the test that is to run as the program on a terminal.
const ON_A_TERMINAL: &str = "COUNTERSIGN_TEST_ON_A_TERMINAL";

/// A program on a terminal of its own, and all it wrote so far.
struct Session {
    pty: Pty,
    child: Child,
    seen: String,
}

impl Session {
    fn start(command: Command) -> Self {
        let (pty, pts) = open().expect("a terminal");
        pty.resize(Size::new(24, 80)).expect("a size");
        let child = command.spawn(pts).expect("a program");
        Self { pty, child, seen: String::new() }
    }

    /// Reads until `text` was written, and forgets everything up to its end.
    #[track_caller]
    fn wait_for(&mut self, text: &str) -> String {
        let mut buffer = [0; 4096];
        loop {
            if let Some(at) = self.seen.find(text) {
                let rest = self.seen.split_off(at + text.len());
                return std::mem::replace(&mut self.seen, rest);
            }
            let read = self.pty.read(&mut buffer).unwrap_or(0);
            assert!(read > 0, "{text:?} never came: {:?}", self.seen);
            self.seen.push_str(&String::from_utf8_lossy(&buffer[..read]));
        }
    }

    fn press(&mut self, keys: &str) {
        self.pty.write_all(keys.as_bytes()).expect("keys");
    }

    /// Reads to the end and gives the rest, and how the program ended.
    fn end(mut self) -> (String, ExitStatus) {
        let mut buffer = [0; 4096];
        while let Ok(read @ 1..) = self.pty.read(&mut buffer) {
            self.seen.push_str(&String::from_utf8_lossy(&buffer[..read]));
        }
        (self.seen, self.child.wait().expect("an end"))
    }
}

/// A repository with a proposal that changes one line.
fn repo() -> TestRepo {
    let repo = TestRepo::with(&[("a.txt", "one\ntwo\n")]);
    repo.write("a.txt", "one\nthree\n");
    repo.git(&["add", "a.txt"]);
    let tree = repo.git(&["write-tree"]);
    repo.git(&["reset", "--quiet", "--hard"]);
    let commit = repo.git(&["commit-tree", tree.trim(), "-p", "HEAD", "-m", "Change a line"]);
    repo.git(&["update-ref", "refs/countersign/proposals/p-7f3a", commit.trim()]);
    repo
}

/// `program` with the environment of tests and a terminal's name.
fn on_terminal(repo: &TestRepo, program: &str) -> Command {
    let plain = repo.command(["review"]);
    let mut command = Command::new(program).current_dir(repo.root()).env_clear();
    for (name, value) in plain.get_envs() {
        if let Some(value) = value.filter(|_| name != "NO_COLOR" && name != "COLUMNS") {
            command = command.env(name, value);
        }
    }
    command.env("TERM", "xterm-256color").env("BIN", env!("CARGO_BIN_EXE_countersign"))
}

#[test]
fn ctrl_z_gives_the_terminal_back_and_comes_back_with_a_whole_screen() {
    let repo = repo();
    let script = "set -m; \"$BIN\" review; echo STOP''PED; read go; fg; echo EN''DED $?";
    let mut session = Session::start(on_terminal(&repo, "sh").args(["-c", script]));
    session.wait_for(ENTER);
    session.wait_for("a.txt");
    session.press("\x1a");
    let before = session.wait_for("STOPPED");
    assert!(before.contains(LEAVE), "{before:?}");
    session.pty.resize(Size::new(30, 100)).expect("a size");
    session.press("\n");
    session.wait_for(ENTER);
    // Drawn whole again, at the new size: the title stands only in the header, the last row is new.
    session.wait_for("Change a line");
    session.wait_for("\x1b[30;");
    session.press("q");
    session.wait_for(LEAVE);
    session.wait_for("ENDED 0");
    assert_eq!(repo.text("a.txt"), "one\ntwo\n");
}

#[test]
fn a_terminal_that_is_gone_ends_the_review() {
    let repo = repo();
    // Whoever is sent a hang-up dies of it; this one is not told and has to find out.
    let script = "trap '' HUP; exec \"$BIN\" review";
    let mut session = Session::start(on_terminal(&repo, "sh").args(["-c", script]));
    session.wait_for("a.txt");
    let Session { pty, mut child, .. } = session;
    drop(pty);
    let status = child.wait().expect("an end");
    assert!(status.code().is_some_and(|code| code != 0 && code != 101), "{status}");
    assert_eq!(repo.text("a.txt"), "one\ntwo\n");
}

#[test]
fn colours_only_where_they_are_wanted() {
    let repo = repo();
    let colours = |command: Command| {
        let mut session = Session::start(command.arg("review"));
        let mut all = session.wait_for("a.txt");
        all.push_str(&session.wait_for("keys"));
        session.press("q");
        all.push_str(&session.end().0);
        all.contains("38;5;") || all.contains("\x1b[3") && all.contains("\x1b[36m")
    };
    let bin = env!("CARGO_BIN_EXE_countersign");
    assert!(colours(on_terminal(&repo, bin)));
    assert!(!colours(on_terminal(&repo, bin).env("NO_COLOR", "1")));
}

/// Somebody to whom nothing may be given to do.
struct Panics;

impl Actions for Panics {
    fn apply(&mut self, _pieces: &[Piece]) -> Result<String, String> {
        panic!("the apply went wrong")
    }

    fn save(&mut self, _pieces: &[Piece], _at: Option<&str>) -> Result<(), String> {
        Ok(())
    }

    fn edit(&mut self, _piece: &Piece) -> Result<Vec<u8>, String> {
        Err("there is no editor".to_owned())
    }
}

#[test]
fn a_panic_gives_the_terminal_back_before_it_speaks() {
    if std::env::var_os(ON_A_TERMINAL).is_some() {
        let files = vec![FileChange {
            path: "a.txt".parse().expect("path"),
            before: None,
            after: Some(FileState { bytes: b"one\n".to_vec(), mode: Mode::Regular }),
        }];
        let input = ReviewInput {
            id: "p-7f3a".to_owned(),
            title: "Panic".to_owned(),
            model: String::new(),
            verification: Vec::new(),
            pieces: pieces(hunks(&files)),
            files,
            at: None,
            notice: None,
            standing: Standing::Proposed,
            evidence: Evidence::default(),
        };
        let _ = review::run(input, Theme::Plain, &mut Panics);
        return;
    }
    let program = std::env::current_exe().expect("this program");
    let name = "terminal::a_panic_gives_the_terminal_back_before_it_speaks";
    let command = Command::new(program).args(["--exact", name, "--nocapture"]);
    let mut session = Session::start(command.env(ON_A_TERMINAL, "1").env("TERM", "xterm-256color"));
    // What is drawn last. Words with a blank between them may come in two pieces.
    session.wait_for("keys");
    session.press("aAy");
    let before = session.wait_for("the apply went wrong");
    assert!(before.contains(LEAVE), "{before:?}");
    let modes = rustix::termios::tcgetattr(&session.pty).expect("modes").local_modes;
    let cooked = rustix::termios::LocalModes::ICANON | rustix::termios::LocalModes::ECHO;
    assert!(modes.contains(cooked), "{modes:?}");
    assert_ne!(session.end().1.code(), Some(0));
}
