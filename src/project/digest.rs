//! What a small model should read of a failing run: the failures, and nothing around them.

use std::collections::BTreeSet;

use crate::project::Failure;
use crate::project::failures::read;

/// The failures in `output`, each with its place, its line of code and what was wrong, in at most
/// `bytes` bytes and whole lines. Where none can be read that says what was wrong, the end of the output
/// without rules, dots and warnings.
pub fn digest(output: &str, bytes: usize) -> String {
    let found = read(output);
    if found.iter().all(|failure| failure.message.is_empty()) {
        return tail(output, bytes);
    }
    let mut text = String::new();
    let mut seen = BTreeSet::new();
    let mut left = found.len();
    for failure in &found {
        // The same wrong line fails many tests in the same way; one of them says it.
        if !seen.insert((&failure.path, failure.line, &failure.message)) {
            left -= 1;
            continue;
        }
        let more = entry(failure);
        if text.len() + more.len() > bytes {
            break;
        }
        text += &more;
        left -= 1;
    }
    if text.is_empty() {
        return cut(&found.first().map(entry).unwrap_or_default(), bytes);
    }
    let rest = format!("and {left} more failures\n");
    if left > 0 && text.len() + rest.len() <= bytes {
        text += &rest;
    }
    text
}

fn entry(failure: &Failure) -> String {
    let place = match (&failure.path, failure.line) {
        (Some(path), Some(line)) => format!("{path}:{line}"),
        (Some(path), None) => path.to_string(),
        (None, _) => String::new(),
    };
    let mut text = match &failure.test {
        Some(test) if place.is_empty() => format!("{test}\n"),
        Some(test) => format!("{test} ({place})\n"),
        None => format!("{place}\n"),
    };
    if let Some(source) = &failure.source {
        text += &format!("    {source}\n");
    }
    for line in failure.message.lines().filter(|line| !line.trim().is_empty()) {
        text += &format!("{line}\n");
    }
    text
}

/// The whole lines at the beginning of `text` that fit.
fn cut(text: &str, bytes: usize) -> String {
    let mut kept = String::new();
    for line in text.split_inclusive('\n') {
        if kept.len() + line.len() > bytes {
            break;
        }
        kept += line;
    }
    kept
}

/// The lines at the end that say something, as many as fit.
fn tail(output: &str, bytes: usize) -> String {
    let plain = anstream::adapter::strip_str(output).to_string();
    let mut kept = Vec::new();
    let mut size = 0;
    for line in plain.lines().rev().map(str::trim_end).filter(|line| says_something(line)) {
        size += line.len() + 1;
        if size > bytes {
            break;
        }
        kept.push(format!("{line}\n"));
    }
    kept.into_iter().rev().collect()
}

/// Whether a line is no rule, no row of dots with a percentage, and no warning.
fn says_something(line: &str) -> bool {
    let progress = line.trim_end_matches(|c: char| "[]0123456789% ".contains(c));
    let is_figure = progress.is_empty() && !line.contains('%');
    let is_progress = !is_figure && progress.chars().all(|c| ".FEsxX".contains(c));
    let says = line.chars().any(char::is_alphanumeric);
    says && !is_progress && !line.to_ascii_lowercase().contains("warning")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PYTEST: &str = include_str!("../../fixtures/outputs/pytest.txt");

    #[test]
    fn a_digest_has_assertions_and_their_places() {
        insta::assert_snapshot!(digest(PYTEST, 1000), @r##"
        tests/test_calc.py::test_add[1] (tests/test_calc.py:6)
            assert total == x + 1, "sum is wrong"
        AssertionError: sum is wrong
        assert 0 == (1 + 1)
        tests/test_calc.py::test_add[2] (tests/test_calc.py:6)
            assert total == x + 1, "sum is wrong"
        AssertionError: sum is wrong
        assert 1 == (2 + 1)
        tests/test_calc.py::TestBoom::test_boom (calc.py:4)
            raise ValueError("no\nluck")
        ValueError: no
        luck
        "##);
    }

    #[test]
    fn what_does_not_fit_is_counted() {
        insta::assert_snapshot!(digest(PYTEST, 200), @r##"
        tests/test_calc.py::test_add[1] (tests/test_calc.py:6)
            assert total == x + 1, "sum is wrong"
        AssertionError: sum is wrong
        assert 0 == (1 + 1)
        and 2 more failures
        "##);
        assert_eq!(digest(PYTEST, 60), "tests/test_calc.py::test_add[1] (tests/test_calc.py:6)\n");
    }

    #[test]
    fn without_failures_the_end_counts() {
        let output = "..F.s [ 50%]\n====\nDeprecationWarning: old\nno space left on device\n----\n";
        assert_eq!(digest(output, 100), "no space left on device\n");
        assert_eq!(digest(output, 10), "");
    }

    #[test]
    fn figures_are_kept_where_only_places_or_names_can_be_read() {
        let output = "see calc.c:9\n  12\n-3\n+0\n4 == 3\n [100%]\n...\n";
        assert_eq!(digest(output, 100), "see calc.c:9\n  12\n-3\n+0\n4 == 3\n");
        let output = "exit 3\n[  FAILED  ] Calc.Adds\n";
        assert_eq!(digest(output, 100), output);
    }

    macro_rules! said {
        ($name:literal) => {
            include_str!(concat!("../../fixtures/outputs/", $name, ".txt"))
        };
    }

    #[test]
    fn what_was_compared_is_told_of_every_kind() {
        for (output, values) in [
            (said!("mocha"), "-0\n+2\n"),
            (said!("node-spec"), "0 !== 2\n"),
            (said!("bun"), "Expected: 2\nReceived: 0\n"),
            (said!("gradle"), "expected: <2> but was: <0>\n"),
            (said!("maven"), "expected: <2> but was: <0>\n"),
            (said!("ctest-output"), "Assertion `add(1, 1) == 2' failed.\n"),
            (said!("gtest"), "Which is: 0\n  2\n"),
            (said!("catch2"), "0 == 2\n"),
            (said!("unity"), "Expected 2 Was 0\n"),
            (said!("rspec"), "expected: 2\n     got: 0\n"),
            (said!("phpunit"), "0 matches expected 2.\n"),
        ] {
            let digest = digest(output, 1200);
            assert!(digest.contains(values), "{values}: {digest}");
        }
    }
}
