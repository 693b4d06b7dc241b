//! When a run of the tests says nothing of the change: something else kept them from running.

use crate::project::TestCommand;
use crate::session::command::Outcome;

pub(super) const NO_PLUGIN: &str = "a plugin of pytest is not installed";

/// What programs say where something is not on this machine that the tests need, and what that is.
const MISSING: &[(&str, &str)] = &[
    ("No module named pytest", "pytest is not installed"),
    ("error: unrecognized arguments:", NO_PLUGIN),
    ("error: no matching package named", "packages of cargo are not on this machine"),
    ("error: failed to download", "packages of cargo are not on this machine"),
    ("an HTTP request, but --offline", "packages of cargo are not on this machine"),
    ("module lookup disabled by GOPROXY=off", "modules of go are not on this machine"),
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
        Some(0) => {
            let ends = ENDS.iter().find(|(tool, _)| *tool == command.tool);
            let ended = ends.is_none_or(|(_, words)| words.iter().any(|it| output.contains(it)));
            (!ended).then(|| "it ended before its tests had".to_owned())
        }
        Some(5) if command.tool == "pytest" => Some("no test was collected".to_owned()),
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

fn missing(output: &str) -> Option<&'static str> {
    MISSING.iter().find(|(words, _)| output.contains(words)).map(|(_, what)| *what)
}

fn last(output: &str) -> &str {
    output.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default()
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
}
