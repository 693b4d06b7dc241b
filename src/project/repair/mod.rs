//! Where is the mistake, and which small change mends it?
//!
//! Programs that run a project's tests in one process and say which lines go with those that fail, and
//! then try changes by the thousand, each in a fork. What they say is a hint: a change counts only
//! once the tests have run on it as on any other.

use serde::Deserialize;
use serde_json::json;

use crate::base::RepoPath;
use crate::project::{Script, TestCommand};

/// The one language so far: as [`Language::name`](crate::syntax::Language::name).
pub const LANGUAGE: &str = "python";

const PYTHON: &str = include_str!("python.py");
const FILE: &str = "countersign_repair.py";
/// The programs that it can do without their command line.
const TOOLS: &[&str] = &["pytest", "unittest"];
/// Most lines that are told.
const MOST_LINES: usize = 400;
/// How long others are tried once a change passes, in seconds.
const SECONDS_AFTER: f64 = 1.0;
/// Most seconds for the tests of one change.
const LIMIT_S: u32 = 5;

/// Lines of a file that the task is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    pub path: RepoPath,
    pub first: u32,
    pub last: u32,
}

/// A line that failing tests run, and how much it keeps company with them, from 0 to 1: Ochiai's
/// coefficient (Abreu et al., 2007).
#[derive(Clone, Debug, PartialEq)]
pub struct Suspect {
    pub path: RepoPath,
    pub line: u32,
    pub score: f64,
}

/// What the tests say of where the mistake is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Located {
    /// The failing tests, as their program names them, that run what the task is about.
    pub failing: Vec<String>,
    /// The other ones, where there are some of the first.
    pub unrelated: Vec<String>,
    /// Most suspicious first.
    pub suspects: Vec<Suspect>,
}

/// One change to try: bytes of a file and what stands there instead.
pub type Change = (RepoPath, usize, usize, String);

/// The program that locates; none where the tests are no tests of Python.
pub fn locate(command: &TestCommand, tests: &[RepoPath], about: &[About]) -> Option<Script> {
    let about =
        about.iter().filter_map(|it| Some((command.relative(&it.path)?, it.first, it.last)));
    let about: Vec<_> = about.collect();
    let task =
        json!({ "locate": true, "about": about, "most_lines": MOST_LINES, "tool": command.tool });
    script(command, tests, &task)
}

/// The program that tries `changes`, in their order, for `seconds` at most: whether all of `failing` pass
/// with them, and what passes without them. Once one does, the next are tried for a moment longer.
pub fn attempts(
    command: &TestCommand,
    tests: &[RepoPath],
    failing: &[String],
    changes: &[Change],
    seconds: u64,
) -> Option<Script> {
    let changes: Option<Vec<_>> = changes
        .iter()
        .map(|(path, start, end, text)| Some((command.relative(path)?, start, end, text)))
        .collect();
    let task = json!({
        "locate": false, "failing": failing, "changes": changes?, "seconds": seconds,
        "seconds_after": SECONDS_AFTER, "limit": LIMIT_S, "tool": command.tool,
    });
    script(command, tests, &task)
}

fn script(command: &TestCommand, tests: &[RepoPath], task: &serde_json::Value) -> Option<Script> {
    let words = command.words_for(tests).filter(|_| TOOLS.contains(&command.tool))?;
    let command = TestCommand {
        program: "python".to_owned(),
        arguments: FILE.to_owned(),
        all: words,
        ..command.clone()
    };
    let path = command.from_root(&RepoPath::new(FILE).ok()?);
    // JSON's way to write a text is one of Python's.
    let text = PYTHON.replace("__TASK__", &json!(task.to_string()).to_string());
    Some(Script { path, text, command })
}

/// What the locating program said; lines that are none of its own are passed over.
pub fn located(output: &str, command: &TestCommand) -> Located {
    #[derive(Deserialize)]
    struct Line {
        failing: Option<Vec<String>>,
        unrelated: Option<Vec<String>>,
        path: Option<String>,
        line: Option<u32>,
        score: Option<f64>,
    }
    let mut located = Located::default();
    for line in output.lines().filter_map(|line| serde_json::from_str::<Line>(line).ok()) {
        located.failing.extend(line.failing.unwrap_or_default());
        located.unrelated.extend(line.unrelated.unwrap_or_default());
        if let (Some(path), Some(line), Some(score)) = (line.path, line.line, line.score)
            && let Ok(path) = RepoPath::new(path)
        {
            located.suspects.push(Suspect { path: command.from_root(&path), line, score });
        }
    }
    located
}

/// What came of attempts: which of `count` pass, in the order in which they were found, and how many were
/// tried.
pub fn passing(output: &str, count: usize) -> (Vec<usize>, usize) {
    #[derive(Deserialize)]
    struct Line {
        passes: Option<usize>,
        tried: Option<usize>,
    }
    let (mut passing, mut tried) = (Vec::new(), 0);
    for line in output.lines().filter_map(|line| serde_json::from_str::<Line>(line).ok()) {
        passing.extend(line.passes.filter(|at| *at < count));
        tried = line.tried.unwrap_or(tried);
    }
    (passing, tried)
}
