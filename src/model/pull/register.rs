//! Takes a file that is already on this machine into the store.

use std::fs::File;
use std::path::Path;

use crate::base::Digest;
use crate::model::local::check_file;
use crate::model::pull::{PullError, Step, download, install, plan};
use crate::model::{Cancel, Installed, Store, weights};

/// Registers the `.gguf` file at `path` under its own name, if it has the digest `expected`: as a
/// second name of the same file where the disk allows it, else as a copy. The first of several files
/// brings the others. Another model of that name stays as it is.
pub fn register(
    store: &Store,
    path: &Path,
    expected: Option<Digest>,
    cancel: &Cancel,
    on_step: &mut dyn FnMut(Step),
) -> Result<Installed, PullError> {
    let path = path.canonicalize().map_err(PullError::io("find", path))?;
    let files = weights::files(&path);
    let mut digests = Vec::new();
    for path in &files {
        check_file(path).map_err(|why| PullError::NotAModel { path: path.clone(), why })?;
        let file = File::open(path).map_err(PullError::io("open", path))?;
        let total = file.metadata().map_err(PullError::io("read", path))?.len();
        digests.push(install::digest(&file, total, path, cancel, on_step)?);
    }
    let digest = weights::digest_of_all(&digests);
    if let Some(expected) = expected.filter(|expected| *expected != digest) {
        return Err(PullError::Damaged { path, expected, found: digest });
    }
    let name = name_of(&path);
    let _lock = plan::lock(&store.folder_of(&name)?, &name)?;
    if let Some(other) =
        store.find(&name)?.filter(|it| it.path.canonicalize().ok() != Some(path.clone()))
        && other.record.as_ref().is_none_or(|record| record.sha256 != digest)
    {
        let source_was = other.record.map_or_else(|| "put there by hand".into(), |it| it.source);
        return Err(PullError::OtherSource { name, source_was });
    }
    for (at, path) in files.iter().enumerate() {
        let target = store.folder_of(&name)?.join(download::name(at, files.len()));
        if target.canonicalize().is_ok_and(|target| target == *path) {
            return install::installed(store, &name);
        }
        install::place(path, &target, cancel)?;
    }
    store.write_record(&name, digest, None, format!("file {}", path.display()))?;
    install::installed(store, &name)
}

/// A name that can be typed: that of the file, in small letters, with dashes for what is unusual.
pub(super) fn name_of(path: &Path) -> String {
    let file = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let stem = match weights::split(&file) {
        Some((name, ..)) => name,
        None => file.strip_suffix(".gguf").unwrap_or(&file),
    };
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '.' || c == '_' { c } else { '-' };
    let name: String = stem.chars().map(plain).collect();
    match name.trim_start_matches(|c: char| !c.is_ascii_alphanumeric()) {
        "" => "model".to_owned(),
        name => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_can_be_typed() {
        let name = |path| name_of(Path::new(path));
        assert_eq!(name("/a/Mine-Q4_K_M.gguf"), "mine-q4_k_m");
        assert_eq!(name("my model (é).gguf"), "my-model----");
        assert_eq!(name("--x.gguf"), "x");
        assert_eq!(name("é.gguf"), "model");
        assert_eq!(name("/a/Big-Q8_0-00001-of-00003.gguf"), "big-q8_0");
    }
}
