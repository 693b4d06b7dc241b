//! When a run of the tests says nothing of the change: something else kept them from running.

use crate::project::{Failure, TestCommand};
use crate::session::command::Outcome;

pub(super) const NO_PLUGIN: &str = "a plugin of pytest is not installed";
/// Of a run that passes because there was nothing to fail.
pub(super) const NO_TEST: &str = "no test was run";

/// What programs say where something is not on this machine that the tests need, and what that is.
const MISSING: &[(&str, &str)] = &[
    ("No module named pytest", "pytest is not installed"),
    ("error: unrecognized arguments:", NO_PLUGIN),
    ("error: no matching package named", "packages of cargo are not on this machine"),
    ("error: failed to download", "packages of cargo are not on this machine"),
    ("an HTTP request, but --offline", "packages of cargo are not on this machine"),
    ("module lookup disabled by GOPROXY=off", "modules of go are not on this machine"),
    ("no required module provides package", "modules of go are not on this machine"),
    ("errors parsing go.mod", "go does not understand go.mod"),
    ("could not determine executable to run", "packages of npm are not installed"),
    ("npx canceled due to missing packages", "packages of npm are not installed"),
    ("Could not create local repository", "maven cannot use its repository"),
    ("Cannot access central", "packages of maven are not on this machine"),
    ("Unchecked dependencies for environment", "packages of mix are not installed"),
    ("Could not determine a usable wildcard IP", "gradle needs a network"),
];

/// What programs say at the end of a run in which tests have passed; one of the words is enough. Without
/// them something ended the program before its tests had.
const ENDS: &[(&str, &[&str])] = &[
    ("pytest", &[" passed", "[100%]"]),
    ("unittest", &["\nOK"]),
    ("cargo test", &["test result: ok"]),
    ("go test", &["ok "]),
];

/// What programs say where they found no test; some say it of each of their packages.
const NONE_FOUND: &[&str] = &[
    "No tests were found!!!",
    "No test files found",
    "No tests found, ",
    "No tests executed!",
    "[no test files]",
    "[no tests to run]",
];
/// What stands behind the number of tests that ran.
const COUNTED: &[&str] = &[
    // pytest, cargo, jest, vitest; mocha.
    " passed",
    " passing",
    // rspec.
    " example, ",
    " examples, ",
    // PHPUnit, mix.
    " test, ",
    " tests, ",
    // unittest.
    " test in ",
    " tests in ",
    // swift, ava.
    " test passed",
    " tests passed",
];

/// What stands in front of the name of a package that could not be loaded, and what begins its name where it
/// is a place of the project.
const UNLOADED: &[&str] = &[
    "ModuleNotFoundError: No module named ",
    "Cannot find module ",
    "Cannot find package ",
    "Failed to resolve import ",
];
const OWN: &[&str] = &[".", "/", "@/", "~", "#"];

/// Why a run says nothing of a change, if it does not. A run in which tests failed says something,
/// whatever stands beside them.
pub(super) fn trouble(
    command: &TestCommand,
    outcome: &Outcome,
    output: &str,
    names_tests: bool,
) -> Option<String> {
    match outcome.exit {
        None if outcome.timed_out => Some("it ran too long".to_owned()),
        None => Some("it was stopped".to_owned()),
        Some(0) if ran_none(output) => Some(NO_TEST.to_owned()),
        Some(0) => {
            let ends = ENDS.iter().find(|(tool, _)| *tool == command.tool);
            let ended = ends.is_none_or(|(_, words)| words.iter().any(|it| output.contains(it)));
            (!ended).then(|| "it ended before its tests had".to_owned())
        }
        Some(5) if ["pytest", "unittest"].contains(&command.tool) => {
            Some("no test was collected".to_owned())
        }
        // pytest's own word for a command line that is wrong, whoever wrote it.
        Some(4) if command.tool == "pytest" && !names_tests => {
            let known = missing(output).map(str::to_owned);
            Some(known.unwrap_or_else(|| format!("it cannot be run: {}", last(output))))
        }
        Some(126 | 127) if !names_tests => Some(format!("it cannot be run: {}", last(output))),
        Some(_) if names_tests => None,
        Some(_) => missing(output).map(str::to_owned),
    }
}

/// The package that could not be loaded and is none of the project's, where `text` tells of one; `has` says
/// whether a file or a folder of the project has a name.
pub(super) fn unloaded<'a>(text: &'a str, has: &dyn Fn(&str) -> bool) -> Option<&'a str> {
    let quotes = ['\'', '"'];
    let named = UNLOADED.iter().find_map(|words| text.split_once(words))?.1;
    let name = named.strip_prefix(quotes)?.split(quotes).next()?;
    if name.is_empty() || OWN.iter().any(|start| name.starts_with(start)) {
        return None;
    }
    // Of a part of a package the package counts; one with a scope may be of the project all the same.
    let mut parts = name.split(['.', '/']);
    let first = parts.next().filter(|part| !part.starts_with('@')).or_else(|| parts.next())?;
    (!has(first)).then_some(name)
}

