//! The list of the work tree's files, kept so that the next look costs little.
//!
//! A folder whose time has not changed has the same entries, so a list is renewed by looking at the
//! metadata of what it names: files, folders, rules of what is ignored, and git's own index. Only
//! what lies in changed folders is listed again. Files that git tracks are listed even where rules
//! of git ignore them; what people keep from agents never is. No file is opened here.

use std::collections::{BTreeSet, HashSet};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::base::RepoPath;
use crate::repo::files::{Files, Folders, Tracked};
use crate::repo::glance::{Glance, State};
use crate::repo::version::Version;
use crate::repo::walk::{self, Again, Entries, FileEntry, LeftOut, Limits, RULE_FILES, Seen, Why};

/// Times of files are that coarse at worst: what was written so shortly before it was looked at may
/// have been written again since, with the same time and size.
const RACY_NS: i64 = 2_000_000_000;

/// A file or folder and when it was last written; `None` where it is not there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    #[serde(with = "os_bytes")]
    pub path: PathBuf,
    /// Its version, and its size in bytes.
    pub state: Option<(Version, u64)>,
}

/// The files of a work tree, and what tells whether this still holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing {
    /// They are kept as columns, apart from the rest.
    #[serde(skip)]
    pub files: Files,
    /// What is there and not listed, in the order of paths.
    pub left_out: Vec<LeftOut>,
    /// The folders that were listed; the root is the empty path.
    #[serde(skip)]
    pub folders: Folders,
    /// What decides which files are ignored: rule files of git and of people, git's own index.
    pub rules: Vec<Stamp>,
    /// Files that rules of git ignore and that git tracks all the same, and whether agents may
    /// know of them.
    #[serde(skip)]
    pub tracked: Tracked,
    /// When the work tree was looked at, in nanoseconds since 1970.
    pub at_ns: i64,
}

/// Lists the work tree at `root`, with the help of an older list if there is one. `git` knows the
/// files that are tracked.
pub fn list(
    root: &Path,
    git: Option<&git2::Repository>,
    limits: &Limits,
    old: Option<&Listing>,
) -> Listing {
    let at_ns = now_ns();
    let looked = Looked { root, git, limits, at_ns };
    let Some(old) = old.filter(|old| !old.folders.is_empty()) else { return looked.anew() };
    let rules = stamps(old.rules.iter().map(|it| it.path.clone()));
    let settled = |stamp: &Stamp| stamp.state.is_none_or(|it| old.is_settled(it.0.modified_ns));
    let changed: Vec<PathBuf> = (rules.iter().zip(&old.rules))
        .filter(|(new, old)| new != old || !settled(new))
        .map(|(new, _)| new.path.clone())
        .collect();
    let index = git.map(|git| git.path().join("index"));
    let only_the_index = changed.iter().all(|path| Some(path) == index.as_ref());
    if only_the_index { looked.again(old, rules, !changed.is_empty()) } else { looked.anew() }
}

/// One look at a work tree.
struct Looked<'a> {
    root: &'a Path,
    git: Option<&'a git2::Repository>,
    limits: &'a Limits,
    at_ns: i64,
}

