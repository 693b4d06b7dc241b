//! Brings the index to the state of the work tree.
//!
//! Only files whose size or time changed are read. A refreshed index answers like one built anew,
//! and an index that is damaged or of another version is built anew without a word.

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tantivy::{IndexWriter, ReloadPolicy, Searcher, Term};

use crate::base::{Digest, RepoPath};
use crate::index::IndexError;
use crate::index::build::Build;
use crate::index::directory::UnsyncedDirectory;
use crate::index::manifest::{self, Basis, Counts, IndexedFile, Manifest};
use crate::index::merge::Budget;
use crate::index::schema::{Fields, register};
use crate::index::search::Index;
use crate::index::{chunks, links};
use crate::repo::{FileEntry, LeftOut, Listing, Why};

/// Memory of tantivy's own writing thread in bytes, which gets nothing to write.
const WRITER_BYTES: usize = 15 << 20;
/// How often the list of files is looked for while another process replaces it.
const OPEN_ATTEMPTS: usize = 10;

/// How often it is looked whether another process has committed something.
const LOOK_AGAIN: Duration = Duration::from_millis(20);
/// How long a refresh by another process is waited for: most take less.
const PATIENCE: Duration = Duration::from_millis(500);

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
    /// Those of them that say something else than before, or are new.
    pub changed: usize,
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
/// same for longer than a moment, an index that is there is left as it is; where there is none, or
/// one that was made by other rules, the first state by these rules is waited for.
pub fn refresh(root: &Path, settings: &Settings<'_>) -> Result<Report, IndexError> {
    Ok(refreshed(root, settings)?.0)
}

/// The same, and the index that it comes to: where nothing has changed, what the refresh had to
/// open is not opened and checked a second time.
pub fn refresh_and_open(
    root: &Path,
    settings: &Settings<'_>,
) -> Result<(Report, Index), IndexError> {
    let (report, opened) = refreshed(root, settings)?;
    let index = match opened {
        Some(opened) => Index::of(&settings.dir, root, opened)?,
        // The waiting was ended: what is there may have been made by other rules.
        None if report.busy => return Err(IndexError::Missing),
        None => Index::open(&settings.dir, root)?,
    };
    Ok((report, index))
}

/// An index in one state, open.
pub(super) struct Opened {
    pub(super) searcher: Searcher,
    pub(super) manifest: Manifest,
    /// The name of the manifest.
    pub(super) name: String,
}

/// Refreshes, and hands on what is open: the state of another process that is at it, or what is
/// there if no segment was written.
fn refreshed(root: &Path, settings: &Settings<'_>) -> Result<(Report, Option<Opened>), IndexError> {
    let start = Instant::now();
    let dir = &settings.dir;
    fs::create_dir_all(dir).map_err(IndexError::io("make", dir))?;
    let lock = File::create(dir.join("lock")).map_err(IndexError::io("lock", dir))?;
    if let Some(found) = state_of_others(root, settings, &lock, start)? {
        return Ok(found);
    }
    match update(settings, root, start) {
        Err(IndexError::Damaged(_)) => {
            clear(dir)?;
            update(settings, root, start)
        }
        done => done,
    }
}

/// Whether all that is in the index of `dir` was let in by what `rulings` names.
pub fn is_ruled_by(dir: &Path, rulings: Digest) -> bool {
    let manifest = name_in_force(dir).and_then(|name| Manifest::peek(dir, &name));
    manifest.is_some_and(|manifest| manifest.is_ruled_by(rulings))
}

/// The name of the manifest that the segments in `dir` have now.
fn name_in_force(dir: &Path) -> Option<String> {
    #[derive(Deserialize)]
    struct Meta {
        payload: String,
    }
    let meta = fs::read(dir.join("segments/meta.json")).ok()?;
    Some(serde_json::from_slice::<Meta>(&meta).ok()?.payload)
}

