//! Which files of the work tree are there to be read?
//!
//! Ignore rules are git's own and those that people write for agents. Nothing here opens a file that
//! it lists; only names and metadata are read.

use std::collections::{BTreeSet, HashSet};
use std::fs::Metadata;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, mpsc};

use ignore::{DirEntry, WalkBuilder, WalkState};
use serde::{Deserialize, Serialize};

use crate::base::RepoPath;
use crate::repo::Mode;
use crate::repo::regular::is_endless;
use crate::repo::version::Version;

/// Files of ignore rules that people write for agents, in the syntax of git; the later of two rules that
/// meet wins.
pub const AGENT_RULE_FILES: [&str; 5] =
    [".aiderignore", ".clineignore", ".geminiignore", ".gooseignore", ".countersignignore"];

/// The same behind git's own.
pub(super) const RULE_FILES: [&str; 6] = {
    let [a, b, c, d, e] = AGENT_RULE_FILES;
    [".gitignore", a, b, c, d, e]
};

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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    pub path: RepoPath,
    /// In bytes.
    pub size: u64,
    pub version: Version,
    /// Regular or executable: symbolic links are not listed.
    pub mode: Mode,
}

/// A file that is there and is not listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    /// It is a repository of its own: a submodule, or a clone inside the work tree.
    Repository,
}

/// What was found in a folder, by its metadata.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    File(FileEntry),
    LeftOut(LeftOut),
}

/// The files below a root, in no order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Entries {
    pub(super) files: Vec<FileEntry>,
    pub(super) left_out: Vec<LeftOut>,
    /// The folders whose entries these are; the root is the empty path.
    pub(super) folders: Vec<(Vec<u8>, Version)>,
}

/// Which folders are to be listed once more.
#[derive(Debug, Default)]
pub(super) struct Again {
    changed: BTreeSet<Vec<u8>>,
    /// `changed`, and the folders through which they are reached.
    on_the_way: HashSet<Vec<u8>>,
    known: HashSet<Vec<u8>>,
}

impl Again {
    /// Those of `known` that changed, and what lies in them and is not known.
    pub(super) fn new(changed: BTreeSet<Vec<u8>>, known: HashSet<Vec<u8>>) -> Arc<Self> {
        let mut on_the_way = HashSet::from([Vec::new()]);
        for path in &changed {
            on_the_way.extend(ancestors(path).map(<[u8]>::to_vec));
        }
        Arc::new(Self { changed, on_the_way, known })
    }

    fn is_listed(&self, folder: &[u8]) -> bool {
        self.changed.contains(folder) || !self.known.contains(folder)
    }

    fn wants(&self, path: &[u8], is_folder: bool) -> bool {
        let new = self.is_listed(parent(path)) && !(is_folder && self.known.contains(path));
        new || (is_folder && self.on_the_way.contains(path))
    }

    /// Whether the folder, or one that it lies in, was to be listed again and is not there.
    pub(super) fn is_gone(&self, folder: &[u8], visited: &HashSet<&[u8]>) -> bool {
        ancestors(folder).any(|it| self.changed.contains(it) && !visited.contains(it))
    }
}

/// A folder and those that it lies in, without the root.
fn ancestors(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    let ends = path.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(at, _)| at);
    ends.chain([path.len()]).map(|end| &path[..end])
}

/// The folder in which `path` lies; empty for what lies at the root.
pub fn parent(path: &[u8]) -> &[u8] {
    path.iter().rposition(|byte| *byte == b'/').map_or(&[], |slash| &path[..slash])
}

