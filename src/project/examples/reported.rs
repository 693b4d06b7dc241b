//! Tests that a report shows: pytest prints the body of a test that fails, down to the line that did.

use std::sync::LazyLock;

use regex::Regex;

/// Longer bodies, in lines, are no examples.
const LONGEST: usize = 24;

/// Around long titles there is one mark at each end; rules are marks alone.
static TITLE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^_+ (\S*[^_\s]\S*) _+$").ok());
static TEST: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^( *)def \w+\((self)?\)( *->[^:]*)?: *$").ok());
/// The same over several lines, as formatters write it where the name is long.
static OPEN: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^ *def \w+\($").ok());
static CLOSE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^ *\)( *->[^:]*)?: *$").ok());
/// What is left of such a head where a text begins amid it.
static CUT: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^ *(\w*\((self)?|self|elf|lf|f)?\)( *->[^:]*)?:$").ok());
static PLACE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^\S+:\d+:( |$)").ok());
static NOISE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"^(=+ .* =+|(FAILED|ERROR) \S+( - .*)?|[.FEsxX]+ *\[ *\d+%\]|self = <.*>)$").ok()
});
static RULE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^=+ .* =+$").ok());

/// Most lines that are said of what a line announces.
const MOST_ANNOUNCED: usize = 3;
/// Longer lines of code, in characters, are not said again.
const LONGEST_LINE: usize = 120;

/// A test that failed, as a report shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reported {
    /// Its name, without those of what it stands in.
    pub(super) name: String,
    /// Its statements, down to the one that failed, without their indent.
    pub(super) body: String,
    /// What was wrong, in a line.
    pub(super) error: String,
    /// The lines of the report that are about it, the title among them.
    pub(super) lines: std::ops::Range<usize>,
}

fn is(pattern: &LazyLock<Option<Regex>>, line: &str) -> bool {
    pattern.as_ref().is_some_and(|pattern| pattern.is_match(line))
}

/// The tests in a report that can be tried by themselves: without fixtures, and shown from their first
/// line.
pub(super) fn reported(text: &str) -> Vec<Reported> {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let title = |line: &str| {
        let name = TITLE.as_ref()?.captures(line)?.get(1)?.as_str();
        Some(name.rsplit('.').next().unwrap_or(name).to_owned())
    };
    let titled = lines.iter().position(|line| title(line).is_some()).unwrap_or(lines.len());
    let mut found: Vec<Reported> = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        // Only the first one can be cut: its title is gone, and its head in part.
        let cut = || (at < titled && is(&CUT, line)).then(|| "a test".to_owned());
        let Some(name) = title(line).or_else(cut) else { continue };
        let below = &lines[at + 1..];
        let ends = |line: &&str| title(line).is_some() || is(&RULE, line);
        let many = below.iter().position(ends).unwrap_or(below.len());
        let section = &below[..many];
        let (def, first) = match title(line) {
            Some(_) => head(section).map(|(def, first)| (indent(section[def]), first)),
            None => Some((0, 0)),
        }
        .unzip();
        let body = def.zip(first).and_then(|(def, first)| body(&section[first..], def));
        let (Some(body), Some(error)) = (body, error(section)) else { continue };
        let error = match raised_at(section) {
            Some(line) => format!("{error}, raised at `{line}`"),
            None => error,
        };
        let lines = at..at + 1 + many;
        found.push(Reported { name, body, error, lines });
    }
    found
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// What was wrong, in a line: what a line announces stands in the next ones.
fn error(section: &[&str]) -> Option<String> {
    let said = section.iter().skip_while(|line| !line.starts_with("E  "));
    let mut said = said.map_while(|line| line.strip_prefix("E  ")).map(str::trim);
    let first = said.next()?;
    let rest: Vec<&str> = match first.ends_with(':') {
        true => said.filter(|line| !line.is_empty()).take(MOST_ANNOUNCED).collect(),
        false => Vec::new(),
    };
    Some([&[first], &rest[..]].concat().join(" "))
}

/// Whether a text shows tests that fail and can be tried by themselves.
pub fn shows_tests(text: &str) -> bool {
    !reported(text).is_empty()
}

/// A text with its reports of failing tests in few words: of each test that can be tried by itself its
/// statements and what was wrong, and nothing of progress and summaries. Other texts stay as they are.
pub fn condensed(text: &str) -> String {
    let tests = reported(text);
    if tests.is_empty() {
        return text.to_owned();
    }
    let mut said: Vec<String> = Vec::new();
    let mut open = false;
    for (at, line) in text.lines().enumerate() {
        match tests.iter().find(|test| test.lines.contains(&at)) {
            Some(Reported { name, body, error, lines }) if lines.start == at => {
                said.push(if open { String::new() } else { "```python".to_owned() });
                said.push(format!("# {}\n{body}\n# {error}", name.replace('_', " ")));
                open = true;
            }
            Some(_) => {}
            None => {
                if open {
                    said.push("```".to_owned());
                }
                open = false;
                if !is(&NOISE, line) {
                    said.push(line.to_owned());
                }
            }
        }
    }
    if open {
        said.push("```".to_owned());
    }
    said.join("\n")
}