/// What there is while another process is at it; `None` where that process ended and the lock is ours.
/// A build that is not done is not waited for, and a refresh not for long, unless what there is was
/// made by other rules.
fn state_of_others(
    root: &Path,
    settings: &Settings<'_>,
    lock: &File,
    start: Instant,
) -> Result<Option<(Report, Option<Opened>)>, IndexError> {
    let mut unfit = None;
    loop {
        match lock.try_lock() {
            Ok(()) => return Ok(None),
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => {
                return Err(IndexError::io("lock", &settings.dir)(error));
            }
        }
        if let Some(opened) = left_by_others(root, settings, start, &mut unfit) {
            let known = report(opened.manifest.counts(), &[], start);
            let pending = opened.manifest.pending();
            return Ok(Some((Report { busy: true, pending, ..known }, Some(opened))));
        }
        if (settings.stop)() {
            return Ok(Some((Report { busy: true, ..Report::default() }, None)));
        }
        std::thread::sleep(LOOK_AGAIN);
    }
}

/// The index as another process has it, if no more is waited for. `unfit` remembers the manifest
/// that was made by other rules: it is not looked at again.
fn left_by_others(
    root: &Path,
    settings: &Settings<'_>,
    start: Instant,
    unfit: &mut Option<String>,
) -> Option<Opened> {
    let dir = &settings.dir;
    let name = name_in_force(dir).filter(|name| unfit.as_ref() != Some(name))?;
    if start.elapsed() < PATIENCE && Manifest::peek(dir, &name)?.pending() == 0 {
        return None;
    }
    let opened = open_segments(dir).ok()?.1;
    let is_fit = opened.manifest.is_ruled_by(settings.rulings)
        && opened.manifest.listing().is_some_and(|listing| listing.is_ruled_as_now(root));
    if !is_fit {
        *unfit = Some(opened.name);
        return None;
    }
    Some(opened)
}

/// What an update came to.
struct Done {
    counts: Counts,
    /// Files that are still to be read.
    pending: usize,
    /// Files that were read and say something else than before.
    changed: usize,
}

/// What has to be done to bring the old state to the new.
#[derive(Default)]
struct Plan {
    changed: Vec<FileEntry>,
    removed: Vec<IndexedFile>,
    left_out: Vec<LeftOut>,
    denied: Vec<RepoPath>,
}

/// Goes through what is known and what is listed side by side: both are in the order of paths.
fn plan(old: &Manifest, settled_until: i64, listing: &Listing, settings: &Settings<'_>) -> Plan {
    let mut plan = Plan { left_out: listing.left_out.clone(), ..Plan::default() };
    let same_rules = old.is_ruled_by(settings.rulings);
    let (rows, files, paths) = (old.rows(), &listing.files, listing.files.paths());
    let mut known = 0;
    for at in 0..files.len() {
        let path = paths.get(at);
        while known < rows.len() && rows.paths.get(known) < path {
            plan.removed.extend(rows.get(known));
            known += 1;
        }
        let is_known = rows.paths.get(known) == path;
        let is_fresh = is_known
            && files.modified_ns[at] < settled_until
            && (files.sizes[at], files.version(at)) == (rows.sizes[known], rows.version(known));
        known += usize::from(is_known);
        if is_fresh && same_rules {
            continue;
        }
        let Some(entry) = files.get(at) else { continue };
        let may_read = if same_rules && is_known {
            true
        } else if same_rules && old.was_denied(&entry.path) {
            false
        } else {
            (settings.may_read)(&entry.path)
        };
        if may_read {
            plan.changed.extend((!is_fresh).then_some(entry));
            continue;
        }
        plan.removed.extend(known.checked_sub(1).filter(|_| is_known).and_then(|at| rows.get(at)));
        plan.denied.push(entry.path.clone());
        plan.left_out.push(LeftOut { path: entry.path, why: Why::Denied });
    }
    plan.removed.extend((known..rows.len()).filter_map(|at| rows.get(at)));
    plan
}

