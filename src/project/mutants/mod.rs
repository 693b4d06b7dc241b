//! Which calls tell a function from its mutants?
//!
//! A plan becomes a program that runs where the project's tests run; what it prints is read here. It
//! tries calls on the code as it is, takes what they give for what is expected, looks for calls near
//! them that tell mutants apart, and drops whatever is not the same in another process on another day.

mod cover;

use serde::{Deserialize, Serialize};

use crate::base::RepoPath;

use crate::project::{Narrow, Script, TestCommand};
use crate::syntax::Mutant;

pub use cover::cover;

const PARTS: [&str; 6] = [
    include_str!("values.py"),
    include_str!("neighbours.py"),
    include_str!("process.py"),
    include_str!("seeds.py"),
    include_str!("judge.py"),
    include_str!("harness.py"),
];
const MARK: &str = "countersign-tests: ";

/// What is to be tried on one function.
#[derive(Clone, Debug)]
pub struct Plan {
    pub module: Module,
    /// The function as its file names it: `f` or `Class.f`.
    pub name: String,
    /// Assertions that a model wrote, and those of tests that there are: one line each.
    pub model: Vec<String>,
    pub tests: Vec<String>,
    /// Calls that were found before.
    pub calls: Vec<String>,
    pub mutants: Vec<Mutant>,
    /// Seconds after which no new search begins.
    pub seconds: f64,
    pub seed: u32,
    /// Whether plain strings stand between double quotes.
    pub double: bool,
}

/// A module of Python: its file, the folder in which it is looked for, and its name there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Module {
    pub path: RepoPath,
    pub folder: String,
    pub name: String,
}

/// Who thought of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// A test that there is.
    Tests,
    /// The function's own documentation.
    Docs,
    Model,
    /// The search for calls near the others.
    Search,
}

/// How a call is compared with what is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Equal,
    /// It is this very object: `None`, `True` or `False`.
    Is,
    /// A number, as near as numbers are computed.
    Approx,
    Raises,
}

/// An assertion that holds, and which mutants it fails with. Text of code and of a model.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Assertion {
    /// The call by itself.
    pub call: String,
    pub origin: Origin,
    /// What is compared, and with what, as the test writes it.
    pub text: String,
    pub kind: Kind,
    pub value: String,
    /// Lines that a test of it needs.
    pub imports: Vec<String>,
    /// What the model took to be right, and whether it is so.
    pub said: Option<String>,
    #[serde(default)]
    pub agrees: Option<bool>,
    /// Numbers of mutants, ascending.
    pub kills: Vec<usize>,
    /// Names the way through the function.
    pub path: String,
}

/// What came of a plan.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Tried {
    #[serde(default)]
    pub rows: Vec<Assertion>,
    /// Numbers of the mutants that were code at all.
    #[serde(default)]
    pub valid: Vec<usize>,
    /// Calls of which no assertion can be made.
    #[serde(default)]
    pub broken: usize,
    /// Why nothing could be tried.
    pub trouble: Option<String>,
}

impl Tried {
    /// Numbers of the mutants that no assertion fails with.
    pub fn survivors(&self) -> Vec<usize> {
        let dead = |at: &usize| self.rows.iter().any(|row| row.kills.contains(at));
        self.valid.iter().copied().filter(|at| !dead(at)).collect()
    }
}

impl Module {
    /// The module in the file `path` of these files; none where it is no module of Python.
    pub fn of(path: &RepoPath, files: &[RepoPath]) -> Option<Self> {
        let text = std::str::from_utf8(path.as_bytes()).ok()?;
        let stem = text.strip_suffix(".py")?;
        let has = |name: String| files.iter().any(|file| file.as_bytes() == name.as_bytes());
        let mut folder = stem.rsplit_once('/').map_or("", |(folder, _)| folder);
        while !folder.is_empty() && has(format!("{folder}/__init__.py")) {
            folder = folder.rsplit_once('/').map_or("", |(above, _)| above);
        }
        // A folder without `__init__.py` may be a package too: it is one where it is looked for.
        let is_package =
            has(format!("{}/__init__.py", stem.rsplit_once('/').map_or("", |it| it.0)));
        if !is_package && !["src", "lib"].contains(&folder) {
            folder = folder.split_once('/').map_or("", |(top, _)| match top {
                "src" | "lib" => top,
                _ => "",
            });
        }
        let inside = if folder.is_empty() {
            stem
        } else {
            stem.strip_prefix(folder)?.trim_start_matches('/')
        };
        let inside = inside.strip_suffix("/__init__").unwrap_or(inside);
        let plain = |c: char| c.is_alphanumeric() || c == '_' || c == '/';
        let named = !inside.is_empty() && inside.chars().all(plain);
        named.then(|| Self {
            path: path.clone(),
            folder: folder.to_owned(),
            name: inside.replace('/', "."),
        })
    }
}

