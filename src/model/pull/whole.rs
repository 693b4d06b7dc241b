//! Fetches a file from a server that gives no parts of it: from its beginning, each time.

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::time::Duration;

use crate::model::Cancel;
use crate::model::pull::ranges::may_pass;
use crate::model::pull::remote::Remote;
use crate::model::pull::web::{Web, unreachable};
use crate::model::pull::{PullError, address};

const NAP: Duration = Duration::from_millis(100);
/// How often it is begun.
const TRIES: u32 = 3;
const BUFFER: usize = 256 << 10;

/// What the thread says.
enum News {
    /// It has begun again.
    Begun,
    More(u64),
    Done(Result<(), PullError>),
}

/// Fetches `remote` to `path`; `on_bytes` hears how many bytes are there.
pub(super) fn fetch(
    web: &Arc<Web>,
    remote: &Remote,
    path: &Path,
    cancel: &Cancel,
    on_bytes: &mut dyn FnMut(u64),
) -> Result<(), PullError> {
    let (news, inbox) = mpsc::channel();
    let (web, remote, path) = (Arc::clone(web), remote.clone(), path.to_owned());
    let shown = address::shown(&remote.url);
    std::thread::Builder::new()
        .name("fetch".into())
        .spawn(move || drop(news.send(News::Done(work(&web, &remote, path, &news)))))
        .map_err(PullError::io("start a thread for", shown))?;
    let mut bytes = 0;
    while !cancel.is_cancelled() {
        match inbox.recv_timeout(NAP) {
            Ok(News::Begun) => bytes = 0,
            Ok(News::More(more)) => bytes += more,
            Ok(News::Done(done)) => return done,
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
        }
        on_bytes(bytes);
    }
    Err(PullError::Cancelled)
}

fn work(web: &Web, remote: &Remote, path: PathBuf, news: &Sender<News>) -> Result<(), PullError> {
    let mut tries = 0;
    loop {
        tries += 1;
        match once(web, remote, &path, news) {
            Err(error) if tries < TRIES && may_pass(&error) => {}
            Err(PullError::Unreachable { host, why }) => {
                let why = format!("{why}, and it gives no parts of the file to go on with");
                return Err(PullError::Unreachable { host, why });
            }
            ended => return ended,
        }
    }
}

fn once(web: &Web, remote: &Remote, path: &Path, news: &Sender<News>) -> Result<(), PullError> {
    let _ = news.send(News::Begun);
    let mut opened = web.open(&remote.url, None)?;
    if opened.length.is_some() && remote.bytes.is_some() && opened.length != remote.bytes {
        return Err(PullError::ChangedThere { url: address::shown(&remote.url) });
    }
    let mut file = File::create(path).map_err(PullError::io("write", path))?;
    let (mut at, mut buffer) = (0, vec![0; BUFFER]);
    loop {
        let read = opened.body.read(&mut buffer);
        let read = read.map_err(|error| unreachable(&opened.url, &error.to_string()))?;
        if read == 0 {
            break;
        }
        file.write_all(&buffer[..read]).map_err(PullError::io("write", path))?;
        at += read as u64;
        if news.send(News::More(read as u64)).is_err() {
            return Err(PullError::Cancelled);
        }
    }
    match remote.bytes {
        Some(bytes) if bytes != at => {
            let why = format!("it ends after {at} of {bytes} bytes");
            Err(unreachable(&opened.url, &why))
        }
        _ => file.sync_data().map_err(PullError::io("write", path)),
    }
}
