//! The options that say where in a task someone stands who searches.

use std::io::Read;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::base::{RepoPath, Span};
use crate::cli::{Context, ExitCode, Failure};
use crate::repo::{BlobId, Repo};
use crate::retrieval::{Citation, Shown, TaskState};

/// More of a file of errors or of earlier answers is not read, in bytes.
const MOST_BYTES: u64 = 64 << 20;

/// Where in a task a search stands.
#[derive(Debug, clap::Args)]
pub(super) struct StateOptions {
    /// A file that is open: a little for it, more for what stands around it
    ///
    /// May be given several times, as may all options that say where in a task you are. Paths are
    /// relative to where the command runs.
    #[arg(long, value_name = "FILE", help_heading = "State of a task")]
    open: Vec<PathBuf>,
    /// A file that was changed for the task; counts like one that is open
    #[arg(long, value_name = "FILE", help_heading = "State of a task")]
    touched: Vec<PathBuf>,
    /// A name that came up, for example `Client.connect`
    #[arg(long, value_name = "SYMBOL", help_heading = "State of a task")]
    seen: Vec<String>,
    /// A file with what failed, or `-` for stdin: its places and names lead to code
    ///
    /// Places are stack frames, messages of compilers and whatever else is a path with a line.
    #[arg(long, value_name = "FILE", help_heading = "State of a task")]
    error: Vec<PathBuf>,
    /// A file with earlier answers, or `-` for stdin: they are not shown again
    ///
    /// Answers are what `search --json` printed, one after another, or lines of `path:12-15@blob`.
    /// What changed since is shown again.
    #[arg(long, value_name = "FILE", help_heading = "State of a task")]
    shown: Vec<PathBuf>,
}

/// What is read of a hit in an earlier answer.
#[derive(Deserialize)]
struct Row {
    path: RepoPath,
    start_line: u32,
    end_line: u32,
    #[serde(default)]
    blob: Option<BlobId>,
    #[serde(default)]
    text: Option<String>,
}

impl StateOptions {
    /// Whether there is an option that leads to files.
    pub(super) fn says_something(&self) -> bool {
        !(self.open.is_empty()
            && self.touched.is_empty()
            && self.seen.is_empty()
            && self.error.is_empty())
    }

    /// The state that the options tell.
    ///
    /// # Errors
    /// Where a file lies outside of `repo`, or one with errors or answers cannot be read.
    pub(super) fn read(&self, context: &Context, repo: &Repo) -> Result<TaskState, Failure> {
        let from_stdin = |path: &&PathBuf| path.as_os_str() == "-";
        if self.error.iter().chain(&self.shown).filter(from_stdin).count() > 1 {
            return Err(usage("stdin can be read only once".into()));
        }
        let inside = |files: &[PathBuf]| {
            files.iter().map(|file| inside(&context.dir, repo, file)).collect::<Result<Vec<_>, _>>()
        };
        let mut shown = Vec::new();
        for file in &self.shown {
            let answers = text(&context.dir, file)?;
            let what = || format!("cannot read answers in `{}`", file.display());
            shown.extend(parsed(&answers).map_err(|why| usage(why).while_doing(what()))?);
        }
        let errors = self.error.iter().map(|file| text(&context.dir, file));
        Ok(TaskState {
            open: inside(&self.open)?,
            touched: inside(&self.touched)?,
            seen: self.seen.clone(),
            errors: errors.collect::<Result<_, _>>()?,
            shown,
        })
    }
}

/// The places in `answers`: arrays of hits in JSON one after another, or citations line by line.
fn parsed(answers: &str) -> Result<Vec<Shown>, String> {
    if answers.trim_start().starts_with(['[', '{']) {
        let rows = serde_json::Deserializer::from_str(answers).into_iter::<Vec<Row>>();
        let rows = rows.collect::<Result<Vec<_>, _>>().map_err(|error| error.to_string())?;
        return rows.into_iter().flatten().map(shown).collect();
    }
    let lines = answers.lines().filter(|line| !line.trim().is_empty());
    let cited = lines.map(|line| {
        let citation = Citation::parse(line).ok_or_else(|| format!("`{line}` is no citation"))?;
        Ok(Shown { citation, text: None })
    });
    cited.collect()
}

