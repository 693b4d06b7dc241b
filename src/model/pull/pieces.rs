//! A file that is fetched in pieces, several at once, and survives an interruption.
//!
//! `NAME.part` holds the bytes, `NAME.part.json` how many bytes of each piece are there. They are
//! written down after they are on the disk, so what is written down is never more than is there.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::model::pull::PullError;
use crate::model::pull::partial::remove;
use crate::model::pull::remote::Remote;

/// How every model begins.
pub(super) const MAGIC: &[u8; 4] = b"GGUF";
/// Bytes of a piece.
pub(super) const PIECE: u64 = 16 << 20;
/// How often is written down what is there. What is not is fetched again after a kill.
const PAUSE: Duration = Duration::from_secs(1);

/// Which file it is, and how much of it is here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct State {
    url: String,
    bytes: u64,
    tag: Option<String>,
    sha256: Option<String>,
    /// Bytes of each piece, from its start.
    done: Vec<u64>,
}

/// The growing file.
pub(super) struct Pieces {
    path: PathBuf,
    pub(super) file: Arc<File>,
    state: State,
    written: Instant,
}

impl Pieces {
    /// Bytes of `remote` that an earlier run has left at `path`.
    pub(super) fn kept(path: &Path, remote: &Remote) -> u64 {
        let state = State::read(path);
        if state.is(remote) { state.done.iter().sum() } else { 0 }
    }

    /// Goes on with `remote` where an earlier run has stopped. Bytes of another file, or of another
    /// version of it, are dropped.
    pub(super) fn open(path: &Path, remote: &Remote) -> Result<Self, PullError> {
        let file =
            OpenOptions::new().create(true).truncate(false).read(true).write(true).open(path);
        let file = file.map_err(PullError::io("open", path))?;
        let length = file.metadata().map_err(PullError::io("open", path))?.len();
        let bytes = remote.bytes.unwrap_or(0);
        let mut state = State::read(path);
        if !state.is(remote) || length < bytes {
            // Nothing of what was may shine through.
            file.set_len(0).map_err(PullError::io("empty", path))?;
            file.set_len(bytes).map_err(PullError::io("write", path))?;
            state = State::new(remote);
        }
        let mut pieces =
            Self { path: path.to_owned(), file: Arc::new(file), state, written: Instant::now() };
        pieces.save()?;
        Ok(pieces)
    }

    /// The pieces that are not whole: number, first byte that is missing, byte behind the last.
    pub(super) fn missing(&self) -> Vec<(usize, u64, u64)> {
        let piece = |(at, done): (usize, &u64)| {
            let start = at as u64 * PIECE;
            (at, start + done, (start + PIECE).min(self.state.bytes))
        };
        let all = self.state.done.iter().enumerate().map(piece);
        all.filter(|(_, first, end)| first < end).collect()
    }

    /// Bytes that are here.
    pub(super) fn bytes(&self) -> u64 {
        self.state.done.iter().sum()
    }

    /// Notes that `bytes` more of a piece are in the file.
    pub(super) fn add(&mut self, piece: usize, bytes: u64) -> Result<(), PullError> {
        let mut whole = false;
        if let Some(done) = self.state.done.get_mut(piece) {
            *done += bytes;
            whole = *done == PIECE;
        }
        if whole || self.written.elapsed() >= PAUSE { self.save() } else { Ok(()) }
    }

    /// Writes down what is here.
    pub(super) fn save(&mut self) -> Result<(), PullError> {
        self.file.sync_data().map_err(PullError::io("write", &self.path))?;
        let path = state_of(&self.path);
        let folder = path.parent().unwrap_or(Path::new("."));
        let text = serde_json::to_vec(&self.state).unwrap_or_default();
        let written = tempfile::NamedTempFile::new_in(folder).and_then(|mut file| {
            file.write_all(&text)?;
            file.persist(&path).map_err(|error| error.error)
        });
        self.written = Instant::now();
        written.map(drop).map_err(PullError::io("write", path))
    }
}

/// Drops the file at `path` and what is known of it.
pub(super) fn drop_all(path: &Path) -> Result<(), PullError> {
    remove(&state_of(path))?;
    remove(path)
}

