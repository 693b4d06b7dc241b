//! The last steps of every route: check the digest, put the file in its place, write its record.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use crate::base::Digest;
use crate::model::pull::partial::{Partial, remove};
use crate::model::pull::plan::{Plan, Source};
use crate::model::pull::{PullError, Step};
use crate::model::{Cancel, Installed, ModelError, Store};

/// Installs a file that was put together from parts.
pub(super) fn partial(
    plan: &Plan,
    partial: Partial,
    expected: Digest,
    cancel: &Cancel,
    on_step: &mut dyn FnMut(Step),
) -> Result<Installed, PullError> {
    let name = &plan.name;
    partial.finish(name, expected, &plan.store.weights_of(name)?, cancel, on_step)?;
    record(plan, expected)
}

/// Installs a file that stays where it is for others, whatever it is.
pub(super) fn shared(
    plan: &Plan,
    path: &Path,
    expected: Digest,
    cancel: &Cancel,
    on_step: &mut dyn FnMut(Step),
) -> Result<Installed, PullError> {
    let path = path.canonicalize().map_err(PullError::io("find", path))?;
    let file = File::open(&path).map_err(PullError::io("open", &path))?;
    let total = file.metadata().map_err(PullError::io("read", &path))?.len();
    let found = digest(&file, total, &path, cancel, on_step)?;
    if found != expected {
        return Err(PullError::Damaged { path, expected, found });
    }
    place(&path, &plan.store.weights_of(&plan.name)?, cancel)?;
    record(plan, expected)
}

/// Writes the record of files that are in their place.
pub(super) fn record(plan: &Plan, digest: Digest) -> Result<Installed, PullError> {
    let source = match &plan.source {
        Source::Packages { packages, .. } => {
            let requirements: Vec<_> = packages.parts().map(|part| part.requirement).collect();
            format!("packages {}", requirements.join(" "))
        }
        Source::Here { path, .. } => format!("file {}", path.display()),
        Source::Web { from, .. } => from.clone(),
    };
    plan.store.write_record(&plan.name, digest, plan.licence.clone(), source)?;
    installed(&plan.store, &plan.name)
}

/// The model as the store now has it.
pub(super) fn installed(store: &Store, name: &str) -> Result<Installed, PullError> {
    let found = store.find(name)?;
    Ok(found.ok_or_else(|| ModelError::NotInstalled(name.to_owned()))?)
}

/// Puts the contents of `path` at `target`: as a second name of the same file where both are on one
/// disk, else as a copy.
pub(super) fn place(path: &Path, target: &Path, cancel: &Cancel) -> Result<(), PullError> {
    let folder = target.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(PullError::io("create", folder))?;
    // What is at `target` stays until all of the new one is there.
    let linked = target.with_added_extension("new");
    remove(&linked)?;
    if fs::hard_link(path, &linked).is_ok() {
        fs::rename(&linked, target).map_err(PullError::io("move", &linked))?;
        // Of two names of one file the first stays.
        return remove(&linked);
    }
    let copy = tempfile::NamedTempFile::new_in(folder).map_err(PullError::io("write", target))?;
    let file = File::open(path).map_err(PullError::io("open", path))?;
    let mut reader = Watched { reader: file, cancel, on_bytes: &mut |_| {} };
    let copied = io::copy(&mut reader, &mut copy.as_file());
    if cancel.is_cancelled() {
        return Err(PullError::Cancelled);
    }
    copied.map_err(PullError::io("write", target))?;
    copy.persist(target).map_err(|error| PullError::io("write", target)(error.error))?;
    Ok(())
}

/// Digests `file` from where it is, telling how far it is.
pub(super) fn digest(
    file: &File,
    total: u64,
    path: &Path,
    cancel: &Cancel,
    on_step: &mut dyn FnMut(Step),
) -> Result<Digest, PullError> {
    let mut on_bytes = |done| on_step(Step::Checking { done, total });
    let mut done = 0;
    let mut add = |bytes: u64| {
        done += bytes;
        on_bytes(done);
    };
    let digest = Digest::of_reader(Watched { reader: file, cancel, on_bytes: &mut add });
    if cancel.is_cancelled() {
        return Err(PullError::Cancelled);
    }
    digest.map_err(PullError::io("read", path))
}

/// A reader that tells how much was read and ends with an error when somebody cancels.
struct Watched<'a, R> {
    reader: R,
    cancel: &'a Cancel,
    on_bytes: &'a mut dyn FnMut(u64),
}

impl<R: Read> Read for Watched<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.cancel.is_cancelled() {
            return Err(io::Error::other("cancelled"));
        }
        let read = self.reader.read(buffer)?;
        (self.on_bytes)(read as u64);
        Ok(read)
    }
}
