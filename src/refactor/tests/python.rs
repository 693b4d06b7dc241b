//! Python.

use super::*;

#[test]
fn a_function_goes_with_its_imports_and_its_users_follow() {
    let fixture = "//- pkg/__init__.py\nfrom .a import f, g\n\
//- pkg/a.py\n\"\"\"A.\"\"\"\n\nimport os\nimport re\nfrom functools import cache, wraps\n\nfrom .c import C\n\nLIMIT = 3\n\n\n# About f.\n@cache\ndef f(x: C):\n    \"\"\"F.\"\"\"\n    return re.sub('a', 'b', x)[:LIMIT]\n\n\ndef g():\n    return os, wraps\n\
//- pkg/c.py\nclass C:\n    pass\n\
//- tests/test_a.py\nimport pkg.a as a\nfrom pkg.a import f as ff, g\nfrom unittest import mock\n\n\ndef test():\n    with mock.patch('pkg.a.f'):\n        assert a.f(1) == ff(1) == g()\n    mock.patch('pkg.a.g')\n";
    let expected = "//- pkg/__init__.py\nfrom .a import g\nfrom .b import f\n\
//- pkg/a.py\n\"\"\"A.\"\"\"\n\nimport os\nfrom functools import wraps\n\nLIMIT = 3\n\n\ndef g():\n    return os, wraps\n\
//- pkg/b.py\nimport re\nfrom functools import cache\n\nfrom .a import LIMIT\nfrom .c import C\n\n\n# About f.\n@cache\ndef f(x: C):\n    \"\"\"F.\"\"\"\n    return re.sub('a', 'b', x)[:LIMIT]\n\
//- tests/test_a.py\nfrom pkg import b\nfrom pkg.a import g\nfrom pkg.b import f as ff\nfrom unittest import mock\n\n\ndef test():\n    with mock.patch('pkg.b.f'):\n        assert b.f(1) == ff(1) == g()\n    mock.patch('pkg.a.g')\n";
    check(fixture, "f", "pkg/b.py", expected, &[]);
}

#[test]
fn what_is_used_at_home_is_imported_back() {
    let fixture = "//- a.py\nimport json\n\n\ndef f():\n    return json\n\n\ndef g():\n    return f()\n\
//- b.py\n\"\"\"B.\"\"\"\nimport sys\n\nX = sys\n\nif __name__ == '__main__':\n    X()\n";
    let expected = "//- a.py\nfrom b import f\n\n\ndef g():\n    return f()\n\
//- b.py\n\"\"\"B.\"\"\"\nimport json\nimport sys\n\nX = sys\n\n\ndef f():\n    return json\n\n\nif __name__ == '__main__':\n    X()\n";
    check(fixture, "f", "b.py", expected, &[]);
}

#[test]
fn files_that_would_import_one_another_are_refused() {
    let fixture = "//- a.py\nN = 1\n\n\ndef f():\n    return N\n\n\ndef g():\n    return f()\n";
    refused(fixture, "f", "b.py", "`a.py` and `b.py` would import one another");
}

#[test]
fn a_package_goes_on_showing_it() {
    let fixture = "//- pkg/__init__.py\nimport os\n\n__all__ = ['f', 'g']\n\n\ndef f():\n    return os\n\n\ndef g():\n    return 1\n//- use.py\nfrom pkg import f\n\nf()\n";
    let expected = "//- pkg/__init__.py\nimport os\n\nfrom .b import f\n\n__all__ = ['f', 'g']\n\n\ndef g():\n    return 1\n//- pkg/b.py\nimport os\n\n\ndef f():\n    return os\n";
    check(fixture, "f", "pkg/b.py", expected, &[]);
}

#[test]
fn lists_and_stars_follow() {
    let fixture = "//- p/__init__.py\nfrom .a import *\n//- p/a.py\n__all__ = ['f', 'g']\n\n\ndef f():\n    pass\n\n\ndef g():\n    pass\n//- p/b.py\n__all__ = ('h',)\n\n\ndef h():\n    pass\n//- use.py\nfrom p.a import *\n\nf()\n//- other.py\nfrom p.a import *\n\ng()\n";
    let expected = "//- p/__init__.py\nfrom .a import *\nfrom .b import f\n//- p/a.py\n__all__ = ['g']\n\n\ndef g():\n    pass\n//- p/b.py\n__all__ = ('f', 'h',)\n\n\ndef h():\n    pass\n\n\ndef f():\n    pass\n//- use.py\nfrom p.a import *\nfrom p.b import f\n\nf()\n";
    check(fixture, "f", "p/b.py", expected, &[]);
}

