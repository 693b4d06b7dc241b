//! Runs a command line, with a permit, a time limit and an eye on the cancel flag; in a sandbox
//! where the permit is for one.

use std::collections::VecDeque;
use std::ffi::OsStr;
use std::io::{PipeReader, Read};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use crate::base::Digest;
use crate::journal::Event;
use crate::model::Cancel;
use crate::policy::{Permit, RunCommand, Sandbox, sandbox};

/// What a command did.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    /// The exit code, or `None` where a signal, the time limit or a person ended it.
    pub(crate) exit: Option<i32>,
    pub(crate) seconds: f64,
    /// The last [`KEPT`] bytes of stdout and stderr together, as text.
    pub(crate) output: String,
    pub(crate) timed_out: bool,
    /// Whether this was taken from a record: nothing ran now.
    pub(crate) recorded: bool,
}

impl Outcome {
    /// The same, with the place of the copy taken out of the paths in its output.
    pub(crate) fn without(self, place: &Path) -> Self {
        let place = format!("{}/", place.display());
        Self { output: self.output.replace(&place, ""), ..self }
    }

    /// It as it is recorded: `line` was run on the files that `on` names.
    pub(crate) fn event(&self, line: String, on: Digest) -> Event {
        let Self { exit, seconds, ref output, timed_out, recorded } = *self;
        let (output, on) = (output.clone(), Some(on));
        Event::CommandRan { line, exit, seconds, output, on, timed_out, recorded }
    }
}

/// How much output is kept, in bytes.
const KEPT: usize = 64 * 1024;
/// How long output may still come after the command has ended.
const LINGER: Duration = Duration::from_millis(500);
const PAUSE: Duration = Duration::from_millis(10);

/// A sandbox, and the program that leads into it: this one.
#[derive(Clone, Debug)]
pub(crate) struct Confined {
    pub(crate) program: PathBuf,
    pub(crate) sandbox: Sandbox,
}

/// Runs the permitted command line in `dir` and waits for its end, at most for `limit`. It is
/// confined if the permit says so, and then `confined` says how; where the two differ, or the
/// system does not hold it to that, nothing runs and there is an error.
pub(crate) fn run<V: AsRef<OsStr>>(
    permit: &Permit<RunCommand>,
    dir: &Path,
    environment: &[(&str, V)],
    limit: Duration,
    cancel: &Cancel,
    confined: Option<&Confined>,
) -> std::io::Result<Outcome> {
    let start = Instant::now();
    let (reader, writer) = std::io::pipe()?;
    let mut command = shell(permit.act(), confined)?;
    command
        .current_dir(dir)
        .envs(environment.iter().map(|(name, value)| (*name, value.as_ref())))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(Stdio::null())
        .stdout(writer.try_clone()?)
        .stderr(writer);
    let mut child = command.spawn()?;
    drop(command);
    let output = Said::by(reader);
    let status = wait(&mut child, start + limit, cancel)?;
    let tail = output.within(LINGER);
    let outcome = Outcome {
        exit: status.and_then(|status| status.code()),
        seconds: start.elapsed().as_secs_f64(),
        output: String::from_utf8_lossy(&tail).into_owned(),
        timed_out: status.is_none() && !cancel.is_cancelled(),
        recorded: false,
    };
    match sandbox::failure(outcome.exit, &outcome.output).filter(|_| confined.is_some()) {
        Some(why) => Err(std::io::Error::other(why)),
        None => Ok(outcome),
    }
}

/// The shell with the line, or the way through the sandbox to it, in a process group of its own.
fn shell(act: &RunCommand, confined: Option<&Confined>) -> std::io::Result<Command> {
    if act.confined != confined.is_some() {
        let why = "it was permitted to run in another way than it is about to";
        return Err(std::io::Error::new(std::io::ErrorKind::PermissionDenied, why));
    }
    #[allow(clippy::disallowed_methods, reason = "the owner of commands; it has a permit")]
    let program = |path: &Path| Command::new(path);
    let Some(Confined { program: path, sandbox }) = confined else {
        let mut command = program(Path::new("/bin/sh"));
        command.arg("-c").arg(&act.line).process_group(0);
        return Ok(command);
    };
    // It begins a session, and with it a group, by itself.
    let mut command = program(path);
    command.arg0("countersign").arg(sandbox::CONFINED);
    command.arg(serde_json::to_string(sandbox)?).arg(&act.line);
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_none_or(sandbox::hidden) {
            command.env_remove(name);
        }
    }
    Ok(command)
}

/// Waits for the end; past the deadline or when cancelled, ends the whole process group.
fn wait(
    child: &mut Child,
    deadline: Instant,
    cancel: &Cancel,
) -> std::io::Result<Option<ExitStatus>> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if cancel.is_cancelled() || Instant::now() >= deadline {
            kill(child);
            child.wait()?;
            return Ok(None);
        }
        std::thread::sleep(PAUSE);
    }
}

fn kill(child: &mut Child) {
    // It may not have come to its own group yet.
    let _ = child.kill();
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    if let Some(pid) = pid {
        // It may just have ended by itself; then there is nothing to kill.
        let _ = kill_process_group(pid, Signal::KILL);
    }
}

/// The end of what a command says, as far as that has come.
struct Said {
    tail: Arc<Mutex<VecDeque<u8>>>,
    /// Hangs up when nothing more can come.
    more: Receiver<()>,
}

impl Said {
    /// Keeps the end of what `reader` yields, in a thread, so that a command never blocks on its
    /// output.
    fn by(mut reader: PipeReader) -> Self {
        let tail = Arc::new(Mutex::new(VecDeque::new()));
        let (open, more) = channel();
        let kept = Arc::clone(&tail);
        std::thread::spawn(move || {
            let mut buffer = [0; 8192];
            while let Ok(read @ 1..) = reader.read(&mut buffer) {
                let mut tail = lock(&kept);
                tail.extend(&buffer[..read]);
                let excess = tail.len().saturating_sub(KEPT);
                tail.drain(..excess);
            }
            drop(open);
        });
        Self { tail, more }
    }

    /// All of it; or what is there after `limit`, where a process of the background keeps the pipe
    /// open.
    fn within(self, limit: Duration) -> Vec<u8> {
        // Nobody sends anything: this waits for the end of the thread.
        let _ = self.more.recv_timeout(limit);
        Vec::from(std::mem::take(&mut *lock(&self.tail)))
    }
}

fn lock(tail: &Mutex<VecDeque<u8>>) -> MutexGuard<'_, VecDeque<u8>> {
    tail.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Mode;
    use crate::policy::{Actor, Rules, judge};

    #[test]
    fn what_was_said_is_kept_where_a_process_of_the_background_goes_on() {
        let rules = Rules::built_in(Mode::Ask).unwrap();
        let act = RunCommand::given("sleep 5 & echo out; exit 1");
        let permit = judge(&rules, Actor::Person, act).permit().unwrap();
        let (folder, none) = (tempfile::tempdir().unwrap(), Cancel::default());
        let (limit, variables) = (Duration::from_secs(60), [("A", "b")]);
        let done = run(&permit, folder.path(), &variables, limit, &none, None).unwrap();
        assert_eq!((done.exit, done.output.as_str()), (Some(1), "out\n"));
        assert!(done.seconds < 4.0, "it took {} s", done.seconds);
    }
}
