//! Where is the mistake, and which small change mends it?
//!
//! Programs that run a project's tests in one process and say which lines go with those that fail, and
//! then try changes by the thousand, each in a fork. What they say is a hint: a change counts only
//! once the tests have run on it as on any other.

use serde::Deserialize;
use serde_json::json;

use crate::base::RepoPath;
use crate::project::{Script, TestCommand, examples};

/// The one language so far: as [`Language::name`](crate::syntax::Language::name).
pub const LANGUAGE: &str = "python";

const PYTHON: &str = concat!(include_str!("source.py"), "\n\n", include_str!("python.py"));
const FILE: &str = "countersign_repair.py";
/// The programs that it can do without their command line.
const TOOLS: &[&str] = &["pytest", "unittest"];
/// Most lines that are told.
const MOST_LINES: usize = 400;
/// How long others are tried once a change passes, in seconds.
const SECONDS_AFTER: f64 = 3.0;
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

/// What says whether a change is right.
#[derive(Clone, Debug)]
pub enum Cases {
    /// Files of tests, and the command that runs them.
    Tests { command: TestCommand, files: Vec<RepoPath> },
    /// Lines of code that should hold of a module.
    Examples { module: RepoPath, lines: Vec<String> },
}

/// The program that locates, among others in the lines that the task is `about`, and runs tests for `seconds`
/// at most; none where the cases are not of Python.
pub fn locate(cases: &Cases, about: &[About], seconds: u64) -> Option<Script> {
    let command = cases.command()?;
    let about = about.iter();
    let about = about.filter_map(|it| Some((command.relative(&it.path)?, it.first, it.last)));
    let about: Vec<_> = about.collect();
    let task = json!({
        "locate": true, "about": about, "most_lines": MOST_LINES, "seconds": seconds,
    });
    script(cases, command, task)
}

/// The program that tries `changes`, in their order, for `seconds` at most: whether all of `failing` pass
/// with one of them, and what passes without it. Once that is so, the next are tried for a moment longer;
/// where none is enough, those that help are gone on with.
pub fn attempts(
    cases: &Cases,
    failing: &[String],
    changes: &[Change],
    seconds: u64,
) -> Option<Script> {
    let command = cases.command()?;
    let changes: Option<Vec<_>> = changes
        .iter()
        .map(|(path, start, end, text)| Some((command.relative(path)?, start, end, text)))
        .collect();
    let task = json!({
        "locate": false, "failing": failing, "changes": changes?, "seconds": seconds,
        "seconds_after": SECONDS_AFTER, "limit": LIMIT_S,
    });
    script(cases, command.clone(), task)
}

impl Cases {
    /// The command that runs a program of ours on them.
    fn command(&self) -> Option<TestCommand> {
        match self {
            Self::Examples { .. } => examples::command(FILE),
            Self::Tests { command, files } => Some(TestCommand {
                all: command.words_for(files).filter(|_| TOOLS.contains(&command.tool))?,
                program: "python".to_owned(),
                arguments: FILE.to_owned(),
                ..command.clone()
            }),
        }
    }
}

fn script(cases: &Cases, command: TestCommand, mut task: serde_json::Value) -> Option<Script> {
    task["tool"] = json!(command.tool);
    if let Cases::Examples { module, lines } = cases {
        task["module"] = json!(examples::module_name(module)?);
        task["lines"] = json!(lines);
    }
    let path = command.from_root(&RepoPath::new(FILE).ok()?);
    // JSON's way to write a text is one of Python's.
    let program = PYTHON.replace("__TASK__", &json!(task.to_string()).to_string());
    Some(Script { path, text: format!("{}\n\n{program}", examples::LINES), command })
}

/// What the locating program said; lines that are none of its own are passed over.
pub fn located(output: &str, cases: &Cases) -> Located {
    #[derive(Deserialize)]
    struct Line {
        failing: Option<Vec<String>>,
        unrelated: Option<Vec<String>>,
        path: Option<String>,
        line: Option<u32>,
        score: Option<f64>,
    }
    let mut located = Located::default();
    let Some(command) = cases.command() else { return located };
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

/// What came of attempts, of changes by their numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tried {
    /// Changes that pass together, in the order in which they were found.
    pub passing: Vec<Vec<usize>>,
    /// Where none do, those with which less fails.
    pub improving: Vec<usize>,
    /// How many were tried.
    pub count: usize,
}