impl Looked<'_> {
    /// Lists everything.
    fn anew(&self) -> Listing {
        let mut entries = walk::entries(self.root, self.limits, None);
        let mut listing = Listing { at_ns: self.at_ns, ..Listing::default() };
        listing.rules = self.rules(&entries);
        listing.files = Files::of(std::mem::take(&mut entries.files));
        listing.folders = Folders::of(std::mem::take(&mut entries.folders));
        listing.left_out = entries.left_out;
        self.add_tracked(&mut listing, self.tracked_paths());
        listing.sort();
        listing
    }

    /// Looks at the metadata of all that `old` names and lists changed folders again.
    fn again(&self, old: &Listing, rules: Vec<Stamp>, index_changed: bool) -> Listing {
        let Some(glance) = Glance::open(self.root) else { return self.anew() };
        let changed = self.changed_folders(&glance, old);
        let mut listing = Listing { at_ns: self.at_ns, rules, ..self.stat(&glance, old) };
        listing.tracked = old.tracked.clone();
        if changed.is_empty() && !index_changed && !self.is_anything_back(old) {
            listing.folders = old.folders.clone();
            listing.sort();
            return listing;
        }
        let known: HashSet<Vec<u8>> = old.folders.iter().map(|(path, _)| path.to_vec()).collect();
        let again = Again::new(changed, known);
        let entries = walk::entries(self.root, self.limits, Some(Arc::clone(&again)));
        let rules: Vec<PathBuf> = self.rule_files(&entries.folders);
        if rules.iter().any(|path| !old.rules.iter().any(|rule| rule.path == *path)) {
            return self.anew();
        }
        listing.replace(old, &again, entries);
        let paths = if index_changed { self.tracked_paths() } else { paths_of(&old.tracked) };
        self.add_tracked(&mut listing, paths);
        listing.sort();
        listing
    }

    /// Every file that `old` names and that is still there, as its metadata are now.
    fn stat(&self, glance: &Glance, old: &Listing) -> Listing {
        let mut listing = Listing::default();
        let mut changed = Vec::new();
        let mut stays = vec![true; old.files.len()];
        for (at, state) in glance.at_files(&old.files) {
            stays[at] = false;
            let path = RepoPath::new(old.files.paths().get(at)).ok();
            if let (Some(path), State::File { size, version, mode }) = (path, state) {
                let entry = FileEntry { path, size, version, mode };
                match entry.within(self.limits) {
                    Seen::File(entry) => changed.push(entry),
                    Seen::LeftOut(left_out) => listing.left_out.push(left_out),
                }
            }
        }
        for left_out in &old.left_out {
            match stat(self.root, self.limits, &left_out.path) {
                Some(Seen::File(entry)) => changed.push(entry),
                Some(Seen::LeftOut(left_out)) => listing.left_out.push(left_out),
                None if self.is_no_file(&left_out.path) => {
                    listing.left_out.push(left_out.clone());
                }
                None => {}
            }
        }
        let same = changed.is_empty() && stays.iter().all(|it| *it);
        listing.files = match same {
            true => old.files.clone(),
            false => old.files.merged(|at, _| stays[at], changed),
        };
        listing
    }

    /// Folders whose entries are not surely the same as when `old` was made.
    fn changed_folders(&self, glance: &Glance, old: &Listing) -> BTreeSet<Vec<u8>> {
        let changed = glance.at_folders(&old.folders, |then| old.is_settled(then));
        let changed = changed.into_iter().map(|at| old.folders.paths().get(at).to_vec());
        changed.chain(self.unsettled(old)).collect()
    }

    /// What was left out and does not tell by its times whether it still is, with its folder: what
    /// could not be read, and what was a repository.
    fn unsettled(&self, old: &Listing) -> Vec<Vec<u8>> {
        let unsettled = |it: &&LeftOut| match it.why {
            Why::Unreadable => true,
            Why::Repository => !it.path.under(self.root).join(".git").exists(),
            Why::Binary | Why::TooLarge | Why::Denied => false,
        };
        let both =
            |it: &LeftOut| [walk::parent(it.path.as_bytes()).to_vec(), it.path.as_bytes().to_vec()];
        old.left_out.iter().filter(unsettled).flat_map(both).collect()
    }

    /// The stamps of everything that decides what is ignored.
    fn rules(&self, entries: &Entries) -> Vec<Stamp> {
        let mut paths: BTreeSet<PathBuf> = self.rule_files(&entries.folders).into_iter().collect();
        paths.extend(RULE_FILES.iter().map(|name| self.root.join(name)));
        paths.extend(ignore::gitignore::gitconfig_excludes_path());
        paths.extend(self.git.map(|git| git.commondir().join("info/exclude")));
        paths.extend(self.git.map(|git| git.path().join("index")));
        stamps(paths)
    }

    /// The files of rules in `folders`, also those that are ignored themselves.
    fn rule_files(&self, folders: &[(Vec<u8>, Version)]) -> Vec<PathBuf> {
        let in_folder = |(folder, _): &(Vec<u8>, Version)| {
            let folder = self.root.join(OsStr::from_bytes(folder));
            RULE_FILES.iter().map(move |name| folder.join(name))
        };
        folders.iter().flat_map(in_folder).filter(|path| path.symlink_metadata().is_ok()).collect()
    }

    /// What git's index names: files, not the submodules.
    fn tracked_paths(&self) -> Vec<RepoPath> {
        const GITLINK: u32 = 0o160_000;
        let Some(index) = self.git.and_then(|git| git.index().ok()) else { return Vec::new() };
        let files = index.iter().filter(|entry| entry.mode != GITLINK);
        files.filter_map(|entry| RepoPath::new(&entry.path).ok()).collect()
    }

    /// Whether there is something at `path` that is no file.
    fn is_no_file(&self, path: &RepoPath) -> bool {
        path.under(self.root).symlink_metadata().is_ok_and(|found| !found.is_file())
    }

    /// Whether no folder of `path` is a link, which may lead anywhere.
    fn is_inside(&self, path: &RepoPath) -> bool {
        let below = path.under(self.root);
        let folders = below.ancestors().skip(1).take_while(|it| *it != self.root);
        folders.into_iter().all(|it| it.symlink_metadata().is_ok_and(|found| found.is_dir()))
    }

    /// Whether a tracked file is there that `old` lacks: the folders that rules ignore are not
    /// listed, so none of them tells.
    fn is_anything_back(&self, old: &Listing) -> bool {
        let left_out =
            |path: &RepoPath| old.left_out.binary_search_by(|it| it.path.cmp(path)).is_ok();
        let missing = old.tracked.not_kept().filter(|path| old.files.paths().find(path).is_none());
        missing.filter_map(|path| RepoPath::new(path).ok()).any(|path| {
            !left_out(&path)
                && stat(self.root, self.limits, &path).is_some()
                && self.is_inside(&path)
        })
    }

    /// Adds the tracked files that `listing` lacks and agents may know of.
    fn add_tracked(&self, listing: &mut Listing, paths: Vec<RepoPath>) {
        let left_out: HashSet<&RepoPath> = listing.left_out.iter().map(|it| &it.path).collect();
        let listed = |path: &RepoPath| {
            left_out.contains(path) || listing.files.paths().find(path.as_bytes()).is_some()
        };
        let missing: Vec<RepoPath> = paths.into_iter().filter(|path| !listed(path)).collect();
        let is_there = |path: &RepoPath| stat(self.root, self.limits, path).is_some();
        let asked: BTreeSet<RepoPath> =
            missing.iter().filter(|path| !listing.tracked.allows(path)).cloned().collect();
        let kept = walk::kept_from_agents(self.root, asked);
        // What is not there looks kept, and may be there again.
        let allowed = |path: &RepoPath| match kept.contains(path) {
            true => is_there(path).then_some(false),
            false => Some(true),
        };
        let tracked: Vec<(RepoPath, Option<bool>)> =
            missing.into_iter().map(|path| (path.clone(), allowed(&path))).collect();
        let mut added = Vec::new();
        let allowed = tracked.iter().filter(|(path, it)| *it == Some(true) && self.is_inside(path));
        for seen in allowed.filter_map(|(path, _)| stat(self.root, self.limits, path)) {
            match seen {
                Seen::File(entry) => added.push(entry),
                Seen::LeftOut(left_out) => listing.left_out.push(left_out),
            }
        }
        if !added.is_empty() {
            listing.files = listing.files.merged(|_, _| true, added);
        }
        listing.tracked = Tracked::of(tracked);
    }
}

