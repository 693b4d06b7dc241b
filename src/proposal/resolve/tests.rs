//! What goes where, and what is refused.

use std::collections::BTreeMap;

use insta::assert_snapshot;
use proptest::prelude::*;

use super::*;
use crate::proposal::edit::parse;

/// Files in memory, all of them shown.
struct Fixture {
    files: BTreeMap<RepoPath, FileState>,
    shown: Vec<RepoPath>,
}

impl Files for Fixture {
    fn read(&self, path: &RepoPath) -> Option<FileState> {
        self.files.get(path).cloned()
    }

    fn shown(&self) -> &[RepoPath] {
        &self.shown
    }
}

fn fixture(files: &[(&str, &str)]) -> Fixture {
    let files: BTreeMap<_, _> = files
        .iter()
        .map(|(path, text)| {
            let state = FileState { bytes: text.as_bytes().to_vec(), mode: Mode::Regular };
            (RepoPath::new(path).unwrap(), state)
        })
        .collect();
    let shown = files.keys().cloned().collect();
    Fixture { files, shown }
}

/// The changed files after `reply`, or the refusal.
fn outcome(files: &[(&str, &str)], reply: &str) -> String {
    let edits = match parse(reply) {
        Ok(edits) => edits,
        Err(error) => return format!("refused: {error}"),
    };
    match resolve(&edits, &fixture(files), Limits { whole_file_lines: 20 }) {
        Ok(changes) => changes
            .iter()
            .map(|change| {
                let after =
                    change.after.as_ref().map(|state| state.bytes.clone()).unwrap_or_default();
                format!("--- {}\n{}", change.path, String::from_utf8_lossy(&after))
            })
            .collect(),
        Err(refusal) => format!("refused: {refusal}"),
    }
}

const CART: &str = "\
import math


class Cart:
    def __init__(self):
        self.items = []

    @property
    def total(self):
        return sum(self.items)

    def add(self, item):
        self.items.append(item)


def total(items):
    return math.fsum(items)
";

fn cart(reply: &str) -> String {
    outcome(&[("shop/cart.py", CART)], reply)
}

