//! What should it do?
//!
//! Examples: lines of code that hold once a change does what it should, each tried by itself.
//! A task often says some, or a model reads them out of its words; they stand in for tests where a
//! project has none of what is asked. What they say is a hint and no proof: a line may be wrong.

mod grounded;
mod reported;
mod said;

use std::fmt::Write;

use serde::Deserialize;

use crate::base::RepoPath;
use crate::project::{Narrow, Script, TestCommand};

pub use grounded::is_grounded;
pub use reported::{condensed, shows_tests};
pub use said::said;

/// What came of an example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Holds,
    /// It is not so, and why.
    Fails(String),
    /// The line itself is wrong, and why; it says nothing of the code.
    Broken(String),
}

/// How the reason begins where a line takes too long; `lines.py` says it.
const ENDLESS: &str = "TimeoutError: 'it takes longer than";

impl Outcome {
    /// Whether it did not come to an end in time.
    pub fn is_endless(&self) -> bool {
        matches!(self, Self::Fails(why) if why.starts_with(ENDLESS))
    }
}

/// The one language so far in which examples can be tried: as [`Language::name`](crate::syntax::Language::name).
pub const LANGUAGE: &str = "python";

/// What tries a line, and the program that tries all.
pub(super) const LINES: &str = include_str!("lines.py");
const PYTHON: &str = include_str!("python.py");
/// Most examples that are asked for, of one function and of several; and the longest line of one in
/// bytes.
const MOST: usize = 4;
const MOST_OF_SEVERAL: usize = 6;
const LONGEST_LINE: usize = 240;
/// Most characters of arguments that are not told apart, and of the value.
const LONGEST_PART: usize = 100;

/// What an example may call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callable {
    pub name: String,
    /// How few arguments it takes, and how many; none where that is not known.
    pub arguments: Option<(usize, usize)>,
}