/// The program of a plan. `like` is the command that runs the project's tests, where there is one.
pub fn script(plan: &Plan, like: Option<&TestCommand>) -> Option<Script> {
    let mutants: Vec<_> =
        plan.mutants.iter().map(|it| (it.bytes.start, it.bytes.end, &it.new)).collect();
    let said = serde_json::json!({
        "path": plan.module.path.to_string(),
        "folder": plan.module.folder,
        "module": plan.module.name,
        "name": plan.name,
        "model": plan.model,
        "tests": plan.tests,
        "calls": plan.calls,
        "mutants": mutants,
        "seconds": plan.seconds,
        "seed": plan.seed,
        "double": plan.double,
    });
    // JSON's way to write a text is one of Python's.
    let said = serde_json::Value::from(said.to_string()).to_string();
    let path = RepoPath::new("countersign_mutants.py").ok()?;
    let like = like.filter(|command| command.arguments.starts_with("-m "));
    let command = TestCommand {
        tool: "mutants",
        why: plan.module.path.clone(),
        folder: String::new(),
        variables: String::new(),
        program: "python".to_owned(),
        arguments: path.to_string(),
        all: String::new(),
        narrow: Narrow::Never,
        needs: like.map(|command| command.needs).unwrap_or_default(),
        made: like.map(|command| command.made).unwrap_or_default(),
        tests: 0,
    };
    let text = PARTS.concat().replace("__PLAN__", &said);
    Some(Script { path, text, command })
}