/// Why a run that failed says nothing: all that fails in it lacks a package that is not here, and nothing
/// has passed beside it.
pub(super) fn untestable(
    failures: &[Failure],
    output: &str,
    has: &dyn Fn(&str) -> bool,
) -> Option<String> {
    let lacks = |failure: &Failure| unloaded(&failure.message, has).is_some();
    let names_tests = failures.iter().any(|failure| failure.test.is_some());
    if some_passed(output, failures.len()) || names_tests && !failures.iter().all(lacks) {
        return None;
    }
    let name = output.lines().find_map(|line| unloaded(line, has))?;
    Some(format!("the package `{name}` is not installed"))
}

/// Whether a program says of some tests that they passed, or that it ran more than fail.
fn some_passed(output: &str, failing: usize) -> bool {
    let counted = [" passed", " passing"].iter().any(|word| counts(output, word).any(|ran| ran));
    let ran = output.lines().find_map(|line| line.strip_prefix("Ran ")?.split(' ').next());
    let ran = ran.and_then(|number| number.parse::<usize>().ok());
    counted || ran.is_some_and(|ran| ran > failing)
}

/// Whether programs say that no test was there for them, and none of them that it ran one: what is
/// told to test a part says so of the rest.
fn ran_none(output: &str) -> bool {
    let output = anstream::adapter::strip_str(output).to_string();
    let counts: Vec<bool> = COUNTED.iter().flat_map(|word| counts(&output, word)).collect();
    let none = counts.contains(&false) || NONE_FOUND.iter().any(|words| output.contains(words));
    // Of go, `ok` and a package; of ctest, how many of all passed.
    let is_one = |line: &str| line.starts_with("ok ") && !line.ends_with("[no tests to run]");
    let others = || output.contains("% tests passed, ") || output.lines().any(is_one);
    none && !counts.contains(&true) && !others()
}

/// Of each number that stands before a word, whether it is more than zero.
fn counts<'a>(output: &'a str, word: &'a str) -> impl Iterator<Item = bool> + 'a {
    let numbers = output.match_indices(word).filter_map(move |(at, _)| {
        output[..at].rsplit(|c: char| !c.is_ascii_digit()).next().filter(|it| !it.is_empty())
    });
    numbers.map(|number| number.bytes().any(|digit| digit != b'0'))
}

fn missing(output: &str) -> Option<&'static str> {
    MISSING.iter().find(|(words, _)| output.contains(words)).map(|(_, what)| *what)
}

