//! The repository: where its work tree, its state and its objects are.

use std::path::{Path, PathBuf};

use git2::{ErrorCode, Oid};

use crate::base::{Digest, Hint, PathError, RepoPath};

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
    #[error("there is no directory `{0}`")]
    NoDirectory(PathBuf),
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
    #[error("`{path}` lies behind the symbolic link `{link}`")]
    BehindLink { path: RepoPath, link: PathBuf },
    #[error("`{0}` is no file")]
    NotAFile(RepoPath),
    #[error("git has a path that cannot be used")]
    Path(#[source] PathError),
}

impl Hint for RepoError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::NotARepository(_) => {
                Some("run `git init` here, or name the repository with `-C DIR`".into())
            }
            Self::Bare(_) => Some("run in a clone of it that has a work tree".into()),
            Self::BehindLink { link, .. } => Some(format!(
                "`{}` may lead anywhere; name the file where it really is",
                link.display()
            )),
            Self::NoDirectory(_)
            | Self::Git { .. }
            | Self::Io { .. }
            | Self::NotAFile(_)
            | Self::Path(_) => None,
        }
    }
}

impl RepoError {
    /// Says what git was asked for when it failed: `.map_err(RepoError::git("read HEAD"))`.
    pub fn git(doing: impl Into<String>) -> impl FnOnce(git2::Error) -> Self {
        move |source| Self::Git { doing: doing.into(), source }
    }

    /// Says what was done to which file when it failed.
    pub fn io(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { doing, path, source }
    }
}

impl Repo {
    /// Finds the repository that `from` lies in.
    pub fn discover(from: &Path) -> Result<Self, RepoError> {
        if !from.is_dir() {
            return Err(RepoError::NoDirectory(from.to_owned()));
        }
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

    /// Where the receipts of this work tree live: they speak of its files, so each linked work
    /// tree has its own, which goes when it goes. In the main work tree it is [`Repo::state_dir`].
    pub fn tree_state_dir(&self) -> PathBuf {
        self.git.path().join("countersign")
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