fn shown(row: Row) -> Result<Shown, String> {
    let Row { path, start_line, end_line, blob, text } = row;
    if start_line == 0 || start_line > end_line {
        return Err(format!("`{path}` has no lines {start_line} to {end_line}"));
    }
    let citation = Citation { path, span: Span::new(start_line, end_line), blob };
    Ok(match text {
        Some(text) => Shown::new(citation, &text),
        None => Shown { citation, text: None },
    })
}

/// The path in the repository of what was typed in `dir`; the file need not be there.
fn inside(dir: &Path, repo: &Repo, file: &Path) -> Result<RepoPath, Failure> {
    let outside = || usage(format!("`{}` lies outside the repository", file.display()));
    let (dir, root) = match (dir.canonicalize(), repo.root().canonicalize()) {
        (Ok(dir), Ok(root)) => (dir, root),
        _ => return Err(outside()),
    };
    let typed = normal(&dir.join(file));
    // An absolute path may lead through a link to the repository.
    let real = || Some(typed.parent()?.canonicalize().ok()?.join(typed.file_name()?));
    let below = |path: &Path| RepoPath::from_os(path.strip_prefix(&root).ok()?).ok();
    below(&typed).or_else(|| below(&real()?)).ok_or_else(outside)
}

/// Without `.` and `..`.
fn normal(path: &Path) -> PathBuf {
    use std::path::Component;
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                normal.pop();
            }
            part => normal.push(part),
        }
    }
    normal
}

/// The text of a file that a person named, or of stdin; what is no UTF-8 is replaced.
#[allow(clippy::disallowed_methods, reason = "a person named the file")]
fn text(dir: &Path, file: &Path) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    let read = match file.as_os_str() == "-" {
        true => std::io::stdin().lock().take(MOST_BYTES).read_to_end(&mut bytes),
        false => std::fs::File::open(dir.join(file))
            .and_then(|it| it.take(MOST_BYTES).read_to_end(&mut bytes)),
    };
    let what = format!("cannot read `{}`", file.display());
    read.map_err(|error| usage(error.to_string()).while_doing(&what))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn usage(why: String) -> Failure {
    Failure::new(why).code(ExitCode::Usage)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn answers_in_json_and_as_citations() {
        let cited = |answers: &str| -> Vec<String> {
            parsed(answers).unwrap().iter().map(|it| it.citation.to_string()).collect()
        };
        let row =
            r#"{"path": "a.rs", "start_line": 2, "end_line": 9, "text": "1\n2\n3", "more": 1}"#;
        assert_eq!(cited(&format!("[{row}]\n[]\n[{row}]\n")), ["a.rs:2-4", "a.rs:2-4"]);
        assert_eq!(cited("a.rs:3\n\n b.rs:1-2@0123abcd \n"), ["a.rs:3", "b.rs:1-2@0123abcd"]);
        assert!(cited("").is_empty() && cited("[]").is_empty());
        for wrong in ["a.rs", "[{\"path\": \"a.rs\"}]", "{}", "[1]"] {
            assert!(parsed(wrong).is_err(), "{wrong}");
        }
        let backwards = r#"[{"path": "a.rs", "start_line": 3, "end_line": 2}]"#;
        assert!(parsed(backwards).is_err());
    }

    #[test]
    fn paths_are_followed_by_their_parts() {
        assert_eq!(normal(Path::new("/a/./b/../c")), Path::new("/a/c"));
        assert_eq!(normal(Path::new("/../a")), Path::new("/a"));
    }

    proptest! {
        #[test]
        fn no_answers_panic(text in "[\\[\\]{}:,\"a-z0-9@\n .-]{0,60}") {
            let _ = parsed(&text);
        }
    }
}
