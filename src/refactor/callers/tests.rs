//! Callers in small repositories: files in, changed files out.

use super::*;
use crate::refactor::sources::Sources;
use crate::refactor::tests::files;

fn shown(files: &BTreeMap<RepoPath, Vec<u8>>) -> String {
    let all = files.iter();
    all.map(|(path, text)| format!("//- {path}\n{}", String::from_utf8_lossy(text))).collect()
}

fn gain(function: &str, declaration: &str) -> Gain {
    Gain { function: function.into(), declaration: declaration.into(), ..Gain::default() }
}

/// What follows where `old` was changed into `new` in the files.
fn run(fixture: &str, (old, new): (&str, &str), asked: &Asked) -> Followed {
    let before = files(fixture);
    assert!(fixture.contains(old), "{old}");
    let after = files(&fixture.replacen(old, new, 1));
    let (before, after) = (Sources::new(before), Sources::new(after));
    follow(&before, &after, asked, 0, &BTreeMap::new())
}

#[track_caller]
fn check(fixture: &str, change: (&str, &str), asked: &Asked, expected: &str, unfit: &[&str]) {
    let found = run(fixture, change, asked);
    let text = shown(&found.files);
    assert_eq!(text, expected, "\n{text}\n{found:?}");
    let told: Vec<String> =
        found.unfit.iter().map(|it| format!("{}:{}", it.path, it.line)).collect();
    assert_eq!(told, unfit, "{found:?}");
}

fn passing(function: &str, declaration: &str, value: &str) -> Asked {
    let pass = Some(value.to_owned());
    Asked { gains: vec![Gain { pass, ..gain(function, declaration) }], ..Asked::default() }
}

mod go;
mod properties;
mod python;
mod rust;
mod typescript;

#[test]
fn arguments_are_counted() {
    let text = "def a(): pass\ndef b(x, y=1, *, z=2): pass\ndef c(x, *more): pass\n\
                def d(x, **more): pass\nclass E:\n    def e(self, x): pass\n";
    let counted = arities(&RepoPath::new("a.py").unwrap(), text.as_bytes());
    let counted: Vec<String> = counted
        .iter()
        .map(|(name, Arity { least, most })| format!("{name} {least} {most:?}"))
        .collect();
    assert_eq!(counted, ["a 0 Some(0)", "b 1 Some(3)", "c 1 None", "d 1 None"]);
}

#[test]
fn what_stands_for_a_value_takes_its_place() {
    let fixture = "//- a.py\ndef f(x):\n    \"\"\"Says 'none'.\"\"\"\n    return x or 'none'\n\n\ndef g(x):\n    return f(x)\n";
    let asked = Asked {
        gains: vec![gain("f", "empty: str = 'none'"), gain("g", "empty")],
        on: true,
        ..Asked::default()
    };
    let found = introduce(&Sources::new(files(fixture)), &asked).unwrap();
    let expected = "//- a.py\ndef f(x, empty: str = 'none'):\n    \"\"\"Says 'none'.\"\"\"\n    return x or empty\n\n\ndef g(x, empty: str = 'none'):\n    return f(x, empty=empty)\n";
    assert_eq!(shown(&found.files), expected);
    // A value that is nowhere says nothing of what the parameter does.
    let asked = Asked { gains: vec![gain("f", "empty: str = 'other'")], ..Asked::default() };
    assert!(introduce(&Sources::new(files(fixture)), &asked).is_err());
    let asked = Asked { gains: vec![gain("h", "empty: str = 'none'")], ..Asked::default() };
    assert!(introduce(&Sources::new(files(fixture)), &asked).is_err());
}