/// The line of the program that raised an error, where a section shows it below the test.
fn raised_at<'t>(section: &[&'t str]) -> Option<&'t str> {
    let mut marked = section.iter().filter_map(|line| line.strip_prefix('>'));
    let (_, last) = (marked.next()?, marked.next_back()?);
    let line = last.trim();
    (line.chars().count() <= LONGEST_LINE).then_some(line)
}

/// Whether a line only points at what stands above it, as Python does from 3.11 on.
fn points(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && line.chars().all(|c| c == '^' || c == '~')
}

/// Where the head of a test without fixtures begins, and its statements.
fn head(section: &[&str]) -> Option<(usize, usize)> {
    let begins = |line: &&str| {
        let line = line.trim_start();
        line.starts_with("def ") || line.starts_with("async def ")
    };
    // Below a test that needs more than itself stand functions of the program.
    let def = section.iter().position(begins)?;
    if !is(&TEST, section[def]) && !is(&OPEN, section[def]) {
        return None;
    }
    if is(&TEST, section[def]) {
        return Some((def, def + 1));
    }
    let below = &section[def + 1..];
    let close = below.iter().position(|line| is(&CLOSE, line))?;
    let parameters: String = below[..close].iter().map(|line| line.trim()).collect();
    matches!(parameters.as_str(), "" | "self" | "self,").then_some((def, def + close + 2))
}

