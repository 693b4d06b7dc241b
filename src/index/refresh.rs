//! Brings the index to the state of the work tree.
//!
//! Only files whose size or time changed are read. A refreshed index answers like one built anew,
//! and an index that is damaged or of another version is built anew without a word.

use std::collections::{BTreeMap, HashSet};
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde::Serialize;
use tantivy::indexer::LogMergePolicy;
use tantivy::{IndexWriter, ReloadPolicy, Term};

use crate::base::{Digest, RepoPath};
use crate::index::IndexError;
use crate::index::build::Build;
use crate::index::directory::UnsyncedDirectory;
use crate::index::manifest::{self, Basis, IndexedFile, Manifest};
use crate::index::schema::{Fields, register};
use crate::repo::{FileEntry, LeftOut, Listing, Why};

/// Memory of tantivy's own writing thread in bytes, which gets nothing to write.
const WRITER_BYTES: usize = 15 << 20;
/// Segments of more documents are not put together any more: that takes longer than it saves.
const LARGEST_MERGED: usize = 40_000;
/// A segment that has more deleted documents than this share is written anew.
const MOST_DELETED: f32 = 0.3;
/// How often the list of files is looked for while another process replaces it.
const OPEN_ATTEMPTS: usize = 10;

/// How to refresh.
pub struct Settings<'a> {
    /// The folder of the index.
    pub dir: PathBuf,
    /// Lists the work tree, with the help of the list before if there is one.
    pub list: &'a dyn Fn(Option<&Listing>) -> Listing,
    /// Whether the policy lets a file be read at all; others stay out, and go out.
    pub may_read: &'a dyn Fn(&RepoPath) -> bool,
    /// Names what `may_read` judges by: while it is the same, so are the answers.
    pub rulings: Digest,
    /// Told how many of how many changed files are done.
    pub progress: &'a dyn Fn(usize, usize),
    /// Whether to stop: what was read so far is kept, and the next refresh goes on from there.
    pub stop: &'a dyn Fn() -> bool,
}

/// What a refresh found and did.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Report {
    /// Files in the index.
    pub files: usize,
    /// Chunks in the index.
    pub chunks: u64,
    /// Files that were read again.
    pub read: usize,
    /// Files that are no longer there.
    pub removed: usize,
    /// Files that are not in the index, by reason.
    pub left_out: BTreeMap<Why, usize>,
    /// Files in the index as plain text, since they are too long, too deep or too slow to parse.
    pub unparsed: usize,
    pub seconds: f64,
    /// Files that are still to be read: the refresh was stopped, or is under way.
    pub pending: usize,
    /// Another process is at it: the index is as that process found it.
    pub busy: bool,
}

/// Refreshes the index in `settings.dir` for the work tree at `root`. While another process does the
/// same, an index that is there is left as it is; where there is none, that process is waited for.
pub fn refresh(root: &Path, settings: &Settings<'_>) -> Result<Report, IndexError> {
    let start = Instant::now();
    let dir = &settings.dir;
    fs::create_dir_all(dir).map_err(IndexError::io("make", dir))?;
    let lock = File::create(dir.join("lock")).map_err(IndexError::io("lock", dir))?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            if let Ok((_, manifest, _)) = open_segments(dir) {
                return Ok(Report { busy: true, ..report(&manifest, &[], start) });
            }
            lock.lock().map_err(IndexError::io("lock", dir))?;
        }
        Err(TryLockError::Error(error)) => return Err(IndexError::io("lock", dir)(error)),
    }
    match update(settings, root, start) {
        Err(IndexError::Damaged(_)) => {
            clear(dir)?;
            update(settings, root, start)
        }
        done => done,
    }
}

/// What has to be done to bring the old state to the new.
#[derive(Default)]
struct Plan {
    changed: Vec<FileEntry>,
    removed: Vec<RepoPath>,
    left_out: Vec<LeftOut>,
    denied: Vec<RepoPath>,
}