/// Drops what is known of the file at `path`, which is whole.
pub(super) fn finish(path: &Path) -> Result<(), PullError> {
    remove(&state_of(path))
}

fn state_of(path: &Path) -> PathBuf {
    path.with_added_extension("json")
}

impl State {
    fn new(remote: &Remote) -> Self {
        let bytes = remote.bytes.unwrap_or(0);
        Self {
            url: remote.url.to_string(),
            bytes,
            tag: remote.tag.clone(),
            sha256: remote.sha256.map(|digest| digest.to_string()),
            done: vec![0; usize::try_from(bytes.div_ceil(PIECE)).unwrap_or(0)],
        }
    }

    /// What is written beside `path`; what cannot be read counts for nothing.
    fn read(path: &Path) -> Self {
        let bytes = fs::read(state_of(path)).unwrap_or_default();
        let state: Self = serde_json::from_slice(&bytes).unwrap_or_default();
        let whole = state.done.len() as u64 == state.bytes.div_ceil(PIECE)
            && state.done.iter().all(|done| *done <= PIECE);
        if whole { state } else { Self::default() }
    }

    /// Whether this is the beginning of `remote`: same length and same tag. Where there is no tag, a
    /// checksum will tell in the end; where there is none either, nobody could.
    fn is(&self, remote: &Remote) -> bool {
        let sha256 = remote.sha256.map(|digest| digest.to_string());
        let known = match (&self.tag, &remote.tag) {
            (Some(then), Some(now)) => then == now,
            _ => sha256.is_some(),
        };
        remote.ranges
            && Some(self.bytes) == remote.bytes
            && self.bytes > 0
            && self.sha256 == sha256
            && known
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Digest;

    fn remote(bytes: u64, tag: Option<&str>, sha256: Option<&str>) -> Remote {
        let url = url::Url::parse("https://example.org/m.gguf").unwrap();
        Remote {
            direct: url.clone(),
            url,
            bytes: Some(bytes),
            tag: tag.map(str::to_owned),
            ranges: true,
            sha256: sha256.map(|text| Digest::of(text.as_bytes())),
        }
    }

    /// What of `then` is kept when `now` is fetched.
    #[track_caller]
    fn check(then: &Remote, now: &Remote, expected: u64) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("m.part");
        let mut pieces = Pieces::open(&path, then).unwrap();
        pieces.add(1, 7).unwrap();
        pieces.save().unwrap();
        assert_eq!(Pieces::kept(&path, now), expected);
        let pieces = Pieces::open(&path, now).unwrap();
        assert_eq!(pieces.bytes(), expected);
        assert_eq!(pieces.file.metadata().unwrap().len(), now.bytes.unwrap());
    }

    #[test]
    fn only_the_same_file_is_gone_on_with() {
        let one = remote(PIECE + 100, Some("a"), None);
        check(&one, &one, 7);
        check(&one, &remote(PIECE + 100, Some("b"), None), 0);
        check(&one, &remote(PIECE + 99, Some("a"), None), 0);
        check(&one, &Remote { ranges: false, ..one.clone() }, 0);
        let untagged = remote(PIECE + 100, None, None);
        check(&untagged, &untagged, 0);
        let checked = remote(PIECE + 100, None, Some("x"));
        check(&checked, &checked, 7);
        check(&checked, &remote(PIECE + 100, None, Some("y")), 0);
    }

    #[test]
    fn missing_is_what_is_behind_the_bytes_of_each_piece() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("m.part");
        let mut pieces = Pieces::open(&path, &remote(2 * PIECE + 10, Some("a"), None)).unwrap();
        pieces.add(0, PIECE).unwrap();
        pieces.add(1, 5).unwrap();
        let expected = [(1, PIECE + 5, 2 * PIECE), (2, 2 * PIECE, 2 * PIECE + 10)];
        assert_eq!(pieces.missing(), expected);
        pieces.add(1, PIECE - 5).unwrap();
        pieces.add(2, 10).unwrap();
        assert!(pieces.missing().is_empty());
    }
}