/// The last line that is not empty, without what gives it colours.
fn last(output: &str) -> String {
    let output = anstream::adapter::strip_str(output).to_string();
    let line = output.lines().rev().find(|line| !line.trim().is_empty());
    line.unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project;

    fn outcome(exit: Option<i32>, timed_out: bool) -> Outcome {
        Outcome { exit, seconds: 0.0, output: String::new(), timed_out, recorded: false }
    }

    #[test]
    fn a_run_without_tests_says_nothing_of_a_change() {
        let files = ["test_a.py".parse().unwrap()];
        let command = project::find(&files, &|_| Some(b"def test_a(): pass".to_vec())).remove(0);
        let say = |exit, timed_out, output: &str| {
            trouble(&command, &outcome(exit, timed_out), output, false).unwrap_or_default()
        };
        assert_eq!(say(Some(1), false, "1 failed"), "");
        assert_eq!(say(Some(0), false, "2 passed in 0.1s"), "");
        assert_eq!(say(Some(0), false, "..  [100%]"), "");
        assert_eq!(say(Some(0), false, "."), "it ended before its tests had");
        assert_eq!(say(Some(5), false, "no tests ran"), "no test was collected");
        assert_eq!(
            say(Some(1), false, "python: No module named pytest"),
            "pytest is not installed"
        );
        assert_eq!(
            say(Some(127), false, "sh: python: not found\n"),
            "it cannot be run: sh: python: not found"
        );
        assert_eq!(say(None, true, ""), "it ran too long");
        let wrong = "error: unrecognized arguments: --cov\n  inifile: pytest.ini\n";
        assert_eq!(say(Some(4), false, wrong), NO_PLUGIN);
    }

    #[test]
    fn a_package_that_is_not_here_cannot_be_tested() {
        let has = |name: &str| ["calc", "src"].contains(&name);
        let of = |text: &'static str| unloaded(text, &has);
        assert_eq!(of("ModuleNotFoundError: No module named 'numpy.linalg'"), Some("numpy.linalg"));
        assert_eq!(of("Cannot find module '@vue/test-utils' from 'a.js'"), Some("@vue/test-utils"));
        for own in ["'./x'", "'../x'", "'@/x'", "'calc.x'", "'src/x'", "'@me/calc'", "''", ""] {
            assert_eq!(unloaded(&format!("Cannot find module {own}"), &has), None, "{own}");
        }
        let failure = |message: &str| Failure {
            test: Some("test_a".to_owned()),
            message: message.to_owned(),
            ..Failure::default()
        };
        let lack = "ModuleNotFoundError: No module named 'numpy'";
        let why = |failures: &[Failure], output: &str| untestable(failures, output, &has);
        let said = Some("the package `numpy` is not installed".to_owned());
        assert_eq!(why(&[failure(lack)], lack), said);
        assert_eq!(why(&[], &format!("{lack}\n0 passing\n")), said);
        assert_eq!(why(&[failure(lack), failure("assert 1 == 2")], lack), None);
        assert_eq!(why(&[failure(lack)], &format!("{lack}\n3 passed, 1 error\n")), None);
        assert_eq!(why(&[failure(lack)], &format!("{lack}\nRan 2 tests in 0.1s\n")), None);
        assert_eq!(why(&[], "assert 1 == 2"), None);
    }

    /// The best command of a project of this one file.
    fn command(name: &str, text: &str) -> TestCommand {
        let read = |_: &crate::base::RepoPath| Some(text.as_bytes().to_vec());
        project::find(&[name.parse().unwrap()], &read).remove(0)
    }

    /// Says what a run that ended well comes to.
    fn passing(command: &TestCommand, output: &str) -> Option<String> {
        trouble(command, &outcome(Some(0), false), output, false)
    }

    #[test]
    fn a_run_in_which_no_test_was_there_has_passed_nothing() {
        let make = command("Makefile", "test:\n");
        for none in [
            "Test project /a/b\nNo tests were found!!!\n",
            "No examples found.\n\nFinished in 0.01 seconds\n0 examples, 0 failures\n",
            "\n  0 passing (1ms)\n",
            "No test files found, exiting with code 0\n",
            "No tests found, exiting with code 0\n",
            "PHPUnit 9.6.0\n\nNo tests executed!\n",
            "----\nRan 0 tests in 0.000s\n\nOK\n",
            "?   \tx/a\t[no test files]\nok  \tx/b\t0.1s [no tests to run]\n",
            "running 0 tests\n\ntest result: ok. 0 passed; 0 failed; 0 ignored\n",
            "\u{1b}[32m  0 passing\u{1b}[0m\n",
        ] {
            assert_eq!(passing(&make, none).as_deref(), Some(NO_TEST), "{none}");
        }
        for some in [
            "100% tests passed, 0 tests failed out of 3\n",
            "3 examples, 0 failures\n",
            "1 example, 0 failures\n",
            "  10 passing (1ms)\n  0 passing (1ms)\n",
            "Tests:       3 passed, 3 total\n",
            "OK (1 test, 1 assertion)\n",
            "Ran 0 tests in 0.000s\n\nOK\nRan 20 tests in 0.1s\n\nOK\n",
            "?   \tx/a\t[no test files]\nok  \tx/b\t(cached)\n",
            "test result: ok. 0 passed; 0 failed;\ntest result: ok. 7 passed; 0 failed;\n",
            "Executed 0 tests, with 0 failures\nTest run with 3 tests passed after 0.1 seconds\n",
            "Warning: No tests found in class \"A\".\n\nTests: 3, Assertions: 3, Warnings: 1.\n",
            "all is well\n",
            "",
        ] {
            assert_eq!(passing(&make, some), None, "{some}");
        }
    }

    #[test]
    fn cargo_without_a_test_has_run_nothing() {
        let cargo = command("Cargo.toml", "[package]\nname = 'a'\n");
        let none = "test result: ok. 0 passed; 0 failed; 0 ignored\n";
        assert_eq!(passing(&cargo, &none.repeat(2)).as_deref(), Some(NO_TEST));
        let one = format!("{none}test result: ok. 1 passed; 0 failed;\n");
        assert_eq!(passing(&cargo, &one), None);
    }

    #[test]
    fn unittest_says_with_a_code_of_its_own_that_it_found_nothing() {
        let unittest = command("test_a.py", "class A(unittest.TestCase):\n");
        let none = "Ran 0 tests in 0.000s\n\nNO TESTS RAN\n";
        let said = trouble(&unittest, &outcome(Some(5), false), none, false);
        assert_eq!(said.as_deref(), Some("no test was collected"));
        assert_eq!(passing(&unittest, "Ran 1 test in 0.1s\n\nOK\n"), None);
    }

    #[test]
    fn the_last_line_has_no_colours() {
        let red = "\u{1b}[31msh: jest: not found\u{1b}[0m\n\u{1b}[0m\n";
        let make = command("Makefile", "test:\n");
        let said = trouble(&make, &outcome(Some(127), false), red, false);
        assert_eq!(said.as_deref(), Some("it cannot be run: sh: jest: not found"));
    }
}
