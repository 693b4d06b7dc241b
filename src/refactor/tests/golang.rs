//! Go.

use super::*;

const MODULE: &str = "//- go.mod\nmodule example.com/m\n\ngo 1.19\n";

#[test]
fn within_a_package_the_imports_follow() {
    let fixture = "//- a.go\npackage m\n\nimport (\n\t\"fmt\"\n\t\"strings\"\n)\n\n// F says it.\nfunc f(s string) {\n\tfmt.Println(strings.ToUpper(s), g())\n}\n\nfunc g() string {\n\treturn strings.ToLower(\"A\")\n}\n//- a_test.go\npackage m\n\nfunc test() { f(\"\") }\n";
    let expected = "//- a.go\npackage m\n\nimport (\n\t\"strings\"\n)\n\nfunc g() string {\n\treturn strings.ToLower(\"A\")\n}\n//- b.go\npackage m\n\nimport (\n\t\"fmt\"\n\t\"strings\"\n)\n\n// F says it.\nfunc f(s string) {\n\tfmt.Println(strings.ToUpper(s), g())\n}\n";
    check(&format!("{MODULE}{fixture}"), "f", "b.go", expected, &[]);
}

#[test]
fn a_type_goes_with_its_methods() {
    let fixture = "//- a.go\npackage m\n\nimport \"fmt\"\n\ntype T struct{ n int }\n\nfunc h() {}\n\nfunc (t *T) String() string { return fmt.Sprint(t.n) }\n//- b.go\npackage m\n\nimport \"os\"\n\nvar x = os.Args\n";
    let expected = "//- a.go\npackage m\n\nfunc h() {}\n//- b.go\npackage m\n\nimport (\n\t\"fmt\"\n\t\"os\"\n)\n\nvar x = os.Args\n\ntype T struct{ n int }\n\nfunc (t *T) String() string { return fmt.Sprint(t.n) }\n";
    check(&format!("{MODULE}{fixture}"), "T", "b.go", expected, &[]);
}

#[test]
fn another_package_is_named_by_its_users() {
    let fixture = "//- a/a.go\npackage a\n\nimport \"fmt\"\n\n// F.\nfunc F() { fmt.Println() }\n\nfunc G() { F() }\n//- b/b.go\npackage b\n\nfunc H() {}\n//- main.go\npackage main\n\nimport \"example.com/m/a\"\n\nfunc main() {\n\ta.F()\n}\n";
    let expected = "//- a/a.go\npackage a\n\nimport \"example.com/m/b\"\n\nfunc G() { b.F() }\n//- b/b.go\npackage b\n\nimport \"fmt\"\n\nfunc H() {}\n\n// F.\nfunc F() { fmt.Println() }\n//- main.go\npackage main\n\nimport \"example.com/m/b\"\n\nfunc main() {\n\tb.F()\n}\n";
    check(&format!("{MODULE}{fixture}"), "F", "b/b.go", expected, &[]);
    let private = "//- a/a.go\npackage a\n\nfunc f() {}\n\nfunc F() { f() }\n\nfunc G() {}\n\nfunc H() { G() }\n";
    refused(&format!("{MODULE}{private}"), "f", "b/b.go", "capital letter");
    refused(&format!("{MODULE}{private}"), "F", "b/b.go", "only its package sees");
    let round = "//- a/a.go\npackage a\n\nfunc F() { G() }\n\nfunc G() {}\n\nfunc H() { F() }\n";
    refused(&format!("{MODULE}{round}"), "F", "b/b.go", "import one another");
    refused(
        &format!("{MODULE}//- a.go\npackage m\n\nconst (\n\tA = iota\n\tB\n)\n"),
        "A",
        "b.go",
        "together with others",
    );
}
