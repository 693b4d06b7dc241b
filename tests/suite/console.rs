//! The interactive program on a real terminal: a task, its review, and every way to end.

use std::time::Duration;

use countersign::base::ProposalId;
use countersign::console::{self, Backstage, Job, ModelLine, News, ProposalRow, Start, Target};
use countersign::review::{Terminal, Theme};
use countersign::session::{Approval, Selection};
use nix::sys::signal::Signal;
use pty_process::blocking::Command;

use crate::pty::{ENTER, LEAVE, Session, letters, on_terminal, resize_through_everything};
use crate::support::TestRepo;

/// Names the test that is to run as the program on a terminal.
const ON_A_TERMINAL: &str = "COUNTERSIGN_TEST_ON_A_TERMINAL";

const CODE: &str = "def double(x):\n    return x + x + 1\n";
const GOOD: &str = "EDIT calc.py double\n```python\ndef double(x):\n    return 2 * x\n```\n";

fn repo() -> TestRepo {
    TestRepo::with(&[("calc.py", CODE)])
}

/// The program with a scripted model, once its last line stands.
fn opened(repo: &TestRepo) -> Session {
    let bin = env!("CARGO_BIN_EXE_countersign");
    let mut session =
        Session::start(on_terminal(repo, bin).args(["--model", &repo.script(&[GOOD])]));
    session.wait_for(ENTER);
    session.wait_for("details");
    session
}

/// Gives a task and waits for what it comes to.
fn propose(session: &mut Session) {
    session.press("twice the argument is wanted\r");
    session.wait_for("reviews");
}

#[test]
fn a_task_is_given_and_reviewed_and_left() {
    let repo = repo();
    let mut session = opened(&repo);
    propose(&mut session);
    session.press("\t\r");
    session.wait_for("undecided");
    session.press("q");
    session.wait_for("decide");
    session.press("\x04");
    session.wait_for(LEAVE);
    assert!(session.is_cooked());
    let (rest, status) = session.end();
    assert_eq!(status.code(), Some(0), "{rest}");
    assert_eq!(repo.text("calc.py"), CODE);
}

#[test]
fn a_command_that_a_rule_asks_about_runs_with_a_yes_and_a_no_is_recorded_with_its_reason() {
    let test = "import unittest\nfrom calc import double\n\nclass T(unittest.TestCase):\n    \
                def test_double(self):\n        self.assertEqual(double(2), 4)\n";
    let rule = "@id(\"look-first\") @ask(\"tests take long here\")\n\
                forbid (principal == Actor::\"agent\", action == Action::\"run\", resource);\n";
    let asked = |keys: &str, comes_to: &str| {
        let repo = TestRepo::with(&[("calc.py", CODE), ("test_calc.py", test)]);
        repo.write(".countersign/policy.cedar", rule);
        let mut session = opened(&repo);
        session.press("twice the argument is wanted of `double`\r");
        session.wait_to_see("look-first");
        session.wait_to_see("unittest");
        session.press(keys);
        session.wait_to_see(comes_to);
        session.press("\x04");
        session.wait_for(LEAVE);
        assert_eq!(session.end().1.code(), Some(0));
        let journal = repo.run(["journal", "list"]).exits(0).stdout;
        let number = |words: &str| journal.lines().filter(|line| line.contains(words)).count();
        // Reasons are longer than a line of the list.
        let whole = repo.run(["journal", "list", "--json"]).exits(0).stdout;
        (number("a person said yes to run"), whole.matches("slow today").count(), number("ran `"))
    };
    let (yes, _, ran) = asked("y", "its tests pass");
    assert!(yes == 1 && ran >= 2, "asked {yes} times, ran {ran} times");
    assert_eq!(asked("rslow today\r", "not tested"), (0, 1, 0));
}

#[test]
fn asked_to_end_it_gives_the_terminal_back() {
    for signal in [Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP] {
        let repo = repo();
        let mut session = opened(&repo);
        session.signal(signal);
        session.wait_for(LEAVE);
        assert!(session.is_cooked());
        assert_eq!(session.end().1.code(), Some(130), "{signal}");
    }
}

