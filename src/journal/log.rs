//! Appending: one locked, whole, synced line a record.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::base::{Hint, TaskId};
use crate::journal::record::{self, Link};
use crate::journal::tail::{Tail, tail};
use crate::journal::{Event, Record, clock, head};

/// The journal's records, one a line.
pub(super) const FILE: &str = "journal.jsonl";

/// Most records are shorter; a longer one costs one more read.
const PIECE: u64 = 1 << 16;

/// Why nothing could be recorded.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    #[error("cannot {doing} `{path}`")]
    Io {
        doing: &'static str,
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("an event cannot be written as JSON")]
    Encode(#[source] serde_json::Error),
}

impl Hint for JournalError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Io { path, .. } => {
                Some(format!("see that you may write `{}` and the disk has room", path.display()))
            }
            Self::Encode(_) => None,
        }
    }
}

/// The journal, open for appending. Several processes, and several `Log`s, may append at once.
#[derive(Debug)]
pub struct Log {
    dir: PathBuf,
}

impl Log {
    /// Opens the journal in `dir`, making both if need be. Half a line that a killed writer left
    /// is moved aside, and that is recorded.
    pub fn open(dir: &Path) -> Result<Self, JournalError> {
        fs::create_dir_all(dir).map_err(failed("make", dir))?;
        let log = Self { dir: dir.to_owned() };
        let _lock = log.lock()?;
        log.settle(&mut log.file()?)?;
        Ok(log)
    }

    /// Appends `event`. When this returns the record is on the disk.
    pub fn append(&self, task: Option<&TaskId>, event: &Event) -> Result<Record, JournalError> {
        let _lock = self.lock()?;
        let mut file = self.file()?;
        let after = self.settle(&mut file)?;
        self.write(&mut file, after, task, event)
    }

    /// Waits for the lock; it is held until the file is dropped. Every call opens the lock file
    /// anew, so two threads exclude each other as two processes do.
    fn lock(&self) -> Result<File, JournalError> {
        let path = self.dir.join("journal.lock");
        let file = File::create(&path).map_err(failed("open", &path))?;
        file.lock().map_err(failed("lock", &path))?;
        Ok(file)
    }

    fn file(&self) -> Result<File, JournalError> {
        let path = self.dir.join(FILE);
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true).open(&path).map_err(failed("open", &path))
    }

    /// Finds where the chain goes on, putting a torn tail aside first.
    fn settle(&self, file: &mut File) -> Result<Link, JournalError> {
        let path = self.dir.join(FILE);
        let tail = tail(file, PIECE).map_err(failed("read", &path))?;
        let after = self.newest(&tail);
        // A kill may have left the head one record behind; the next one must not make it two.
        if after.seq > 0 && head::load(&self.dir).is_none_or(|head| head.seq < after.seq) {
            head::store(&self.dir, after).map_err(failed("write the head of", &path))?;
        }
        if tail.torn.is_empty() {
            return Ok(after);
        }
        let aside = self.put_aside(&tail.torn)?;
        file.set_len(tail.whole).map_err(failed("shorten", &path))?;
        let what = format!("moved {} bytes of a torn record to `{aside}`", tail.torn.len());
        let record = self.write(file, after, None, &Event::Recovered { what })?;
        Ok(Link { seq: record.seq, hash: record.hash })
    }

    /// The newest record that the journal or its head knows of. Where the tail was cut off or
    /// damaged the head knows more, and the gap stays visible for ever.
    fn newest(&self, tail: &Tail) -> Link {
        let last = tail.line.as_ref().and_then(|line| serde_json::from_slice::<Link>(line).ok());
        let links = last.into_iter().chain(head::load(&self.dir));
        links.max_by_key(|link| link.seq).unwrap_or(Link::START)
    }

    fn put_aside(&self, torn: &[u8]) -> Result<String, JournalError> {
        let mut n = 1;
        loop {
            let name = format!("journal.torn-{n}");
            let path = self.dir.join(&name);
            match File::create_new(&path) {
                Ok(mut file) => {
                    file.write_all(torn).map_err(failed("write", &path))?;
                    return Ok(name);
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => n += 1,
                Err(error) => return Err(failed("make", &path)(error)),
            }
        }
    }

    fn write(
        &self,
        file: &mut File,
        after: Link,
        task: Option<&TaskId>,
        event: &Event,
    ) -> Result<Record, JournalError> {
        let (record, line) =
            record::encode(after, clock::now(), task, event).map_err(JournalError::Encode)?;
        let path = self.dir.join(FILE);
        let length = file.metadata().map_err(failed("measure", &path))?.len();
        if let Err(error) = file.write_all(&line).and_then(|()| file.sync_data()) {
            // A full disk takes half a line: take it back, so that the journal stays whole.
            let _ = file.set_len(length);
            return Err(failed("write", &path)(error));
        }
        let link = Link { seq: record.seq, hash: record.hash };
        head::store(&self.dir, link).map_err(failed("write the head of", &path))?;
        Ok(record)
    }
}

