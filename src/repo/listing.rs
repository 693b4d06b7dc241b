//! The list of the work tree's files, kept so that the next look costs little.
//!
//! A folder whose time has not changed has the same entries, so a list is renewed by looking at the
//! metadata of what it names: files, folders, rules of what is ignored, and git's own index. Only
//! what lies in changed folders is listed again. Files that git tracks are listed even where rules
//! of git ignore them; what people keep from agents never is. No file is opened here.

use std::collections::{BTreeSet, HashMap, HashSet};
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

/// A file and when it was last written; `None` where it is not there. Of a link it is the file to
/// which it leads that counts.
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
    /// What decides which files are ignored: rule files of git and of people.
    pub rules: Vec<Stamp>,
    /// The file of rules that git has for all work trees of this person; an empty path where there
    /// can be none.
    #[serde(with = "os_bytes")]
    pub excludes: PathBuf,
    /// Git's own index, which names the files that are tracked; `None` without git.
    pub git_index: Option<Stamp>,
    /// Files that rules of git ignore and that git tracks all the same, there or not, and whether
    /// agents may know of them.
    #[serde(skip)]
    pub tracked: Tracked,
    /// The folders that are not listed and in which files of `tracked` lie, or could lie; mostly
    /// these are a few.
    pub unlisted: Folders,
    /// Larger files were left out, in bytes.
    pub file_bytes: u64,
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
    let looked = Looked { root, git, limits, excludes: excludes(), at_ns: now_ns() };
    let Some(old) = old.filter(|old| looked.asks_like(old)) else { return looked.anew() };
    let rules = stamps(old.rules.iter().map(|it| it.path.clone()));
    let same = |(new, then): (&Stamp, &Stamp)| new == then && old.has_settled(new);
    let hold = rules.iter().zip(&old.rules).all(same);
    if hold { looked.again(old, rules) } else { looked.anew() }
}

/// One look at a work tree.
struct Looked<'a> {
    root: &'a Path,
    git: Option<&'a git2::Repository>,
    limits: &'a Limits,
    excludes: PathBuf,
    at_ns: i64,
}