#[test]
fn asked_to_end_within_a_review_it_ends_as_a_whole() {
    let repo = repo();
    let mut session = opened(&repo);
    propose(&mut session);
    session.press("\t\r");
    session.wait_for("undecided");
    session.wait_for("keys");
    session.press("a");
    session.wait_for("accept");
    session.signal(Signal::SIGTERM);
    session.wait_for(LEAVE);
    assert!(session.is_cooked());
    assert_eq!(session.end().1.code(), Some(130));
    let again = repo.finish_with(repo.command(["review", "--plain"]), "q\n").exits(0);
    assert!(again.stdout.contains("1 hunk is decided"), "{}", again.stdout);
}

#[test]
fn asked_to_end_while_a_hunk_is_worded_anew_it_waits_for_no_answer() {
    let repo = repo();
    let slow = format!("[{GOOD:?}, {{\"text\": \"later\", \"delay_ms\": 600000}}]");
    repo.write("../home/slow.json", slow);
    let model = format!("scripted:{}/slow.json", repo.home().display());
    let bin = env!("CARGO_BIN_EXE_countersign");
    let mut session = Session::start(on_terminal(&repo, bin).args(["--model", &model]));
    session.wait_to_see("details");
    propose(&mut session);
    session.press("\t\r");
    session.wait_to_see("undecided");
    session.press("cshorter\r");
    session.wait_to_see("revising");
    session.signal(Signal::SIGTERM);
    session.wait_for(LEAVE);
    assert!(session.is_cooked());
    assert_eq!(session.end().1.code(), Some(130));
}

#[test]
fn a_terminal_that_is_gone_ends_it() {
    let repo = repo();
    // The kernel tells only the shell, which does not listen: the program has to find out.
    let script = "trap '' HUP; \"$BIN\"; exit $?";
    let mut session = Session::start(on_terminal(&repo, "sh").args(["-c", script]));
    session.wait_for("details");
    let status = session.hang_up();
    assert!(status.code().is_some_and(|code| code != 0 && code != 101), "{status}");
    // Told by the kernel itself, it ends too.
    opened(&repo).hang_up();
}

#[test]
fn ctrl_z_and_other_sizes() {
    let repo = repo();
    let script = "set -m; \"$BIN\"; echo STOP''PED; read go; fg; echo EN''DED $?";
    let mut session = Session::start(on_terminal(&repo, "sh").args(["-c", script]));
    session.wait_for("details");
    session.press("\x1a");
    let before = session.wait_for("STOPPED");
    assert!(before.contains(LEAVE), "{before:?}");
    session.resize(30, 100);
    session.press("\n");
    session.wait_for(ENTER);
    session.wait_for("\x1b[30;");
    session.wait_for("details");
    session.press("\x04");
    session.wait_for(LEAVE);
    session.wait_for("ENDED 0");
}

#[test]
fn whatever_size_it_gets_it_lives_and_draws_itself_whole_again() {
    let repo = repo();
    let mut session = opened(&repo);
    session.press("half a task");
    session.wait_to_see("half a task");
    resize_through_everything(&mut session, &["half a task", "details"]);
    session.press("\x03\x04");
    session.wait_for(LEAVE);
    assert_eq!(session.end().1.code(), Some(0));
}

#[test]
fn a_task_that_runs_is_left_after_a_question_and_gone_on_with() {
    let repo = repo();
    let slow = format!("[{{\"text\": {GOOD:?}, \"delay_ms\": 3000}}]");
    repo.write("../home/slow.json", slow);
    let model = format!("scripted:{}/slow.json", repo.home().display());
    let bin = env!("CARGO_BIN_EXE_countersign");
    let mut session = Session::start(on_terminal(&repo, bin).args(["--model", &model]));
    session.wait_to_see("details");
    session.press("twice the argument is wanted\r");
    session.wait_to_see("coder");
    session.press("\x04");
    session.wait_to_see("goes on with it");
    session.press("n\x04y");
    session.wait_for(LEAVE);
    assert!(session.is_cooked());
    assert_eq!(session.end().1.code(), Some(0));
    let said = repo.run_scripted(&[GOOD], ["resume"]).exits(0);
    assert!(said.stdout.contains("p-"), "{}", said.stdout);
    assert_eq!(repo.text("calc.py"), CODE);
}

