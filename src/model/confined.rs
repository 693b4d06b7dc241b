//! How much memory a control group leaves this program, where it runs in one, as in a container.

use std::fs::read_to_string;
use std::path::{Path, PathBuf};

const GROUPS: &str = "/sys/fs/cgroup";
/// The files of limit and use, and what pages of files are called in `memory.stat`.
const NAMES: [&str; 4] = ["memory.max", "memory.current", "inactive_file ", "active_file "];
/// The same in version 1.
const OLD_NAMES: [&str; 4] = [
    "memory.limit_in_bytes",
    "memory.usage_in_bytes",
    "total_inactive_file ",
    "total_active_file ",
];

/// Memory of the machine or of a part of it, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    pub total: u64,
    /// What programs can still have.
    pub available: u64,
}

/// The narrowest limit of all groups around this program; none where there is none, or nobody says.
pub(super) fn memory() -> Option<Memory> {
    let own = read_to_string("/proc/self/cgroup").unwrap_or_default();
    limits(Path::new(GROUPS), &own).into_iter().min_by_key(|memory| memory.available)
}

/// What each group leaves in which this program is, from its own outwards; of both versions.
fn limits(root: &Path, own: &str) -> Vec<Memory> {
    let in_use = |line: &str| -> Option<(PathBuf, PathBuf, [&'static str; 4])> {
        let mut fields = line.splitn(3, ':').skip(1);
        let (controllers, path) = (fields.next()?, fields.next()?.trim_start_matches('/'));
        if controllers.is_empty() {
            return Some((root.to_owned(), path.into(), NAMES));
        }
        let counts = controllers.split(',').any(|controller| controller == "memory");
        counts.then(|| (root.join("memory"), path.into(), OLD_NAMES))
    };
    let groups = own.lines().filter_map(in_use);
    let left = groups.flat_map(|(root, path, names)| {
        let folders = path.ancestors().map(|folder| left(&root.join(folder), names));
        folders.flatten().collect::<Vec<_>>()
    });
    left.collect()
}

/// What the group in `folder` leaves. Pages of files count as used there, and are given back.
fn left(folder: &Path, [most, used, idle, active]: [&str; 4]) -> Option<Memory> {
    let number = |name: &str| -> Option<u64> {
        let path: PathBuf = folder.join(name);
        read_to_string(path).ok()?.trim().parse().ok()
    };
    let (total, used) = (number(most)?, number(used)?);
    let state = read_to_string(folder.join("memory.stat")).unwrap_or_default();
    let field = |name: &str| -> u64 {
        let value = state.lines().find_map(|line| line.strip_prefix(name));
        value.and_then(|value| value.trim().parse().ok()).unwrap_or(0)
    };
    let files = field(idle) + field(active);
    Some(Memory { total, available: total.saturating_sub(used.saturating_sub(files)) })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write;

    use super::*;

    fn write(path: PathBuf, text: impl AsRef<[u8]>) {
        fs::File::create(path).unwrap().write_all(text.as_ref()).unwrap();
    }

    #[test]
    fn the_narrowest_group_tells() {
        let root = tempfile::tempdir().unwrap();
        let group = |name: &str, most: &str, used: u64| {
            let folder = root.path().join(name);
            fs::create_dir_all(&folder).unwrap();
            write(folder.join("memory.max"), format!("{most}\n"));
            write(folder.join("memory.current"), format!("{used}\n"));
            let state = "anon 5\nfile 9\ninactive_file 7\nactive_file 2\n";
            write(folder.join("memory.stat"), state);
        };
        group("a/b", "max", 50);
        group("a", "100", 49);
        let found = limits(root.path(), "1:memory:/y\n0::/a/b\n");
        assert_eq!(found, [Memory { total: 100, available: 60 }]);
        assert_eq!(limits(root.path(), "0::/c\n"), []);
        // As a container sees its own, and one that has used more than it may.
        group("", "40", 60);
        assert_eq!(limits(root.path(), "0::/\n"), [Memory { total: 40, available: 0 }]);
    }

    #[test]
    fn groups_of_the_first_version_are_read() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("memory/a");
        fs::create_dir_all(&folder).unwrap();
        write(folder.join("memory.limit_in_bytes"), "100\n");
        write(folder.join("memory.usage_in_bytes"), "30\n");
        write(folder.join("memory.stat"), "total_inactive_file 10\n");
        let own = "3:cpu:/\n2:hugetlb,memory:/a/b\n0::/\n";
        assert_eq!(limits(root.path(), own), [Memory { total: 100, available: 80 }]);
    }
}
