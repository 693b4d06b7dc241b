//! The text of tests: assertions in the project's style, and the file with them in it.

use crate::project::mutants::{Assertion, Kind};
use crate::project::written::home::Style;
use crate::project::written::imports::{Bound, bound};

/// Longer lines are broken.
const WIDTH: usize = 88;
/// What ends a file of tests that can be run by itself.
const MAIN: &str = "\nif __name__ == ";

/// One test: its name, without `test_` taken off, and what it asserts.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    pub name: String,
    pub assertions: Vec<Assertion>,
}

/// The file of tests with `groups` added; `before` is its text, empty where it is new. `class` names
/// the class of a [`Style::Cases`].
pub fn with_tests(before: &str, style: Style, class: &str, groups: &[Group]) -> String {
    let names = bound(before);
    let raises = groups.iter().flat_map(|group| &group.assertions);
    let needs_pytest = raises.clone().any(|it| matches!(it.kind, Kind::Raises | Kind::Approx));
    let framework = match style {
        Style::Functions => needs_pytest.then_some("import pytest"),
        Style::Cases => Some("import unittest"),
    };
    let lines = raises.flat_map(|it| &it.imports).map(String::as_str).chain(framework);
    let with_imports = add_imports(before, &names, names.missing(lines));
    let mut body = String::new();
    match style {
        Style::Functions => {
            for group in groups {
                body.push_str(&format!("\n\ndef {}():\n", free(before, &group.name)));
                group.assertions.iter().for_each(|it| body.push_str(&assertion(it, style, 4)));
            }
        }
        Style::Cases => {
            body.push_str(&format!("\n\nclass {}(unittest.TestCase):\n", free(before, class)));
            for (at, group) in groups.iter().enumerate() {
                let gap = if at == 0 { "" } else { "\n" };
                body.push_str(&format!("{gap}    def {}(self):\n", free(before, &group.name)));
                group.assertions.iter().for_each(|it| body.push_str(&assertion(it, style, 8)));
            }
        }
    }
    match with_imports.rfind(MAIN) {
        Some(at) => {
            let (head, tail) = with_imports.split_at(at);
            format!("{}\n{body}\n\n{}", head.trim_end(), tail.trim_start())
        }
        None => format!("{}\n{body}", with_imports.trim_end()),
    }
}

fn add_imports(before: &str, names: &Bound, lines: Vec<String>) -> String {
    if lines.is_empty() {
        return before.to_owned();
    }
    let (head, tail) = before.split_at(names.end);
    let gap = if head.is_empty() || names.after_imports { "" } else { "\n" };
    let break_ = if head.is_empty() || head.ends_with('\n') { "" } else { "\n" };
    let space = if names.after_imports || tail.is_empty() { "" } else { "\n" };
    format!("{head}{break_}{gap}{}\n{space}{tail}", lines.join("\n"))
}

/// Gives tests the names under which they can be added to the file: none that is there, none twice.
pub fn name_freely(before: &str, groups: &mut [Group]) {
    let mut text = before.to_owned();
    for group in groups {
        group.name = free(&text, &group.name);
        text.push_str(&format!("\ndef {}(", group.name));
    }
}

/// The name, with a number behind it where the file has it already.
fn free(text: &str, name: &str) -> String {
    let taken = |name: &str| {
        [format!("def {name}("), format!("class {name}("), format!("class {name}:")]
            .iter()
            .any(|words| text.contains(words))
    };
    let numbered = (2..).map(|number| format!("{name}_{number}"));
    std::iter::once(name.to_owned()).chain(numbered).find(|name| !taken(name)).unwrap_or_default()
}