impl Listing {
    /// Whether what had this time of modification has surely not been written since this list was
    /// made, as long as it still has it.
    pub fn is_settled(&self, modified_ns: i64) -> bool {
        modified_ns < self.settled_until()
    }

    /// The first time of modification that is not settled.
    pub fn settled_until(&self) -> i64 {
        self.at_ns.saturating_sub(RACY_NS)
    }

    /// Whether nothing is gained by keeping this instead of `old`: all that lies still is the same,
    /// and none of it was written when `old` was made.
    pub fn says_the_same_as(&self, old: &Self) -> bool {
        let mut times = old.folders.modified_ns.iter().copied();
        let mut rules = old.rules.iter().filter_map(|rule| rule.state);
        self.folders == old.folders
            && self.rules == old.rules
            && self.tracked == old.tracked
            && times.all(|time| old.is_settled(time))
            && rules.all(|(version, _)| old.is_settled(version.modified_ns))
    }

    /// Puts what was listed again in the place of what `old` had in the same folders.
    fn replace(&mut self, old: &Listing, again: &Again, mut entries: Entries) {
        let visited: HashSet<&[u8]> =
            entries.folders.iter().map(|(path, _)| path.as_slice()).collect();
        let stays = |folder: &[u8]| !visited.contains(folder) && !again.is_gone(folder, &visited);
        let ignored = |path: &[u8]| old.tracked.paths().find(path).is_some();
        let added = std::mem::take(&mut entries.files);
        // Neighbours lie mostly in the same folder.
        let mut last: Option<(Vec<u8>, bool)> = None;
        let keep = |_, path: &[u8]| {
            let folder = walk::parent(path);
            if last.as_ref().is_none_or(|(same, _)| same != folder) {
                last = Some((folder.to_vec(), stays(folder)));
            }
            last.as_ref().is_some_and(|(_, stays)| *stays) && !ignored(path)
        };
        self.files = self.files.merged(keep, added);
        self.left_out.retain(|it| {
            let path = it.path.as_bytes();
            stays(walk::parent(path)) && !ignored(path)
        });
        self.left_out.extend(std::mem::take(&mut entries.left_out));
        let same = old.folders.iter().filter(|(path, _)| stays(path));
        let same: Vec<(Vec<u8>, Version)> = same.map(|(path, it)| (path.to_vec(), it)).collect();
        let folders = entries.folders.iter().cloned();
        self.folders = Folders::of(folders.chain(same).collect());
    }

