//! Fetches the files of a model from servers, checks them and puts them in their place.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::base::Digest;
use crate::model::local::check_file;
use crate::model::pull::partial::remove;
use crate::model::pull::pieces::{self, Pieces};
use crate::model::pull::plan::Plan;
use crate::model::pull::remote::Remote;
use crate::model::pull::{PullError, Step, Web, install, ranges, whole};
use crate::model::{Cancel, Installed, store, weights};

/// Fetches what is missing of `files`, one after the other, and installs all of them.
pub(super) fn pull(
    plan: &Plan,
    files: &[Remote],
    web: &Arc<Web>,
    cancel: &Cancel,
    on_step: &mut dyn FnMut(Step),
) -> Result<Installed, PullError> {
    let part = |at: usize| part_of(&plan.folder, at, files.len());
    let mut before = 0;
    for (at, file) in files.iter().enumerate() {
        let total = plan.bytes;
        let mut tell = |bytes: u64| on_step(Step::Fetching { done: before + bytes, total });
        fetch(web, file, &part(at), cancel, &mut tell)?;
        before += file.bytes.unwrap_or(0);
    }
    let mut digests = Vec::new();
    for (at, file) in files.iter().enumerate() {
        digests.push(check(plan, file, &part(at), cancel, on_step)?);
    }
    for at in 0..files.len() {
        let (from, to) = (part(at), plan.folder.join(name(at, files.len())));
        fs::rename(&from, to).map_err(PullError::io("move", &from))?;
        pieces::finish(&from)?;
    }
    if files.len() > 1 {
        // A file that was put there by hand would be taken for the model.
        remove(&plan.folder.join(name(0, 1)))?;
    }
    install::record(plan, weights::digest_of_all(&digests))
}

/// Where the file of that place grows.
pub(super) fn part_of(folder: &Path, at: usize, count: usize) -> PathBuf {
    folder.join(name(at, count)).with_added_extension("part")
}

/// What the file of that place is called.
pub(super) fn name(at: usize, count: usize) -> String {
    match count {
        1 => format!("{}.gguf", store::PART),
        _ => weights::part(store::PART, at + 1, count),
    }
}

fn fetch(
    web: &Arc<Web>,
    file: &Remote,
    path: &Path,
    cancel: &Cancel,
    on_bytes: &mut dyn FnMut(u64),
) -> Result<(), PullError> {
    if !file.ranges {
        pieces::drop_all(path)?;
        return whole::fetch(web, file, path, cancel, on_bytes);
    }
    let mut pieces = Pieces::open(path, file)?;
    let fetched = ranges::fetch(web, file, &mut pieces, cancel, on_bytes);
    if let Err(PullError::ChangedThere { .. }) = fetched {
        pieces::drop_all(path)?;
    }
    fetched
}

/// The digest of a file that is all here, if it is what was published and a model.
fn check(
    plan: &Plan,
    remote: &Remote,
    path: &Path,
    cancel: &Cancel,
    on_step: &mut dyn FnMut(Step),
) -> Result<Digest, PullError> {
    let file = File::open(path).map_err(PullError::io("open", path))?;
    let total = file.metadata().map_err(PullError::io("read", path))?.len();
    let found = install::digest(&file, total, path, cancel, on_step)?;
    if let Some(expected) = remote.sha256.filter(|expected| *expected != found) {
        pieces::drop_all(path)?;
        return Err(PullError::Checksum { name: plan.name.clone(), expected, found });
    }
    check_file(path).map_err(|why| match pieces::drop_all(path) {
        Ok(()) => PullError::NotAModel { path: path.with_extension(""), why },
        Err(error) => error,
    })?;
    Ok(found)
}
