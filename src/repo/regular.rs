//! Reading files of the work tree that were listed a moment ago and may be anything by now.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use rustix::fs::{Mode, OFlags};

use crate::repo::version::Version;

/// A larger file of ignore rules is none, in bytes: rules take a thousand times their size.
const MOST_RULES: u64 = 512 << 10;
/// Where files are that have no end, or that wait for what never comes.
const NO_FILES: [&str; 3] = ["/proc", "/sys", "/dev"];

/// At most `most` bytes of the regular file at `path`. A link is not followed, a pipe not waited for,
/// and a device not read.
pub fn read_regular(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    Ok(read(path, most)?.0)
}

/// The same, and the version that the file has once it was read: whoever wrote it meanwhile gave it
/// another one.
pub fn read_version(path: &Path, most: u64) -> io::Result<(Vec<u8>, Version)> {
    let (bytes, file) = read(path, most)?;
    Ok((bytes, Version::of(&file.metadata()?)))
}

fn read(path: &Path, most: u64) -> io::Result<(Vec<u8>, File)> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = File::from(rustix::fs::open(path, flags | OFlags::NOCTTY, Mode::empty())?);
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len().min(most)).unwrap_or(0));
    (&file).take(most).read_to_end(&mut bytes)?;
    Ok((bytes, file))
}

/// Whether whoever opens the file of rules at `path` may wait or read without an end. A folder, or a
/// link to nothing, is no rules and does no harm.
pub(super) fn is_endless(path: &Path) -> bool {
    if path.symlink_metadata().is_err() {
        return false;
    }
    let Ok(real) = fs::canonicalize(path) else { return false };
    let Ok(metadata) = real.metadata() else { return false };
    let too_large = metadata.is_file() && metadata.len() > MOST_RULES;
    let no_file = !metadata.is_file() && !metadata.is_dir();
    too_large || no_file || NO_FILES.iter().any(|folder| real.starts_with(folder))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::repo::testing::put;

    #[expect(clippy::disallowed_methods, reason = "a pipe is made by a program")]
    fn pipe(path: &Path) {
        assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
    }

    #[test]
    fn only_regular_files_are_read() {
        let dir = tempfile::tempdir().unwrap();
        put(dir.path(), "file", "1234");
        symlink("file", dir.path().join("link")).unwrap();
        symlink("/dev/zero", dir.path().join("zero")).unwrap();
        pipe(&dir.path().join("pipe"));
        assert_eq!(read_regular(&dir.path().join("file"), 3).unwrap(), b"123");
        let (bytes, version) = read_version(&dir.path().join("file"), 9).unwrap();
        assert_eq!(bytes, b"1234");
        assert_eq!(version, Version::of(&dir.path().join("file").metadata().unwrap()));
        for name in ["link", "zero", "pipe", ".", "none"] {
            assert!(read_regular(&dir.path().join(name), 3).is_err(), "{name}");
        }
        for name in ["zero", "pipe"] {
            assert!(is_endless(&dir.path().join(name)), "{name}");
        }
        for name in ["file", "link", ".", "none"] {
            assert!(!is_endless(&dir.path().join(name)), "{name}");
        }
    }
}