impl Looked<'_> {
    /// Whether `old` is of any use: there is something in it, and it was asked for in the same way.
    fn asks_like(&self, old: &Listing) -> bool {
        !old.folders.is_empty()
            && old.file_bytes == self.limits.file_bytes
            && old.excludes == self.excludes
    }

    /// A list of nothing yet.
    fn empty(&self) -> Listing {
        let index = self.git.map(|git| git.path().join("index"));
        Listing {
            at_ns: self.at_ns,
            file_bytes: self.limits.file_bytes,
            excludes: self.excludes.clone(),
            git_index: index.map(|path| Stamp { state: state(&path), path }),
            ..Listing::default()
        }
    }

    /// Lists everything.
    fn anew(&self) -> Listing {
        let entries = walk::entries(self.root, self.limits, None);
        let mut listing = self.empty();
        listing.files = Files::of(entries.files);
        listing.folders = Folders::of(entries.folders);
        listing.left_out = entries.left_out;
        self.add_tracked(&mut listing, self.tracked_paths());
        listing.rules = self.rules(&listing);
        listing.sort();
        listing
    }

    /// Looks at the metadata of all that `old` names and lists changed folders again.
    fn again(&self, old: &Listing, rules: Vec<Stamp>) -> Listing {
        let Some(glance) = Glance::open(self.root) else { return self.anew() };
        let changed = self.changed_folders(&glance, old);
        let unlisted_changed = glance.at_folders(&old.unlisted, |then| old.is_settled(then));
        let tracked = old.tracked.clone();
        let mut listing = Listing { rules, tracked, ..self.stat(&glance, old) };
        let index_changed = listing.git_index != old.git_index
            || !listing.git_index.iter().all(|index| old.has_settled(index));
        if changed.is_empty() && unlisted_changed.is_empty() && !index_changed {
            listing.folders = old.folders.clone();
            listing.unlisted = old.unlisted.clone();
            listing.sort();
            return listing;
        }
        let is_walked = !changed.is_empty();
        let known: HashSet<Vec<u8>> = old.folders.iter().map(|(path, _)| path.to_vec()).collect();
        let again = Again::new(changed, known);
        let entries = match is_walked {
            true => walk::entries(self.root, self.limits, Some(Arc::clone(&again))),
            false => Entries::default(),
        };
        let walked: Vec<Vec<u8>> = entries.folders.iter().map(|it| it.0.clone()).collect();
        listing.replace(old, &again, entries);
        let paths = if index_changed { self.tracked_paths() } else { paths_of(&old.tracked) };
        self.add_tracked(&mut listing, paths);
        let is_new = |(path, version): &(&[u8], Version)| {
            !old.unlisted.has(path, *version) || !old.is_settled(version.modified_ns)
        };
        let unlisted = listing.unlisted.iter().filter(is_new).map(|it| it.0);
        if old.lacks_rules_in(self.root, walked.iter().map(Vec::as_slice).chain(unlisted)) {
            return self.anew();
        }
        listing.sort();
        listing
    }

    /// Every file that `old` names and that is still there, as its metadata are now.
    fn stat(&self, glance: &Glance, old: &Listing) -> Listing {
        let mut listing = self.empty();
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
    fn rules(&self, listing: &Listing) -> Vec<Stamp> {
        let folders = listing.folders.iter().chain(listing.unlisted.iter()).map(|it| it.0);
        let mut paths: BTreeSet<PathBuf> = rule_files(self.root, folders).collect();
        paths.extend(RULE_FILES.iter().map(|name| self.root.join(name)));
        paths.insert(self.excludes.clone());
        paths.extend(self.git.map(|git| git.commondir().join("info/exclude")));
        stamps(paths)
    }

    /// What git's index names: files, not the submodules.
    fn tracked_paths(&self) -> Vec<RepoPath> {
        const GITLINK: u32 = 0o160_000;
        let Some(index) = self.git.and_then(index_of) else { return Vec::new() };
        let files = index.iter().filter(|entry| entry.mode != GITLINK);
        files.filter_map(|entry| RepoPath::new(&entry.path).ok()).collect()
    }

    /// Whether there is something at `path` that is no file.
    fn is_no_file(&self, path: &RepoPath) -> bool {
        path.under(self.root).symlink_metadata().is_ok_and(|found| !found.is_file())
    }

    /// Adds the tracked files that `listing` lacks and agents may know of.
    fn add_tracked(&self, listing: &mut Listing, paths: Vec<RepoPath>) {
        let left_out: HashSet<&RepoPath> = listing.left_out.iter().map(|it| &it.path).collect();
        let listed = |path: &RepoPath| {
            left_out.contains(path) || listing.files.paths().find(path.as_bytes()).is_some()
        };
        let mut ways = Ways::new(self.root, &listing.folders);
        let missing: Vec<(RepoPath, Option<Seen>)> = (paths.into_iter())
            .filter(|path| !listed(path))
            .map(|path| {
                let is_inside = ways.lead_into(walk::parent(path.as_bytes()));
                let seen = is_inside.then(|| stat(self.root, self.limits, &path)).flatten();
                (path, seen)
            })
            .collect();
        listing.unlisted = Folders::of(ways.unlisted);
        let is_asked = |(path, seen): &&(RepoPath, Option<Seen>)| {
            seen.is_some() && !listing.tracked.allows(path)
        };
        let asked = missing.iter().filter(is_asked).map(|(path, _)| path.clone()).collect();
        let kept = walk::kept_from_agents(self.root, asked);
        let (mut tracked, mut added) = (Vec::new(), Vec::new());
        for (path, seen) in missing {
            let seen = seen.filter(|_| !kept.contains(&path));
            tracked.push((path, seen.is_some()));
            match seen {
                Some(Seen::File(entry)) => added.push(entry),
                Some(Seen::LeftOut(left_out)) => listing.left_out.push(left_out),
                None => {}
            }
        }
        if !added.is_empty() {
            listing.files = listing.files.merged(|_, _| true, added);
        }
        listing.tracked = Tracked::of(tracked);
    }
}

/// The folders in which tracked files may lie that are not listed. Each is looked at once: in a few
/// work trees these are the folders of all files.
struct Ways<'a> {
    root: &'a Path,
    listed: &'a Folders,
    /// Those that were asked for, and whether they belong to this work tree.
    known: HashMap<Vec<u8>, bool>,
    /// Those that are there and not listed. Where another one comes, the one above it changes.
    unlisted: Vec<(Vec<u8>, Version)>,
}

impl<'a> Ways<'a> {
    fn new(root: &'a Path, listed: &'a Folders) -> Self {
        Self { root, listed, known: HashMap::new(), unlisted: Vec::new() }
    }

