//! Go.

use super::*;

#[test]
fn packages_and_tests_follow() {
    let fixture = "//- go.mod\nmodule example.com/m\n\ngo 1.19\n//- a/a.go\npackage a\n\n// F is f(1).\nfunc F(s string) string {\n\treturn s\n}\n\nfunc g() string {\n\tF := func(s string) string { return s }\n\treturn F(\"1\")\n}\n\nfunc h() string { return F(\"2\") }\n//- a/a_test.go\npackage a\n\nfunc t() { F(\"3\") }\n//- main.go\npackage main\n\nimport \"example.com/m/a\"\n\nfunc main() {\n\ta.F(\n\t\t\"4\",\n\t)\n\tF(\"5\")\n}\n";
    let found = run(
        fixture,
        ("F(s string) string {\n\treturn s\n", "F(s string, c byte) string {\n\treturn s\n"),
        &passing("F", "c byte", "'.'"),
    );
    let text = shown(&found.files);
    for new in [
        "return F(\"1\")",
        "return F(\"2\", '.')",
        "F(\"3\", '.')",
        "\t\t\"4\",\n\t\t'.',\n",
        "\tF(\"5\")",
        "// F is f(1).",
    ] {
        assert!(text.contains(new), "{new}: {text}");
    }
}

#[test]
fn parameters_that_share_a_type_stay_together() {
    let fixture = "//- a.go\npackage a\n\nfunc f(a, b string) {}\n\nfunc g() {\n\tf(\"1\", two())\n}\n\ntype T struct{}\n\nfunc (t *T) m(n int) {\n\tt.m(n)\n}\n\nfunc (u *U) m(n int) {\n\tu.m(n)\n}\n\nfunc k(t *T, u U) {\n\tt.m(1)\n\tu.m(1)\n}\n";
    let asked = passing("f", "c int", "3");
    let found = run(fixture, ("package a", "package a"), &asked);
    let text = shown(&found.files);
    assert!(
        text.contains("func f(a, b string, c int) {}") && text.contains("f(\"1\", two(), 3)"),
        "{text}"
    );
    let found = run(fixture, ("package a", "package a"), &passing("T.m", "o int", "3"));
    let text = shown(&found.files);
    for new in ["m(n int, o int)", "t.m(n, o)", "u.m(n)\n", "t.m(1, 3)", "u.m(1)\n"] {
        assert!(text.contains(new), "{new}: {text}");
    }
}

#[test]
fn calls_with_types_follow_and_several_values_are_told() {
    let fixture = "//- a.go\npackage a\n\nfunc f[T any](s string, t T) {}\n\nfunc two() (string, int) { return \"\", 1 }\n\nfunc g() {\n\tf[int](\"1\", 2)\n\tf(two())\n}\n";
    let found = run(fixture, ("package a", "package a"), &passing("f", "c byte", "3"));
    let text = shown(&found.files);
    assert!(text.contains("f[int](\"1\", 2, 3)") && text.contains("f(two())"), "{text}");
    assert_eq!(found.doubts.len(), 1, "{found:?}");
}
