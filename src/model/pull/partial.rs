//! A file that grows part by part and survives an interruption.
//!
//! `model.gguf.partial` holds the bytes, `partial.json` how many whole parts they are. A part that
//! was being added when the process died is cut off and fetched again.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::base::Digest;
use crate::model::Cancel;
use crate::model::pull::{PullError, Step, install};

const BYTES: &str = "model.gguf.partial";
const STATE: &str = "partial.json";
const PIECE: usize = 1 << 20;

/// How far a fetch has come.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct State {
    parts: usize,
    bytes: u64,
}

/// The growing file of a model, in its folder.
#[derive(Debug)]
pub(super) struct Partial {
    folder: PathBuf,
    file: File,
    state: State,
}

impl Partial {
    /// Bytes of whole parts that an earlier run has left in `folder`.
    pub(super) fn kept(folder: &Path) -> u64 {
        State::read(folder).bytes
    }

    /// Goes on where an earlier run has stopped, or starts.
    pub(super) fn open(folder: &Path) -> Result<Self, PullError> {
        let path = folder.join(BYTES);
        let mut state = State::read(folder);
        let failed = |error| PullError::io("open", &path)(error);
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&path)
            .map_err(failed)?;
        if file.metadata().map_err(failed)?.len() < state.bytes {
            state = State::default();
        }
        file.set_len(state.bytes).map_err(failed)?;
        file.seek(SeekFrom::End(0)).map_err(failed)?;
        Ok(Self { folder: folder.to_owned(), file, state })
    }

    /// Whole parts that are here.
    pub(super) fn parts(&self) -> usize {
        self.state.parts
    }

    /// Bytes of whole parts that are here.
    pub(super) fn bytes(&self) -> u64 {
        self.state.bytes
    }

    /// Adds one part.
    pub(super) fn append(&mut self, part: &mut dyn Read, cancel: &Cancel) -> Result<(), PullError> {
        let path = self.folder.join(BYTES);
        let mut buffer = vec![0; PIECE];
        loop {
            if cancel.is_cancelled() {
                return Err(PullError::Cancelled);
            }
            let read = part.read(&mut buffer).map_err(PullError::io("unpack into", &path))?;
            if read == 0 {
                break;
            }
            self.file.write_all(&buffer[..read]).map_err(PullError::io("write", &path))?;
        }
        self.file.sync_data().map_err(PullError::io("write", &path))?;
        self.state.parts += 1;
        self.state.bytes = self.file.stream_position().map_err(PullError::io("write", &path))?;
        self.state.write(&self.folder)
    }

    /// Checks the whole file and moves it to `target`. One with another digest is removed.
    pub(super) fn finish(
        mut self,
        name: &str,
        expected: Digest,
        target: &Path,
        cancel: &Cancel,
        on_step: &mut dyn FnMut(Step),
    ) -> Result<(), PullError> {
        let path = self.folder.join(BYTES);
        self.file.seek(SeekFrom::Start(0)).map_err(PullError::io("read", &path))?;
        let total = self.state.bytes;
        let found = install::digest(&self.file, total, &path, cancel, on_step)?;
        if found == expected {
            fs::rename(&path, target).map_err(PullError::io("move", &path))?;
            remove(&self.folder.join(STATE))
        } else {
            remove(&path)?;
            remove(&self.folder.join(STATE))?;
            Err(PullError::Checksum { name: name.to_owned(), expected, found })
        }
    }
}

/// Removes a file, if it is there.
pub(super) fn remove(path: &Path) -> Result<(), PullError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(PullError::io("remove", path)(error))
        }
        _ => Ok(()),
    }
}

impl State {
    /// What is written in `folder`; what cannot be read counts for nothing.
    fn read(folder: &Path) -> Self {
        let bytes = fs::read(folder.join(STATE)).unwrap_or_default();
        serde_json::from_slice(&bytes).unwrap_or_default()
    }

    fn write(&self, folder: &Path) -> Result<(), PullError> {
        let path = folder.join(STATE);
        let text = serde_json::to_vec(self).unwrap_or_default();
        let written = tempfile::NamedTempFile::new_in(folder).and_then(|mut file| {
            file.write_all(&text)?;
            file.persist(&path).map_err(|error| error.error)
        });
        written.map(drop).map_err(PullError::io("write", path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Adds the parts to a file in `folder`, after cutting `damage` bytes off or adding them.
    fn add(folder: &Path, parts: &[&str]) -> Partial {
        let mut partial = Partial::open(folder).unwrap();
        for part in parts {
            partial.append(&mut part.as_bytes(), &Cancel::default()).unwrap();
        }
        partial
    }

    fn finish(partial: Partial, expected: &str) -> Result<String, PullError> {
        let target = partial.folder.join("done");
        let expected = Digest::of(expected.as_bytes());
        partial.finish("mine", expected, &target, &Cancel::default(), &mut |_| {})?;
        Ok(fs::read_to_string(target).unwrap())
    }

    #[test]
    fn goes_on_behind_the_last_whole_part() {
        let folder = tempfile::tempdir().unwrap();
        let mut partial = add(folder.path(), &["one ", "two "]);
        partial.file.write_all(b"half of a pa").unwrap();
        drop(partial);
        assert_eq!(Partial::kept(folder.path()), 8);
        let partial = add(folder.path(), &["three"]);
        assert_eq!((partial.parts(), partial.bytes()), (3, 13));
        assert_eq!(finish(partial, "one two three").unwrap(), "one two three");
        assert_eq!(Partial::kept(folder.path()), 0);
    }

    #[test]
    fn a_wrong_file_is_removed_and_a_lost_one_started_again() {
        let folder = tempfile::tempdir().unwrap();
        let partial = add(folder.path(), &["one "]);
        assert!(matches!(finish(partial, "other"), Err(PullError::Checksum { .. })));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        drop(add(folder.path(), &["one "]));
        fs::remove_file(folder.path().join(BYTES)).unwrap();
        assert_eq!(add(folder.path(), &[]).parts(), 0);
    }

    #[test]
    fn a_cancelled_part_does_not_count() {
        let folder = tempfile::tempdir().unwrap();
        let mut partial = add(folder.path(), &["one "]);
        let cancel = Cancel::default();
        cancel.cancel();
        let cancelled = partial.append(&mut &b"two"[..], &cancel);
        assert!(matches!(cancelled, Err(PullError::Cancelled)));
        drop(partial);
        assert_eq!(Partial::open(folder.path()).unwrap().bytes(), 4);
    }
}
