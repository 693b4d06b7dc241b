//! A program on a terminal of its own: keys, sizes and signals in, what it draws out.
//!
//! No wait is without an end: a program that says nothing for too long is killed, and the test fails with
//! what it had on its screen.

use std::io::{Read, Write};
use std::num::NonZero;
use std::os::fd::AsFd;
use std::process::{Child, ExitStatus};
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use pty_process::Size;
use pty_process::blocking::{Command, Pty, open};
use rustix::termios::LocalModes;

use crate::support::TestRepo;

/// What a terminal is told on the way in, and on the way out.
pub(crate) const ENTER: &str = "\x1b[?1049h";
pub(crate) const LEAVE: &str = "\x1b[?1049l";

/// How long is waited for what a program draws, and for its end.
const PATIENCE: Duration = Duration::from_secs(30);

/// A program on a terminal of its own, and all it wrote so far.
pub(crate) struct Session {
    pub(crate) pty: Pty,
    child: Child,
    seen: String,
    screen: vt100::Parser,
}

impl Session {
    pub(crate) fn start(command: Command) -> Self {
        let (pty, pts) = open().expect("a terminal");
        pty.resize(Size::new(24, 80)).expect("a size");
        let child = command.spawn(pts).expect("a program");
        let screen = vt100::Parser::new(at_least_one(24), at_least_one(80), 0);
        Self { pty, child, seen: String::new(), screen }
    }

    /// Reads until `text` was written, and forgets everything up to its end.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, text: &str) -> String {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(at) = self.seen.find(text) {
                let rest = self.seen.split_off(at + text.len());
                return std::mem::replace(&mut self.seen, rest);
            }
            let more = self.read(until);
            assert!(more, "{text:?} never came: {:?}\n{}", self.seen, self.shown());
        }
    }

    /// Reads until the screen shows `text`.
    #[track_caller]
    pub(crate) fn wait_to_see(&mut self, text: &str) {
        self.wait_until(text, |shown| shown.contains(text));
    }

    /// Reads until the screen is as wanted.
    #[track_caller]
    pub(crate) fn wait_until(&mut self, wanted: &str, is_so: impl Fn(&str) -> bool) {
        let until = Instant::now() + PATIENCE;
        while !is_so(&self.shown()) {
            let more = self.read(until);
            assert!(more, "{wanted:?} never showed:\n{}", self.shown());
        }
    }

    /// What stands on the screen.
    pub(crate) fn shown(&self) -> String {
        self.screen.screen().contents()
    }

    /// Takes what the program wrote; false where it ended, or the time is up.
    fn read(&mut self, until: Instant) -> bool {
        let left = until.saturating_duration_since(Instant::now());
        let within = PollTimeout::try_from(left).expect("a short time");
        let mut polled = [PollFd::new(self.pty.as_fd(), PollFlags::POLLIN)];
        if left.is_zero() || !matches!(poll(&mut polled, within), Ok(1..)) {
            return false;
        }
        let mut buffer = [0; 4096];
        let read = self.pty.read(&mut buffer).unwrap_or(0);
        self.seen.push_str(&String::from_utf8_lossy(&buffer[..read]));
        self.screen.process(&buffer[..read]);
        read > 0
    }

    pub(crate) fn press(&mut self, keys: &str) {
        self.pty.write_all(keys.as_bytes()).expect("keys");
    }

    /// Gives the terminal another size. What was written before it is drawn anew by the program.
    pub(crate) fn resize(&mut self, rows: u16, columns: u16) {
        self.pty.resize(Size::new(rows, columns)).expect("a size");
        self.screen.screen_mut().set_size(at_least_one(rows), at_least_one(columns));
    }

    /// Reads to the end and gives the rest, and how the program ended.
    #[track_caller]
    pub(crate) fn end(mut self) -> (String, ExitStatus) {
        let until = Instant::now() + PATIENCE;
        while self.read(until) {}
        let seen = std::mem::take(&mut self.seen);
        (seen, self.ended())
    }

    /// Sends a signal to the program.
    pub(crate) fn signal(&self, signal: Signal) {
        kill(id(&self.child), signal).expect("a signal");
    }

    /// Whether the terminal shows what is typed and hands it over in lines, as under a shell.
    pub(crate) fn is_cooked(&self) -> bool {
        let modes = rustix::termios::tcgetattr(&self.pty).expect("modes").local_modes;
        modes.contains(LocalModes::ICANON | LocalModes::ECHO)
    }

    /// Closes the terminal and waits for the program to end.
    #[track_caller]
    pub(crate) fn hang_up(mut self) -> ExitStatus {
        let (other, _) = open().expect("a terminal");
        drop(std::mem::replace(&mut self.pty, other));
        self.ended()
    }

    #[track_caller]
    fn ended(&mut self) -> ExitStatus {
        let in_time = killer(id(&self.child));
        let status = self.child.wait().expect("an end");
        assert!(in_time.send(()).is_ok(), "it did not end by itself");
        status
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // It has ended, or the test has failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Kills a program unless it is told in time that this has ended.
fn killer(program: Pid) -> Sender<()> {
    let (in_time, ended) = channel();
    std::thread::spawn(move || {
        if ended.recv_timeout(PATIENCE).is_err() {
            let _ = kill(program, Signal::SIGKILL);
        }
    });
    in_time
}

fn at_least_one(number: u16) -> NonZero<u16> {
    NonZero::new(number).unwrap_or(NonZero::<u16>::MIN)
}

fn id(child: &Child) -> Pid {
    Pid::from_raw(i32::try_from(child.id()).expect("an id"))
}

/// Has the session live through sizes in which nothing can be shown, none among them, as some terminals say;
/// after each of them it has to draw itself whole again.
#[track_caller]
pub(crate) fn resize_through_everything(session: &mut Session, whole: &[&str]) {
    for (rows, columns) in [(24, 1), (1, 1), (0, 0), (1, 200)] {
        session.resize(rows, columns);
        let all = "terminal too small";
        let some = &all[..all.len().min(columns.into())];
        if !some.is_empty() {
            session.wait_until(some, |shown| shown.trim_end() == some);
        }
        session.resize(24, 80);
        whole.iter().for_each(|text| session.wait_to_see(text));
    }
}

/// Whatever is drawn, without what moves the cursor and colours: words may come in several pieces.
pub(crate) fn letters(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

/// `program` with the environment of tests and a terminal's name.
pub(crate) fn on_terminal(repo: &TestRepo, program: &str) -> Command {
    let plain = repo.command(["review"]);
    let mut command = Command::new(program).current_dir(repo.root()).env_clear();
    for (name, value) in plain.get_envs() {
        if let Some(value) = value.filter(|_| name != "NO_COLOR" && name != "COLUMNS") {
            command = command.env(name, value);
        }
    }
    command.env("TERM", "xterm-256color").env("BIN", env!("CARGO_BIN_EXE_countersign"))
}
