//! What tells one state of a file or folder from another without a look into it.
//!
//! Like git's index it keeps more than the time of the last write, which tools set as they like and
//! which a file brings along that takes the place of another.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;

use rustix::fs::Stat;
use serde::{Deserialize, Serialize};

/// A state of a file or folder, beside its size.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Version {
    /// When it was last written, in nanoseconds since 1970.
    pub modified_ns: i64,
    /// The number of its inode and when the system last changed that, mixed.
    pub identity: u64,
}

impl Version {
    /// That of what the metadata are of.
    pub(super) fn of(metadata: &Metadata) -> Self {
        Self {
            modified_ns: nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
            identity: identity(
                metadata.ino(),
                nanoseconds(metadata.ctime(), metadata.ctime_nsec()),
            ),
        }
    }

    /// The same from the system's own structure.
    #[allow(
        clippy::unnecessary_fallible_conversions,
        clippy::useless_conversion,
        reason = "the types of these numbers differ from system to system"
    )]
    pub(super) fn of_stat(stat: &Stat) -> Self {
        let time = |seconds: i64, rest: i64| nanoseconds(seconds, rest);
        Self {
            modified_ns: time(
                i64::try_from(stat.st_mtime).unwrap_or_default(),
                i64::try_from(stat.st_mtime_nsec).unwrap_or_default(),
            ),
            identity: identity(
                u64::try_from(stat.st_ino).unwrap_or_default(),
                time(
                    i64::try_from(stat.st_ctime).unwrap_or_default(),
                    i64::try_from(stat.st_ctime_nsec).unwrap_or_default(),
                ),
            ),
        }
    }
}

/// Seconds and nanoseconds as one number, which reaches from 1677 to 2262.
fn nanoseconds(seconds: i64, nanoseconds: i64) -> i64 {
    seconds.saturating_mul(1_000_000_000).saturating_add(nanoseconds)
}

/// Two files have the same only where both numbers are the same, or by a chance of one in 2^64.
fn identity(inode: u64, changed_ns: i64) -> u64 {
    // The golden ratio spreads neighbouring numbers over all bits.
    (inode.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ changed_ns.cast_unsigned())
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the test makes its own files")]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn both_ways_to_ask_tell_the_same() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        fs::write(&path, "text").unwrap();
        let stat = rustix::fs::stat(&path).unwrap();
        assert_eq!(Version::of(&path.metadata().unwrap()), Version::of_stat(&stat));
    }

    #[test]
    fn another_file_with_the_same_times_is_another_version() {
        let dir = tempfile::tempdir().unwrap();
        let versions = ["a", "b"].map(|name| {
            let path = dir.path().join(name);
            fs::write(&path, "text").unwrap();
            let old = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1);
            fs::File::open(&path).unwrap().set_modified(old).unwrap();
            Version::of(&path.metadata().unwrap())
        });
        assert_eq!(versions[0].modified_ns, versions[1].modified_ns);
        assert_ne!(versions[0], versions[1]);
    }
}
