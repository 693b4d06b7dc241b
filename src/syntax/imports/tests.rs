//! Imports are read, cut and added to as people write them.

use super::*;
use crate::syntax::parse;

/// The items of a text, and its first statement without the items named in `gone` and with `added`.
#[track_caller]
fn check(language: &str, text: &str, items: &str, gone: &[&str], added: &[&str], expected: &str) {
    let language = Language::named(language).unwrap();
    let tree = parse(language, text.as_bytes()).unwrap();
    let found = imports(language, &tree, text.as_bytes());
    let shown: Vec<String> = found
        .iter()
        .flat_map(|it| &it.items)
        .map(|it| match &it.what {
            Imported::Module => format!("{}={}", it.local, it.from),
            Imported::Name(name) => format!("{}={}:{name}", it.local, it.from),
            Imported::Default => format!("{}={}!", it.local, it.from),
            Imported::Everything => format!("*={}", it.from),
        })
        .collect();
    assert_eq!(shown.join(" "), items);
    let import = &found[0];
    let gone = (0..import.items.len())
        .filter(|at| gone.contains(&import.items[*at].local.as_str()))
        .collect();
    let wanted: Vec<Wanted> = added
        .iter()
        .map(|name| Wanted { name: (*name).to_owned(), alias: None, types: false })
        .collect();
    let module = import.items.last().unwrap().from.clone();
    let new = changed(language, text.as_bytes(), import, &gone, &module, &wanted);
    assert_eq!(new.as_deref().unwrap_or("-"), expected);
}

#[test]
fn python() {
    check("python", "import a.b as c, d.e\n", "c=a.b d.e=d.e", &["c"], &[], "import d.e");
    let text = "from .a import b, c as d, e\n";
    let items = "b=.a:b d=.a:c e=.a:e";
    check("python", text, items, &["b"], &[], "from .a import c as d, e");
    check("python", text, items, &["e", "d"], &[], "from .a import b");
    check("python", text, items, &["b", "d", "e"], &[], "-");
    check("python", text, items, &["e"], &["bb"], "from .a import b, bb, c as d");
    let text = "from a import (\n    b,  # first\n    # about c\n    c,\n)\n";
    let items = "b=a:b c=a:c";
    check("python", text, items, &["b"], &[], "from a import (\n    # about c\n    c,\n)");
    check("python", text, items, &["c"], &[], "from a import (\n    b,  # first\n    # about c\n)");
    let added = "from a import (\n    b,  # first\n    # about c\n    c,\n    d,\n)";
    check("python", text, items, &[], &["d"], added);
    check("python", "from a import *\n", "*=a", &[], &[], "from a import *");
}

#[test]
fn typescript() {
    let text = "import a, { b, type c as d } from './e'\n";
    let items = "a=./e! b=./e:b d=./e:c";
    check("typescript", text, items, &["b"], &[], "import a, { type c as d } from './e'");
    check("typescript", text, items, &["d"], &["z"], "import a, { b, z } from './e'");
    check("typescript", "export * from \"./a\";\n", "*=./a", &[], &[], "export * from \"./a\";");
    let text = "export {\n  a,\n  b,\n} from \"./c\";\n";
    check("typescript", text, "a=./c:a b=./c:b", &["b"], &[], "export {\n  a,\n} from \"./c\";");
    check(
        "javascript",
        "import * as a from './b'\n",
        "a=./b",
        &[],
        &[],
        "import * as a from './b'",
    );
}

#[test]
fn rust() {
    let text = "pub use crate::a::{self, b::{c, d as e}, f::*, g};\n";
    let items = "a=crate:a c=crate::a::b:c e=crate::a::b:d *=crate::a::f g=crate::a:g";
    check("rust", text, items, &["c"], &[], "pub use crate::a::{self, b::d as e, f::*, g};");
    check("rust", text, items, &["c", "e"], &[], "pub use crate::a::{self, f::*, g};");
    check("rust", text, items, &["g"], &[], "pub use crate::a::{self, b::{c, d as e}, f::*};");
    check("rust", "use a::{b, c};\n", "b=a:b c=a:c", &["b"], &[], "use a::c;");
    check("rust", "use a::{b, d};\n", "b=a:b d=a:d", &[], &["c"], "use a::{b, c, d};");
    check("rust", "use a::d;\n", "d=a:d", &[], &["c"], "use a::{c, d};");
    check("rust", "use a::b;\n", "b=a:b", &["b"], &[], "-");
}

#[test]
fn go() {
    let text = "package p\nimport (\n\t\"fmt\"\n\ty \"gopkg.in/yaml.v3\"\n\t\"a.b/go-c/v2\"\n)\n";
    check("go", text, "fmt=fmt y=gopkg.in/yaml.v3 c=a.b/go-c/v2", &["fmt"], &[], "-");
}