/// Lists the files below `root`, or those in the folders `again`: hidden ones too, but not `.git` and
/// not what is a repository of its own; symbolic links are not followed.
pub(super) fn entries(root: &Path, limits: &Limits, again: Option<Arc<Again>>) -> Entries {
    if let Some(rules) = endless_rules(root) {
        return closed(root, rules);
    }
    let mut builder = builder(root, true);
    let (below, asked) = (root.to_owned(), again.clone());
    let (sender, receiver) = mpsc::channel();
    let closed = sender.clone();
    builder.filter_entry(move |entry| {
        let is_folder = entry.file_type().is_some_and(|it| it.is_dir());
        let path = entry.path().strip_prefix(&below).unwrap_or(Path::new(""));
        let wanted = entry.file_name() != ".git"
            && asked.as_ref().is_none_or(|it| it.wants(path.as_os_str().as_bytes(), is_folder));
        let rules = (wanted && is_folder).then(|| endless_rules(entry.path())).flatten();
        let path = rules.as_ref().and_then(|rules| relative(&below, rules));
        let left_out = path.map(|path| LeftOut { path, why: Why::Unreadable });
        left_out.into_iter().for_each(|it| drop(closed.send(Found::Seen(Seen::LeftOut(it)))));
        wanted && rules.is_none()
    });
    builder.build_parallel().run(|| {
        let sender = sender.clone();
        let again = again.as_ref();
        Box::new(move |entry| {
            let (found, state) = look(root, entry, limits, again.map(Arc::as_ref));
            found.into_iter().for_each(|found| drop(sender.send(found)));
            state
        })
    });
    drop((sender, builder));
    let mut entries = Entries::default();
    for found in receiver {
        match found {
            Found::Seen(Seen::File(file)) => entries.files.push(file),
            Found::Seen(Seen::LeftOut(left_out)) => entries.left_out.push(left_out),
            Found::Folder(path, version) => entries.folders.push((path, version)),
        }
    }
    entries
}

/// What a work tree is whose rules cannot be read: nobody knows what may be seen of it.
fn closed(root: &Path, rules: PathBuf) -> Entries {
    let path = relative(root, &rules).into_iter();
    let version = root.metadata().map(|it| Version::of(&it)).unwrap_or_default();
    Entries {
        left_out: path.map(|path| LeftOut { path, why: Why::Unreadable }).collect(),
        folders: vec![(Vec::new(), version)],
        ..Entries::default()
    }
}

/// A file of rules in `folder` that cannot be read to its end. What such rules would keep back is not
/// known, so the folder stays closed.
fn endless_rules(folder: &Path) -> Option<PathBuf> {
    RULE_FILES.iter().map(|name| folder.join(name)).find(|path| is_endless(path))
}

enum Found {
    Seen(Seen),
    Folder(Vec<u8>, Version),
}

fn look(
    root: &Path,
    entry: Result<DirEntry, ignore::Error>,
    limits: &Limits,
    again: Option<&Again>,
) -> (Option<Found>, WalkState) {
    let left_out = |path, why| Some(Found::Seen(Seen::LeftOut(LeftOut { path, why })));
    let entry = match entry {
        Ok(entry) => entry,
        Err(error) => {
            let path = path_of(&error).and_then(|path| relative(root, path));
            return (path.and_then(|it| left_out(it, Why::Unreadable)), WalkState::Continue);
        }
    };
    let kind = entry.file_type();
    if kind.is_some_and(|it| it.is_dir()) {
        let path = relative(root, entry.path());
        if let Some(path) = path.clone().filter(|_| entry.path().join(".git").exists()) {
            return (left_out(path, Why::Repository), WalkState::Skip);
        }
        let path = path.map_or(Vec::new(), |path| path.as_bytes().to_vec());
        let listed = again.is_none_or(|it| it.is_listed(&path));
        let version = entry.metadata().ok().filter(|_| listed).map(|it| Version::of(&it));
        return (version.map(|it| Found::Folder(path, it)), WalkState::Continue);
    }
    let path = relative(root, entry.path()).filter(|_| kind.is_some_and(|it| it.is_file()));
    let found = path.and_then(|path| match entry.metadata() {
        Ok(metadata) => Some(Found::Seen(seen(path, &metadata, limits))),
        Err(_) => left_out(path, Why::Unreadable),
    });
    (found, WalkState::Continue)
}

/// Those of `paths` that people keep from agents, whatever git tracks or ignores.
pub(super) fn kept_from_agents(root: &Path, paths: BTreeSet<RepoPath>) -> BTreeSet<RepoPath> {
    if paths.is_empty() {
        return paths;
    }
    if endless_rules(root).is_some() {
        return paths;
    }
    let seen = reached(builder(root, false), root, folders_above(&paths));
    // What is not there at all is kept as well: nothing can be said of it.
    paths.into_iter().filter(|path| !seen.contains(path)).collect()
}

