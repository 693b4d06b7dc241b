//! Landlock: which files the process may read and change, and whom it may signal.

use std::path::Path;

use landlock::{
    ABI, Access, AccessFs, BitFlags, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset,
    RulesetAttr, RulesetCreated, RulesetCreatedAttr, RulesetStatus, Scope,
};

use crate::policy::Sandbox;
use crate::policy::sandbox::linux::Error;

/// The oldest interface that holds every change of contents: before it, files could be cut short.
const NEEDED: ABI = ABI::V3;
/// The first that holds signals and abstract sockets.
const SCOPED: ABI = ABI::V6;

/// Devices without contents of their own. No terminal can be made: it would be one more of those in
/// `/dev/pts`, under a number that nobody knows before, and who may open it may open the person's
/// own ones.
const DEVICES: [&str; 6] =
    ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty"];
/// Memory that processes share by name: locks of multiprocessing are made there.
const SHARED_MEMORY: &str = "/dev/shm";

/// Whether the kernel holds reading and writing.
pub(super) fn offered() -> bool {
    needed().and_then(Ruleset::create).is_ok()
}

/// Whether it holds signals.
pub(super) fn keeps_signals() -> bool {
    let ruleset = needed().and_then(|ruleset| ruleset.scope(Scope::from_all(SCOPED)));
    ruleset.and_then(Ruleset::create).is_ok()
}

/// Whether it holds connections to sockets that have a path.
pub(super) fn keeps_sockets() -> bool {
    let ruleset = needed().and_then(|ruleset| ruleset.handle_access(AccessFs::ResolveUnix));
    ruleset.and_then(Ruleset::create).is_ok()
}

/// What must be held; whatever is asked of the ruleset has to be there.
fn needed() -> Result<Ruleset, landlock::RulesetError> {
    Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::from_all(NEEDED))
}

pub(super) fn restrict(sandbox: &Sandbox) -> Result<(), Error> {
    let more = AccessFs::IoctlDev | AccessFs::ResolveUnix;
    let mut rules = needed()?
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(more)?
        .scope(Scope::from_all(SCOPED))?
        .create()?;
    let read = AccessFs::from_read(NEEDED);
    let all = AccessFs::from_all(NEEDED) | more;
    for path in &sandbox.readable {
        rules = allow(rules, path, read)?;
    }
    for path in &sandbox.writable {
        rules = allow(rules, path, all)?;
    }
    let device = AccessFs::ReadFile | AccessFs::WriteFile | AccessFs::Truncate | AccessFs::IoctlDev;
    for path in DEVICES {
        rules = allow(rules, Path::new(path), device)?;
    }
    rules = allow(rules, Path::new(SHARED_MEMORY), sharing())?;
    let status = rules.restrict_self()?;
    match status.ruleset {
        RulesetStatus::NotEnforced => Err("the kernel did not take the rules".into()),
        _ => Ok(()),
    }
}

/// What may be done with shared memory: a lock is made under a new name, opened and removed.
/// Landlock does not tell new files from those of others, so these are open to who knows their
/// names; but nothing is listed, and nothing else is made there.
fn sharing() -> BitFlags<AccessFs> {
    AccessFs::MakeReg
        | AccessFs::ReadFile
        | AccessFs::WriteFile
        | AccessFs::Truncate
        | AccessFs::RemoveFile
}

/// Allows `access` at `path` and below. What is not there needs no leave.
fn allow(
    rules: RulesetCreated,
    path: &Path,
    access: BitFlags<AccessFs>,
) -> Result<RulesetCreated, Error> {
    let Ok(opened) = PathFd::new(path) else { return Ok(rules) };
    let fits = if path.is_dir() { access } else { access & AccessFs::from_file(ABI::V9) };
    Ok(rules.add_rule(PathBeneath::new(opened, fits))?)
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};

    use super::*;

    /// Gives what `act` gives in a thread that is held to a sandbox; `None` where none is offered.
    fn confined<T: Send + 'static>(act: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        if !offered() {
            return None;
        }
        let held = std::thread::spawn(move || {
            restrict(&Sandbox::default()).unwrap();
            act()
        });
        Some(held.join().unwrap())
    }

    #[test]
    fn no_terminal_can_be_opened() {
        let opened = || {
            let terminals = Path::new("/dev/pts").read_dir().is_ok();
            (terminals, File::open("/dev/ptmx").is_ok(), File::open("/dev/null").is_ok())
        };
        assert!(confined(opened).is_none_or(|found| found == (false, false, true)));
    }

    #[test]
    fn shared_memory_is_made_and_removed_but_not_listed() {
        let folder = Path::new(SHARED_MEMORY);
        if !folder.is_dir() {
            return;
        }
        let name = format!("cs-test-{}", std::process::id());
        let (file, below) = (folder.join(&name), folder.join(name + "-folder"));
        let done = confined(move || {
            let made = File::create_new(&file).and_then(|file| file.set_len(10));
            let removed = fs::remove_file(&file);
            let refused = [fs::create_dir(&below).is_err(), folder.read_dir().is_err()];
            (made.is_ok(), removed.is_ok(), refused)
        });
        assert!(done.is_none_or(|done| done == (true, true, [true, true])), "{done:?}");
    }
}
