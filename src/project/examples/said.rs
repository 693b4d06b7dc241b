//! Examples that a text already has: assertions, as they are or in the output of failing tests, and
//! what an interpreter shows.

use std::sync::LazyLock;

use regex::Regex;

use crate::project::examples::reported::reported;

/// A method of `unittest` that compares two values, and how Python writes the comparison.
const PAIRS: [(&str, &str); 5] = [
    ("assertEqual", "=="),
    ("assertNotEqual", "!="),
    ("assertIs", "is"),
    ("assertIn", "in"),
    ("assertListEqual", "=="),
];

static METHOD: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^self\.(assert[A-Za-z]+)\((.*)\)$").ok());

/// The examples in `text`, each once: the tests that a report shows, then lines. Lines that are cut or go
/// on in the next one are none.
pub fn said(text: &str) -> Vec<String> {
    let tests = reported(text);
    let is_told = |at: usize| tests.iter().any(|test| test.lines.contains(&at));
    let rest = text.lines().enumerate().filter(|(at, _)| !is_told(*at));
    let mut found: Vec<String> = Vec::new();
    for test in &tests {
        let example = of_method(&test.body).unwrap_or_else(|| test.body.clone());
        if !found.contains(&example) {
            found.push(example);
        }
    }
    let mut lines = rest.map(|(_, line)| line.trim()).peekable();
    while let Some(line) = lines.next() {
        let example = match line.strip_prefix(">>> ") {
            Some(call) => lines.peek().and_then(|shown| of_session(call, shown)),
            None => {
                let line = line.trim_start_matches(['>', ' ']);
                if line.starts_with("assert ") { Some(line.to_owned()) } else { of_method(line) }
            }
        };
        let new = example.filter(|example| is_whole(example) && !found.contains(example));
        found.extend(new);
    }
    found
}

/// A call at an interpreter's prompt and the value that it shows.
fn of_session(call: &str, shown: &str) -> Option<String> {
    let is_call = call.ends_with(')') && !call.contains(" = ") && !call.starts_with("print");
    let is_value =
        !shown.is_empty() && !shown.starts_with(['>', '.']) && !shown.starts_with("Traceback");
    (is_call && is_value && is_whole(shown)).then(|| format!("assert {call} == {shown}"))
}

/// `self.assertEqual(a, b)` as `assert a == b`.
fn of_method(line: &str) -> Option<String> {
    let parts = METHOD.as_ref()?.captures(line)?;
    let (method, inside) = (parts.get(1)?.as_str(), parts.get(2)?.as_str());
    let arguments = arguments(inside)?;
    match (method, &arguments[..]) {
        ("assertTrue", [value]) => Some(format!("assert {value}")),
        ("assertFalse", [value]) => Some(format!("assert not ({value})")),
        ("assertIsNone", [value]) => Some(format!("assert ({value}) is None")),
        (_, [left, right]) => {
            let (_, sign) = PAIRS.iter().find(|(name, _)| *name == method)?;
            Some(format!("assert {} {sign} {}", operand(left), operand(right)))
        }
        _ => None,
    }
}

/// A value as one side of a comparison.
fn operand(value: &str) -> String {
    let binds_less = |word: &str| {
        let around = |at: usize| {
            let before = value[..at].chars().next_back();
            let after = value[at + word.len()..].chars().next();
            ![before, after].iter().flatten().any(|c| c.is_alphanumeric() || *c == '_')
        };
        value.match_indices(word).any(|(at, _)| around(at))
    };
    let words = ["or", "and", "not", "in", "is", "if", "lambda"];
    let signs = ["==", "!=", "<", ">"];
    match words.into_iter().any(binds_less) || signs.iter().any(|sign| value.contains(sign)) {
        true => format!("({value})"),
        false => value.to_owned(),
    }
}

/// The arguments of a call, split at its own commas; none where brackets or quotes do not match.
fn arguments(inside: &str) -> Option<Vec<&str>> {
    let (mut depth, mut quote, mut start) = (0i32, None, 0);
    let mut found = Vec::new();
    let mut escaped = false;
    for (at, c) in inside.char_indices() {
        match (quote, c) {
            (Some(_), _) if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => depth -= 1,
            (None, ',') if depth == 0 => {
                found.push(inside[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
        if depth < 0 {
            return None;
        }
    }
    let last = inside[start..].trim();
    if !last.is_empty() {
        found.push(last);
    }
    (depth == 0 && quote.is_none()).then_some(found)
}

/// Whether brackets and quotes of a line match.
fn is_whole(line: &str) -> bool {
    arguments(line).is_some() && !line.ends_with(['\\', ',', '('])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_failing_tests_and_sessions_show() {
        let text = r#"
    def test_f(self):
>       self.assertIs(scalene([0.5, 0.4, 0.6]), True)
        self.assertEqual(
            f(1), 2)
        self.assertEqual(f("a, (b"), ["x", 'y\''])
        self.assertIs(f(2) > 1, True)
        self.assertEqual(f(1) or [], [])
        self.assertCountEqual(f(1), [2, 1])
        self.assertEqual(f("a), 2)
>       assert f(1) == 2, "why"
E       assert 3 == 2
        self.assertTrue(is_odd(3))
        self.assertFalse(is_odd(2) or False)
        self.assertEqual(f(1), 2, "message")

>>> total([1, 2])
3
>>> x = total([1])
>>> total(None)
Traceback (most recent call last):
"#;
        assert_eq!(
            said(text),
            [
                "assert scalene([0.5, 0.4, 0.6]) is True",
                r#"assert f("a, (b") == ["x", 'y\'']"#,
                "assert (f(2) > 1) is True",
                "assert (f(1) or []) == []",
                r#"assert f(1) == 2, "why""#,
                "assert is_odd(3)",
                "assert not (is_odd(2) or False)",
                "assert total([1, 2]) == 3",
            ]
        );
        let report = "___ T.test_a ___\n\n    def test_a(self):\n>       self.assertIs(f(1), None)\nE   x\n___ test_b ___\n    def test_b(self):\n        a = 1\n>       self.assertEqual(f(a), 2)\nE   y\n=== 2 failed ===\nassert f(3) == 4";
        let both = ["assert f(1) is None", "a = 1\nself.assertEqual(f(a), 2)", "assert f(3) == 4"];
        assert_eq!(said(report), both);
        assert_eq!(said("assert that the list is sorted"), ["assert that the list is sorted"]);
    }
}