impl Callable {
    /// A pattern for calls of it.
    fn call(&self) -> String {
        // A list or the like, with others in it.
        let string = r#""([^"\\\n]|\\.)*"|'([^'\\\n]|\\.)*'"#;
        let inside = r#"[^()\[\]{}"'\n`#]"#;
        let inner = format!(r"[\[({{]({inside}|{string})*[\])}}]");
        let outer = format!(r"[\[({{]({inside}|{string}|{inner})*[\])}}]");
        let argument = format!(r#"([^()\[\]{{}}"'\n`#,]|{string}|{outer})+"#);
        let arguments = match self.arguments {
            None => format!(r"[^\n`#]{{0,{LONGEST_PART}}}"),
            Some((_, 0)) => String::new(),
            Some((0, most)) => format!("({argument}(, {argument}){{0,{}}})?", most - 1),
            Some((least, most)) => {
                format!("{argument}(, {argument}){{{},{}}}", least - 1, most.max(least) - 1)
            }
        };
        format!(r"{}\({arguments}\)", regex::escape(&self.name))
    }
}

/// The form of a reply that gives examples that call some of `all`, in the dialect of Lark that
/// llguidance reads.
pub fn form(all: &[Callable]) -> Option<String> {
    let plain = |it: &&Callable| it.name.chars().all(|c| c.is_alphanumeric() || c == '_');
    let calls: Vec<String> = all.iter().filter(plain).map(Callable::call).collect();
    let most = match calls.len() {
        0 => return None,
        1 => MOST,
        _ => MOST_OF_SEVERAL,
    };
    let line = line_of(&format!("({})", calls.join("|")));
    Some(format!("start: LINE{{1,{most}}} END\nLINE: {line}\nEND: /`{{3}}\\n?/\n"))
}

/// The terminal of a line that says something of a call.
fn line_of(call: &str) -> String {
    let value = format!(r"[^ \n`#][^\n`#]{{0,{LONGEST_PART}}}");
    format!(
        r"/(assert (not )?{call}( (==|!=|is|in) {value})?|with pytest\.raises\([A-Za-z]+\): {call})\n/ & /[^\n]{{0,{LONGEST_LINE}}}\n/"
    )
}

/// The examples in a reply, each once.
pub fn lines(reply: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in reply.lines().map(str::trim) {
        let is_one = line.starts_with("assert ") || line.starts_with("with pytest.raises(");
        if is_one && line.len() <= LONGEST_LINE && !lines.iter().any(|known| known == line) {
            lines.push(line.to_owned());
        }
    }
    lines.truncate(MOST_OF_SEVERAL);
    lines
}

/// The program that tries `lines` on the module in the file `module`; none where it is no module of
/// Python's.
pub fn script(module: &RepoPath, lines: &[String]) -> Option<Script> {
    let mut arguments = format!("{:?}, [", module_name(module)?);
    for line in lines {
        // JSON's way to write a text is one of Python's.
        write!(arguments, "{}, ", serde_json::Value::from(line.as_str())).ok()?;
    }
    arguments.push(']');
    let command = command("countersign_examples.py")?;
    let text = format!("{LINES}\n\n{}", PYTHON.replace("__ARGUMENTS__", &arguments));
    Some(Script { path: command.why.clone(), text, command })
}

/// A command that runs a program of ours in the root of the project.
pub(super) fn command(program: &str) -> Option<TestCommand> {
    Some(TestCommand {
        tool: "examples",
        why: RepoPath::new(program).ok()?,
        folder: String::new(),
        variables: "PYTHONPATH=src:.".to_owned(),
        program: "python".to_owned(),
        arguments: program.to_owned(),
        all: String::new(),
        narrow: Narrow::Never,
        needs: &[],
        made: &[],
        tests: 0,
    })
}

/// The name by which Python imports a file.
pub(super) fn module_name(module: &RepoPath) -> Option<String> {
    let name = std::str::from_utf8(module.as_bytes()).ok()?.strip_suffix(".py")?;
    let inside = name.strip_prefix("src/").unwrap_or(name);
    let inside = inside.strip_suffix("/__init__").unwrap_or(inside);
    let plain = |c: char| c.is_alphanumeric() || "_/".contains(c);
    (!inside.is_empty() && inside.chars().all(plain)).then(|| inside.replace('/', "."))
}

/// What came of `count` examples, from what the program said; what it did not come to fails.
pub fn outcomes(output: &str, count: usize) -> Vec<Outcome> {
    #[derive(Deserialize)]
    struct Line {
        example: usize,
        result: String,
        why: String,
    }
    let mut outcomes = vec![Outcome::Fails("it was not reached".to_owned()); count];
    for line in output.lines().filter_map(|line| serde_json::from_str::<Line>(line).ok()) {
        if let Some(outcome) = outcomes.get_mut(line.example) {
            *outcome = match line.result.as_str() {
                "holds" => Outcome::Holds,
                "broken" => Outcome::Broken(line.why),
                _ => Outcome::Fails(line.why),
            };
        }
    }
    outcomes
}

/// How an outcome begins where the module cannot be imported; `python.py` says it.
const UNIMPORTABLE: &str = "the module cannot be imported: ";

/// Why the module cannot be imported, where that is what came of all examples.
pub fn unimportable(outcomes: &[Outcome]) -> Option<&str> {
    fn why(outcome: &Outcome) -> Option<&str> {
        match outcome {
            Outcome::Fails(why) => why.strip_prefix(UNIMPORTABLE),
            Outcome::Holds | Outcome::Broken(_) => None,
        }
    }
    let first = outcomes.first().and_then(why)?;
    outcomes.iter().all(|outcome| why(outcome).is_some()).then_some(first)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    #[allow(
        clippy::disallowed_methods,
        reason = "a folder of the test's own, and the program as it is"
    )]
    fn each_line_is_tried_by_itself() {
        let folder = tempfile::tempdir().unwrap();
        let module = "import json\ndef f(x):\n    if x < 0:\n        raise ValueError('negative')\n    return None if x == 8 else missing if x == 7 else x * 2\ndef spin():\n    while True: pass\n";
        std::fs::create_dir(folder.path().join("pack")).unwrap();
        std::fs::write(folder.path().join("pack/mod.py"), module).unwrap();
        let lines = [
            "assert f(2) == 4",
            "assert f(2) == 5",
            "with pytest.raises(ValueError): f(-1)",
            "with pytest.raises(ValueError): f(1)",
            "assert g(2) == 4",
            "assert f(2 == 4",
            "assert f(7) == 14",
            "assert json.dumps(f('\"`\\n')) == 'x'",
            "assert spin() is None",
            "assert f(3) == pytest.approx(6.0)",
            "assert f(3, 4) == 6",
            "assert f(3) is None",
            "assert not f(3)",
            "given = 2\nself.assertEqual(f(given), 5)",
            "given = 2\nself.assertEqual(f(given), there)",
            "with pytest.raises(ValueError, match='neg') as error:\n    f(-1)\nassert error.value.args",
            "given = 1\nself.assertEqual(self.made.f(given), 2)",
            "assert f(2) == pytest.approx(4.004, abs=1e-2)",
            "given = 2\nreturn f(given)",
            "assert f(8)[0] == 3",
            "with self.assertRaises(ValueError) as error:\n    f(-1)\nself.assertEqual(error.exception.args[0], 'negative')",
        ]
        .map(str::to_owned);
        let script = script(&RepoPath::new("pack/mod.py").unwrap(), &lines).unwrap();
        std::fs::write(script.path.under(folder.path()), &script.text).unwrap();
        let run = Command::new("sh")
            .args(["-c", &script.command.line().replace(" python ", " python3 ")])
            .current_dir(folder.path())
            .output()
            .unwrap();
        let mut outcomes = outcomes(&String::from_utf8(run.stdout).unwrap(), 22);
        let fails = |why: &str| Outcome::Fails(why.to_owned());
        let broken = |why: &str| Outcome::Broken(why.to_owned());
        // Every version of Python has other words for that.
        for at in [5, 18] {
            if let Outcome::Broken(why) = &mut outcomes[at] {
                *why = "syntax".to_owned();
            }
        }
        let endless: Vec<usize> = (0..22).filter(|at| outcomes[*at].is_endless()).collect();
        assert_eq!(endless, [8]);
        assert_eq!(
            outcomes,
            [
                Outcome::Holds,
                fails("f(2) is 4"),
                Outcome::Holds,
                fails("nothing was raised"),
                broken("NameError: \"name 'g' is not defined\""),
                broken("syntax"),
                fails("NameError: \"name 'missing' is not defined\""),
                fails("TypeError: \"'<' not supported between instances of 'str' and 'int'\""),
                fails("TimeoutError: 'it takes longer than 2 s'"),
                Outcome::Holds,
                broken("TypeError: 'f() takes 1 positional argument but 2 were given'"),
                fails("f(3) is 6"),
                fails("f(3) is 6"),
                fails("4 != 5"),
                broken("NameError: \"name 'there' is not defined\""),
                Outcome::Holds,
                broken("AttributeError: \"'TestCase' object has no attribute 'made'\""),
                Outcome::Holds,
                broken("syntax"),
                fails("TypeError: \"'NoneType' object is not subscriptable\""),
                Outcome::Holds,
                fails("it was not reached"),
            ],
            "{}",
            String::from_utf8_lossy(&run.stderr)
        );
    }

    #[test]
    fn a_module_that_cannot_be_imported_is_told_from_one_that_fails() {
        let said = PYTHON.contains(UNIMPORTABLE);
        assert!(said, "the program says it in these words");
        let fails = |why: &str| Outcome::Fails(why.to_owned());
        let broken = fails("the module cannot be imported: NameError");
        assert_eq!(unimportable(&[broken.clone(), broken.clone()]), Some("NameError"));
        assert_eq!(unimportable(&[broken, Outcome::Holds]), None);
        assert_eq!(unimportable(&[fails("f(1) is 2")]), None);
        assert_eq!(unimportable(&[]), None);
    }

    #[test]
    fn what_is_no_module_has_no_script() {
        let of = |path: &str| script(&RepoPath::new(path).unwrap(), &[]).map(|it| it.text);
        assert!(of("src/a/b.py").unwrap().contains("\"a.b\", []"));
        assert!(of("a/__init__.py").unwrap().contains("\"a\", []"));
        for path in ["a.rs", "a-b.py", "a\"b.py"] {
            assert_eq!(of(path), None, "{path}");
        }
    }

    #[test]
    fn replies_are_read_line_by_line() {
        let reply = "```python\nassert f(1) == 2\nassert f(1) == 2\nprint(f(1))\n  with pytest.raises(E): f()\n```";
        assert_eq!(lines(reply), ["assert f(1) == 2", "with pytest.raises(E): f()"]);
        let callable = |name: &str| Callable { name: name.to_owned(), arguments: None };
        let form =
            |names: &[&str]| form(&names.iter().map(|name| callable(name)).collect::<Vec<_>>());
        let one = form(&["f", "g.h"]).unwrap();
        assert!(one.starts_with("start: LINE{1,4} END\nLINE: /(assert (not )?(f\\("), "{one}");
        assert_eq!(form(&["g.h"]), None);
        let many = form(&["f", "g", "h"]).unwrap();
        assert!(many.starts_with("start: LINE{1,6} END\n") && many.contains("|h\\("), "{many}");
    }

    #[test]
    fn calls_have_as_many_arguments_as_the_function_takes() {
        let fits = |arguments, call: &str| {
            let callable = Callable { name: "f".to_owned(), arguments };
            regex::Regex::new(&format!("^{}$", callable.call())).unwrap().is_match(call)
        };
        for call in ["f([1, 2])", "f('a, b')", r#"f("\", ")"#, "f({1: [2, 3], 4: (5,)})", "f(x=3)"]
        {
            assert!(fits(Some((1, 1)), call), "{call}");
            assert!(!fits(Some((2, 2)), call), "{call}");
        }
        for call in ["f([1], [2])", "f(3, 4)", "f(g(1, 2), -1.5)"] {
            assert!(fits(Some((1, 2)), call) && fits(Some((2, 3)), call), "{call}");
            assert!(!fits(Some((1, 1)), call), "{call}");
        }
        assert!(fits(Some((0, 0)), "f()") && !fits(Some((0, 0)), "f(1)"));
        assert!(fits(Some((0, 1)), "f()") && fits(Some((0, 1)), "f(1)"));
        assert!(fits(None, "f(1, 2, 3)"));
    }
}
