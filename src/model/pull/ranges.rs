//! Fetches the missing pieces of a file, several at once.
//!
//! Threads ask for ranges and write them where they belong; this side counts, tells, writes down
//! what is there and ends it. A request that is cut is made again from where it was cut; only one
//! that brings nothing several times ends the fetch.

use std::collections::VecDeque;
use std::io::Read;
use std::os::unix::fs::FileExt;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use url::Url;

use crate::model::Cancel;
use crate::model::pull::pieces::Pieces;
use crate::model::pull::remote::Remote;
use crate::model::pull::web::{Opened, Web, unreachable};
use crate::model::pull::{MOST_AT_ONCE, PullError, address};

/// How often the cancel flag is looked at.
const NAP: Duration = Duration::from_millis(100);
/// How often a request is made that brings nothing.
const TRIES: u32 = 5;
/// The first pause before the next try; it doubles.
const PAUSE: Duration = Duration::from_millis(200);
/// Bytes that are written at once.
const BUFFER: usize = 256 << 10;

/// A piece: number, first byte that is missing, byte behind the last.
type Missing = (usize, u64, u64);

/// What the threads say.
enum News {
    More(usize, u64),
    Failed(PullError),
}

/// What the threads share.
struct Shared {
    web: Arc<Web>,
    remote: Remote,
    queue: Mutex<VecDeque<Missing>>,
    /// Raised when nobody waits for the pieces any more.
    stop: Cancel,
}

/// Fetches what is missing of `pieces`; `on_bytes` hears how many bytes are there.
pub(super) fn fetch(
    web: &Arc<Web>,
    remote: &Remote,
    pieces: &mut Pieces,
    cancel: &Cancel,
    on_bytes: &mut dyn FnMut(u64),
) -> Result<(), PullError> {
    let missing = pieces.missing();
    let threads = missing.len().min(MOST_AT_ONCE);
    let shared = Arc::new(Shared {
        web: Arc::clone(web),
        remote: remote.clone(),
        queue: Mutex::new(missing.into()),
        stop: Cancel::default(),
    });
    let (news, inbox) = mpsc::channel();
    for _ in 0..threads {
        let (shared, file, news) = (Arc::clone(&shared), Arc::clone(&pieces.file), news.clone());
        std::thread::Builder::new()
            .name("fetch".into())
            .spawn(move || shared.work(&file, &news))
            .map_err(PullError::io("start a thread for", address::shown(&remote.url)))?;
    }
    // The threads have theirs: when they are done, nobody can say anything any more.
    drop(news);
    let mut bytes = pieces.bytes();
    let ended = loop {
        on_bytes(bytes);
        if cancel.is_cancelled() {
            break Err(PullError::Cancelled);
        }
        match inbox.recv_timeout(NAP) {
            Ok(News::More(piece, more)) => {
                bytes += more;
                pieces.add(piece, more)?;
            }
            Ok(News::Failed(error)) => break Err(error),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break Ok(()),
        }
    };
    shared.stop.cancel();
    pieces.save()?;
    ended
}

impl Shared {
    /// Fetches one piece after the other.
    fn work(&self, file: &std::fs::File, news: &Sender<News>) {
        let next = || self.queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        while let Some(missing) = next() {
            if let Err(error) = self.piece(missing, file, news) {
                // Nobody listens any more after the first failure.
                let _ = news.send(News::Failed(error));
                return;
            }
        }
    }

    fn piece(
        &self,
        (piece, mut first, end): Missing,
        file: &std::fs::File,
        news: &Sender<News>,
    ) -> Result<(), PullError> {
        let mut tries = 0;
        let mut url = &self.remote.direct;
        while first < end {
            let mut more = 0;
            let tried = self.part(url, first, end, file, &mut |bytes| {
                more += bytes;
                news.send(News::More(piece, bytes)).is_ok() && !self.stop.is_cancelled()
            });
            first += more;
            tries = if more > 0 { 0 } else { tries + 1 };
            match tried {
                Ok(()) => {}
                Err(_) if self.stop.is_cancelled() => return Ok(()),
                // An address that was given for a while may have expired: ask the first one again.
                Err(PullError::Status { .. }) if url != &self.remote.url => url = &self.remote.url,
                Err(error) if tries >= TRIES || !may_pass(&error) => return Err(error),
                Err(_) => std::thread::sleep(PAUSE * 2u32.pow(tries)),
            }
        }
        Ok(())
    }

    /// Writes the bytes from `first` to before `end`, as far as they come; `on_bytes` says whether to
    /// go on.
    fn part(
        &self,
        url: &Url,
        first: u64,
        end: u64,
        file: &std::fs::File,
        on_bytes: &mut dyn FnMut(u64) -> bool,
    ) -> Result<(), PullError> {
        let mut opened = self.web.open(url, Some((first, end - 1)))?;
        self.compare(&opened, first)?;
        let (mut at, mut buffer) = (first, vec![0; BUFFER]);
        while at < end {
            let most = BUFFER.min(usize::try_from(end - at).unwrap_or(BUFFER));
            let read = opened.body.read(&mut buffer[..most]);
            let read = read.map_err(|error| unreachable(&opened.url, &error.to_string()))?;
            if read == 0 {
                return Err(unreachable(&opened.url, "it ends in the middle"));
            }
            let written = file.write_all_at(&buffer[..read], at);
            written.map_err(PullError::io("write", address::shown(&self.remote.url)))?;
            at += read as u64;
            if !on_bytes(read as u64) {
                return Err(PullError::Cancelled);
            }
        }
        Ok(())
    }

    /// Refuses bytes of another version of the file.
    fn compare(&self, opened: &Opened, first: u64) -> Result<(), PullError> {
        let same = match (&opened.tag, &self.remote.tag) {
            (Some(now), Some(then)) => now == then,
            _ => true,
        };
        match opened.part {
            Some((start, total)) if start == first && same && Some(total) == self.remote.bytes => {
                Ok(())
            }
            None if same => Err(unreachable(&opened.url, "it gives no part of the file any more")),
            _ => Err(PullError::ChangedThere { url: address::shown(&self.remote.url) }),
        }
    }
}

/// Whether what failed may succeed a moment later.
pub(super) fn may_pass(error: &PullError) -> bool {
    match error {
        PullError::Unreachable { .. } => true,
        PullError::Status { status, .. } => matches!(status, 408 | 429 | 500..=599),
        _ => false,
    }
}