    fn sort(&mut self) {
        self.left_out.sort_by(|a, b| a.path.cmp(&b.path));
        self.left_out.dedup_by(|a, b| a.path == b.path);
    }
}

fn paths_of(tracked: &Tracked) -> Vec<RepoPath> {
    let paths = tracked.paths();
    (0..paths.len()).filter_map(|at| RepoPath::new(paths.get(at)).ok()).collect()
}

/// Names of the system are bytes, and so they are kept.
mod os_bytes {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::path::{Path, PathBuf};

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
        path.as_os_str().as_bytes().serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<PathBuf, D::Error> {
        Ok(OsStr::from_bytes(&Vec::<u8>::deserialize(from)?).into())
    }
}

/// The metadata of what is still a regular file.
fn stat(root: &Path, limits: &Limits, path: &RepoPath) -> Option<Seen> {
    let metadata = path.under(root).symlink_metadata().ok()?;
    metadata.is_file().then(|| walk::seen(path.clone(), &metadata, limits))
}

fn stamps(paths: impl IntoIterator<Item = PathBuf>) -> Vec<Stamp> {
    let state = |path: &Path| {
        path.symlink_metadata().ok().map(|metadata| (Version::of(&metadata), metadata.size()))
    };
    paths.into_iter().map(|path| Stamp { state: state(&path), path }).collect()
}

fn now_ns() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or_default()
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the tests make their own folders")]
mod tests {
    use std::fs;

    use proptest::prelude::*;

    use super::*;
    use crate::repo::testing::{age, unborn};

    const LIMITS: Limits = Limits { file_bytes: 10 };

