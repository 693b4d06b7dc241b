//! Has a person edit a text in the editor that they use, as git would.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, IsTerminal, Write};
use std::process::{Command, Stdio};

use crate::base::Hint;
use crate::repo::Repo;

/// A longer file is not read back.
const MAX_BYTES: u64 = 16 << 20;

/// Why a text was not edited.
#[derive(Debug, thiserror::Error)]
pub enum EditorError {
    #[error("no editor is named")]
    Nameless,
    #[error("`{editor}` cannot be started: {source}")]
    Start { editor: String, source: io::Error },
    #[error("`{editor}` ended with {how}")]
    Failed { editor: String, how: String },
    #[error("the text cannot be handed over: {0}")]
    File(#[from] io::Error),
    #[error("the text has more than {} MB now", MAX_BYTES >> 20)]
    TooLong,
}

impl Hint for EditorError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Nameless => Some("set `EDITOR`, or `git config core.editor`".to_owned()),
            _ => None,
        }
    }
}

/// Opens `text` in `$VISUAL`, `$EDITOR` or git's `core.editor`, the first that is named, waits for
/// its end and gives what it left. `name` is that of the file, so that the editor knows its language.
///
/// The editor is the person's own and runs as them, unconfined; no repository names it but by the
/// configuration of git, which no clone brings along.
pub fn edit(repo: &Repo, name: &str, text: &[u8]) -> Result<Vec<u8>, EditorError> {
    let editor = editor(repo).ok_or(EditorError::Nameless)?;
    let shown = || editor.to_string_lossy().into_owned();
    let folder = tempfile::Builder::new().prefix("countersign-").tempdir()?;
    let place = folder.path().join(safe(name));
    let mut file = File::options().write(true).create_new(true).open(&place)?;
    file.write_all(text)?;
    drop(file);
    #[allow(clippy::disallowed_methods, reason = "the person's own editor, which they ask for")]
    let mut command = Command::new("/bin/sh");
    // A line with arguments, as git takes it; the place is no part of the line.
    let mut line = editor.clone();
    line.push(" \"$@\"");
    command.arg("-c").arg(line).arg("editor").arg(&place);
    if !io::stdin().is_terminal() {
        // What waits there are answers or a patch, and not meant for the editor.
        let terminal = File::open("/dev/tty").map(Stdio::from);
        command.stdin(terminal.unwrap_or_else(|_| Stdio::null()));
    }
    let status =
        command.status().map_err(|source| EditorError::Start { editor: shown(), source })?;
    if !status.success() {
        return Err(EditorError::Failed { editor: shown(), how: status.to_string() });
    }
    // Editors replace files, so it is looked up by its name again.
    if fs::metadata(&place)?.len() > MAX_BYTES {
        return Err(EditorError::TooLong);
    }
    Ok(fs::read(&place)?)
}

fn editor(repo: &Repo) -> Option<OsString> {
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    variable("VISUAL").or_else(|| variable("EDITOR")).or_else(|| {
        let config = repo.git().config().ok()?;
        let value = config.get_string("core.editor").ok()?;
        (!value.is_empty()).then(|| value.into())
    })
}

/// A name that no shell and no editor takes for anything else.
fn safe(name: &str) -> String {
    let last = name.rsplit('/').next().unwrap_or_default();
    let kept: String = last
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
        .collect();
    format!("hunk-{}", &kept[kept.len().saturating_sub(60)..])
}