fn update(
    settings: &Settings<'_>,
    root: &Path,
    start: Instant,
) -> Result<(Report, Option<Opened>), IndexError> {
    let dir = &settings.dir;
    let Known { index, manifest: old, current } = open_or_create(dir)?;
    let before = current.as_ref().and_then(|_| old.listing());
    let listing = (settings.list)(before.as_ref());
    let settled_until = before.as_ref().map_or(i64::MIN, Listing::settled_until);
    let plan = plan(&old, settled_until, &listing, settings);
    let (read, removed) = (plan.changed.len(), plan.removed.len());
    let left_out = plan.left_out.clone();
    let holds = before.is_some_and(|before| listing.says_the_same_as(&before))
        && old.is_ruled_by(settings.rulings);
    let rulings = Some(settings.rulings);
    let basis = Basis { listing, rulings, denied: plan.denied.clone() };
    let (done, opened) = match current {
        Some((name, searcher)) if read + removed == 0 && holds => {
            let done = Done { counts: old.counts().clone(), pending: 0, changed: 0 };
            (done, Some(Opened { searcher, manifest: old, name }))
        }
        Some((name, searcher)) if read + removed == 0 => {
            let stored = old.store(dir, &name, &basis, &BTreeMap::new(), 0);
            let counts = stored.map_err(IndexError::io("write", dir))?;
            let manifest = Manifest::load(dir, &name);
            let opened = manifest.map(|manifest| Opened { searcher, manifest, name });
            (Done { counts, pending: 0, changed: 0 }, opened)
        }
        current => {
            let name = current.map(|(name, _)| name);
            let update = Update::begin(&index, settings, root, old, name, basis)?;
            (update.run(plan)?, None)
        }
    };
    let mut report = report(&done.counts, &left_out, start);
    (report.read, report.removed) = (read - done.pending, removed);
    (report.pending, report.changed) = (done.pending, done.changed);
    tracing::debug!(?report, "index refreshed");
    Ok((report, opened))
}

/// What there is before a refresh.
struct Known {
    index: tantivy::Index,
    manifest: Manifest,
    /// The name of the manifest that is in force, and its segments; `None` where there was no
    /// index that fits and an empty one was made.
    current: Option<(String, Searcher)>,
}

fn open_or_create(dir: &Path) -> Result<Known, IndexError> {
    if let Ok((index, Opened { searcher, manifest, name })) = open_segments(dir)
        && index.schema() == Fields::schema().0
    {
        return Ok(Known { index, manifest, current: Some((name, searcher)) });
    }
    clear(dir)?;
    let segments = dir.join("segments");
    fs::create_dir_all(&segments).map_err(IndexError::io("make", &segments))?;
    let directory = UnsyncedDirectory::open(&segments)?;
    let settings = tantivy::IndexSettings::default();
    let index = tantivy::Index::create(directory, Fields::schema().0, settings)?;
    register(&index);
    Ok(Known { index, manifest: Manifest::default(), current: None })
}

/// Opens what there is of `index` now; what is written later does not show.
fn searcher(index: &tantivy::Index) -> tantivy::Result<Searcher> {
    let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
    Ok(reader.searcher())
}

/// Opens the segments and the manifest that they name, both in one state.
pub(super) fn open_segments(dir: &Path) -> Result<(tantivy::Index, Opened), IndexError> {
    open_segments_by(dir, Manifest::load)
}