#[test]
fn the_new_file_knows_it_already() {
    let fixture = "//- a.py\ndef f():\n    return 1\n//- b.py\nimport a\nfrom a import f\n\nX = f() + a.f()\n";
    let expected = "//- a.py\n//- b.py\n\n\ndef f():\n    return 1\n\n\nX = f() + f()\n";
    let moved = moved(fixture, "f", "b.py").unwrap();
    let text = String::from_utf8_lossy(&moved.files[&RepoPath::new("b.py").unwrap()]).into_owned();
    assert_eq!(text.trim_start(), expected.split("b.py\n").nth(1).unwrap().trim_start());
}

#[test]
fn types_stay_imports_for_types() {
    let fixture = "//- a.py\nfrom __future__ import annotations\n\nfrom typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from c import C\n\n\ndef f(x: C) -> C:\n    return x\n\n\ndef g():\n    return TYPE_CHECKING\n";
    let expected = "//- a.py\nfrom __future__ import annotations\n\nfrom typing import TYPE_CHECKING\n\n\ndef g():\n    return TYPE_CHECKING\n//- b.py\nfrom __future__ import annotations\n\nfrom typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from c import C\n\n\ndef f(x: C) -> C:\n    return x\n";
    check(fixture, "f", "b.py", expected, &[]);
}

#[test]
fn what_syntax_cannot_decide_is_refused() {
    let twice = "//- a.py\nif x:\n    def f(): pass\nelse:\n    def f(): pass\n";
    refused(twice, "f", "b.py", "inside of something else");
    let twice = "//- a.py\ndef f(): pass\n\n\ndef f(): pass\n";
    refused(twice, "f", "b.py", "more than once");
    refused("//- a.py\nclass A:\n    def m(self): pass\n", "m", "b.py", "inside of something else");
    refused("//- a.py\ndef f(): pass\n//- b.py\nf = 1\n", "f", "b.py", "has another `f`");
    refused("//- a.py\ndef f(): pass\n//- c.py\ndef f(): pass\n", "f", "b.py", "in 2 files");
    refused("//- a.py\ndef f(): pass\n", "f", "b.rs", "language");
    refused("//- a.py\ndef f(): pass\n", "g", "b.py", "not defined");
    let state = "//- a.py\nN = 0\n\n\ndef f():\n    global N\n    N += 1\n";
    refused(state, "f", "b.py", "bind anew");
    let star = "//- a.py\nfrom x import *\n\n\ndef f():\n    return thing()\n";
    refused(star, "f", "b.py", "`thing` may come from `x`");
}

#[test]
fn mentions_that_are_no_code_are_told() {
    let fixture = "//- p/__init__.py\n//- p/a.py\ndef f():\n    pass\n//- t.py\nimport p.a\n\ngetattr(p.a, 'f')()\n# p.a.f\n//- README.md\nSee `p.a.f`.\n//- pyproject.toml\n[project.scripts]\nf = \"p.a:f\"\n";
    let expected = "//- p/a.py\n//- p/b.py\ndef f():\n    pass\n";
    check(
        fixture,
        "f",
        "p/b.py",
        expected,
        &["README.md:1", "pyproject.toml:2", "t.py:3", "t.py:4"],
    );
}

#[test]
fn an_import_in_a_function_stays_there() {
    let fixture = "//- p/__init__.py\n//- p/a.py\ndef f():\n    pass\n//- p/u.py\ndef u():\n    from .a import f\n\n    return f()\n";
    let expected = "//- p/a.py\n//- p/b.py\ndef f():\n    pass\n//- p/u.py\ndef u():\n    from .b import f\n\n    return f()\n";
    check(fixture, "f", "p/b.py", expected, &[]);
}