    /// Whether neither `folder` nor one that it lies in is a link, which may lead anywhere, or a
    /// repository of its own.
    fn lead_into(&mut self, folder: &[u8]) -> bool {
        if let Some(known) = self.known.get(folder) {
            return *known;
        }
        let is_inside = folder.is_empty()
            || self.listed.paths().find(folder).is_some()
            || (self.lead_into(walk::parent(folder)) && self.look_at(folder));
        self.known.insert(folder.to_vec(), is_inside);
        is_inside
    }

    /// Whether the folder itself is there and is neither.
    fn look_at(&mut self, folder: &[u8]) -> bool {
        let path = self.root.join(OsStr::from_bytes(folder));
        let found = path.symlink_metadata().ok().filter(|found| found.is_dir());
        let Some(found) = found else { return false };
        self.unlisted.push((folder.to_vec(), Version::of(&found)));
        !path.join(".git").exists()
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

    /// Whether what has this stamp has surely not been written since this list was made.
    fn has_settled(&self, stamp: &Stamp) -> bool {
        stamp.state.is_none_or(|(version, _)| self.is_settled(version.modified_ns))
    }

    /// Whether nothing is gained by keeping this instead of `old`: all that lies still is the same,
    /// and none of it was written when `old` was made.
    pub fn says_the_same_as(&self, old: &Self) -> bool {
        let mut times = old.folders.modified_ns.iter().chain(&old.unlisted.modified_ns);
        let mut stamps = old.rules.iter().chain(&old.git_index);
        self.folders == old.folders
            && self.unlisted == old.unlisted
            && self.rules == old.rules
            && self.git_index == old.git_index
            && self.tracked == old.tracked
            && (self.file_bytes, &self.excludes) == (old.file_bytes, &old.excludes)
            && times.all(|time| old.is_settled(*time))
            && stamps.all(|stamp| old.has_settled(stamp))
    }

    /// Whether this list of the work tree at `root` was made by the rules that there are now: none
    /// of their files has changed, and none has come.
    pub fn is_ruled_as_now(&self, root: &Path) -> bool {
        let same = |rule: &Stamp| state(&rule.path) == rule.state;
        if self.excludes != excludes() || !self.rules.iter().all(same) {
            return false;
        }
        let Some(glance) = Glance::open(root) else { return false };
        let changed = [&self.folders, &self.unlisted].into_iter().flat_map(|folders| {
            let places = glance.at_folders(folders, |_| true);
            places.into_iter().map(move |at| folders.paths().get(at))
        });
        !self.lacks_rules_in(root, changed)
    }

    /// Whether one of `folders` has a file of rules that this does not know.
    fn lacks_rules_in<'a>(&self, root: &'a Path, folders: impl Iterator<Item = &'a [u8]>) -> bool {
        rule_files(root, folders).any(|path| !self.rules.iter().any(|rule| rule.path == path))
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

/// The files of rules in `folders`, also those that are ignored themselves.
fn rule_files<'a>(
    root: &'a Path,
    folders: impl Iterator<Item = &'a [u8]>,
) -> impl Iterator<Item = PathBuf> {
    let in_folder = move |folder: &'a [u8]| {
        let folder = root.join(OsStr::from_bytes(folder));
        RULE_FILES.iter().map(move |name| folder.join(name))
    };
    folders.flat_map(in_folder).filter(|path| path.symlink_metadata().is_ok())
}

/// The file of rules that git has for all work trees of this person, there or not.
fn excludes() -> PathBuf {
    ignore::gitignore::gitconfig_excludes_path().unwrap_or_default()
}

/// Git's index as it is now: libgit2 goes on with what it has read before.
fn index_of(git: &git2::Repository) -> Option<git2::Index> {
    let mut index = git.index().ok()?;
    index.read(false).ok()?;
    Some(index)
}

fn stamps(paths: impl IntoIterator<Item = PathBuf>) -> Vec<Stamp> {
    paths.into_iter().map(|path| Stamp { state: state(&path), path }).collect()
}

/// What tells whether a file has changed, or the one to which a link leads.
fn state(path: &Path) -> Option<(Version, u64)> {
    path.metadata().ok().map(|metadata| (Version::of(&metadata), metadata.size()))
}

fn now_ns() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or_default()
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the tests make their own folders")]
mod tests;
