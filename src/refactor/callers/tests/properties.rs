//! What always holds: nothing but calls of the definition changes, and what could be read still can.

use proptest::prelude::*;

use super::*;
use crate::syntax::{Language, errors};

/// Lines of Python that say `f` in some way, and whether each is a call of the one in `a.py`.
const LINES: [(&str, bool); 14] = [
    ("f(1)", true),
    ("x = [f(y) for y in (1, 2)]", true),
    ("print(f(f(2)))", true),
    ("f(\n    3,\n)", true),
    ("f(x=4)", true),
    ("g.f(5)", false),
    ("# f(6)", false),
    ("print('f(7)', \"\"\"f(8)\"\"\")", false),
    ("(lambda f: f(9))(len)", false),
    ("def h(f):\n    return f(10)", false),
    ("class C:\n    def f(self, x):\n        return self.f(x)", false),
    ("def k():\n    f = len\n    return f(11)", false),
    ("ff(12) or f_(13)", false),
    ("f (14)  # f(é)", true),
];

proptest! {
    #[test]
    fn nothing_but_calls_of_the_definition_changes(
        picked in proptest::collection::vec(0..LINES.len(), 0..12),
        imports in any::<bool>(),
    ) {
        let python = Language::named("python").unwrap();
        let lines: Vec<&str> = picked.iter().map(|at| LINES[*at].0).collect();
        let head = if imports { "from a import f\n" } else { "from b import f\n" };
        let text = format!("{head}{}\n", lines.join("\n"));
        let fixture = format!("//- a.py\ndef f(x):\n    return x\n//- u.py\n{text}");
        let found = run(&fixture, ("f(x)", "f(x, new)"), &passing("f", "new", "987"));
        let path = RepoPath::new("u.py").unwrap();
        let changed = found.files.get(&path).cloned().unwrap_or(text.clone().into_bytes());
        let changed = String::from_utf8(changed).unwrap();
        prop_assert!(errors(python, changed.as_bytes()).is_empty(), "{changed}");
        // Without what came, every byte is what it was.
        let back = changed
            .replace(",\n    987", "")
            .replace(", new=987", "")
            .replace(", 987", "");
        prop_assert_eq!(&back, &text);
        let calls: usize = picked
            .iter()
            .filter(|at| LINES[**at].1 && imports)
            .map(|at| if LINES[*at].0.contains("f(f(") { 2 } else { 1 })
            .sum();
        prop_assert_eq!(changed.matches("987").count(), calls, "{}", changed);
        prop_assert!(found.unfit.is_empty());
        prop_assert!(found.files.keys().all(|it| *it == path));
    }

    #[test]
    fn no_bytes_make_following_panic(text in ".{0,120}", end in prop::sample::select(vec!["py", "ts", "js", "rs", "go"])) {
        let fixed = format!("{text}\ndef f(x): f({text})\nfunction f(x) {{ f({text}) }}\nfn f(x: u8) {{ f({text}) }}\nfunc f(x int) {{ f({text}) }}\n");
        let path = RepoPath::new(format!("a.{end}")).unwrap();
        let sources = Sources::new(BTreeMap::from([(path, fixed.into_bytes())]));
        let asked = Asked { on: true, ..passing("f", &text, &text) };
        let _ = follow(&sources, &sources, &asked, 0, &BTreeMap::new());
        let _ = introduce(&sources, &asked);
    }
}
