//! The test commands of a repository on disk, as they would run on this machine. Nothing runs here.

use std::path::Path;

use git2::Oid;

use crate::base::RepoPath;
use crate::model::machine;
use crate::project::{self, TestCommand};
use crate::repo::{Repo, RepoError};
use crate::session::scratch::entries;

/// The commands that test what `commit` holds, those first whose program is here, and of these the
/// best. Nothing is written.
pub fn test_commands(repo: &Repo, commit: Option<Oid>) -> Result<Vec<TestCommand>, RepoError> {
    let (mut commands, _) = look(repo, repo.tree_of(commit)?)?;
    commands.sort_by_key(|command| !is_here(repo.root(), command));
    Ok(commands)
}

/// The commands that test the files of `tree`, best first, and these files.
pub(super) fn look(repo: &Repo, tree: Oid) -> Result<(Vec<TestCommand>, Vec<RepoPath>), RepoError> {
    let files: Vec<RepoPath> = entries(repo, tree)?.into_iter().map(|(path, ..)| path).collect();
    let read = |path: &RepoPath| bytes(repo, tree, path);
    let commands = project::find(&files, &read).into_iter();
    Ok((commands.map(|command| with_python(repo.root(), command)).collect(), files))
}

/// The bytes of a file of `tree`.
pub(super) fn bytes(repo: &Repo, tree: Oid, path: &RepoPath) -> Option<Vec<u8>> {
    Some(repo.read_in(tree, path).ok()??.bytes)
}

/// The interpreter of the project: of its own environment, which git ignores and the copy has not,
/// or the one on the `PATH`.
pub(super) fn with_python(root: &Path, command: TestCommand) -> TestCommand {
    let folder = command.folder.clone();
    for place in [folder.as_str(), ""] {
        for venv in [".venv/bin/python", "venv/bin/python"] {
            let below = if place.is_empty() { venv.to_owned() } else { format!("{place}/{venv}") };
            // It will stand between double quotes; a folder that would need more is passed over.
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte);
            if below.bytes().all(plain) && root.join(&below).is_file() {
                return command.with_python(&format!("\"$COUNTERSIGN_ROOT/{below}\""));
            }
        }
    }
    match machine::program("python") {
        None => command.with_python("python3"),
        Some(_) => command,
    }
}

/// Whether the program of a command is here.
pub(super) fn is_here(root: &Path, command: &TestCommand) -> bool {
    let program = command.program.split(' ').next().unwrap_or_default();
    match program {
        quoted if quoted.starts_with('"') => true,
        path if path.contains('/') => root.join(&command.folder).join(path).is_file(),
        name => machine::program(name).is_some(),
    }
}
