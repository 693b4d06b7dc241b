//! The files of a project, as those who look for test commands ask about them.

use std::collections::BTreeSet;

use crate::base::RepoPath;
use crate::project::{Reader, is_test};

/// Files of this name are looked for in the root and this many folders below it.
const DEPTH: usize = 2;
/// How much of a file is read, in bytes.
const MOST: usize = 512 << 10;
/// How many tests are read to tell which kind they are.
const SAMPLE: usize = 24;

/// A listing with what it takes to read from it.
pub(super) struct Listing<'a> {
    names: BTreeSet<String>,
    read: Reader<'a>,
}

impl<'a> Listing<'a> {
    /// Files whose names are no UTF-8 are left out: no command could name them.
    pub(super) fn new(files: &[RepoPath], read: Reader<'a>) -> Self {
        let text = |path: &RepoPath| String::from_utf8(path.as_bytes().to_vec()).ok();
        Self { names: files.iter().filter_map(text).collect(), read }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    /// The text of a file, of what is too long its beginning; empty where there is none.
    pub(super) fn text(&self, name: &str) -> String {
        let bytes = self.has(name).then(|| (self.read)(&RepoPath::new(name).ok()?)).flatten();
        let mut bytes = bytes.unwrap_or_default();
        bytes.truncate(MOST);
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// The folders, nearest to the root first, that have a file of this name; `""` is the root.
    pub(super) fn folders_with(&self, name: &str) -> Vec<String> {
        let end = format!("/{name}");
        let below = self.names.iter().filter_map(|path| path.strip_suffix(&end));
        let near = below.filter(|folder| folder.matches('/').count() < DEPTH);
        let mut folders: Vec<String> = near.map(str::to_owned).collect();
        if self.has(name) {
            folders.push(String::new());
        }
        folders.sort_by_key(|folder| (depth(folder), folder.clone()));
        folders
    }

    /// The files below a folder, relative to it.
    pub(super) fn below<'b>(&'b self, folder: &'b str) -> impl Iterator<Item = &'b str> {
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        self.names.iter().filter_map(move |name| name.strip_prefix(prefix.as_str()))
    }

    /// The tests below a folder with one of the `extensions`, relative to it.
    pub(super) fn tests<'b>(&'b self, folder: &'b str, extensions: &'b [&str]) -> Vec<&'b str> {
        let fits = |name: &&str| extensions.iter().any(|end| name.ends_with(&format!(".{end}")));
        let names = self.below(folder).filter(fits);
        names.filter(|name| RepoPath::new(name).is_ok_and(|path| is_test(&path))).collect()
    }

    /// The texts of some of the tests, from all over.
    pub(super) fn sample(&self, folder: &str, tests: &[&str]) -> Vec<String> {
        let step = tests.len().div_ceil(SAMPLE).max(1);
        tests.iter().step_by(step).map(|name| self.text(&within(folder, name))).collect()
    }
}

/// A name inside of a folder.
pub(super) fn within(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// How many folders deep a folder is; the root is 0.
pub(super) fn depth(folder: &str) -> usize {
    if folder.is_empty() { 0 } else { folder.matches('/').count() + 1 }
}