/// The same with another way to load a manifest.
pub(super) fn open_segments_by(
    dir: &Path,
    mut load: impl FnMut(&Path, &str) -> Option<Manifest>,
) -> Result<(tantivy::Index, Opened), IndexError> {
    let segments = dir.join("segments");
    if !segments.join("meta.json").exists() {
        return Err(IndexError::Missing);
    }
    let index = tantivy::Index::open(UnsyncedDirectory::open(&segments)?)?;
    register(&index);
    for _ in 0..OPEN_ATTEMPTS {
        let name = index.load_metas()?.payload.ok_or(IndexError::Missing)?;
        let Some(manifest) = load(dir, &name) else { continue };
        let searcher = searcher(&index);
        // Another process may have gone on meanwhile; then the segments name another one.
        if index.load_metas()?.payload.as_ref() == Some(&name) {
            return Ok((index, Opened { searcher: searcher?, manifest, name }));
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
            chunks::sweep(dir, Path::new(""));
            links::sweep(dir, Path::new(""));
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
    /// How many documents were written, for the [`Budget`].
    written: Arc<AtomicU32>,
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
        let budget = Budget::default();
        let written = budget.written();
        writer.set_merge_policy(Box::new(budget));
        let fields = Fields::schema().1;
        Ok(Self { index, settings, root, old, name, basis, writer, written, fields })
    }

    /// Takes out what is gone, reads what changed, and says what the index has then.
    fn run(mut self, plan: Plan) -> Result<Done, IndexError> {
        let mut changes: BTreeMap<RepoPath, Option<IndexedFile>> = BTreeMap::new();
        for gone in plan.removed {
            self.delete(&gone);
            changes.insert(gone.path, None);
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
        let (mut counts, mut changed) = (None, 0);
        build.run::<IndexError>(self.settings.progress, self.settings.stop, |batch| {
            if batch.files.is_empty() {
                return Ok(());
            }
            pending -= batch.files.len();
            for (file, replaces) in batch.files {
                let before = old.rows().find(&file.path).filter(|_| replaces);
                let had = before.as_ref().map_or(0, |it| it.chunks);
                changed += usize::from(replaces && file.chunks + had > 0);
                before.into_iter().for_each(|before| self.delete(&before));
                changes.insert(file.path.clone(), Some(file));
            }
            counts = None;
            if let Some(segment) = batch.segment {
                self.written.fetch_add(segment.max_doc(), Ordering::Relaxed);
                self.writer.add_segment(segment)?;
                counts = Some(self.commit(&old, &changes, pending)?);
            }
            Ok(())
        })?;
        let counts = match counts {
            Some(counts) => counts,
            None => self.commit(&old, &changes, pending)?,
        };
        self.writer.wait_merging_threads()?;
        Ok(Done { counts, pending, changed })
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
        old: &Manifest,
        changes: &BTreeMap<RepoPath, Option<IndexedFile>>,
        pending: usize,
    ) -> Result<Counts, IndexError> {
        let dir = &self.settings.dir;
        let mut prepared = self.writer.prepare_commit()?;
        let name = manifest::name(prepared.opstamp());
        let stored = old.store(dir, &name, &self.basis, changes, pending);
        let counts = stored.map_err(IndexError::io("write", dir))?;
        prepared.set_payload(&name);
        prepared.commit()?;
        manifest::sweep(dir, &name, self.name.as_deref());
        self.name = Some(name);
        Ok(counts)
    }
}

fn report(counts: &Counts, left_out: &[LeftOut], start: Instant) -> Report {
    let mut report = Report { files: counts.files, chunks: counts.chunks, ..Report::default() };
    report.left_out = counts.unread.clone();
    for left_out in left_out {
        *report.left_out.entry(left_out.why).or_default() += 1;
    }
    report.unparsed = counts.unparsed;
    report.seconds = start.elapsed().as_secs_f64();
    report
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repo::testing::{age, put};
    use crate::repo::{Limits, list};

    /// What `ask` makes of the settings of a refresh by these rulings, which ends early or not.
    fn by<T>(
        (root, dir): (&Path, &Path),
        (rulings, ends): (u8, bool),
        ask: impl FnOnce(&Settings<'_>) -> T,
    ) -> T {
        let settings = Settings {
            dir: dir.to_owned(),
            list: &|old| list(root, None, &Limits::default(), old),
            may_read: &|_| true,
            rulings: Digest::of(&[rulings]),
            progress: &|_, _| {},
            stop: &|| ends,
        };
        ask(&settings)
    }

    #[test]
    fn what_others_made_by_other_rules_is_waited_for() {
        let (root, dir) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (root, places) = (root.path(), (root.path(), dir.path()));
        put(root, "a/a.rs", "fn alpha() {}\n");
        age(root, 1000);
        by(places, (1, false), |settings| refresh(root, settings).unwrap());
        let long_ago = Instant::now().checked_sub(PATIENCE).unwrap();
        let is_left = |rulings: u8, since: Instant| {
            by(places, (rulings, false), |settings| {
                left_by_others(root, settings, since, &mut None).is_some()
            })
        };
        assert!(is_left(1, long_ago) && !is_left(2, long_ago));
        assert!(!is_left(1, Instant::now()));
        put(root, "a/b.rs", "fn beta() {}\n");
        assert!(is_left(1, long_ago));
        put(root, "a/.countersignignore", "a.rs\n");
        assert!(!is_left(1, long_ago));
    }

    #[test]
    fn to_wait_for_others_can_be_ended() {
        let (root, dir) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let lock = File::create(dir.path().join("lock")).unwrap();
        lock.lock().unwrap();
        let places = (root.path(), dir.path());
        by(places, (1, true), |settings| {
            assert!(refresh(root.path(), settings).unwrap().busy);
            let ended = refresh_and_open(root.path(), settings).map(|it| it.0);
            assert!(matches!(ended, Err(IndexError::Missing)), "{ended:?}");
        });
    }
}
