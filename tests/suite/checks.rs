//! The project's own tests, found and run in a sandbox.

use std::path::Path;
use std::time::Duration;

use countersign::config::Mode;
use countersign::model::Cancel;
use countersign::policy::Rules;
use countersign::policy::sandbox::offered;
use countersign::repo::{FileChange, FileState, Mode as FileMode, Repo};
use countersign::session::{Checked, Checks, Desk, SessionError};

use crate::support::TestRepo;

const LIMIT: Duration = Duration::from_secs(120);

/// Runs each of the changes, a path with its new text, one after another, and gives what came of it.
fn check(repo: &TestRepo, changes: &[&[(&str, &str)]]) -> Vec<Checked> {
    let desk = desk(repo, Rules::built_in(Mode::Ask).expect("rules"));
    let snapshot = desk.repo().snapshot().expect("snapshot");
    let checks = Checks::found(&desk, &snapshot, Path::new(env!("CARGO_BIN_EXE_countersign")));
    let mut checks = checks.expect("checks").kept_in(&repo.home().join("checks"));
    let mut run = |changes: &&[(&str, &str)]| {
        let changes: Vec<FileChange> = changes.iter().map(change).collect();
        let checked = checks.run(&changes, None, LIMIT, &Cancel::default(), &mut |_| Ok(()));
        checked.expect("it runs").expect("there are tests")
    };
    changes.iter().map(&mut run).collect()
}

fn desk(repo: &TestRepo, rules: Rules) -> Desk {
    Desk::open(Repo::discover(&repo.root()).expect("repository"), rules).expect("desk")
}

fn change((path, text): &(&str, &str)) -> FileChange {
    let after = FileState { bytes: text.as_bytes().to_vec(), mode: FileMode::Regular };
    FileChange { path: path.parse().expect("path"), before: None, after: Some(after) }
}

/// Says `PATH:LINE MESSAGE` of the failures.
fn said(checked: &Checked) -> String {
    let one = |failure: &countersign::project::Failure| {
        let path = failure.path.as_ref().map(ToString::to_string).unwrap_or_default();
        let line = failure.message.lines().next().unwrap_or_default();
        format!("{path}:{} {line}", failure.line.unwrap_or(0))
    };
    checked.failures.iter().map(one).collect::<Vec<_>>().join(" | ")
}

#[test]
fn tests_of_python_run_on_the_change_and_not_on_the_work_tree() {
    if offered().is_none() {
        return;
    }
    let repo = TestRepo::with(&[
        ("src/calc.py", "def add(a, b):\n    return a - b\n"),
        (
            "test_calc.py",
            "import unittest\nfrom calc import add\n\nclass AddTest(unittest.TestCase):\n    \
             def test_add(self):\n        open('left.txt', 'w').close()\n        \
             self.assertEqual(add(1, 1), 2)\n",
        ),
    ]);
    let before = repo.tree();
    let good = [("src/calc.py", "def add(a, b):\n    return a + b\n")];
    let bad = [("src/calc.py", "def add(a, b):\n    return a * b\n")];
    let broken = [("src/calc.py", "def add(a, b:\n")];
    let came = check(&repo, &[&[], &good, &bad, &broken, &good]);
    let passed: Vec<bool> = came.iter().map(|checked| checked.passed).collect();
    assert_eq!(passed, [false, true, false, false, true], "{came:#?}");
    assert!(came.iter().all(|checked| checked.confined && checked.trouble.is_none()));
    assert_eq!(said(&came[0]), "test_calc.py:7 AssertionError: 0 != 2");
    assert_eq!(said(&came[2]), "test_calc.py:7 AssertionError: 1 != 2");
    assert!(said(&came[3]).contains("SyntaxError"), "{}", said(&came[3]));
    let new = |at: usize| came[at].new_failures(&came[0]).len();
    assert_eq!((new(2), new(3)), (0, 1), "what failed before is not new");
    assert_eq!(repo.tree(), before);
}

#[test]
fn tests_of_rust_run_without_a_network_and_keep_what_was_compiled() {
    if offered().is_none() {
        return;
    }
    let test = "#[test]\nfn adds() {\n    assert_eq!(tiny::add(1, 1), 2);\n}\n";
    let repo = TestRepo::with(&[
        ("Cargo.toml", "[package]\nname = \"tiny\"\nversion = \"0.1.0\"\nedition = \"2021\"\n"),
        ("src/lib.rs", "pub fn add(a: u32, b: u32) -> u32 {\n    a * b\n}\n"),
        ("tests/adds.rs", test),
    ]);
    let good = [("src/lib.rs", "pub fn add(a: u32, b: u32) -> u32 {\n    a + b\n}\n")];
    let broken = [("src/lib.rs", "pub fn add(a: u32, b: u32) -> u32 {\n    a + c\n}\n")];
    let came = check(&repo, &[&[], &good, &broken]);
    assert_eq!(said(&came[0]), "tests/adds.rs:3 assertion `left == right` failed", "{came:#?}");
    assert!(came[1].passed, "{}", came[1].output);
    assert_eq!(said(&came[2]), "src/lib.rs:2 cannot find value `c` in this scope");
    assert!(repo.home().join("checks/cache/target/debug").is_dir());
    assert!(!repo.root().join("target").exists() && !repo.home().join("checks/copy").exists());
}