#[test]
fn a_task_in_the_background_rings_when_it_ends() {
    let repo = repo();
    let slow = format!("[{{\"text\": {GOOD:?}, \"delay_ms\": 100}}]");
    repo.write("../home/slow.json", slow);
    let model = format!("scripted:{}/slow.json", repo.home().display());
    let bin = env!("CARGO_BIN_EXE_countersign");
    let mut session = Session::start(on_terminal(&repo, bin).args(["--model", &model]));
    session.wait_to_see("details");
    session.press("twice the argument is wanted\r\x02");
    session.wait_for("\x07");
    session.wait_to_see("waits for you");
    session.press("\x04");
    session.wait_for(LEAVE);
    assert_eq!(session.end().1.code(), Some(0));
}

/// A worker that panics as soon as it has something to do.
struct Panics;

impl Backstage for Panics {
    fn start(&mut self, _job: Job) {
        panic!("the work went wrong")
    }

    fn stop(&mut self) {}

    fn news(&mut self) -> Option<News> {
        None
    }

    fn answer(&mut self, _answer: Approval) {}

    fn select(&mut self, _selection: &Selection) {}

    fn limit(&self) -> Option<Duration> {
        None
    }

    fn targets(&mut self) -> Result<Vec<Target>, String> {
        Ok(Vec::new())
    }

    fn proposals(&mut self) -> Result<Vec<ProposalRow>, String> {
        // A thread that panics beside the screen says so in the timeline, and the screen stays.
        let beside = std::thread::spawn(|| panic!("beside_it_went_wrong"));
        assert!(beside.join().is_err());
        Ok(Vec::new())
    }

    fn review(&mut self, _terminal: &mut Terminal, _id: &ProposalId) -> Result<String, String> {
        Ok(String::new())
    }

    fn compare(
        &mut self,
        _terminal: &mut Terminal,
        _one: &ProposalId,
        _other: &ProposalId,
    ) -> Result<String, String> {
        Ok(String::new())
    }

    fn is_over(&self) -> bool {
        false
    }

    fn undo(&mut self) -> Result<String, String> {
        Ok(String::new())
    }

    fn redo(&mut self) -> Result<String, String> {
        Ok(String::new())
    }
}

#[test]
fn a_panic_gives_the_terminal_back_before_it_speaks() {
    if std::env::var_os(ON_A_TERMINAL).is_some() {
        let start = Start {
            repository: "shop".to_owned(),
            model: ModelLine::default(),
            theme: Theme::Plain,
            sent: Vec::new(),
        };
        let _ = console::run(start, &mut Panics);
        return;
    }
    let program = std::env::current_exe().expect("this program");
    let name = "console::a_panic_gives_the_terminal_back_before_it_speaks";
    let command = Command::new(program).args(["--exact", name, "--nocapture"]);
    let mut session = Session::start(command.env(ON_A_TERMINAL, "1").env("TERM", "xterm-256color"));
    session.wait_for(ENTER);
    let before = session.wait_for("beside_it_went_wrong");
    assert!(!before.contains(LEAVE), "{:?}", letters(&before));
    session.press("do it\r");
    let before = session.wait_for("the work went wrong");
    assert!(before.contains(LEAVE), "{before:?}");
    assert!(session.is_cooked());
    let (rest, status) = session.end();
    // Given back once: a second time the cursor would go back over the message.
    assert!(!rest.contains(LEAVE), "{rest:?}");
    assert_ne!(status.code(), Some(0));
}
