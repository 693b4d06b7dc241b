//! What goes where, and what is refused.

mod imports;
mod twins;

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
    match resolve(&edits, &fixture(files), Limits { whole_file_lines: 20, may_lose: false }) {
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
    assert_snapshot!(cart("EDIT shop/cart.py Cart\n```\ndef add(self, item):\n    pass\n```"), @r"
    --- shop/cart.py
    import math


    class Cart:
        def __init__(self):
            self.items = []

        @property
        def total(self):
            return sum(self.items)

        def add(self, item):
            pass


    def total(items):
        return math.fsum(items)
    ");
    assert_snapshot!(cart("EDIT shop/cart.py\n```\ndef total(x):\n    pass\n```"), @r"refused: `total` could be `Cart.total`, `total` in `shop/cart.py`; name it in full in the heading");
    assert_snapshot!(cart("```\ndef add(self, item):\n    pass\n```"), @r"
    --- shop/cart.py
    import math


    class Cart:
        def __init__(self):
            self.items = []

        @property
        def total(self):
            return sum(self.items)

        def add(self, item):
            pass


    def total(items):
        return math.fsum(items)
    ");
}

#[test]
fn new_definitions_stand_beside_the_code_they_came_with() {
    assert_snapshot!(cart("EDIT shop/cart.py Cart.clear\n```\ndef clear(self):\n    self.items = []\n```"), @r"
    --- shop/cart.py
    import math


    class Cart:
        def __init__(self):
            self.items = []

        @property
        def total(self):
            return sum(self.items)

        def add(self, item):
            self.items.append(item)

        def clear(self):
            self.items = []


    def total(items):
        return math.fsum(items)
    ");
    assert_snapshot!(cart("EDIT shop/cart.py total\n```\nimport os\n\ndef helper(x):\n    return x\n\ndef total(items):\n    return helper(items)\n```"), @r"
    --- shop/cart.py
    import os
    import math


    class Cart:
        def __init__(self):
            self.items = []

        @property
        def total(self):
            return sum(self.items)

        def add(self, item):
            self.items.append(item)


    def helper(x):
        return x


    def total(items):
        return helper(items)
    ");
}

#[test]
fn a_class_with_a_part_of_its_members_loses_none() {
    let code = "class Cart:\n    def add(self, item):\n        self.items += [item]\n";
    assert_snapshot!(cart(&format!("EDIT shop/cart.py Cart\n```\n{code}```")), @r"refused: the new `shop/cart.py` lacks `Cart.__init__`, `Cart.total`, which must stay; give them too, or only what changes");
    assert_snapshot!(cart(&format!("EDIT shop/cart.py Cart.add\n```\n{code}```")), @r"
    --- shop/cart.py
    import math


    class Cart:
        def __init__(self):
            self.items = []

        @property
        def total(self):
            return sum(self.items)

        def add(self, item):
            self.items += [item]


    def total(items):
        return math.fsum(items)
    ");
}

#[test]
fn what_would_do_damage_is_refused() {
    assert_snapshot!(cart("EDIT shop/cart.py total\n```\ndef total(items:\n    return\n```"), @r"refused: line 1 of the code is broken: unexpected `def total(items:`");
    assert_snapshot!(cart("EDIT shop/cart.py add\n```\ndef append(self, item):\n    pass\n```"), @r"refused: the heading names `add` but the code defines `append`, which is not in `shop/cart.py`; keep the name `add`");
    assert_snapshot!(cart("EDIT shop/cart.py total\n```\nprint('hello')\n```"), @r"refused: the code for `shop/cart.py` defines no function, method or class; give one whole, by its name");
    assert_snapshot!(cart("EDIT shop/card.py total\n```\ndef total(items):\n    return\n```"), @r"refused: there is no file `shop/card.py`; the files you have seen are `shop/cart.py`");
    assert_snapshot!(cart("EDIT ../cart.py total\n```\ndef total(items):\n    return\n```"), @r"refused: `../cart.py` is no path inside the repository");
    assert_snapshot!(cart("FILE shop/cart.py\n```\nimport math\n```"), @r"refused: the new `shop/cart.py` lacks `Cart`, `Cart.__init__`, `Cart.add`, `Cart.total`, `total`, which must stay; give them too, or only what changes");
    assert_snapshot!(cart("EDIT shop/cart.py Cart.add\n```\ndef add(self, item):\n    self.items.append(item)\n```"), @r"refused: the edits change nothing: the code is the same as before");
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
    assert_snapshot!(outcome(&[("a.rs", rust)], "EDIT a.rs A::x\n```rust\n/// New.\nfn x(&self) -> u8 {\n    2\n}\n```"), @r"
    --- a.rs
    struct A;

    impl A {
        /// New.
        #[inline]
        fn x(&self) -> u8 {
            2
        }
    }
    ");
    let java = "class A {\n    int x() {\n        return 1;\n    }\n\n    int y() {\n        return 1;\n    }\n}\n";
    assert_snapshot!(outcome(&[("A.java", java)], "EDIT A.java A.x\n```java\nint x() {\n    return 2;\n}\n```"), @r"
    --- A.java
    class A {
        int x() {
            return 2;
        }

        int y() {
            return 1;
        }
    }
    ");
    let ts = "export class A {\n  x(): number {\n    return 1;\n  }\n}\n\nexport function f() {\n  return 1;\n}\n";
    assert_snapshot!(outcome(&[("a.ts", ts)], "EDIT a.ts A.x\n```ts\nx(): number {\n  return 2;\n}\n```\nEDIT a.ts f\n```ts\nexport function f() {\n  return 2;\n}\n```"), @r"
    --- a.ts
    export class A {
      x(): number {
        return 2;
      }
    }

    export function f() {
      return 2;
    }
    ");
    let go = "package a\n\ntype A struct{}\n\nfunc (a *A) X() int {\n\treturn 1\n}\n";
    assert_snapshot!(outcome(&[("a.go", go)], "EDIT a.go A.X\n```go\nfunc (a *A) X() int {\n\treturn 2\n}\n```"), @r"
    --- a.go
    package a

    type A struct{}

    func (a *A) X() int {
    	return 2
    }
    ");
}

proptest! {
    #[test]
    fn no_reply_loses_a_definition(
        heading in "(EDIT|FILE) (shop/cart.py|cart.py|x.py) (total|Cart.total|Cart|add|new)?",
        code in "((    )?(def (total|add|new|__init__)\\((self|x)?\\):|class Cart:|return 1|import os|x = 1|)\n){0,8}",
    ) {
        let edits = parse(&format!("{heading}\n```\n{code}```\n")).unwrap();
        let files = fixture(&[("shop/cart.py", CART)]);
        if let Ok(changes) = resolve(&edits, &files, Limits { whole_file_lines: 100, may_lose: false }) {
            for change in changes {
                let after = change.after.unwrap().bytes;
                // What is of no language, as `cart¡py` is, breaks no grammar.
                let Some(language) = Language::of(&change.path, &after) else { continue };
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

#[test]
fn an_import_that_a_reply_forgot_and_needs_is_put_back() {
    let kept = |path: &str, before: &str, after: &str| {
        let reply = format!("FILE {path}\n```\n{after}```\n");
        outcome(&[(path, before)], &reply)
    };
    let python =
        "import math\nfrom typing import Any, Final\n\n\ndef area(r):\n    return math.pi * r\n";
    let area = "def area(r):\n    return math.pi * r * r\n";
    assert_eq!(
        kept("a.py", python, area),
        format!("--- a.py\nimport math\n\n\n{area}"),
        "what is used comes back with the space behind it, what is not stays away"
    );
    let final_ =
        format!("\"\"\"Areas.\"\"\"\n\nfrom typing import Any\n\nLIMIT: Final[Any] = 1\n\n{area}");
    assert_eq!(
        kept("a.py", python, &final_),
        format!(
            "--- a.py\n\"\"\"Areas.\"\"\"\n\nimport math\nfrom typing import Final\n{}",
            &final_[14..]
        ),
    );
    let go = "package a\n\nimport (\n\t\"fmt\"\n\ts \"strings\"\n)\n\nfunc A() string { return s.Title(\"x\") }\n";
    assert_eq!(
        kept("a.go", go, "package a\n\nfunc A() string { return s.ToUpper(\"x\") }\n"),
        "--- a.go\npackage a\n\nimport s \"strings\"\n\nfunc A() string { return s.ToUpper(\"x\") }\n",
    );
    let bound = "def area(r, math):\n    return math.pi * r * r\n";
    assert_eq!(
        kept("a.py", python, bound),
        format!("--- a.py\n{bound}"),
        "a parameter is no module"
    );
    let typescript =
        "import { readFile, stat } from 'fs';\n\nexport function a() { return stat('x'); }\n";
    assert_eq!(
        kept("a.ts", typescript, "export function a() { return stat('y'); }\n"),
        "--- a.ts\nimport { stat } from 'fs';\n\nexport function a() { return stat('y'); }\n",
    );
    let alone = "import './setup';\nimport { stat } from 'fs';\n\nexport function a() { return stat('x'); }\n";
    let changed = alone.replace("'x'", "'y'");
    assert_eq!(kept("a.ts", alone, &changed), format!("--- a.ts\n{changed}"), "nothing is missing");
    let rust = "//! Maps.\n\nuse std::collections::BTreeMap;\n\nfn a() -> BTreeMap<u8, u8> { BTreeMap::new() }\n";
    assert_eq!(
        kept(
            "a.rs",
            rust,
            "//! Maps.\n\nfn a() -> BTreeMap<u8, u8> { BTreeMap::from([(1, 1)]) }\n"
        ),
        "--- a.rs\n//! Maps.\n\nuse std::collections::BTreeMap;\n\nfn a() -> BTreeMap<u8, u8> { BTreeMap::from([(1, 1)]) }\n",
    );
}

#[test]
fn a_standard_import_that_new_code_needs_is_added() {
    let python = "def area(r):\n    return r\n";
    let reply = "FILE a.py\n```\ndef area(r: Optional[float]):\n    return math.pi * r\n```\n";
    assert_eq!(
        outcome(&[("a.py", python)], reply),
        "--- a.py\nimport math\nfrom typing import Optional\n\n\ndef area(r: Optional[float]):\n    return math.pi * r\n",
    );
    let own = "def area(r, math):\n    return math.pi * r\n";
    let reply = format!("FILE a.py\n```\n{own}```\n");
    assert_eq!(outcome(&[("a.py", python)], &reply), format!("--- a.py\n{own}"));
    let known = "from lib import *\n\ndef area(r):\n    return r\n";
    let reply = "EDIT a.py area\n```\ndef area(r):\n    return math.pi * r\n```\n";
    assert!(
        !outcome(&[("a.py", known)], reply).contains("import math"),
        "it may have it from there"
    );
    let rust = "fn a() -> usize { 1 }\n";
    let reply = "EDIT a.rs a\n```\nfn a() -> HashMap<u8, u8> { HashMap::new() }\n```\n";
    assert_eq!(
        outcome(&[("a.rs", rust)], reply),
        "--- a.rs\nuse std::collections::HashMap;\n\nfn a() -> HashMap<u8, u8> { HashMap::new() }\n",
    );
    let go = "package a\n\nimport (\n\t\"fmt\"\n)\n\nfunc A(x string) string {\n\treturn fmt.Sprint(x)\n}\n";
    let reply = "EDIT a.go A\n```\nfunc A(x string) string {\n\treturn fmt.Sprint(strings.ToUpper(x))\n}\n```\n";
    assert_eq!(
        outcome(&[("a.go", go)], reply),
        "--- a.go\npackage a\n\nimport \"strings\"\n\nimport (\n\t\"fmt\"\n)\n\nfunc A(x string) string {\n\treturn fmt.Sprint(strings.ToUpper(x))\n}\n",
    );
}