    fn write(root: &Path, path: &[u8], text: &str) {
        let path = root.join(OsStr::from_bytes(path));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn shown(listing: &Listing) -> String {
        let mut shown: Vec<String> = (0..listing.files.len())
            .map(|at| listing.files.get(at).unwrap().path.to_string())
            .collect();
        shown.extend(listing.left_out.iter().map(|it| format!("{}={:?}", it.path, it.why)));
        shown.join(" ")
    }

    #[test]
    fn ignore_rules_hidden_files_and_limits() {
        let root = tempfile::tempdir().unwrap();
        let files: [(&[u8], &str); 11] = [
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
            (b"inner/.git/HEAD", ""),
        ];
        for (path, text) in files {
            write(root.path(), path, text);
        }
        std::os::unix::fs::symlink("/etc", root.path().join("link")).unwrap();
        assert_eq!(
            shown(&list(root.path(), None, &LIMITS, None)),
            ".aiderignore .gitignore .hidden b.rs b/a.rs \\xff.txt inner=Repository large=TooLarge"
        );
    }

    #[test]
    fn what_git_tracks_is_listed_although_it_is_ignored() {
        let (dir, repo) = unborn();
        let root = dir.path();
        for (path, text) in [("a", ""), ("b/c", ""), ("b/secret", ""), (".gitignore", "/*\n")] {
            write(root, path.as_bytes(), text);
        }
        write(root, b".countersignignore", "secret");
        let mut index = repo.git().index().unwrap();
        for path in ["a", "b/c", "b/secret"] {
            index.add_path(Path::new(path)).unwrap();
        }
        index.write().unwrap();
        let first = list(root, Some(repo.git()), &LIMITS, None);
        assert_eq!(shown(&first), "a b/c");
        fs::remove_file(root.join("a")).unwrap();
        let second = list(root, Some(repo.git()), &LIMITS, Some(&first));
        assert_eq!(shown(&second), "b/c");
    }

    #[test]
    fn what_git_tracks_in_an_ignored_folder_is_listed_when_it_comes_back() {
        let (dir, repo) = unborn();
        let root = dir.path();
        for (path, text) in [("b/a", ""), ("b/c", ""), ("b/secret", ""), (".gitignore", "/b\n")] {
            write(root, path.as_bytes(), text);
        }
        write(root, b".countersignignore", "secret");
        let mut index = repo.git().index().unwrap();
        for path in ["b/a", "b/c", "b/secret"] {
            index.add_path(Path::new(path)).unwrap();
        }
        index.write().unwrap();
        for path in ["b/a", "b/secret"] {
            fs::remove_file(root.join(path)).unwrap();
        }
        age(root, 1000);
        age(repo.git().path(), 1000);
        let listed = |old| list(root, Some(repo.git()), &LIMITS, old);
        let first = listed(None);
        assert_eq!(shown(&first), ".countersignignore .gitignore b/c");
        write(root, b"b/a", "");
        write(root, b"b/secret", "");
        let second = listed(Some(&first));
        assert_eq!(shown(&second), ".countersignignore .gitignore b/a b/c");
        assert_eq!(second, Listing { at_ns: second.at_ns, ..listed(None) });
        fs::remove_file(root.join("b/c")).unwrap();
        let third = listed(Some(&second));
        write(root, b"b/c", "");
        assert_eq!(shown(&listed(Some(&third))), shown(&second));
    }

    #[test]
    fn a_repository_inside_stays_out_until_it_is_none() {
        let root = tempfile::tempdir().unwrap();
        write(root.path(), b"inner/.git/HEAD", "");
        write(root.path(), b"inner/a", "");
        age(root.path(), 1000);
        let first = list(root.path(), None, &LIMITS, None);
        let second = list(root.path(), None, &LIMITS, Some(&first));
        assert_eq!(shown(&first), "inner=Repository");
        assert_eq!(shown(&second), "inner=Repository");
        fs::remove_dir_all(root.path().join("inner/.git")).unwrap();
        assert_eq!(shown(&list(root.path(), None, &LIMITS, Some(&second))), "inner/a");
    }

    #[test]
    fn rules_in_the_place_of_others_with_their_size_and_time_are_read() {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in [("a", ""), ("b", ""), (".gitignore", "/a\n"), (".new", "/b\n")] {
            write(root.path(), path.as_bytes(), text);
        }
        age(root.path(), 1000);
        let first = list(root.path(), None, &LIMITS, None);
        assert_eq!(shown(&first), ".gitignore .new b");
        fs::rename(root.path().join(".new"), root.path().join(".gitignore")).unwrap();
        age(root.path(), 1000);
        assert_eq!(shown(&list(root.path(), None, &LIMITS, Some(&first))), ".gitignore a");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]
        #[test]
        fn a_renewed_list_is_like_a_new_one(
            steps in prop::collection::vec((0..8usize, 0..8usize), 1..12)
        ) {
            let root = tempfile::tempdir().unwrap();
            let root = root.path();
            let mut listing: Option<Listing> = None;
            for (step, (place, act)) in (1u64..).zip(steps) {
                let path = ["a", "b/a", "b/c/a", "b/c/b", "d/a", "d/e/f/a", "b/secret", "g"][place];
                let folder = root.join(path).parent().unwrap().to_owned();
                match act {
                    0 | 1 => if folder.is_dir() || !root.join("b").is_file() {
                        let _ = fs::create_dir_all(&folder);
                        let _ = fs::write(root.join(path), "x".repeat(act * 20));
                    },
                    2 => drop(fs::remove_file(root.join(path))),
                    3 => if folder != root { drop(fs::remove_dir_all(&folder)) },
                    4 => if folder.is_dir() { drop(fs::write(folder.join(".gitignore"), "a\n")) },
                    5 => if folder.is_dir() && folder != root { drop(fs::create_dir(folder.join(".git"))) },
                    6 => drop(fs::remove_dir(folder.join(".git"))),
                    _ => if folder.is_dir() { drop(fs::write(folder.join(".aiderignore"), "secret\n")) },
                }
                age(root, step * 1000);
                let renewed = list(root, None, &LIMITS, listing.as_ref());
                let anew = list(root, None, &LIMITS, None);
                prop_assert_eq!(&renewed.files, &anew.files);
                prop_assert_eq!(&renewed.left_out, &anew.left_out);
                prop_assert_eq!(&renewed.folders, &anew.folders);
                listing = Some(renewed);
            }
        }
    }
}
