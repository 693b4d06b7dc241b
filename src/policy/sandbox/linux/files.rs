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

/// Devices without contents of their own.
const DEVICES: [&str; 8] = [
    "/dev/null",
    "/dev/zero",
    "/dev/full",
    "/dev/random",
    "/dev/urandom",
    "/dev/tty",
    "/dev/ptmx",
    "/dev/pts",
];
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
    let device = AccessFs::ReadFile | AccessFs::WriteFile | AccessFs::ReadDir | AccessFs::IoctlDev;
    for path in DEVICES {
        rules = allow(rules, Path::new(path), device | AccessFs::Truncate)?;
    }
    rules = allow(rules, Path::new(SHARED_MEMORY), all & !AccessFs::Execute)?;
    let status = rules.restrict_self()?;
    match status.ruleset {
        RulesetStatus::NotEnforced => Err("the kernel did not take the rules".into()),
        _ => Ok(()),
    }
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
