//! Fetches weights from a model hub; its own cache is used, so other programs share the file.

use std::io;
use std::path::PathBuf;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::time::Duration;

use hf_hub::api::Progress;
use hf_hub::api::sync::{ApiBuilder, ApiError};

use crate::base::Digest;
use crate::model::catalogue::HubFile;
use crate::model::pull::plan::Plan;
use crate::model::pull::{PullError, Step, install};
use crate::model::{Cancel, Installed};

/// How often the cancel flag is looked at.
const NAP: Duration = Duration::from_millis(100);

/// What the thread that downloads says.
enum News {
    Total(u64),
    More(u64),
    Done(Result<(PathBuf, String), ApiError>),
}

/// Fetches the file, checks it and installs it.
pub(super) fn pull(
    plan: &Plan,
    file: &HubFile,
    cancel: &Cancel,
    on_step: &mut dyn FnMut(Step),
) -> Result<Installed, PullError> {
    let (path, etag) = fetch(file, cancel, on_step)?;
    // Of large files the hub's entity tag is the SHA-256.
    let published = etag.parse::<Digest>().ok();
    let expected = plan.entry.sha256.or(published);
    let expected = expected.ok_or_else(|| failed(file, "it publishes no SHA-256 of it"))?;
    install::shared(plan, &path, expected, cancel, on_step)
}

/// Downloads in a thread of its own, because a request cannot be interrupted: on cancel the thread
/// is left behind, and the file it leaves is gone on with next time.
fn fetch(
    file: &HubFile,
    cancel: &Cancel,
    on_step: &mut dyn FnMut(Step),
) -> Result<(PathBuf, String), PullError> {
    let (news, inbox) = mpsc::channel();
    let wanted = file.clone();
    let worker = move || {
        let result = download(&wanted, &news);
        // Nobody listens any more after a cancel.
        let _ = news.send(News::Done(result));
    };
    std::thread::Builder::new()
        .name("hub".into())
        .spawn(worker)
        .map_err(PullError::io("start a thread for", &file.file))?;
    let (mut done, mut total) = (0, 0);
    while !cancel.is_cancelled() {
        match inbox.recv_timeout(NAP) {
            Ok(News::Total(bytes)) => (done, total) = (0, bytes),
            Ok(News::More(bytes)) => done += bytes,
            Ok(News::Done(result)) => return result.map_err(|error| explain(file, error)),
            Err(RecvTimeoutError::Timeout) => continue,
            Err(RecvTimeoutError::Disconnected) => return Err(failed(file, "its thread ended")),
        }
        on_step(Step::Fetching { done, total });
    }
    Err(PullError::Cancelled)
}

/// Asks the hub about the file and downloads what is missing of it; gives its path and entity tag.
fn download(file: &HubFile, news: &Sender<News>) -> Result<(PathBuf, String), ApiError> {
    let api = ApiBuilder::from_env().with_progress(false).build()?;
    let repo = api.model(file.repo.clone());
    let etag = api.metadata(&repo.url(&file.file))?.etag().to_owned();
    // The tag becomes a file name in the cache.
    if !etag.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        return Err(io::Error::other("its entity tag is no plain word").into());
    }
    let path = repo.download_with_progress(&file.file, Teller(news.clone()))?;
    Ok((path, etag))
}

/// Passes on what the hub's client tells.
struct Teller(Sender<News>);

impl Progress for Teller {
    fn init(&mut self, size: usize, _filename: &str) {
        let _ = self.0.send(News::Total(size as u64));
    }

    fn update(&mut self, size: usize) {
        let _ = self.0.send(News::More(size as u64));
    }

    fn finish(&mut self) {}
}

fn failed(file: &HubFile, why: impl Into<String>) -> PullError {
    PullError::Hub { file: format!("{}/{}", file.repo, file.file), why: why.into() }
}

fn explain(file: &HubFile, error: ApiError) -> PullError {
    match error {
        ApiError::IoError(error) => match PullError::io("write", &file.file)(error) {
            PullError::Io { source, .. } => failed(file, source.to_string()),
            full => full,
        },
        ApiError::TooManyRetries(error) => explain(file, *error),
        error => failed(file, error.to_string()),
    }
}
