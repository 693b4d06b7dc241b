//! The repository: where its work tree, its state and its objects are.

use std::path::{Path, PathBuf};

use git2::{ErrorCode, Oid};

use crate::base::{Digest, Hint};

/// A git repository with a work tree.
pub struct Repo {
    git: git2::Repository,
    root: PathBuf,
}

/// Why the repository cannot be used or read.
#[derive(Debug, thiserror::Error)]
pub enum RepoError {
    #[error("`{0}` is not inside a git repository")]
    NotARepository(PathBuf),
    #[error("`{0}` is a bare repository, which has no work tree")]
    Bare(PathBuf),
    #[error("git cannot {doing}")]
    Git {
        doing: String,
        #[source]
        source: git2::Error,
    },
    #[error("cannot {doing} `{path}`")]
    Io {
        doing: &'static str,
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
}

impl Hint for RepoError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::NotARepository(_) => {
                Some("run `git init` here, or name the repository with `-C DIR`".into())
            }
            Self::Bare(_) => Some("run in a clone of it that has a work tree".into()),
            Self::Git { .. } | Self::Io { .. } => None,
        }
    }
}

impl RepoError {
    /// Says what git was asked for when it failed: `.map_err(RepoError::git("read HEAD"))`.
    pub fn git(doing: impl Into<String>) -> impl FnOnce(git2::Error) -> Self {
        move |source| Self::Git { doing: doing.into(), source }
    }
}

impl Repo {
    /// Finds the repository that `from` lies in.
    pub fn discover(from: &Path) -> Result<Self, RepoError> {
        let git = git2::Repository::discover(from).map_err(|error| match error.code() {
            ErrorCode::NotFound => RepoError::NotARepository(from.to_owned()),
            _ => RepoError::Git { doing: format!("open `{}`", from.display()), source: error },
        })?;
        let root = git.workdir().ok_or_else(|| RepoError::Bare(git.path().to_owned()))?.to_owned();
        Ok(Self { git, root })
    }

    /// The root of the work tree.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The repository as git2 knows it.
    pub fn git(&self) -> &git2::Repository {
        &self.git
    }

    /// Where journal and receipts live: in the common git directory, shared by linked work trees.
    pub fn state_dir(&self) -> PathBuf {
        self.git.commondir().join("countersign")
    }

    /// Names this work tree among all on the machine; caches are kept under it.
    pub fn work_tree_id(&self) -> String {
        use std::os::unix::ffi::OsStrExt;
        let root = self.root.canonicalize().unwrap_or_else(|_| self.root.clone());
        Digest::of(root.as_os_str().as_bytes()).to_string()[..16].to_owned()
    }

    /// The commit that HEAD names, or `None` before the first commit.
    pub fn head(&self) -> Result<Option<Oid>, RepoError> {
        match self.git.head().and_then(|head| head.peel_to_commit()) {
            Ok(commit) => Ok(Some(commit.id())),
            Err(error) if matches!(error.code(), ErrorCode::UnbornBranch | ErrorCode::NotFound) => {
                Ok(None)
            }
            Err(error) => Err(RepoError::git("read HEAD")(error)),
        }
    }
}
