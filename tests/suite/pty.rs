//! A program on a terminal of its own: keys, sizes and signals in, what it draws out.

use std::io::{Read, Write};
use std::process::{Child, ExitStatus};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use pty_process::Size;
use pty_process::blocking::{Command, Pty, open};
use rustix::termios::LocalModes;

use crate::support::TestRepo;

/// What a terminal is told on the way in, and on the way out.
pub(crate) const ENTER: &str = "\x1b[?1049h";
pub(crate) const LEAVE: &str = "\x1b[?1049l";

/// A program on a terminal of its own, and all it wrote so far.
pub(crate) struct Session {
    pub(crate) pty: Pty,
    pub(crate) child: Child,
    seen: String,
}

impl Session {
    pub(crate) fn start(command: Command) -> Self {
        let (pty, pts) = open().expect("a terminal");
        pty.resize(Size::new(24, 80)).expect("a size");
        let child = command.spawn(pts).expect("a program");
        Self { pty, child, seen: String::new() }
    }

    /// Reads until `text` was written, and forgets everything up to its end.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, text: &str) -> String {
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

    pub(crate) fn press(&mut self, keys: &str) {
        self.pty.write_all(keys.as_bytes()).expect("keys");
    }

    /// Reads to the end and gives the rest, and how the program ended.
    pub(crate) fn end(mut self) -> (String, ExitStatus) {
        let mut buffer = [0; 4096];
        while let Ok(read @ 1..) = self.pty.read(&mut buffer) {
            self.seen.push_str(&String::from_utf8_lossy(&buffer[..read]));
        }
        (self.seen, self.child.wait().expect("an end"))
    }

    /// Sends a signal to the program.
    pub(crate) fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.child.id()).expect("an id");
        kill(Pid::from_raw(id), signal).expect("a signal");
    }

    /// Whether the terminal shows what is typed and hands it over in lines, as under a shell.
    pub(crate) fn is_cooked(&self) -> bool {
        let modes = rustix::termios::tcgetattr(&self.pty).expect("modes").local_modes;
        modes.contains(LocalModes::ICANON | LocalModes::ECHO)
    }

    /// Closes the terminal and waits for the program to end.
    pub(crate) fn hang_up(self) -> ExitStatus {
        let Self { pty, mut child, .. } = self;
        drop(pty);
        child.wait().expect("an end")
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
