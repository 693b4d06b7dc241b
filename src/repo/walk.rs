//! Which files of the work tree are there to be read?
//!
//! Ignore rules are git's own and those that people write for agents. Nothing here opens a file that
//! it lists; only names and metadata are read.

use std::fs::Metadata;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use ignore::{DirEntry, WalkBuilder};
use serde::{Deserialize, Serialize};

use crate::base::RepoPath;
use crate::repo::Mode;

/// Files of ignore rules for agents, in gitignore syntax; the later of two rules that meet wins.
const IGNORE_FILES: [&str; 5] =
    [".aiderignore", ".clineignore", ".geminiignore", ".gooseignore", ".countersignignore"];

/// How much of a file is looked at to tell text from binary.
const BINARY_PREFIX: usize = 8 << 10;

/// What is too much.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Larger files are left out.
    pub file_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { file_bytes: 1 << 20 }
    }
}

/// A file of the work tree as its metadata tell of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileEntry {
    pub path: RepoPath,
    /// In bytes.
    pub size: u64,
    /// When it was last written, in nanoseconds since 1970.
    pub modified_ns: i128,
    /// Regular or executable: symbolic links are not listed.
    pub mode: Mode,
}

/// A file that is there and is not listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    pub path: RepoPath,
    pub why: Why,
}

/// Why a file is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// It has a NUL byte near its beginning; whoever reads the file finds that.
    Binary,
    /// It is larger than the limit.
    TooLarge,
    /// It, or the folder, cannot be read.
    Unreadable,
    /// The policy keeps it from being read.
    Denied,
}

/// The files below a root, each list in the order of paths.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Walk {
    pub files: Vec<FileEntry>,
    pub left_out: Vec<LeftOut>,
}

/// Lists the files below `root`: hidden ones too, but not `.git`; symbolic links are not followed.
pub fn walk(root: &Path, limits: &Limits) -> Walk {
    let mut walk = Walk::default();
    for entry in builder(root).build() {
        match entry {
            Ok(entry) if entry.file_type().is_some_and(|it| it.is_file()) => {
                walk.take(root, &entry, limits);
            }
            Ok(_) => {}
            Err(error) => walk.unreadable(root, &error),
        }
    }
    walk.files.sort_by(|a, b| a.path.cmp(&b.path));
    walk.left_out.sort_by(|a, b| a.path.cmp(&b.path));
    walk
}

/// Whether bytes are those of a binary file: a NUL among the first 8 KiB.
pub fn is_binary(bytes: &[u8]) -> bool {
    bytes[..bytes.len().min(BINARY_PREFIX)].contains(&0)
}

fn builder(root: &Path) -> WalkBuilder {
    let mut builder = WalkBuilder::new(root);
    builder
        .hidden(false)
        .ignore(false)
        .parents(false)
        .require_git(false)
        .follow_links(false)
        .filter_entry(|entry| entry.file_name() != ".git");
    for name in IGNORE_FILES {
        builder.add_custom_ignore_filename(name);
    }
    builder
}

impl Walk {
    fn take(&mut self, root: &Path, entry: &DirEntry, limits: &Limits) {
        let Some(path) = relative(root, entry.path()) else { return };
        match entry.metadata() {
            Ok(metadata) if metadata.len() > limits.file_bytes => {
                self.left_out.push(LeftOut { path, why: Why::TooLarge });
            }
            Ok(metadata) => self.files.push(file_entry(path, &metadata)),
            Err(_) => self.left_out.push(LeftOut { path, why: Why::Unreadable }),
        }
    }

    fn unreadable(&mut self, root: &Path, error: &ignore::Error) {
        let path = path_of(error).and_then(|path| relative(root, path));
        self.left_out.extend(path.map(|path| LeftOut { path, why: Why::Unreadable }));
    }
}

fn file_entry(path: RepoPath, metadata: &Metadata) -> FileEntry {
    let executable = metadata.permissions().mode() & 0o100 != 0;
    FileEntry {
        path,
        size: metadata.len(),
        modified_ns: i128::from(metadata.mtime()) * 1_000_000_000
            + i128::from(metadata.mtime_nsec()),
        mode: if executable { Mode::Executable } else { Mode::Regular },
    }
}

fn relative(root: &Path, path: &Path) -> Option<RepoPath> {
    RepoPath::from_os(path.strip_prefix(root).ok()?).ok()
}

fn path_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => {
            path_of(err)
        }
        _ => None,
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the tests make their own folders")]
mod tests {
    use std::ffi::OsStr;
    use std::fs;
    use std::os::unix::ffi::OsStrExt;

    use super::*;

    #[track_caller]
    fn check(files: &[(&[u8], &str)], expected: &str) {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(OsStr::from_bytes(path));
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        std::os::unix::fs::symlink("/etc", root.path().join("link")).unwrap();
        let walk = walk(root.path(), &Limits { file_bytes: 10 });
        let mut shown: Vec<String> = walk.files.iter().map(|file| file.path.to_string()).collect();
        shown.extend(walk.left_out.iter().map(|it| format!("{}={:?}", it.path, it.why)));
        assert_eq!(shown.join(" "), expected);
    }

    #[test]
    fn ignore_rules_hidden_files_and_limits() {
        check(
            &[
                (b".gitignore", "/target\n"),
                (b".git/config", ""),
                (b".hidden", ""),
                (b"target/a", ""),
                (b"b/a.rs", ""),
                (b"b.rs", ""),
                (b"secret", ""),
                (b".aiderignore", "secret"),
                (b"large", "more than ten"),
                (b"\xff.txt", ""),
            ],
            ".aiderignore .gitignore .hidden b.rs b/a.rs \\xff.txt large=TooLarge",
        );
    }
}
