//! Python.

use super::*;

#[test]
fn calls_follow_through_imports_and_others_of_the_name_do_not() {
    let fixture = "//- p/__init__.py\nfrom .a import f\n\n//- p/a.py\ndef f(x):\n    return x\n\n\ndef g(y):\n    # f(y)\n    return f(y) + f(\n        y\n    )\n\n\ndef h(f):\n    return f(1)\n\n//- t/test_a.py\nimport p\nimport p.a as m\nfrom p import f as other\nfrom q import f\n\n\nclass A:\n    def f(self, x):\n        return self.f(x)\n\n\ndef test():\n    assert p.f(1) == m.f(2) == other(3) == f(4) == A().f(5), \"f(6)\"\n    from p.a import f as inner\n    inner(7)\n";
    let expected = "//- p/a.py\ndef f(x, k):\n    return x\n\n\ndef g(y):\n    # f(y)\n    return f(y, 9) + f(\n        y,\n        9\n    )\n\n\ndef h(f):\n    return f(1)\n\n//- t/test_a.py\nimport p\nimport p.a as m\nfrom p import f as other\nfrom q import f\n\n\nclass A:\n    def f(self, x):\n        return self.f(x)\n\n\ndef test():\n    assert p.f(1, 9) == m.f(2, 9) == other(3, 9) == f(4) == A().f(5), \"f(6)\"\n    from p.a import f as inner\n    inner(7, 9)\n";
    check(fixture, ("f(x)", "f(x, k)"), &passing("f", "k", "9"), expected, &[]);
}

#[test]
fn parameters_go_come_and_change_their_names() {
    let fixture =
        "//- a.py\ndef f(a, b=2, *, c=3):\n    return a\n\n\nf(1)\nf(1, 5, c=6)\nf(a=1, b=g())\n";
    let none = Asked::default();
    let expected =
        "//- a.py\ndef f(a, *, c=3):\n    return a\n\n\nf(1)\nf(1, c=6)\nf(a=1, b=g())\n";
    check(fixture, ("b=2, *", "*"), &none, expected, &["a.py:7"]);
    let expected =
        "//- a.py\ndef f(a, b=2, *, d=3):\n    return a\n\n\nf(1)\nf(1, 5, d=6)\nf(a=1, b=g())\n";
    check(fixture, ("c=3", "d=3"), &none, expected, &[]);
    // What was left out and has no default any more gets the one that it had.
    let expected =
        "//- a.py\ndef f(a, b, *, c=3):\n    return a\n\n\nf(1, 2)\nf(1, 5, c=6)\nf(a=1, b=g())\n";
    check(fixture, ("b=2", "b"), &none, expected, &[]);
    let expected =
        "//- a.py\ndef f(b, a, *, c=3):\n    return a\n\n\nf(1)\nf(5, 1, c=6)\nf(a=1, b=g())\n";
    check(
        &fixture.replace("b=2", "b").replace("f(1)\n", ""),
        ("a, b", "b, a"),
        &none,
        &expected.replace("f(1)\n", ""),
        &[],
    );
}

#[test]
fn a_parameter_is_threaded_to_where_it_is_asked_for() {
    let fixture = "//- a.py\ndef low(x):\n    return x\n\n\ndef middle(x):\n    return low(x)\n\n\ndef top():\n    return middle(1)\n\n\n//- tests/test_a.py\nfrom a import low\n\n\ndef test_low():\n    assert low(1)\n";
    let asked = Asked { on: true, ..Asked::default() };
    let expected = "//- a.py\ndef low(x, deep: bool):\n    return x\n\n\ndef middle(x, deep: bool):\n    return low(x, deep)\n\n\ndef top(deep: bool):\n    return middle(1, deep)\n\n\n";
    let found = run(fixture, ("low(x)", "low(x, deep: bool)"), &asked);
    assert!(shown(&found.files).starts_with(expected), "{}", shown(&found.files));
    // Nobody said what a test gives.
    assert_eq!(found.open.len(), 1);
    assert_eq!(found.unfit.len(), 1);
    let answers = BTreeMap::from([(found.open[0].key.clone(), "True".to_owned())]);
    let (before, after) =
        (files(fixture), files(&fixture.replacen("low(x)", "low(x, deep: bool)", 1)));
    let again = follow(&Sources::new(before), &Sources::new(after), &asked, 0, &answers);
    assert!(again.unfit.is_empty() && shown(&again.files).contains("assert low(1, True)"));
}

#[test]
fn methods_are_known_by_what_stands_before_them() {
    let fixture = "//- a.py\nclass A:\n    def __init__(self, n):\n        self.n = n\n\n    def m(self, x):\n        return self.m(x - 1)\n\n    @classmethod\n    def k(cls, x):\n        return cls.k(x)\n\n\nclass B:\n    def m(self, x):\n        return self.m(x)\n\n\ndef f(a: A, b: B, c):\n    A.m(a, 1)\n    return a.m(1) + b.m(2) + c.m(3) + A(1).n + A.k(1)\n";
    let asked = passing("A.m", "y", "0");
    let found = run(fixture, ("m(self, x)", "m(self, x, y)"), &asked);
    let text = shown(&found.files);
    for kept in ["return self.m(x)\n", "b.m(2) + c.m(3) + A(1).n + A.k(1)"] {
        assert!(text.contains(kept), "{text}");
    }
    for new in ["self.m(x - 1, y)", "A.m(a, 1, 0)", "a.m(1, 0)"] {
        assert!(text.contains(new), "{text}");
    }
    assert_eq!(found.doubts.len(), 2, "{:?}", found.doubts);
    let found = run(fixture, ("k(cls, x)", "k(cls, x, y)"), &passing("A.k", "y", "0"));
    let text = shown(&found.files);
    assert!(text.contains("cls.k(x, y)") && text.contains("A.k(1, 0)"), "{text}");
    let found = run(fixture, ("self, n", "self, n, o"), &passing("A.__init__", "o", "0"));
    assert!(shown(&found.files).contains("A(1, 0).n"));
}

#[test]
fn lists_that_only_a_run_can_count_are_left_and_told() {
    let fixture = "//- a.py\ndef f(x):\n    return x\n\n\nf(*[1])\nmap(f, [1])\n";
    let found = run(fixture, ("f(x)", "f(x, y)"), &passing("f", "y", "0"));
    assert!(
        found.files.is_empty() && found.unfit.is_empty() && found.doubts.len() == 2,
        "{found:?}"
    );
}

#[test]
fn what_is_taken_already_is_handed_on_where_that_is_asked() {
    let fixture = "//- a.py\ndef day(v, form='d'):\n    return form\n\n\ndef date(v):\n    return day(v) + day(v, 'x')\n\n\ndef other(v):\n    return day(v)\n";
    let asked = Asked {
        gains: vec![gain("date", "form: str = 'd'")],
        on: true,
        onto: vec!["day".to_owned()],
        ..Asked::default()
    };
    let expected = "//- a.py\ndef day(v, form='d'):\n    return form\n\n\ndef date(v, form: str = 'd'):\n    return day(v, form=form) + day(v, 'x')\n\n\ndef other(v):\n    return day(v)\n";
    check(fixture, ("def", "def"), &asked, expected, &[]);
}
