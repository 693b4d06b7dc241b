//! The git hook: put in, looked at, taken out.
//!
//! A hook that was there before is kept beside ours and runs first; taking ours out puts it back
//! as it was. A hook that we did not write is never changed.

use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use git2::ConfigLevel;

use crate::base::Hint;
use crate::repo::{Repo, RepoError};

/// The line by which we know our own hook.
const MARK: &str =
    "# Written by `countersign hook install`; `countersign hook uninstall` removes it.";
const NAME: &str = "pre-commit";
const BEFORE: &str = "pre-commit.before-countersign";

/// Why the hook cannot be put in or taken out.
#[derive(Debug, thiserror::Error)]
pub enum HookError {
    #[error(transparent)]
    Repo(#[from] RepoError),
    #[error("`core.hooksPath` is set for every repository of this {0}: `{1}`")]
    Shared(&'static str, PathBuf),
    #[error("there are two older hooks: `{0}` and `{1}`")]
    Occupied(PathBuf, PathBuf),
    #[error("`{0}` was not written by countersign")]
    NotOurs(PathBuf),
    #[error("cannot {doing} `{path}`")]
    Io {
        doing: &'static str,
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
}

impl Hint for HookError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Repo(error) => error.hint(),
            Self::Shared(..) => Some(
                "give this repository its own: `git config --local core.hooksPath .git/hooks`, \
                 or run `countersign check --staged` from the shared hook"
                    .into(),
            ),
            Self::Occupied(_, older) => {
                Some(format!("move `{}` away, then try again", older.display()))
            }
            Self::NotOurs(_) => Some("remove it by hand if it is no longer needed".into()),
            Self::Io { .. } => None,
        }
    }
}

/// What stands where git looks for the hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Absent,
    Installed,
    /// Ours, and an older one that runs first.
    Chained,
    /// Somebody else's.
    Foreign,
}

/// What `install` did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installed {
    pub hook: PathBuf,
    pub state: State,
    /// Nothing had to be done.
    pub already: bool,
}

/// What `uninstall` did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uninstalled {
    pub hook: PathBuf,
    /// Ours was there.
    pub removed: bool,
    /// An older hook was put back.
    pub restored: bool,
}

/// Where git looks for the hook, and what stands there.
pub fn status(repo: &Repo) -> Result<(PathBuf, State), HookError> {
    let hook = hooks_dir(repo)?.join(NAME);
    let state = match std::fs::read(&hook) {
        Ok(bytes) if is_ours(&bytes) && present(&hook.with_file_name(BEFORE)) => State::Chained,
        Ok(bytes) if is_ours(&bytes) => State::Installed,
        Ok(_) => State::Foreign,
        // A broken link is still somebody's hook.
        Err(_) if present(&hook) => State::Foreign,
        Err(_) => State::Absent,
    };
    Ok((hook, state))
}

/// Puts the hook in; it runs `program`, or what `countersign` names where that is gone.
pub fn install(repo: &Repo, program: &Path) -> Result<Installed, HookError> {
    refuse_shared(repo)?;
    let (hook, state) = status(repo)?;
    let script = script(program);
    let older = hook.with_file_name(BEFORE);
    match state {
        State::Foreign if present(&older) => return Err(HookError::Occupied(hook, older)),
        State::Foreign => rename(&hook, &older)?,
        State::Installed | State::Chained if std::fs::read(&hook).is_ok_and(|it| it == script) => {
            return Ok(Installed { hook, state, already: true });
        }
        State::Installed | State::Chained | State::Absent => {}
    }
    if let Err(error) = write(&hook, &script) {
        if state == State::Foreign {
            rename(&older, &hook)?;
        }
        return Err(error);
    }
    let (hook, state) = status(repo)?;
    Ok(Installed { hook, state, already: false })
}

