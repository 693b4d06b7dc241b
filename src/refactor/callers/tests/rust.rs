//! Rust.

use super::*;

const MANIFEST: &str = "//- Cargo.toml\n[package]\nname = \"c\"\n";

#[test]
fn calls_in_macros_tests_and_other_modules_follow() {
    let fixture = format!(
        "{MANIFEST}//- src/lib.rs\nmod b;\npub fn f(x: u8) -> u8 {{\n    x\n}}\n\nfn g() {{\n    println!(\"f(1) {{}}\", f(1));\n    let f = |x: u8| x;\n    f(2);\n}}\n\n#[cfg(test)]\nmod tests {{\n    use super::*;\n\n    #[test]\n    fn t() {{\n        assert_eq!(f(3), 3);\n    }}\n}}\n//- src/b.rs\nuse crate::f as h;\nfn f(x: u8) {{}}\nfn k() {{\n    h(4);\n    crate::f(5);\n    f(6);\n}}\n"
    );
    let found =
        run(&fixture, ("f(x: u8) -> u8", "f(x: u8, y: u8) -> u8"), &passing("f", "y: u8", "0"));
    let text = shown(&found.files);
    for new in
        ["f(3, 0), 3", "h(4, 0)", "crate::f(5, 0)", "    f(6);", "fn f(x: u8) {}", "    f(2);"]
    {
        assert!(text.contains(new), "{new}: {text}");
    }
    assert!(found.unfit.is_empty(), "{found:?}");
}

#[test]
fn methods_follow_behind_self_and_types() {
    let fixture = format!(
        "{MANIFEST}//- src/lib.rs\npub struct A;\nimpl A {{\n    pub fn new(x: u8) -> Self {{\n        A\n    }}\n    fn m(&self, x: u8) {{\n        self.m(x);\n        Self::m(self, x);\n    }}\n}}\nstruct B;\nimpl B {{\n    fn m(&self, x: u8) {{\n        self.m(x);\n    }}\n}}\nfn f(a: &A, b: &B) {{\n    a.m(1);\n    b.m(2);\n    A::new(3);\n}}\n"
    );
    let found = run(
        &fixture,
        ("m(&self, x: u8)", "m(&self, x: u8, y: bool)"),
        &passing("A.m", "y: bool", "true"),
    );
    let text = shown(&found.files);
    for new in
        ["self.m(x, y);", "Self::m(self, x, y)", "a.m(1, true)", "b.m(2)", "        self.m(x);"]
    {
        assert!(text.contains(new), "{new}: {text}");
    }
    let found =
        run(&fixture, ("new(x: u8)", "new(y: bool, x: u8)"), &passing("A::new", "y: bool", "true"));
    assert!(shown(&found.files).contains("A::new(true, 3)"), "{found:?}");
}

#[test]
fn calls_with_types_follow() {
    let fixture = format!(
        "{MANIFEST}//- src/lib.rs\nfn f<T>(x: T) {}\nfn g() {{\n    f::<u8>(1);\n    let h = f::<u8>;\n}}\n",
        "{}"
    );
    let found = run(&fixture, ("f<T>(x: T)", "f<T>(x: T, y: u8)"), &passing("f", "y: u8", "0"));
    assert!(shown(&found.files).contains("f::<u8>(1, 0)"), "{found:?}");
    assert_eq!(found.doubts.len(), 1, "{found:?}");
}
