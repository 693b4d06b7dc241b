//! Where the tests of a module stand: in the file that has its name, or a new one beside the others.

use std::collections::BTreeMap;

use crate::base::RepoPath;
use crate::project::Reader;

/// How tests are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Functions with `assert`, as pytest runs them.
    Functions,
    /// Methods of a `unittest.TestCase`.
    Cases,
}

/// The file in which the tests of a module stand or will stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    pub path: RepoPath,
    pub style: Style,
    /// Whether the project's strings mostly stand between double quotes.
    pub double: bool,
}

/// The home of the tests of the module in the file `path`. `tests` are the files of tests; `tool` runs
/// them, as [`TestCommand::tool`](crate::project::TestCommand::tool) says it, where that is known.
pub fn home(
    path: &RepoPath,
    tests: &[RepoPath],
    tool: Option<&str>,
    read: Reader<'_>,
) -> Option<Home> {
    let tests: Vec<(&RepoPath, &str)> = tests
        .iter()
        .filter_map(|test| Some((test, std::str::from_utf8(test.as_bytes()).ok()?)))
        .filter(|(_, name)| name.ends_with(".py"))
        .collect();
    let module = std::str::from_utf8(path.as_bytes()).ok()?.strip_suffix(".py")?;
    let stem = stem_of(module);
    let names = [format!("test_{stem}.py"), format!("{stem}_test.py"), format!("test_{stem}s.py")];
    let shared = |name: &str| {
        let parts = |text: &str| text.split('/').map(str::to_owned).collect::<Vec<_>>();
        parts(name).iter().zip(&parts(module)).take_while(|(a, b)| a == b).count()
    };
    let text = |test: &RepoPath| {
        read(test).and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
    };
    let own = tests
        .iter()
        .filter(|(_, name)| names.iter().any(|own| name.rsplit('/').next() == Some(own)))
        .max_by_key(|(_, name)| (shared(name), std::cmp::Reverse(name.len())));
    if let Some((test, _)) = own {
        let text = text(test);
        let style = style_of(&text).unwrap_or(of_tool(tool));
        return Some(Home { path: (*test).clone(), style, double: is_double(&text) });
    }
    let mut folders: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, name) in &tests {
        *folders.entry(name.rsplit_once('/').map_or("", |(folder, _)| folder)).or_default() += 1;
    }
    let near = folders.into_iter().max_by_key(|(folder, count)| (shared(folder), *count));
    let folder = near.map_or("tests", |(folder, _)| folder);
    let slash = if folder.is_empty() { "" } else { "/" };
    let path = RepoPath::new(format!("{folder}{slash}{}", names[0])).ok()?;
    let sample =
        tests.iter().filter(|(_, name)| name.starts_with(folder)).map(|(test, _)| text(test));
    let sample: String = sample.take(3).collect();
    let style = style_of(&sample).unwrap_or(of_tool(tool));
    Some(Home { path, style, double: sample.is_empty() || is_double(&sample) })
}

/// What tests call a module: its name, or its package's.
fn stem_of(module: &str) -> String {
    let mut parts = module.rsplit('/');
    let last = parts.next().unwrap_or_default();
    let name = match last {
        "__init__" | "__main__" => parts.next().unwrap_or(last),
        name => name,
    };
    name.trim_start_matches('_').to_owned()
}

fn of_tool(tool: Option<&str>) -> Style {
    if tool == Some("unittest") { Style::Cases } else { Style::Functions }
}

fn style_of(text: &str) -> Option<Style> {
    let functions = text.lines().any(|line| line.starts_with("def test"));
    let cases = text.contains("TestCase)");
    match (functions, cases) {
        (true, _) => Some(Style::Functions),
        (false, true) => Some(Style::Cases),
        (false, false) => None,
    }
}

fn is_double(text: &str) -> bool {
    text.matches('"').count() >= text.matches('\'').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, tests: &[(&str, &str)], tool: Option<&str>, expected: (&str, Style)) {
        let path = RepoPath::new(path).unwrap();
        let paths: Vec<RepoPath> =
            tests.iter().map(|(name, _)| RepoPath::new(name).unwrap()).collect();
        let read = |path: &RepoPath| {
            let found = tests.iter().find(|(name, _)| path.as_bytes() == name.as_bytes());
            found.map(|(_, text)| text.as_bytes().to_vec())
        };
        let home = home(&path, &paths, tool, &read).unwrap();
        assert_eq!((home.path.to_string().as_str(), home.style), expected);
    }

    #[test]
    fn tests_stand_where_the_others_stand() {
        use Style::{Cases, Functions};
        let function = "def test_a():\n    assert f('a')\n";
        let case = "class A(unittest.TestCase):\n    def test_a(self): pass\n";
        check("a/b.py", &[("tests/test_b.py", case)], None, ("tests/test_b.py", Cases));
        check(
            "a/b.py",
            &[("z/test_b.py", function), ("a/tests/test_b.py", function)],
            None,
            ("a/tests/test_b.py", Functions),
        );
        check(
            "a/b.py",
            &[("tests/test_c.py", function), ("tests/test_d.py", function), ("test_e.py", case)],
            None,
            ("tests/test_b.py", Functions),
        );
        check("a/__init__.py", &[("test_e.py", case)], None, ("test_a.py", Cases));
        check("b.py", &[], Some("unittest"), ("tests/test_b.py", Cases));
        check("b.py", &[], None, ("tests/test_b.py", Functions));
    }
}