fn assertion(it: &Assertion, style: Style, indent: usize) -> String {
    let space = " ".repeat(indent);
    let Assertion { text, value, .. } = it;
    let short = |line: String, long: String| {
        if line.chars().count() + indent <= WIDTH { line } else { long }
    };
    let broken = |start: &str, end: &str| format!("expected = {value}\n{space}{start}{end}");
    let line = match (it.kind, style) {
        (Kind::Raises, Style::Functions) => {
            format!("with pytest.raises({value}):\n{space}    {text}")
        }
        (Kind::Raises, Style::Cases) => {
            format!("with self.assertRaises({value}):\n{space}    {text}")
        }
        (Kind::Is, Style::Functions) => format!("assert {text} is {value}"),
        (Kind::Is, Style::Cases) => format!("self.assertIs({text}, {value})"),
        (Kind::Approx, Style::Functions) => format!("assert {text} == pytest.approx({value})"),
        (Kind::Approx, Style::Cases) => format!("self.assertAlmostEqual({text}, {value})"),
        (Kind::Equal, Style::Functions) => short(
            format!("assert {text} == {value}"),
            broken(&format!("assert {text} == "), "expected"),
        ),
        (Kind::Equal, Style::Cases) => short(
            format!("self.assertEqual({text}, {value})"),
            broken(&format!("self.assertEqual({text}, "), "expected)"),
        ),
    };
    format!("{space}{line}\n")
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::project::mutants::Origin;

    fn row(kind: Kind, text: &str, value: &str, imports: &[&str]) -> Assertion {
        Assertion {
            call: text.to_owned(),
            origin: Origin::Model,
            text: text.to_owned(),
            kind,
            value: value.to_owned(),
            imports: imports.iter().map(|line| (*line).to_owned()).collect(),
            said: None,
            agrees: None,
            kills: vec![0],
            path: String::new(),
        }
    }

    fn groups() -> Vec<Group> {
        let f = "from pack.mod import f";
        let long = format!("[{}]", ["'some text'"; 9].join(", "));
        vec![
            Group {
                name: "test_f".to_owned(),
                assertions: vec![
                    row(Kind::Equal, "f(1)", "2", &[f]),
                    row(Kind::Is, "f(None)", "None", &[f]),
                    row(Kind::Approx, "f(1 / 3)", "0.6666666666666666", &[f]),
                    row(Kind::Equal, "f([])", &long, &[f, "import re"]),
                ],
            },
            Group {
                name: "test_f_odd".to_owned(),
                assertions: vec![row(
                    Kind::Raises,
                    "f('')",
                    "Odd",
                    &[f, "from pack.mod import Odd"],
                )],
            },
        ]
    }

    #[test]
    fn every_test_has_a_name_of_its_own_before_it_is_written() {
        let test = |name: &str| Group { name: name.to_owned(), assertions: Vec::new() };
        let mut groups = vec![test("test_f"), test("test_f_2"), test("test_g")];
        let before = "def test_f():\n    pass\n";
        name_freely(before, &mut groups);
        let names: Vec<String> = groups.iter().map(|group| group.name.clone()).collect();
        assert_eq!(names, ["test_f_2", "test_f_2_2", "test_g"]);
        let after = with_tests(before, Style::Functions, "", &groups);
        for name in ["test_f", "test_f_2", "test_f_2_2", "test_g"] {
            assert_eq!(after.matches(&format!("def {name}(")).count(), 1, "{after}");
        }
    }

    #[test]
    fn a_new_file_of_functions() {
        assert_snapshot!(with_tests("", Style::Functions, "", &groups()), @r"
        import pytest
        import re
        from pack.mod import Odd, f


        def test_f():
            assert f(1) == 2
            assert f(None) is None
            assert f(1 / 3) == pytest.approx(0.6666666666666666)
            expected = ['some text', 'some text', 'some text', 'some text', 'some text', 'some text', 'some text', 'some text', 'some text']
            assert f([]) == expected


        def test_f_odd():
            with pytest.raises(Odd):
                f('')
        ");
    }

    #[test]
    fn cases_are_added_behind_the_others_and_before_the_call_of_main() {
        let before = "import unittest\nfrom pack import f\n\n\nclass FTest(unittest.TestCase):\n    def test_f(self):\n        pass\n\n\nif __name__ == \"__main__\":\n    unittest.main()\n";
        let after = with_tests(before, Style::Cases, "FTest", &groups());
        assert_snapshot!(after, @r#"
        import unittest
        from pack import f
        import re
        from pack.mod import Odd


        class FTest(unittest.TestCase):
            def test_f(self):
                pass


        class FTest_2(unittest.TestCase):
            def test_f_2(self):
                self.assertEqual(f(1), 2)
                self.assertIs(f(None), None)
                self.assertAlmostEqual(f(1 / 3), 0.6666666666666666)
                expected = ['some text', 'some text', 'some text', 'some text', 'some text', 'some text', 'some text', 'some text', 'some text']
                self.assertEqual(f([]), expected)

            def test_f_odd(self):
                with self.assertRaises(Odd):
                    f('')


        if __name__ == "__main__":
            unittest.main()
        "#);
    }
}
