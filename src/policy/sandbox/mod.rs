//! What can a command do that is confined?
//!
//! It writes in the folders that it is given and nowhere else; reads what programs need to run, not
//! what a person keeps in the home; reaches no network and no service of this machine; signals and
//! traces nobody but its own. The kernel holds it to that (Linux: Landlock and seccomp), from before
//! its first instruction on, and whatever it starts. Nothing here decides whether a command may run.

mod enter;
mod environment;
mod given;
#[cfg(target_os = "linux")]
mod linux;
mod reach;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub use enter::{CONFINED, enter, failure};
pub use environment::{hidden, variables};
pub use reach::around;

/// The folders and limits of one confined command.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sandbox {
    /// Folders in which it may do what it likes.
    pub writable: Vec<PathBuf>,
    /// Folders and files that it may read and execute.
    pub readable: Vec<PathBuf>,
    pub limits: Limits,
}

/// Limits on what it uses, each off where it is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Processes of this user, those of others counted too.
    pub processes: Option<u64>,
    /// Address space of each process, in bytes.
    pub memory: Option<u64>,
    /// The largest file, in bytes.
    pub file: Option<u64>,
}

/// What the kernel here holds a confined command to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confinement {
    /// It changes no contents outside of its folders.
    pub writes: bool,
    /// It reads nothing but what it is given.
    pub reads: bool,
    /// It reaches no network and no service of this machine.
    pub network: bool,
    /// It signals no process but its own (Linux 6.12).
    pub signals: bool,
}

/// What can be had here, or `None` where a command cannot be kept from writing, reading and the
/// network all three; then a person has to be asked.
#[cfg(target_os = "linux")]
pub fn offered() -> Option<Confinement> {
    static OFFERED: std::sync::OnceLock<Option<Confinement>> = std::sync::OnceLock::new();
    *OFFERED.get_or_init(linux::offered)
}

/// Nothing: no confinement is known for this system.
#[cfg(not(target_os = "linux"))]
pub fn offered() -> Option<Confinement> {
    None
}
