//! The way into the sandbox: this program once more, which confines itself and becomes the shell.
//!
//! To do it between fork and exec would allocate in a copy of a program that has many threads,
//! which may wait for ever for a lock that nobody holds.

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::process::Command;

use rustix::process::{Resource, Rlimit, setrlimit, setsid};

use crate::policy::Sandbox;
use crate::policy::sandbox::Limits;

/// The argument that makes the program confine itself; the sandbox as JSON and the command line
/// follow it.
pub const CONFINED: &str = "--confined-command";
/// The exit code where it could not, with [`SORRY`] before the reason.
const NOT_CONFINED: i32 = 125;
const SORRY: &str = "countersign cannot confine this command: ";

/// Confines this process and becomes the shell that runs the line. Comes back only where that
/// fails, with the exit code.
#[allow(
    clippy::print_stderr,
    reason = "its standard error is all that the process has to say with"
)]
pub fn enter(mut arguments: impl Iterator<Item = OsString>) -> u8 {
    let why = match (arguments.next(), arguments.next()) {
        (Some(sandbox), Some(line)) => become_shell(&sandbox, &line),
        _ => "the sandbox or the command line is missing".to_owned(),
    };
    eprintln!("{SORRY}{why}");
    NOT_CONFINED as u8
}

/// Why the command was not confined and did not run, where that is how it ended.
pub fn failure(exit: Option<i32>, output: &str) -> Option<String> {
    let why = output.strip_prefix(SORRY)?;
    (exit == Some(NOT_CONFINED)).then(|| why.trim().to_owned())
}

fn become_shell(sandbox: &OsString, line: &OsString) -> String {
    if let Err(why) = confine(sandbox) {
        return why;
    }
    #[allow(clippy::disallowed_methods, reason = "session::command asked for it, with a permit")]
    let error = Command::new("/bin/sh").arg("-c").arg(line).exec();
    format!("/bin/sh: {error}")
}

fn confine(sandbox: &OsString) -> Result<(), String> {
    let text = sandbox.to_str().ok_or("the sandbox is no text")?;
    let sandbox: Sandbox = serde_json::from_str(text).map_err(|error| error.to_string())?;
    // No terminal is left to it into which it could type. It leads a group already where it is
    // started by hand, and may stay there.
    let _ = setsid();
    limit(sandbox.limits).map_err(|error| format!("its limits cannot be set: {error}"))?;
    restrict(&sandbox)
}

fn limit(limits: Limits) -> rustix::io::Result<()> {
    let wanted = [
        (Resource::Core, Some(0)),
        (Resource::Nproc, limits.processes),
        (Resource::As, limits.memory),
        (Resource::Fsize, limits.file),
    ];
    for (resource, most) in wanted {
        if most.is_some() {
            setrlimit(resource, Rlimit { current: most, maximum: most })?;
        }
    }
    Ok(())
}

#[cfg(target_os = "linux")]
fn restrict(sandbox: &Sandbox) -> Result<(), String> {
    super::linux::restrict(sandbox).map_err(|error| error.to_string())
}

#[cfg(not(target_os = "linux"))]
fn restrict(_sandbox: &Sandbox) -> Result<(), String> {
    Err("this system has no confinement that is known".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_its_own_words_mean_that_it_was_not_confined() {
        let said = format!("{SORRY}no Landlock\n");
        assert_eq!(failure(Some(125), &said).as_deref(), Some("no Landlock"));
        assert_eq!(failure(Some(1), &said), None);
        assert_eq!(failure(Some(125), "FAILED\n"), None);
    }
}