fn failed(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> JournalError {
    move |source| JournalError::Io { doing, path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Digest;
    use crate::journal::{read, verify};

    fn note(what: &str) -> Event {
        Event::Recovered { what: what.to_owned() }
    }

    fn whats(dir: &Path) -> Vec<String> {
        let (records, problems) = read(dir);
        assert_eq!(problems, []);
        let what = |record: Record| match record.event {
            Event::Recovered { what } => what,
            other => panic!("{other:?}"),
        };
        records.into_iter().map(what).collect()
    }

    #[test]
    fn records_follow_each_other() {
        let dir = tempfile::tempdir().unwrap();
        let log = Log::open(dir.path()).unwrap();
        let first = log.append(None, &note("a")).unwrap();
        let second = log.append(Some(&"t-12ab".parse().unwrap()), &note("b")).unwrap();
        assert_eq!((first.seq, second.seq), (1, 2));
        assert_eq!((first.prev, second.prev), (Digest::zero(), first.hash));
        assert_eq!(read(dir.path()).0, [first, second]);
        assert_eq!(verify(dir.path()).problems, []);
    }

    #[test]
    fn a_torn_tail_is_moved_aside_and_said() {
        let dir = tempfile::tempdir().unwrap();
        let log = Log::open(dir.path()).unwrap();
        log.append(None, &note("a")).unwrap();
        let mut file = OpenOptions::new().append(true).open(dir.path().join(FILE)).unwrap();
        file.write_all(br#"{"v":1,"seq":2,"ti"#).unwrap();
        assert_eq!(whats(dir.path()), ["a"], "readers do not mind");

        Log::open(dir.path()).unwrap().append(None, &note("b")).unwrap();
        let said = "moved 18 bytes of a torn record to `journal.torn-1`";
        assert_eq!(whats(dir.path()), ["a", said, "b"]);
        let torn = fs::read(dir.path().join("journal.torn-1")).unwrap();
        assert_eq!(torn, br#"{"v":1,"seq":2,"ti"#);
        assert_eq!(verify(dir.path()).problems, []);
    }

    #[test]
    fn the_head_is_never_two_records_behind() {
        let dir = tempfile::tempdir().unwrap();
        let log = Log::open(dir.path()).unwrap();
        log.append(None, &note("a")).unwrap();
        // What a kill does each time: the record is written, its head is not.
        fs::create_dir(dir.path().join("journal.head.new")).unwrap();
        log.append(None, &note("b")).unwrap_err();
        log.append(None, &note("c")).unwrap_err();
        assert_eq!(whats(dir.path()), ["a", "b"]);
        assert_eq!(verify(dir.path()).problems, []);
        fs::remove_dir(dir.path().join("journal.head.new")).unwrap();
        log.append(None, &note("d")).unwrap();
        assert_eq!(whats(dir.path()), ["a", "b", "d"]);
        assert_eq!(verify(dir.path()).problems, []);
    }

    #[test]
    fn threads_do_not_mix_their_records() {
        let dir = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let log = Log::open(dir.path()).unwrap();
                    for _ in 0..10 {
                        log.append(None, &note("x")).unwrap();
                    }
                });
            }
        });
        let report = verify(dir.path());
        assert_eq!((report.records, report.problems), (40, vec![]));
    }

    #[test]
    fn a_cut_tail_leaves_a_gap_that_later_records_do_not_close() {
        let dir = tempfile::tempdir().unwrap();
        let log = Log::open(dir.path()).unwrap();
        let first = log.append(None, &note("a")).unwrap();
        let whole = fs::metadata(dir.path().join(FILE)).unwrap().len();
        log.append(None, &note("b")).unwrap();
        OpenOptions::new().write(true).open(dir.path().join(FILE)).unwrap().set_len(whole).unwrap();
        let third = log.append(None, &note("c")).unwrap();
        assert_eq!((first.seq, third.seq), (1, 3));
        assert!(!verify(dir.path()).problems.is_empty());
    }
}
