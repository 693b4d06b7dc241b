//! What always holds of a move: it is undone by the move back, and every file of it can be read.

use proptest::prelude::*;

use super::*;
use crate::syntax::{Language, errors, symbols};

/// Definitions of Python that may or may not use one another, in an order.
fn repository(uses: &[(u8, u8)], order: &[usize]) -> BTreeMap<RepoPath, Vec<u8>> {
    let names = ["alpha", "beta", "gamma", "delta"];
    let mut text =
        String::from("\"\"\"Some.\"\"\"\n\nimport os\nimport re\nfrom math import pi, tau\n");
    for at in order {
        let mut body = String::new();
        for (user, used) in uses.iter().filter(|(user, _)| usize::from(*user) == *at) {
            let _ = user;
            let uses = ["os.sep", "re.escape('a')", "pi", "tau", "LIMIT", "len('a')"];
            body.push_str(&format!("    print({})\n", uses[usize::from(*used) % uses.len()]));
        }
        text.push_str(&format!("\n\n# About {0}.\ndef {0}(x):\n{body}    return x\n", names[*at]));
    }
    text.push_str("\n\nLIMIT = 3\n");
    let user =
        "import p.a\nfrom p.a import alpha, beta as b\n\nprint(alpha(1), b(2), p.a.gamma(3))\n";
    let files = [("p/__init__.py", "from .a import delta\n"), ("p/a.py", &text), ("u.py", user)];
    files
        .iter()
        .map(|(path, text)| (RepoPath::new(path).unwrap(), text.as_bytes().to_vec()))
        .collect()
}

/// The texts of all definitions, by their names.
fn definitions(files: &BTreeMap<RepoPath, Vec<u8>>) -> BTreeMap<String, Vec<u8>> {
    let python = Language::named("python").unwrap();
    let mut all = BTreeMap::new();
    for text in files.values() {
        for symbol in symbols(python, text) {
            all.insert(symbol.name.clone(), text[symbol.bytes].to_vec());
        }
    }
    all
}

fn go(
    files: &BTreeMap<RepoPath, Vec<u8>>,
    name: &str,
    to: &str,
) -> Result<BTreeMap<RepoPath, Vec<u8>>, NoMove> {
    let wanted = Move { name: name.into(), from: None, to: RepoPath::new(to).unwrap() };
    let moved = relocate(&Sources::new(files.clone()), &wanted)?;
    let mut files = files.clone();
    files.extend(moved.files);
    Ok(files)
}

/// Lines that are no imports, sorted.
fn rest(files: &BTreeMap<RepoPath, Vec<u8>>) -> Vec<String> {
    let all = files.values().flat_map(|text| {
        String::from_utf8_lossy(text).lines().map(str::to_owned).collect::<Vec<_>>()
    });
    let mut all: Vec<String> = all
        .filter(|line| {
            !line.trim().is_empty() && !line.starts_with("import ") && !line.starts_with("from ")
        })
        .map(|line| {
            line.replace("p.b.", "p.a.")
                .replace("p.c.", "p.a.")
                .replace("(b.", "(p.a.")
                .replace(" b.gamma", " p.a.gamma")
        })
        .collect();
    all.sort();
    all
}

proptest! {
    #[test]
    fn there_and_back_gives_the_same_definitions_and_nothing_else_changes(
        uses in proptest::collection::vec((0u8..4, 0u8..6), 0..10),
        order in Just(vec![0usize, 1, 2, 3]).prop_shuffle(),
        which in 0usize..4,
    ) {
        let name = ["alpha", "beta", "gamma", "delta"][which];
        let python = Language::named("python").unwrap();
        let before = repository(&uses, &order);
        let there = go(&before, name, "p/b.py").unwrap();
        prop_assert_eq!(definitions(&there), definitions(&before));
        prop_assert_eq!(rest(&there), rest(&before));
        for text in there.values() {
            prop_assert!(errors(python, text).is_empty(), "{}", String::from_utf8_lossy(text));
        }
        let back = go(&there, name, "p/a.py").unwrap();
        prop_assert_eq!(definitions(&back), definitions(&before));
        prop_assert_eq!(rest(&back), rest(&before));
        for text in back.values() {
            prop_assert!(errors(python, text).is_empty(), "{}", String::from_utf8_lossy(text));
        }
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(text in ".{0,200}", end in prop::sample::select(vec!["py", "ts", "rs", "go"])) {
        let fixed = format!("{text}\ndef f(): pass\nexport function f() {{}}\nfn f() {{}}\nfunc f() {{}}\n");
        let files = BTreeMap::from([(RepoPath::new(format!("a.{end}")).unwrap(), fixed.into_bytes())]);
        let _ = go(&files, "f", &format!("b.{end}"));
    }
}
