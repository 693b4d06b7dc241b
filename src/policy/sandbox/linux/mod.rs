//! How does Linux hold a process to its sandbox?
//!
//! Landlock holds the files and the signals, seccomp the calls. Both can only be tightened later,
//! by the process or by whatever it starts.

mod calls;
mod files;

use crate::policy::Sandbox;
use crate::policy::sandbox::Confinement;

type Error = Box<dyn std::error::Error>;

/// What this kernel offers; `None` where files cannot be held.
pub(super) fn offered() -> Option<Confinement> {
    let files = files::offered() && calls::filter(files::keeps_sockets()).is_ok();
    let signals = files::keeps_signals();
    files.then_some(Confinement { writes: true, reads: true, network: true, signals })
}

/// Holds this process, which must have one thread, to `sandbox` from now on.
pub(super) fn restrict(sandbox: &Sandbox) -> Result<(), Error> {
    let filter = calls::filter(files::keeps_sockets())?;
    files::restrict(sandbox)?;
    Ok(seccompiler::apply_filter(&filter)?)
}
