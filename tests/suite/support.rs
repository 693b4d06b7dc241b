//! A repository to throw away, and the binary to run in it.

use std::ffi::OsStr;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// A git repository in a temporary folder, with a home, caches and data of its own.
pub(crate) struct TestRepo {
    folder: TempDir,
}

impl TestRepo {
    /// An empty repository without commits.
    pub(crate) fn empty() -> Self {
        let repo = Self::bare_folder();
        repo.git(&["init", "--quiet", "--initial-branch=main"]);
        repo
    }

    /// A folder that is no repository.
    pub(crate) fn bare_folder() -> Self {
        let folder =
            tempfile::Builder::new().prefix("countersign-test-").tempdir().expect("temp dir");
        for name in ["repo", "home"] {
            std::fs::create_dir(folder.path().join(name)).expect("folder");
        }
        Self { folder }
    }

    /// A repository with one commit that holds `files`.
    pub(crate) fn with(files: &[(&str, &str)]) -> Self {
        let repo = Self::empty();
        for (path, text) in files {
            repo.write(path, text);
        }
        repo.commit("start");
        repo
    }

    /// The root of the work tree.
    pub(crate) fn root(&self) -> PathBuf {
        self.folder.path().join("repo")
    }

    /// The home folder that the binary sees.
    pub(crate) fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// Writes a file, making its folders.
    #[allow(clippy::disallowed_methods, reason = "a test makes its own files")]
    pub(crate) fn write(&self, path: impl AsRef<Path>, contents: impl AsRef<[u8]>) {
        let path = self.root().join(path);
        std::fs::create_dir_all(path.parent().expect("parent")).expect("folders");
        std::fs::write(path, contents).expect("write");
    }

    /// The bytes of a file.
    pub(crate) fn read(&self, path: impl AsRef<Path>) -> Vec<u8> {
        std::fs::read(self.root().join(path)).expect("read")
    }

    /// The text of a file.
    pub(crate) fn text(&self, path: impl AsRef<Path>) -> String {
        String::from_utf8(self.read(path)).expect("UTF-8")
    }

    /// The permission bits of a file.
    pub(crate) fn mode(&self, path: impl AsRef<Path>) -> u32 {
        self.root().join(path).symlink_metadata().expect("metadata").permissions().mode() & 0o777
    }

    /// Every file below the root but git's own, with its mode and bytes; a link with its target.
    pub(crate) fn tree(&self) -> Vec<(PathBuf, u32, Vec<u8>)> {
        let mut entries = Vec::new();
        list(&self.root(), &self.root(), &mut entries);
        entries.sort();
        entries
    }

    /// Commits everything.
    pub(crate) fn commit(&self, message: &str) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "-m", message]);
    }

    /// Runs git and gives its output.
    pub(crate) fn git(&self, args: &[&str]) -> String {
        let output = self.git_command(args).output().expect("git");
        assert!(
            output.status.success(),
            "git {args:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Git with `args`, ready to run.
    pub(crate) fn git_command(&self, args: &[&str]) -> Command {
        let mut command = self.clean("git");
        command.args(args);
        command
    }

    /// The binary with `args`, ready to run.
    pub(crate) fn command<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Command {
        let mut command = self.clean(env!("CARGO_BIN_EXE_countersign"));
        command.args(args);
        command
    }

    /// Runs the binary and gives what it said.
    pub(crate) fn run<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Said {
        self.finish(self.command(args))
    }

    /// Runs the binary with a scripted model that gives `replies` in turn.
    pub(crate) fn run_scripted<S: AsRef<OsStr>>(
        &self,
        replies: &[&str],
        args: impl IntoIterator<Item = S>,
    ) -> Said {
        let mut command = self.command(args);
        command.env("COUNTERSIGN_MODEL", self.script(replies));
        self.finish(command)
    }

    /// Writes a script of replies and gives the model name that plays it.
    #[allow(clippy::disallowed_methods, reason = "a test makes its own files")]
    pub(crate) fn script(&self, replies: &[&str]) -> String {
        let path = self.home().join("script.json");
        std::fs::write(&path, serde_json::to_vec(replies).expect("JSON")).expect("write");
        format!("scripted:{}", path.display())
    }

    /// Runs `command` to its end, with nothing to read.
    pub(crate) fn finish(&self, mut command: Command) -> Said {
        Said::new(command.stdin(Stdio::null()).output().expect("run"), self)
    }

    /// Runs `command` to its end with `input` on its stdin.
    pub(crate) fn finish_with(&self, mut command: Command, input: impl AsRef<[u8]>) -> Said {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("run");
        // Whoever refuses at once reads nothing.
        let _ = child.stdin.take().expect("stdin").write_all(input.as_ref());
        Said::new(child.wait_with_output().expect("run"), self)
    }

    /// A command in this repository with nothing of this machine's user in its environment.
    #[allow(clippy::disallowed_methods, reason = "a test runs the binary and git")]
    fn clean(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.root())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.home())
            .env("LANG", "C.UTF-8")
            .env("COLUMNS", "100")
            .env("NO_COLOR", "1")
            .env("COUNTERSIGN_PROPOSE_CANDIDATES", "1")
            .env("COUNTERSIGN_PROPOSE_EXAMPLES", "false")
            .env("COUNTERSIGN_PROPOSE_REPAIR", "false")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_AUTHOR_NAME", "Ada")
            .env("GIT_AUTHOR_EMAIL", "ada@example.com")
            .env("GIT_COMMITTER_NAME", "Ada")
            .env("GIT_COMMITTER_EMAIL", "ada@example.com")
            .env("GIT_AUTHOR_DATE", "2026-01-02T03:04:05Z")
            .env("GIT_COMMITTER_DATE", "2026-01-02T03:04:05Z")
            .env("COUNTERSIGN_CLOCK", "2026-01-02T03:04:05Z");
        command
    }
}

fn list(root: &Path, folder: &Path, entries: &mut Vec<(PathBuf, u32, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).expect("folder") {
        let path = entry.expect("entry").path();
        let relative = path.strip_prefix(root).expect("below the root").to_owned();
        let metadata = path.symlink_metadata().expect("metadata");
        if relative == Path::new(".git") {
            continue;
        } else if metadata.is_dir() {
            list(root, &path, entries);
        } else if metadata.is_symlink() {
            let target = std::fs::read_link(&path).expect("target");
            entries.push((relative, 0o120_000, target.as_os_str().as_encoded_bytes().to_vec()));
        } else {
            let mode = metadata.permissions().mode() & 0o777;
            entries.push((relative, mode, std::fs::read(&path).expect("read")));
        }
    }
}

/// What a run of the binary said, with temporary paths replaced.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Said {
    fn new(output: Output, repo: &TestRepo) -> Self {
        let folder = repo.folder.path().to_string_lossy().into_owned();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace(&folder, "[tmp]");
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }

    /// Fails the test unless the exit code is `code`.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// What was printed on stdout, as JSON.
    #[track_caller]
    /// The last line of stdout as JSON.
    pub(crate) fn last_json(&self) -> serde_json::Value {
        let last = self.stdout.lines().last().unwrap_or_default();
        serde_json::from_str(last).unwrap_or_else(|error| panic!("{error} in {last}"))
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error} in {}", self.stdout))
    }

    /// The whole, for a snapshot.
    pub(crate) fn whole(&self) -> String {
        format!("exit: {}\n----- stdout\n{}----- stderr\n{}", self.code, self.stdout, self.stderr)
    }
}
