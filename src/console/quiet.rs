//! Keeps what others print on stderr off the screen: it goes to a file, and from there to the timeline.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::FileExt;

use rustix::io::dup;
use rustix::stdio::{dup2_stderr, stderr};

/// Most of what is taken over at once, in bytes.
const MOST: usize = 16 << 10;

/// Stderr as long as this is there. Dropped, it is as it was before, and has what nobody took: the message
/// of a panic, for one.
pub(super) struct Quiet {
    real: OwnedFd,
    /// Written to at its end only.
    said: File,
    /// How much of it was read.
    read: u64,
}

impl Quiet {
    pub(super) fn begin() -> io::Result<Self> {
        let said = tempfile::Builder::new().append(true).tempfile()?.into_file();
        let real = dup(stderr())?;
        dup2_stderr(&said)?;
        Ok(Self { real, said, read: 0 })
    }

    /// What was printed since the last time, in whole lines and without styles.
    pub(super) fn take(&mut self) -> Vec<String> {
        let mut bytes = vec![0; MOST];
        let Ok(length) = self.said.read_at(&mut bytes, self.read) else { return Vec::new() };
        bytes.truncate(length);
        let whole = match bytes.iter().rposition(|byte| *byte == b'\n') {
            Some(at) => at + 1,
            None if length == MOST => length,
            None => 0,
        };
        self.read += whole as u64;
        let text = String::from_utf8_lossy(&bytes[..whole]).into_owned();
        let lines = text.lines().map(|line| anstream::adapter::strip_str(line).to_string());
        lines.filter(|line| !line.trim().is_empty()).collect()
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        // Nobody is left to tell if this fails.
        let _ = dup2_stderr(&self.real);
        let mut rest = vec![0; MOST];
        if let Ok(length) = self.said.read_at(&mut rest, self.read) {
            let _ = io::stderr().write_all(&rest[..length]);
        }
    }
}