/// Those of `paths`, files and folders, that no rule ignores.
pub(super) fn visible(root: &Path, paths: &BTreeSet<RepoPath>) -> BTreeSet<RepoPath> {
    if paths.is_empty() || endless_rules(root).is_some() {
        return BTreeSet::new();
    }
    let mut folders = folders_above(paths);
    folders.extend(paths.iter().map(|path| path.as_bytes().to_vec()));
    let seen = reached(builder(root, true), root, folders);
    paths.iter().filter(|path| seen.contains(*path)).cloned().collect()
}

/// The folders in which `paths` lie, with the root.
fn folders_above(paths: &BTreeSet<RepoPath>) -> HashSet<Vec<u8>> {
    let above =
        paths.iter().flat_map(|path| ancestors(parent(path.as_bytes())).map(<[u8]>::to_vec));
    above.chain([Vec::new()]).collect()
}

/// What a walk reaches that enters only `folders`.
fn reached(mut builder: WalkBuilder, root: &Path, folders: HashSet<Vec<u8>>) -> HashSet<RepoPath> {
    let below = root.to_owned();
    builder.filter_entry(move |entry| {
        let path = entry.path().strip_prefix(&below).unwrap_or(Path::new(""));
        !entry.file_type().is_some_and(|it| it.is_dir())
            || folders.contains(path.as_os_str().as_bytes())
                && endless_rules(entry.path()).is_none()
    });
    let seen = Mutex::new(HashSet::new());
    builder.build_parallel().run(|| {
        Box::new(|entry| {
            let path = entry.ok().and_then(|entry| relative(root, entry.path()));
            if let (Some(path), Ok(mut seen)) = (path, seen.lock()) {
                seen.insert(path);
            }
            WalkState::Continue
        })
    });
    seen.into_inner().unwrap_or_default()
}

/// Whether bytes are those of a binary file: a NUL among the first 8 KiB.
pub fn is_binary(bytes: &[u8]) -> bool {
    bytes[..bytes.len().min(BINARY_PREFIX)].contains(&0)
}

fn builder(root: &Path, with_git: bool) -> WalkBuilder {
    let mut builder = WalkBuilder::new(root);
    // Rules for all work trees are about paths from the root, wherever this program was started.
    builder
        .current_dir(root)
        .hidden(false)
        .ignore(false)
        .parents(false)
        .require_git(false)
        .git_ignore(with_git)
        .git_exclude(with_git)
        .git_global(with_git)
        .follow_links(false)
        .threads(std::thread::available_parallelism().map_or(1, usize::from));
    for name in AGENT_RULE_FILES {
        builder.add_custom_ignore_filename(name);
    }
    builder
}

/// A regular file, as its metadata tell of it.
pub(super) fn seen(path: RepoPath, metadata: &Metadata, limits: &Limits) -> Seen {
    let (size, version) = (metadata.len(), Version::of(metadata));
    FileEntry { path, size, version, mode: Mode::of(metadata) }.within(limits)
}

impl FileEntry {
    /// The file, unless it is too large.
    pub(super) fn within(self, limits: &Limits) -> Seen {
        if self.size > limits.file_bytes {
            Seen::LeftOut(LeftOut { path: self.path, why: Why::TooLarge })
        } else {
            Seen::File(self)
        }
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
mod tests {
    use super::*;
    use crate::repo::testing::put;

    #[test]
    fn rules_for_all_work_trees_begin_at_the_root() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        for path in ["a", "b/a", "rules"] {
            put(root, path, "/a\n");
        }
        let mut builder = builder(root, true);
        // They count like those of git's own file for all work trees.
        assert!(builder.add_ignore(root.join("rules")).is_none());
        let seen = reached(builder, root, HashSet::from([Vec::new(), b"b".to_vec()]));
        let is_seen = |path: &str| seen.contains(&RepoPath::new(path).unwrap());
        assert_eq!((is_seen("a"), is_seen("b/a"), is_seen("rules")), (false, true, true));
    }
}