/// Takes the hook out and puts back the one that was there before.
pub fn uninstall(repo: &Repo) -> Result<Uninstalled, HookError> {
    let (hook, state) = status(repo)?;
    let older = hook.with_file_name(BEFORE);
    match state {
        State::Absent => Ok(Uninstalled { hook, removed: false, restored: false }),
        State::Foreign => Err(HookError::NotOurs(hook)),
        // Renaming over ours leaves no moment without a hook.
        State::Chained => {
            rename(&older, &hook)?;
            Ok(Uninstalled { hook, removed: true, restored: true })
        }
        State::Installed => {
            std::fs::remove_file(&hook).map_err(io("remove", &hook))?;
            Ok(Uninstalled { hook, removed: true, restored: false })
        }
    }
}

/// The folder that git takes hooks from: `core.hooksPath`, relative to the root of the work tree,
/// or the one of the common git directory.
fn hooks_dir(repo: &Repo) -> Result<PathBuf, HookError> {
    let git = repo.git();
    let config = git.config().map_err(RepoError::git("read its configuration"))?;
    Ok(match config.get_path("core.hooksPath") {
        Ok(path) => repo.root().join(path),
        Err(_) => git.commondir().join("hooks"),
    })
}

/// A hook written to a folder that other repositories share would run in all of them.
fn refuse_shared(repo: &Repo) -> Result<(), HookError> {
    let config = repo.git().config().map_err(RepoError::git("read its configuration"))?;
    let Ok(entry) = config.get_entry("core.hooksPath") else { return Ok(()) };
    let whose = match entry.level() {
        ConfigLevel::Global | ConfigLevel::XDG => "user",
        ConfigLevel::System | ConfigLevel::ProgramData => "machine",
        _ => return Ok(()),
    };
    Err(HookError::Shared(whose, hooks_dir(repo)?))
}

fn script(program: &Path) -> Vec<u8> {
    let mut script = format!("#!/bin/sh\n{MARK}\n").into_bytes();
    script.extend_from_slice(b"program=");
    script.extend(quoted(program.as_os_str().as_bytes()));
    script.extend_from_slice(
        br#"
older="$(dirname "$0")/pre-commit.before-countersign"
if [ -x "$older" ]; then
    "$older" "$@" || exit $?
fi
[ -x "$program" ] || program=countersign
if ! command -v "$program" >/dev/null 2>&1; then
    echo "countersign is gone; install it, or remove this hook: $0" >&2
    exit 1
fi
exec "$program" check --staged
"#,
    );
    script
}

/// `text` as one word of a shell.
fn quoted(text: &[u8]) -> Vec<u8> {
    let mut word = vec![b'\''];
    for byte in text {
        match byte {
            b'\'' => word.extend_from_slice(br"'\''"),
            _ => word.push(*byte),
        }
    }
    word.push(b'\'');
    word
}

/// Writes beside the place and renames, so that git never runs half a hook.
fn write(hook: &Path, script: &[u8]) -> Result<(), HookError> {
    let folder = hook.parent().unwrap_or(hook);
    std::fs::create_dir_all(folder).map_err(io("make the folder", folder))?;
    let mut file = tempfile::Builder::new()
        .prefix(".countersign-")
        .permissions(std::fs::Permissions::from_mode(0o755))
        .tempfile_in(folder)
        .map_err(io("write in", folder))?;
    file.write_all(script).map_err(io("write", hook))?;
    file.persist(hook).map_err(|error| io("write", hook)(error.error))?;
    Ok(())
}

fn rename(from: &Path, to: &Path) -> Result<(), HookError> {
    std::fs::rename(from, to).map_err(io("move", from))
}

fn is_ours(bytes: &[u8]) -> bool {
    bytes.split(|byte| *byte == b'\n').any(|line| line == MARK.as_bytes())
}

fn present(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

fn io(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> HookError {
    let path = path.to_owned();
    move |source| HookError::Io { doing, path, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_with_a_strange_name_stays_one_word() {
        let script = String::from_utf8(script(Path::new("/opt/it's $HOME/`x`"))).unwrap();
        assert!(script.contains("\nprogram='/opt/it'\\''s $HOME/`x`'\n"), "{script}");
    }

    #[test]
    fn only_the_whole_line_marks_a_hook_as_ours() {
        assert!(is_ours(&script(Path::new("x"))));
        assert!(!is_ours(format!("#!/bin/sh\necho '{MARK}'\n").as_bytes()));
    }
}
