//! `countersign review` on a real terminal: a panic, a stop, a hang-up, no colours.

use countersign::proposal::{Piece, Standing, hunks, pieces};
use countersign::repo::{FileChange, FileState, Mode, Renames};
use countersign::review::{self, Actions, ReviewInput, Theme};
use countersign::session::Evidence;
use nix::sys::signal::Signal;
use pty_process::blocking::Command;

use crate::pty::{ENTER, LEAVE, Session, on_terminal, resize_through_everything};
use crate::support::TestRepo;

/// Names the test that is to run as the program on a terminal.
const ON_A_TERMINAL: &str = "COUNTERSIGN_TEST_ON_A_TERMINAL";

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
    session.resize(30, 100);
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
    // The kernel tells only the shell, which does not listen: the review has to find out.
    let script = "trap '' HUP; \"$BIN\" review; exit $?";
    let mut session = Session::start(on_terminal(&repo, "sh").args(["-c", script]));
    session.wait_for("a.txt");
    let status = session.hang_up();
    assert!(status.code().is_some_and(|code| code != 0 && code != 101), "{status}");
    assert_eq!(repo.text("a.txt"), "one\ntwo\n");
}

#[test]
fn asked_to_end_the_review_keeps_decisions_and_gives_the_terminal_back() {
    for signal in [Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP] {
        let repo = repo();
        let bin = env!("CARGO_BIN_EXE_countersign");
        let mut session = Session::start(on_terminal(&repo, bin).arg("review"));
        session.wait_for("keys");
        session.press("a");
        session.wait_for("accept");
        session.signal(signal);
        session.wait_for(LEAVE);
        session.wait_for("what you decided is kept");
        assert!(session.is_cooked());
        assert_eq!(session.end().1.code(), Some(130), "{signal}");
        let again = repo.finish_with(repo.command(["review", "--plain"]), "q\n").exits(0);
        assert!(again.stdout.contains("1 hunk is decided"), "{}", again.stdout);
        assert_eq!(repo.text("a.txt"), "one\ntwo\n");
    }
}

#[test]
fn an_interrupt_of_the_editor_is_none_of_the_review() {
    // One editor lives on after an interrupt, as most do; another dies of it with the file half written.
    let lives = "live() { echo GOES ON; echo edited > \"$place\"; exit 0; }\ntrap live INT\n";
    let dies = "echo half > \"$place\"\n";
    for (editor, shown) in [(lives, "edited"), (dies, "three")] {
        let repo = repo();
        // An interrupt that comes before a program is started is only heard when that has ended.
        let waits = "while :; do sleep 0.1; done\n";
        repo.write("editor.sh", format!("place=$1\n{editor}echo EDITING\n{waits}"));
        let bin = env!("CARGO_BIN_EXE_countersign");
        let command = on_terminal(&repo, bin).arg("review").env("EDITOR", "exec sh ./editor.sh");
        let mut session = Session::start(command);
        session.wait_to_see("keys");
        session.press("e");
        session.wait_for(LEAVE);
        session.wait_for("EDITING");
        assert!(session.is_cooked());
        session.press("\x03");
        session.wait_for(ENTER);
        session.wait_to_see(shown);
        assert!(!session.shown().contains("half"), "{}", session.shown());
        session.press("qy");
        session.wait_for("Nothing was applied");
        assert_eq!(session.end().1.code(), Some(0));
    }
}

#[test]
fn whatever_size_it_gets_the_review_lives_and_draws_itself_whole_again() {
    let repo = repo();
    let bin = env!("CARGO_BIN_EXE_countersign");
    let mut session = Session::start(on_terminal(&repo, bin).arg("review"));
    session.wait_to_see("keys");
    session.press("a");
    session.wait_to_see("1 ✓");
    resize_through_everything(&mut session, &["1 ✓", "keys"]);
    session.press("qy");
    session.wait_for(LEAVE);
    assert_eq!(session.end().1.code(), Some(0));
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
            renames: Renames::new(),
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
    assert!(session.is_cooked());
    assert_ne!(session.end().1.code(), Some(0));
}
