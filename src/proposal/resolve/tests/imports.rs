//! Imports that come with the definitions of a reply.

use super::outcome;

/// What stands above the definition `f` after an edit of it whose code begins with `imports`.
fn above(path: &str, before: &str, imports: &str) -> String {
    let f = if path.ends_with(".py") {
        "def f():\n    return 2\n"
    } else if path.ends_with(".go") {
        "func f() int { return 2 }\n"
    } else if path.ends_with(".rs") {
        "fn f() -> u8 { 2 }\n"
    } else {
        "function f() { return 2; }\n"
    };
    let file = format!("{before}{}", f.replace('2', "1"));
    let after = outcome(&[(path, &file)], &format!("EDIT {path} f\n```\n{imports}\n\n{f}```\n"));
    let after = after.strip_prefix(&format!("--- {path}\n")).unwrap_or(&after).to_owned();
    after.strip_suffix(f).unwrap_or(&after).to_owned()
}

#[test]
fn a_statement_of_several_lines_is_one() {
    assert_eq!(
        above("a.py", "import os\n\n\n", "from typing import (\n    Any,\n    Final,\n)"),
        "from typing import (\n    Any,\n    Final,\n)\nimport os\n\n\n"
    );
    assert_eq!(
        above("a.ts", "import a from 'a';\n\n", "import {\n  b,\n  c,\n} from 'b';"),
        "import {\n  b,\n  c,\n} from 'b';\nimport a from 'a';\n\n"
    );
}

#[test]
fn what_is_imported_already_is_not_again() {
    let go = "package a\n\nimport (\n\t\"fmt\"\n)\n\n";
    assert_eq!(
        above("a.go", go, "import (\n\t\"fmt\"\n\t\"strings\"\n)"),
        "package a\n\nimport \"strings\"\nimport (\n\t\"fmt\"\n)\n\n"
    );
    let ts = "import {\n  b,\n} from 'b';\n\n";
    assert_eq!(
        above("a.ts", ts, "import { b, c } from 'b';"),
        format!("import {{ c }} from 'b';\n{ts}")
    );
    assert_eq!(above("a.ts", ts, "import { b } from 'b';"), ts);
    let python = "from a import (\n    b,\n)\n\n\n";
    assert_eq!(above("a.py", python, "from a import b"), python);
    let rust = "use a::{b, c};\n\n";
    assert_eq!(above("a.rs", rust, "use a::c;\nuse d::e;"), format!("use d::e;\n{rust}"));
}

#[test]
fn what_binds_no_name_is_imported_once() {
    let star = "from a import *\n\n\n";
    assert_eq!(above("a.py", star, "from a import *"), star);
    assert_eq!(above("a.py", star, "from b import *"), format!("from b import *\n{star}"));
    let bare = "import './a';\n\n";
    assert_eq!(above("a.ts", bare, "import './a';"), bare);
    assert_eq!(above("a.ts", bare, "import './b';"), format!("import './b';\n{bare}"));
    let java = "import a.A;\n\nclass B {\n    void f() {}\n}\n";
    let reply =
        "EDIT B.java B.f\n```\nimport a.A;\nimport c.C;\n\nvoid f() {\n    C.c();\n}\n```\n";
    let after = outcome(&[("B.java", java)], reply);
    assert!(after.starts_with("--- B.java\nimport c.C;\nimport a.A;\n\nclass B"), "{after}");
}