fn plan(old: &Manifest, listing: &Listing, settings: &Settings<'_>) -> Plan {
    let mut plan = Plan { left_out: listing.left_out.clone(), ..Plan::default() };
    let mut here = HashSet::with_capacity(listing.files.len());
    for entry in &listing.files {
        let known = old.may_read(settings.rulings, &entry.path);
        if !known.unwrap_or_else(|| (settings.may_read)(&entry.path)) {
            plan.denied.push(entry.path.clone());
            plan.left_out.push(LeftOut { path: entry.path.clone(), why: Why::Denied });
            continue;
        }
        here.insert(&entry.path);
        match old.find(&entry.path) {
            Some(file) if old.is_fresh(file, entry) => {}
            _ => plan.changed.push(entry.clone()),
        }
    }
    let paths = old.files.iter().map(|file| &file.path);
    plan.removed = paths.filter(|path| !here.contains(path)).cloned().collect();
    plan
}

fn update(settings: &Settings<'_>, root: &Path, start: Instant) -> Result<Report, IndexError> {
    let dir = &settings.dir;
    let (index, old, name) = open_or_create(dir)?;
    let listing = (settings.list)(name.is_some().then_some(&old.basis.listing));
    let plan = plan(&old, &listing, settings);
    let (read, removed) = (plan.changed.len(), plan.removed.len());
    let left_out = plan.left_out.clone();
    let rulings = Some(settings.rulings);
    let basis = Basis { listing, rulings, denied: plan.denied.clone() };
    let manifest = match name {
        Some(name) if read + removed == 0 => {
            let manifest = Manifest::new(old.files, basis, 0);
            if !manifest.basis.says_the_same_as(&old.basis) {
                manifest.store(dir, &name).map_err(IndexError::io("write", dir))?;
            }
            manifest
        }
        name => Update::begin(&index, settings, root, old, name, basis)?.run(plan)?,
    };
    let mut report = report(&manifest, &left_out, start);
    (report.read, report.removed) = (read - manifest.pending, removed);
    tracing::debug!(?report, "index refreshed");
    Ok(report)
}

/// The index, its manifest and the name of that; an empty one where there is none that fits.
fn open_or_create(dir: &Path) -> Result<(tantivy::Index, Manifest, Option<String>), IndexError> {
    if let Ok((index, manifest, name)) = open_segments(dir)
        && index.schema() == Fields::schema().0
        && index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into().is_ok()
    {
        return Ok((index, manifest, Some(name)));
    }
    clear(dir)?;
    let segments = dir.join("segments");
    fs::create_dir_all(&segments).map_err(IndexError::io("make", &segments))?;
    let directory = UnsyncedDirectory::open(&segments)?;
    let settings = tantivy::IndexSettings::default();
    let index = tantivy::Index::create(directory, Fields::schema().0, settings)?;
    register(&index);
    Ok((index, Manifest::default(), None))
}

/// Opens the segments with the manifest that they name.
pub(super) fn open_segments(dir: &Path) -> Result<(tantivy::Index, Manifest, String), IndexError> {
    let segments = dir.join("segments");
    if !segments.join("meta.json").exists() {
        return Err(IndexError::Missing);
    }
    let index = tantivy::Index::open(UnsyncedDirectory::open(&segments)?)?;
    register(&index);
    for _ in 0..OPEN_ATTEMPTS {
        let name = index.load_metas()?.payload.ok_or(IndexError::Missing)?;
        // Another process may have gone on meanwhile; then the segments name another one.
        if let Some(manifest) = Manifest::load(dir, &name) {
            return Ok((index, manifest, name));
        }
    }
    Err(IndexError::Damaged("its list of files cannot be read".into()))
}

/// Forgets everything but the lock. Readers keep the files that they have open.
fn clear(dir: &Path) -> Result<(), IndexError> {
    match fs::remove_dir_all(dir.join("segments")) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(IndexError::io("clear", dir)(error))
        }
        _ => {
            manifest::sweep(dir, "", None);
            Ok(())
        }
    }
}