/// What the program that tries said of `count` changes.
pub fn tried(output: &str, count: usize) -> Tried {
    #[derive(Deserialize)]
    struct Line {
        passes: Option<Vec<usize>>,
        improves: Option<Vec<usize>>,
        tried: Option<usize>,
    }
    let known = |numbers: &Vec<usize>| numbers.iter().all(|number| *number < count);
    let mut tried = Tried::default();
    for line in output.lines().filter_map(|line| serde_json::from_str::<Line>(line).ok()) {
        tried.passing.extend(line.passes.filter(known));
        tried.improving = line.improves.filter(known).unwrap_or(tried.improving);
        tried.count = line.tried.unwrap_or(tried.count);
    }
    tried
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    const CODE: &str = "def double(x):\n    return x * 3\n\ndef spin():\n    while True: pass\n";

    /// Which tests fail, as the locating program says it where `calc.py` is the code.
    #[allow(
        clippy::disallowed_methods,
        reason = "a folder of the test's own, and the program as it is"
    )]
    fn failing(cases: &Cases, tests: &str) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let script = locate(cases, &[], 9).unwrap();
        // Nobody waits for an example here.
        let text = script.text.replace("SECONDS, LONGEST = 2,", "SECONDS, LONGEST = 0.05,");
        let write = |name: &str, text: &str| {
            std::fs::write(folder.path().join(name), text).unwrap();
        };
        write("calc.py", CODE);
        write("test_calc.py", tests);
        write(FILE, &text);
        let run = Command::new("sh")
            .args(["-c", &script.command.line().replace(" python ", " python3 ")])
            .current_dir(folder.path())
            .output()
            .unwrap();
        located(&String::from_utf8(run.stdout).unwrap(), cases).failing
    }

    #[test]
    fn what_a_class_sets_up_is_there_for_each_of_its_tests() {
        let class = |name: &str, two: &str| {
            let head = format!("class {name}(unittest.TestCase):\n    @classmethod\n");
            format!("{head}    def setUpClass(cls):\n        cls.two = {two}\n\n")
        };
        let tests = format!(
            "import unittest\nfrom calc import double\n\n{}    def test_double(self):\n        \
             self.assertEqual(double(self.two), 4)\n\n    def test_two(self):\n        \
             self.assertEqual(self.two, 2)\n\n{}    def test_two(self):\n        pass\n",
            class("A", "2"),
            class("B", "missing"),
        );
        let read = |_: &RepoPath| Some(tests.clone().into_bytes());
        let file: RepoPath = "test_calc.py".parse().unwrap();
        let command = crate::project::find(std::slice::from_ref(&file), &read).remove(0);
        let cases = Cases::Tests { command, files: vec![file] };
        assert_eq!(failing(&cases, &tests), ["test_calc.A.test_double"]);
    }

    #[test]
    fn an_example_that_takes_too_long_fails_and_the_others_are_tried() {
        let lines = ["assert spin() is None", "assert double(2) == 4", "assert double(0) == 0"];
        let lines = lines.map(str::to_owned).to_vec();
        let cases = Cases::Examples { module: "calc.py".parse().unwrap(), lines: lines.clone() };
        assert_eq!(failing(&cases, ""), lines[..2]);
    }

    #[test]
    fn what_the_programs_say_is_read_and_nothing_else() {
        let cases = Cases::Examples { module: "a.py".parse().unwrap(), lines: Vec::new() };
        let output = "noise\n{\"failing\": [\"t\"], \"unrelated\": []}\n{\"path\": \"b.py\", \"line\": 3, \
                      \"score\": 0.5}\n{\"path\": \"../b.py\", \"line\": 3, \"score\": 1.0}\n";
        let located = located(output, &cases);
        let suspect = Suspect { path: "b.py".parse().unwrap(), line: 3, score: 0.5 };
        assert_eq!((located.failing, located.suspects), (vec!["t".to_owned()], vec![suspect]));
        let said = "{\"passes\": [1, 0]}\n{\"passes\": [7]}\n{\"tried\": 5}\n";
        let passing = vec![vec![1, 0]];
        assert_eq!(tried(said, 2), Tried { passing, improving: vec![], count: 5 });
        assert_eq!(tried("{\"improves\": [1]}", 2).improving, [1]);
    }

    #[test]
    fn only_tests_of_python_can_be_tried() {
        let files = vec!["tests/test_a.py".parse().unwrap()];
        let found = |names: &[&str]| {
            let files: Vec<RepoPath> = names.iter().map(|name| name.parse().unwrap()).collect();
            let read = |path: &RepoPath| {
                let manifest = path.as_bytes() == b"Cargo.toml";
                Some(if manifest { "[package]\nname = 'a'\n" } else { "import pytest\n" }.into())
            };
            crate::project::find(&files, &read).remove(0)
        };
        let cases = |command| Cases::Tests { command, files: files.clone() };
        let script = locate(&cases(found(&["tests/test_a.py"])), &[], 9).unwrap();
        assert!(script.command.line().ends_with("python countersign_repair.py tests/test_a.py"));
        assert!(locate(&cases(found(&["Cargo.toml", "src/lib.rs"])), &[], 9).is_none());
    }
}
