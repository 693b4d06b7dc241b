//! The line to one worker: starts it, talks with it, and says how it ended.

use std::io::{BufRead, BufReader};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use crate::model::process::message::{Order, Word, receive, send};

/// The argument that makes the program a worker; see [`serve`](super::serve()).
pub const WORKER: &str = "--worker-of-a-model";
/// How long a worker may take to keep what it has read, and to end.
const FAREWELL: Duration = Duration::from_secs(30);
/// How often it is looked whether it has.
const GLANCE: Duration = Duration::from_millis(2);
/// Lines of its last words that are kept, and bytes of each.
const LAST_LINES: usize = 3;
const LONGEST_LINE: usize = 200;

/// A running worker. Dropping it lets it end in peace.
pub(super) struct Link {
    child: Child,
    /// Closed on drop, which ends the worker.
    orders: Option<ChildStdin>,
    words: Receiver<Word>,
    /// Gives the last lines that the worker wrote to standard error.
    errors: Option<JoinHandle<Vec<String>>>,
}

/// The worker has ended though nobody asked it to: with what signal or code, and its last words.
#[derive(Debug)]
pub(super) struct Died(pub(super) String);

impl Link {
    /// Starts `program` as a worker.
    #[allow(clippy::disallowed_methods, reason = "the program itself, which needs no permit")]
    pub(super) fn start(program: &Path) -> std::io::Result<Self> {
        let mut child = Command::new(program)
            .arg0("countersign")
            .arg(WORKER)
            // What it says when it aborts is enough; no debugger is to be started for it.
            .env("GGML_NO_BACKTRACE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let (inbox, words) = mpsc::channel();
        if let Some(output) = child.stdout.take() {
            thread::spawn(move || listen(&mut BufReader::new(output), &inbox));
        }
        let errors = child.stderr.take().map(|errors| thread::spawn(|| last_lines(errors)));
        Ok(Self { orders: child.stdin.take(), child, words, errors })
    }

    /// Tells the worker something.
    pub(super) fn send(&mut self, order: &Order) -> Result<(), Died> {
        let sent = self.orders.as_mut().map(|orders| send(orders, order));
        match sent {
            Some(Ok(())) => Ok(()),
            Some(Err(_)) | None => Err(self.died()),
        }
    }

    /// The next word.
    pub(super) fn hear(&mut self) -> Result<Word, Died> {
        self.words.recv().map_err(|_| self.died())
    }

    /// The next word, if it comes within `limit`.
    pub(super) fn hear_within(&mut self, limit: Duration) -> Result<Option<Word>, Died> {
        match self.words.recv_timeout(limit) {
            Ok(word) => Ok(Some(word)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(self.died()),
        }
    }

    /// Ends a worker that does not answer any more.
    pub(super) fn kill(&mut self) {
        // One that has ended already cannot be killed, and need not be.
        let _ = self.child.kill();
    }

    /// The number of its process.
    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for the end, which has begun, and says what is known of it.
    fn died(&mut self) -> Died {
        self.orders = None;
        self.kill();
        let mut how = match self.child.wait() {
            Ok(status) => match (status.signal(), status.code()) {
                (Some(signal), _) => Signal::try_from(signal)
                    .map_or(format!("signal {signal}"), |signal| signal.as_str().to_owned()),
                (None, Some(code)) => format!("exit code {code}"),
                (None, None) => "nobody knows how".to_owned(),
            },
            Err(error) => error.to_string(),
        };
        let lines = self.errors.take().and_then(|errors| errors.join().ok()).unwrap_or_default();
        if !lines.is_empty() {
            how = format!("{how}: {}", lines.join(" / "));
        }
        Died(how)
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.orders = None;
        let limit = Instant::now() + FAREWELL;
        while matches!(self.child.try_wait(), Ok(None)) {
            if Instant::now() >= limit {
                self.kill();
            }
            thread::sleep(GLANCE);
        }
    }
}

/// Passes words on until there are no more, or one is garbled.
fn listen(output: &mut dyn BufRead, inbox: &Sender<Word>) {
    while let Ok(Some(word)) = receive(output) {
        if inbox.send(word).is_err() {
            return;
        }
    }
}

/// Reads to the end and keeps the last lines.
fn last_lines(errors: ChildStderr) -> Vec<String> {
    let mut last: Vec<String> = Vec::new();
    let mut errors = BufReader::new(errors);
    let mut line = Vec::new();
    while matches!(errors.read_until(b'\n', &mut line), Ok(read) if read > 0) {
        line.truncate(LONGEST_LINE);
        let text = String::from_utf8_lossy(&line).trim().to_owned();
        line.clear();
        tracing::info!(text, "the worker says");
        if text.is_empty() {
            continue;
        }
        if last.len() == LAST_LINES {
            last.remove(0);
        }
        last.push(text);
    }
    last
}