#[test]
fn a_method_goes_to_its_class_with_its_indentation_and_decorator() {
    assert_snapshot!(cart("EDIT shop/cart.py Cart.total\n```python\ndef total(self):\n    return 0\n```"), @r"
    --- shop/cart.py
    import math


    class Cart:
        def __init__(self):
            self.items = []

        @property
        def total(self):
            return 0

        def add(self, item):
            self.items.append(item)


    def total(items):
        return math.fsum(items)
    ");
}

#[test]
fn the_name_in_the_code_decides_and_a_tie_is_refused() {
    assert_snapshot!(cart("EDIT shop/cart.py Cart\n```\ndef add(self, item):\n    pass\n```"), @"");
    assert_snapshot!(cart("EDIT shop/cart.py\n```\ndef total(x):\n    pass\n```"), @"");
    assert_snapshot!(cart("```\ndef add(self, item):\n    pass\n```"), @"");
}

#[test]
fn new_definitions_stand_beside_the_code_they_came_with() {
    assert_snapshot!(cart("EDIT shop/cart.py Cart.clear\n```\ndef clear(self):\n    self.items = []\n```"), @"");
    assert_snapshot!(cart("EDIT shop/cart.py total\n```\nimport os\n\ndef helper(x):\n    return x\n\ndef total(items):\n    return helper(items)\n```"), @"");
}

#[test]
fn a_class_with_a_part_of_its_members_loses_none() {
    let code = "class Cart:\n    def add(self, item):\n        self.items += [item]\n";
    assert_snapshot!(cart(&format!("EDIT shop/cart.py Cart\n```\n{code}```")), @"");
    assert_snapshot!(cart(&format!("EDIT shop/cart.py Cart.add\n```\n{code}```")), @"");
}

#[test]
fn what_would_do_damage_is_refused() {
    assert_snapshot!(cart("EDIT shop/cart.py total\n```\ndef total(items:\n    return\n```"), @"");
    assert_snapshot!(cart("EDIT shop/cart.py add\n```\ndef append(self, item):\n    pass\n```"), @"");
    assert_snapshot!(cart("EDIT shop/cart.py total\n```\nprint('hello')\n```"), @"");
    assert_snapshot!(cart("EDIT shop/card.py total\n```\ndef total(items):\n    return\n```"), @"");
    assert_snapshot!(cart("EDIT ../cart.py total\n```\ndef total(items):\n    return\n```"), @"");
    assert_snapshot!(cart("FILE shop/cart.py\n```\nimport math\n```"), @"");
    assert_snapshot!(cart("EDIT shop/cart.py Cart.add\n```\ndef add(self, item):\n    self.items.append(item)\n```"), @"");
}

#[test]
fn line_endings_and_marks_stay() {
    let windows = "\u{feff}def f():\r\n    return 1\r\n\r\ndef g():\r\n    return 2";
    let reply = "EDIT a.py g\n```\ndef g():\n    x = 3\n    return x\n```";
    let after = outcome(&[("a.py", windows)], reply);
    assert_eq!(
        after,
        "--- a.py\n\u{feff}def f():\r\n    return 1\r\n\r\ndef g():\r\n    x = 3\r\n    return x"
    );
}

#[test]
fn other_languages() {
    let rust = "struct A;\n\nimpl A {\n    /// Old.\n    #[inline]\n    fn x(&self) -> u8 {\n        1\n    }\n}\n";
    assert_snapshot!(outcome(&[("a.rs", rust)], "EDIT a.rs A::x\n```rust\n/// New.\nfn x(&self) -> u8 {\n    2\n}\n```"), @"");
    let java = "class A {\n    int x() {\n        return 1;\n    }\n\n    int y() {\n        return 1;\n    }\n}\n";
    assert_snapshot!(outcome(&[("A.java", java)], "EDIT A.java A.x\n```java\nint x() {\n    return 2;\n}\n```"), @"");
    let ts = "export class A {\n  x(): number {\n    return 1;\n  }\n}\n\nexport function f() {\n  return 1;\n}\n";
    assert_snapshot!(outcome(&[("a.ts", ts)], "EDIT a.ts A.x\n```ts\nx(): number {\n  return 2;\n}\n```\nEDIT a.ts f\n```ts\nexport function f() {\n  return 2;\n}\n```"), @"");
    let go = "package a\n\ntype A struct{}\n\nfunc (a *A) X() int {\n\treturn 1\n}\n";
    assert_snapshot!(outcome(&[("a.go", go)], "EDIT a.go A.X\n```go\nfunc (a *A) X() int {\n\treturn 2\n}\n```"), @"");
}

proptest! {
    #[test]
    fn no_reply_loses_a_definition(
        heading in "(EDIT|FILE) (shop/cart.py|cart.py|x.py) (total|Cart.total|Cart|add|new)?",
        code in "((    )?(def (total|add|new|__init__)\\((self|x)?\\):|class Cart:|return 1|import os|x = 1|)\n){0,8}",
    ) {
        let edits = parse(&format!("{heading}\n```\n{code}```\n")).unwrap();
        let files = fixture(&[("shop/cart.py", CART)]);
        if let Ok(changes) = resolve(&edits, &files, Limits { whole_file_lines: 100 }) {
            for change in changes {
                let after = change.after.unwrap().bytes;
                let language = Language::named("python").unwrap();
                prop_assert!(crate::syntax::errors(language, &after).is_empty());
                if change.path == RepoPath::new("shop/cart.py").unwrap() {
                    let symbols = crate::syntax::symbols(language, &after);
                    for name in ["Cart.__init__", "Cart.total", "Cart.add", "total"] {
                        prop_assert!(symbols.iter().any(|s| s.path == name), "{name} is lost");
                    }
                }
            }
        }
    }
}
