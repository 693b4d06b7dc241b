//! A file that a person wants a model to see: a path as typed, checked before anything slow begins.

use std::fs::Metadata;
use std::path::Path;

use crate::base::RepoPath;
use crate::cli::{ExitCode, Failure, desk};
use crate::session::Desk;

/// The path in the repository of the file that was named from `dir`.
///
/// # Errors
/// When no model may see it or could read it: it lies outside, the policy keeps it, it is no text
/// or has more than `most_bytes`.
pub(super) fn shown_file(
    place: &Desk,
    dir: &Path,
    file: &Path,
    most_bytes: u64,
) -> Result<RepoPath, Failure> {
    let what = format!("cannot show `{}` to the model", file.display());
    let path = inside(place, &dir.join(file)).map_err(|why| usage(why).while_doing(&what))?;
    place.show(path.clone()).map_err(|error| desk::failed(error).while_doing(&what))?;
    text(&path.under(place.repo().root()), most_bytes)
        .map_err(|why| usage(why).while_doing(&what))?;
    Ok(path)
}

fn usage(why: String) -> Failure {
    Failure::new(why).code(ExitCode::Usage).hint("name a text file of this repository")
}

/// Where the file really lies, if that is inside.
fn inside(place: &Desk, file: &Path) -> Result<RepoPath, String> {
    let real = |path: &Path| path.canonicalize().map_err(|error| error.to_string());
    let (file, root) = (real(file)?, real(place.repo().root())?);
    let inside =
        file.strip_prefix(&root).map_err(|_| "it lies outside the repository".to_owned())?;
    if inside.as_os_str().is_empty() {
        return Err("it is no file".into());
    }
    RepoPath::from_os(inside).map_err(|error| error.to_string())
}

/// Whether a model could read it.
#[allow(clippy::disallowed_methods, reason = "the policy has let it through")]
fn text(place: &Path, most_bytes: u64) -> Result<(), String> {
    let metadata = place.metadata().map_err(|error| error.to_string())?;
    readable(&metadata, most_bytes)?;
    let bytes = std::fs::read(place).map_err(|error| error.to_string())?;
    std::str::from_utf8(&bytes).map(drop).map_err(|_| "it is no text in UTF-8".into())
}

fn readable(metadata: &Metadata, most_bytes: u64) -> Result<(), String> {
    let bytes = metadata.len();
    if !metadata.is_file() {
        Err("it is no file".into())
    } else if bytes > most_bytes {
        Err(format!("it has {bytes} bytes, and `index.max_file_bytes` is {most_bytes}"))
    } else {
        Ok(())
    }
}