/// What the program said.
pub fn read(output: &str) -> Tried {
    let said = output.rsplit_once(MARK).and_then(|(_, rest)| rest.lines().next());
    let trouble = |why: String| Tried { trouble: Some(why), ..Tried::default() };
    match said.map(serde_json::from_str::<Tried>) {
        Some(Ok(tried)) => tried,
        Some(Err(error)) => trouble(format!("what it said cannot be read: {error}")),
        None => {
            let last = output.lines().rev().map(str::trim).find(|line| !line.is_empty());
            trouble(format!("it ended early: {}", last.unwrap_or("it said nothing")))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;
    use crate::syntax::{Language, mutants, symbols};

    const CODE: &str = "import itertools
import random
import time


class Odd(Exception):
    pass


def shorten(text, most=10, *, mark='…'):
    \"\"\"Cuts a text.

    >>> long = 'a long text'
    >>> shorten(long, 6)
    'a lon…'
    \"\"\"
    if most < 1:
        raise Odd('no room')
    if len(text) <= most:
        return text
    return text[:most - len(mark)] + mark


def forever(x):
    while x > 3:
        x = x - 1
    return x


def chance(x):
    return x + random.random()


def age(x):
    return int(time.time()) // 86400 - x


def pairs(items):
    return ((a, b) for a, b in itertools.combinations(items, 2) if a < b)


class Counter:
    def __init__(self, start=0):
        self.count = start

    def more(self, by):
        if by < 0:
            raise ValueError('negative')
        return self.count + by
";

    /// Tries these lines of a model on one function of the module.
    #[allow(
        clippy::disallowed_methods,
        reason = "a folder of the test's own, and the program as it is"
    )]
    fn tried(name: &str, model: &[&str]) -> (Tried, Vec<Mutant>) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("pack")).unwrap();
        std::fs::write(folder.path().join("pack/__init__.py"), "from pack.mod import shorten\n")
            .unwrap();
        std::fs::write(folder.path().join("pack/mod.py"), CODE).unwrap();
        let python = Language::named("python").unwrap();
        let symbols = symbols(python, CODE.as_bytes());
        let symbol = symbols.iter().find(|symbol| symbol.path == name).unwrap();
        let mutants = mutants(python, CODE.as_bytes(), symbol);
        let files = ["pack/__init__.py", "pack/mod.py"].map(|name| RepoPath::new(name).unwrap());
        let plan = Plan {
            module: Module::of(&files[1], &files).unwrap(),
            name: name.to_owned(),
            model: model.iter().map(|line| (*line).to_owned()).collect(),
            tests: Vec::new(),
            calls: Vec::new(),
            mutants: mutants.clone(),
            seconds: 60.0,
            seed: 0,
            double: true,
        };
        let script = script(&plan, None).unwrap();
        std::fs::write(script.path.under(folder.path()), &script.text).unwrap();
        let run = Command::new("sh")
            .args(["-c", &script.command.line().replace("python ", "python3 ")])
            .current_dir(folder.path())
            .output()
            .unwrap();
        let said = String::from_utf8(run.stdout).unwrap();
        assert!(said.contains(MARK), "{}", String::from_utf8_lossy(&run.stderr));
        (read(&said), mutants)
    }

    fn row<'a>(tried: &'a Tried, call: &str) -> Option<&'a Assertion> {
        tried.rows.iter().find(|row| row.call == call)
    }

    #[test]
    fn what_is_expected_comes_from_the_code_and_mutants_are_told_apart() {
        let lines = [
            "assert shorten('abc') == 'abcd'",
            "assert shorten('abc', most=3) == 'abc'",
            "with pytest.raises(Odd): shorten('abc', 0)",
            "assert shorten(missing) == 1",
            "assert len('x') == 1",
        ];
        let (tried, mutants) = tried("shorten", &lines);
        assert_eq!((tried.trouble.as_deref(), tried.broken), (None, 1));
        let wrong = row(&tried, "shorten('abc')").unwrap();
        assert_eq!((wrong.text.as_str(), wrong.value.as_str()), ("shorten(\"abc\")", "\"abc\""));
        assert_eq!((wrong.said.as_deref(), wrong.agrees), (Some("'abcd'"), Some(false)));
        assert_eq!(row(&tried, "shorten('abc', most=3)").unwrap().agrees, Some(true));
        let raises = row(&tried, "shorten('abc', 0)").unwrap();
        assert_eq!(
            (raises.kind, raises.value.as_str(), raises.agrees),
            (Kind::Raises, "Odd", Some(true))
        );
        assert_eq!(raises.imports, ["from pack.mod import Odd", "from pack.mod import shorten"]);
        let docs = row(&tried, "shorten('a long text', 6)").unwrap();
        assert_eq!((docs.origin, docs.value.as_str()), (Origin::Docs, "\"a lon…\""));
        let left: Vec<&Mutant> = tried.survivors().into_iter().map(|at| &mutants[at]).collect();
        assert!(left.is_empty(), "{left:?}");
        let taken = cover(&tried.rows);
        assert!((4..=8).contains(&taken.len()), "{:#?}", tried.rows);
    }

    #[test]
    fn what_hangs_is_a_kill_and_what_changes_by_itself_is_no_assertion() {
        let (hanging, mutants) = tried("forever", &["assert forever(9) == 3"]);
        let left: Vec<&Mutant> = hanging.survivors().into_iter().map(|at| &mutants[at]).collect();
        assert_eq!(left, [] as [&Mutant; 0]);
        assert!(mutants.iter().any(|mutant| mutant.new == "True"));
        for (name, line) in [("chance", "assert chance(1) == 1"), ("age", "assert age(3) == 1")] {
            assert_eq!(tried(name, &[line]).0.rows, [], "{name}");
        }
    }

    #[test]
    fn iterators_are_listed_and_methods_are_called_on_what_was_made() {
        let (lazy, _) = tried("pairs", &["assert pairs([2, 1, 3]) == []"]);
        assert_eq!(row(&lazy, "pairs([2, 1, 3])").unwrap().text, "list(pairs([2, 1, 3]))");
        assert_eq!(row(&lazy, "pairs([2, 1, 3])").unwrap().value, "[(2, 3), (1, 3)]");
        let (method, _) = tried("Counter.more", &["assert Counter(2).more(3) == 5"]);
        assert_eq!(
            row(&method, "Counter(2).more(3)").unwrap().imports,
            ["from pack.mod import Counter"]
        );
        assert!(method.rows.iter().any(|row| row.kind == Kind::Raises), "{method:#?}");
    }

    #[test]
    fn what_cannot_be_tried_says_why() {
        assert!(read("").trouble.unwrap().contains("it said nothing"));
        assert!(read("x\nMemoryError\n").trouble.unwrap().contains("MemoryError"));
        assert!(read(&format!("{MARK}[1]\n")).trouble.unwrap().contains("cannot be read"));
    }

    #[test]
    fn modules_are_named_as_tests_import_them() {
        let of = |path: &str, files: &[&str]| {
            let files: Vec<RepoPath> =
                files.iter().map(|name| RepoPath::new(name).unwrap()).collect();
            Module::of(&RepoPath::new(path).unwrap(), &files)
                .map(|it| format!("{}:{}", it.folder, it.name))
        };
        assert_eq!(of("a/b.py", &["a/__init__.py"]).unwrap(), ":a.b");
        assert_eq!(of("src/a/__init__.py", &["src/a/__init__.py"]).unwrap(), "src:a");
        assert_eq!(of("src/a/b.py", &[]).unwrap(), "src:a.b");
        assert_eq!(of("b.py", &[]).unwrap(), ":b");
        assert_eq!(of("src/b.py", &[]).unwrap(), "src:b");
        assert_eq!(of("x/a/b.py", &["x/a/__init__.py"]).unwrap(), "x:a.b");
        assert_eq!(of("tool/b.py", &[]).unwrap(), ":tool.b");
        assert_eq!((of("a-b.py", &[]), of("a.rs", &[])), (None, None));
    }
}