/// The statements of a test below its head, which is indented by so much: those of the first code that
/// is shown.
fn body(shown: &[&str], outer: usize) -> Option<String> {
    let ends = |line: &&str| line.starts_with("E  ") || is(&PLACE, line);
    let shown: Vec<&str> = shown[..shown.iter().position(ends)?]
        .iter()
        .copied()
        .filter(|line| !points(line))
        .collect();
    // The mark stands in the first column, where the indent of the code is.
    let marked = shown.iter().any(|line| line.starts_with('>'));
    let code: Vec<String> = shown
        .iter()
        .map(|line| match line.strip_prefix('>') {
            Some(rest) => format!(" {rest}"),
            None => (*line).to_owned(),
        })
        .collect();
    let inner = indent(code.iter().find(|line| !line.trim().is_empty())?);
    let whole = code.iter().all(|line| line.trim().is_empty() || line.get(..inner).is_some());
    if !marked || inner <= outer || !whole || code.len() > LONGEST {
        return None;
    }
    let lines = code.iter().map(|line| line.get(inner..).unwrap_or_default());
    let lines: Vec<&str> = lines.filter(|line| !line.trim().is_empty()).collect();
    Some(lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = r#"
.F.F   [100%]
=================================== FAILURES ===================================
that was cut
>       self.assertEqual(f(1), 2)
E       AssertionError: 1 != 2

f_test.py:8: AssertionError
________ CaseTest.test_two_words ________

self = <f_test.CaseTest testMethod=test_two_words>

    def test_two_words(self):
        given = ["a b"]

>       self.assertEqual(
            f(given), ["a", "b"])
E       AssertionError: None != ['a', 'b']
E       more

f_test.py:26: AssertionError
________________ test_raises ________________

    def test_raises():
        with pytest.raises(ValueError):
>           f(None)
            ^^^^^^^

f_test.py:30:
_ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _

x = None

    def f(x):
>       return x.split()
               ^^^^^^^
E       AttributeError: 'NoneType' object has no attribute 'split'

f.py:2: AttributeError
___________ test_fixture[3] ___________

tmp_path = '/x'

    def test_fixture(tmp_path):
>       assert f(tmp_path)
E       assert None

f_test.py:40: AssertionError
=========================== short test summary info ============================
FAILED f_test.py::test_raises
3 failed, 2 passed in 0.03s
"#;

    #[test]
    fn bodies_are_taken_out_of_a_report() {
        let found = reported(REPORT);
        let said: Vec<_> = found.iter().map(|it| (it.name.as_str(), it.body.as_str())).collect();
        assert_eq!(
            said,
            [
                (
                    "test_two_words",
                    "given = [\"a b\"]\nself.assertEqual(\n    f(given), [\"a\", \"b\"])"
                ),
                ("test_raises", "with pytest.raises(ValueError):\n    f(None)"),
            ]
        );
        assert_eq!(found[0].error, "AssertionError: None != ['a', 'b']");
        assert_eq!(
            found[1].error,
            "AttributeError: 'NoneType' object has no attribute 'split', raised at `return x.split()`"
        );
        assert_eq!(REPORT.lines().nth(found[1].lines.end).map(|it| &it[..5]), Some("_____"));
    }

    #[test]
    fn a_long_head_may_have_several_lines() {
        let report = |parameters: &str| {
            format!(
                "___ A.test_a ___\n\n    def test_a(\n{parameters}    ):\n        a = 1\n>       f(a)\nE       no\n"
            )
        };
        let body = |parameters: &str| reported(&report(parameters)).pop().map(|it| it.body);
        assert_eq!(body("        self,\n").as_deref(), Some("a = 1\nf(a)"));
        assert_eq!(body("        self\n").as_deref(), Some("a = 1\nf(a)"));
        assert_eq!(body("        self,\n        tmp_path,\n"), None);
    }

    #[test]
    fn the_first_test_may_be_cut_in_its_head() {
        let found = |head: &str| {
            let text = format!(
                "It fails its tests:\n\n{head}\n        a = 1\n>       self.assertCountEqual(f(a), [])\n\
                 E       AssertionError: Element counts were not equal:\nE       First has 1, Second has 0:  1\n\
                 \nf_test.py:3: AssertionError\n___ A.test_b ___\n\n    def test_b(self):\n>       f(2)\nE       no\n"
            );
            let found = reported(&text);
            found.into_iter().map(|it| (it.name, it.body, it.error)).collect::<Vec<_>>()
        };
        for head in ["ves(self):", "(self):", "elf):", "):", "    ):", "f) -> None:"] {
            let found = found(head);
            assert_eq!(found.len(), 2, "{head}");
            assert_eq!(found[0].0, "a test");
            assert_eq!(found[0].1, "a = 1\nself.assertCountEqual(f(a), [])");
            let error =
                "AssertionError: Element counts were not equal: First has 1, Second has 0:  1";
            assert_eq!(found[0].2, error);
        }
        // Where more than the head is cut, nobody knows what stood there.
        for head in ["        self.x = 2", "an_path):", "if f(a):"] {
            assert_eq!(found(head).len(), 1, "{head}");
        }
    }

    #[test]
    fn a_function_below_a_test_is_no_test() {
        let report = "___ test_total ___\n\ncart = <Cart>\n\n    def test_total(cart):\n>       cart.total()\n\n\
                      t.py:9: \n_ _ _ _\n\nself = <Cart>\n\n    def total(self):\n>       return sum(self.items)\n\
                      E       TypeError: no\n";
        assert!(reported(report).is_empty());
    }

    #[test]
    fn long_titles_have_one_mark_at_each_end() {
        let name = format!("test_{}", "long_".repeat(14));
        let short = "________________ test_raises ________________";
        let report = REPORT.replace(short, &format!("_ {name} _"));
        let names: Vec<String> = reported(&report).into_iter().map(|it| it.name).collect();
        assert_eq!(names, ["test_two_words", name.as_str()]);
        assert!(reported("_ _ _ _\n    def f():\n>       g()\nE  x\n").is_empty());
    }

    #[test]
    fn a_report_is_told_in_few_words() {
        let text = format!("Task: f splits.\n{REPORT}\nMend it.");
        insta::assert_snapshot!(condensed(&text), @r##"
        Task: f splits.

        that was cut
        >       self.assertEqual(f(1), 2)
        E       AssertionError: 1 != 2

        f_test.py:8: AssertionError
        ```python
        # test two words
        given = ["a b"]
        self.assertEqual(
            f(given), ["a", "b"])
        # AssertionError: None != ['a', 'b']

        # test raises
        with pytest.raises(ValueError):
            f(None)
        # AttributeError: 'NoneType' object has no attribute 'split', raised at `return x.split()`
        ```
        ___________ test_fixture[3] ___________

        tmp_path = '/x'

            def test_fixture(tmp_path):
        >       assert f(tmp_path)
        E       assert None

        f_test.py:40: AssertionError
        3 failed, 2 passed in 0.03s

        Mend it.
        "##);
        assert_eq!(condensed("=== a ===\nb"), "=== a ===\nb");
    }

    proptest::proptest! {
        #[test]
        fn no_report_panics(parts in proptest::collection::vec(
            proptest::sample::select(vec!["___ a ___\n", "    def f(self):\n", ">", "  x\n", "E  y\n", "é\n", "=== a ===\n", "a.py:1: E\n", "\t"]), 0..40)) {
            condensed(&parts.concat());
        }
    }
}