/// A change of the index that is under way.
struct Update<'a> {
    index: &'a tantivy::Index,
    settings: &'a Settings<'a>,
    root: &'a Path,
    old: Manifest,
    /// The manifest that is in force.
    name: Option<String>,
    basis: Basis,
    writer: IndexWriter,
    fields: Fields,
}

impl<'a> Update<'a> {
    fn begin(
        index: &'a tantivy::Index,
        settings: &'a Settings<'a>,
        root: &'a Path,
        old: Manifest,
        name: Option<String>,
        basis: Basis,
    ) -> Result<Self, IndexError> {
        let writer = index.writer_with_num_threads(1, WRITER_BYTES)?;
        let mut policy = LogMergePolicy::default();
        policy.set_max_docs_before_merge(LARGEST_MERGED);
        policy.set_del_docs_ratio_before_merge(MOST_DELETED);
        writer.set_merge_policy(Box::new(policy));
        let fields = Fields::schema().1;
        Ok(Self { index, settings, root, old, name, basis, writer, fields })
    }

    /// Takes out what is gone, reads what changed, and says what the index has then.
    fn run(mut self, plan: Plan) -> Result<Manifest, IndexError> {
        let mut files: BTreeMap<RepoPath, IndexedFile> =
            self.old.files.iter().map(|file| (file.path.clone(), file.clone())).collect();
        for path in &plan.removed {
            files.remove(path).into_iter().for_each(|gone| self.delete(&gone));
        }
        let mut pending = plan.changed.len();
        let old = std::mem::take(&mut self.old);
        let build = Build {
            index: self.index,
            root: self.root,
            old: &old,
            entries: &plan.changed,
            fields: self.fields,
        };
        let mut manifest = None;
        build.run::<IndexError>(self.settings.progress, self.settings.stop, |batch| {
            pending -= batch.files.len();
            for (file, replaces) in batch.files {
                let before = files.insert(file.path.clone(), file);
                before.filter(|_| replaces).into_iter().for_each(|before| self.delete(&before));
            }
            if let Some(segment) = batch.segment {
                self.writer.add_segment(segment)?;
                manifest = Some(self.commit(&files, pending)?);
            } else {
                manifest = None;
            }
            Ok(())
        })?;
        let manifest = match manifest {
            Some(manifest) => manifest,
            None => self.commit(&files, pending)?,
        };
        self.writer.wait_merging_threads()?;
        Ok(manifest)
    }

    /// Takes out this version of a file.
    fn delete(&self, file: &IndexedFile) {
        if file.chunks > 0 {
            self.writer.delete_term(Term::from_field_u64(self.fields.file, file.key));
        }
    }

    /// Makes what was done so far the state of the index.
    fn commit(
        &mut self,
        files: &BTreeMap<RepoPath, IndexedFile>,
        pending: usize,
    ) -> Result<Manifest, IndexError> {
        let dir = &self.settings.dir;
        let manifest =
            Manifest::new(files.values().cloned().collect(), self.basis.clone(), pending);
        let mut prepared = self.writer.prepare_commit()?;
        let name = manifest::name(prepared.opstamp());
        manifest.store(dir, &name).map_err(IndexError::io("write", dir))?;
        prepared.set_payload(&name);
        prepared.commit()?;
        manifest::sweep(dir, &name, self.name.as_deref());
        self.name = Some(name);
        Ok(manifest)
    }
}

fn report(manifest: &Manifest, left_out: &[LeftOut], start: Instant) -> Report {
    let mut report = Report { pending: manifest.pending, ..Report::default() };
    let unread = manifest.files.iter().filter_map(|file| file.left_out);
    for why in left_out.iter().map(|it| it.why).chain(unread) {
        *report.left_out.entry(why).or_default() += 1;
    }
    report.files = manifest.files.iter().filter(|file| file.left_out.is_none()).count();
    report.unparsed = manifest.files.iter().filter(|file| file.unparsed).count();
    report.chunks = manifest.files.iter().map(|file| u64::from(file.chunks)).sum();
    report.seconds = start.elapsed().as_secs_f64();
    report
}