#[test]
fn what_git_ignores_and_the_code_needs_is_there() {
    if offered().is_none() {
        return;
    }
    let repo = TestRepo::with(&[
        (".gitignore", "_version.py\n"),
        ("calc/__init__.py", "from calc._version import version\n"),
        (
            "test_calc.py",
            "import unittest, calc\n\nclass A(unittest.TestCase):\n    def test_a(self):\n        \
             self.assertEqual(calc.version, 3)\n",
        ),
    ]);
    repo.write("calc/_version.py", "version = 3\n");
    let came = check(&repo, &[&[], &[]]);
    assert!(came.iter().all(|checked| checked.passed), "{came:#?}");
}

#[test]
fn what_runs_too_long_ends_with_all_that_it_started() {
    if offered().is_none() {
        return;
    }
    let repo = TestRepo::with(&[("Makefile", "test:\n\tsleep 1000 & echo $$! >pid; wait\n")]);
    let desk = desk(&repo, Rules::built_in(Mode::Ask).expect("rules"));
    let snapshot = desk.repo().snapshot().expect("snapshot");
    let checks = Checks::found(&desk, &snapshot, Path::new(env!("CARGO_BIN_EXE_countersign")));
    let mut checks = checks.expect("checks").kept_in(&repo.home().join("checks"));
    let limit = Duration::from_secs(3);
    let checked = checks.run(&[], None, limit, &Cancel::default(), &mut |_| Ok(()));
    let checked = checked.expect("it runs").expect("a test");
    assert!(checked.timed_out && !checked.passed, "{checked:?}");
    let pid = std::fs::read_to_string(repo.home().join("checks/copy/pid")).expect("it started");
    let pid = nix::unistd::Pid::from_raw(pid.trim().parse().expect("a number"));
    // It may stay as what nobody has waited for.
    let state = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    assert!(state.is_empty() || state.contains(") Z "), "{state}");
}

const DOUBLE: &str = "def double(x):\n    return x + x + 1\n";

/// Has a model change `double` in a file, and gives the journal of that.
#[track_caller]
fn doubled(repo: &TestRepo, path: &str, task: &str) -> String {
    let reply = format!("EDIT {path} double\n```python\ndef double(x):\n    return 2 * x\n```\n");
    let said = repo.run_scripted(&[&reply], ["propose", task]).exits(0);
    assert!(said.stdout.contains("test before: failed   test after: passed"), "{}", said.stdout);
    repo.run(["journal", "list", "--json"]).exits(0).stdout
}

#[test]
fn where_no_file_is_called_a_test_the_whole_command_runs_and_no_other() {
    if offered().is_none() {
        return;
    }
    let repo = TestRepo::with(&[
        ("calc.py", DOUBLE),
        ("check.py", "import calc\n\nassert calc.double(2) == 4\n"),
        ("foo_test.c", "int main(void) { return 0; }\n"),
        ("Makefile", "test:\n\tpython3 check.py\n"),
    ]);
    let journal = doubled(&repo, "calc.py", "twice the argument is wanted");
    // Before and after the change; its other tests cannot run apart.
    assert_eq!(journal.matches("\"type\": \"command_ran\"").count(), 2, "{journal}");
}

#[test]
fn of_several_projects_that_of_the_change_is_tested() {
    if offered().is_none() {
        return;
    }
    let test = "import unittest\nfrom calc import double\n\nclass T(unittest.TestCase):\n    \
                def test_double(self):\n        self.assertEqual(double(2), 4)\n";
    let other = "import unittest\n\nclass T(unittest.TestCase):\n    def test_nothing(self):\n        \
                 pass\n";
    let repo = TestRepo::with(&[
        ("a/setup.py", ""),
        ("a/test_one.py", other),
        ("a/test_two.py", other),
        ("b/setup.py", ""),
        ("b/calc.py", DOUBLE),
        ("b/test_calc.py", test),
    ]);
    let journal = doubled(&repo, "b/calc.py", "`double` must give twice its argument");
    assert!(journal.contains("cd b && ") && !journal.contains("cd a && "), "{journal}");
}

#[test]
fn doctor_names_the_tests_and_what_says_so() {
    let repo = TestRepo::with(&[("Makefile", "check:\n\ttrue\n")]);
    let said = repo.run(["doctor"]).exits(0).stdout;
    let line = said.lines().find(|line| line.starts_with("tests ")).expect("a line");
    assert_eq!(line, "tests        ok       make check (found by Makefile)");
    assert!(said.lines().any(|line| line.starts_with("sandbox ")));
}

#[test]
fn a_repository_may_forbid_that_its_tests_run() {
    let repo = TestRepo::with(&[("Makefile", "test:\n\techo >ran\n")]);
    repo.write(
        ".countersign/policy.cedar",
        "@id(\"by-hand\") forbid (principal, action == Action::\"run\", resource);\n",
    );
    let desk = desk(&repo, Rules::open(&repo.root(), Mode::Auto).expect("rules"));
    let snapshot = desk.repo().snapshot().expect("snapshot");
    let checks = Checks::found(&desk, &snapshot, Path::new("nothing")).expect("checks");
    let mut checks = checks.kept_in(&repo.home().join("checks"));
    let mut events = Vec::new();
    let mut record = |event| {
        events.push(event);
        Ok(())
    };
    let error = checks.run(&[], None, LIMIT, &Cancel::default(), &mut record).unwrap_err();
    assert!(matches!(error, SessionError::Denied(_)) && error.to_string().contains("by-hand"));
    assert_eq!(events.len(), 1, "only the ruling is written down");
    assert!(!repo.root().join("ran").exists());
}
