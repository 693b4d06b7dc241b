//! Definitions that share a name: overloads, setters, types and what implements them.

use super::outcome;

const RUST: &str =
    "pub struct A {\n    x: u8,\n}\n\nimpl A {\n    fn x(&self) -> u8 {\n        1\n    }\n}\n";
const JAVA: &str = "class A {\n    int x(int a) {\n        return 1;\n    }\n\n    int x(String a) {\n        return 2;\n    }\n}\n";
const PYTHON: &str = "class A:\n    @property\n    def x(self):\n        return 1\n\n    @x.setter\n    def x(self, value):\n        pass\n";

fn edited(path: &str, before: &str, heading: &str, code: &str) -> String {
    outcome(&[(path, before)], &format!("EDIT {path} {heading}\n```\n{code}```\n"))
}

fn whole(path: &str, before: &str, after: &str) -> String {
    outcome(&[(path, before)], &format!("FILE {path}\n```\n{after}```\n"))
}

#[test]
fn a_type_and_its_implementation_are_told_apart() {
    let changed = |from: &str, to: &str| format!("--- a.rs\n{}", RUST.replace(from, to));
    let implementation = "impl A {\n    fn x(&self) -> u8 {\n        2\n    }\n}\n";
    assert_eq!(edited("a.rs", RUST, "A", implementation), changed("        1", "        2"));
    let both = format!("pub struct A {{\n    x: u16,\n}}\n\n{implementation}");
    let expected = changed("x: u8", "x: u16").replace("        1", "        2");
    assert_eq!(edited("a.rs", RUST, "A", &both), expected);
    let generic = "pub struct A<T> {\n    x: T,\n}\n";
    let expected = changed("pub struct A {\n    x: u8", "pub struct A<T> {\n    x: T");
    assert_eq!(edited("a.rs", RUST, "A", generic), expected, "its kind tells");
}

#[test]
fn an_overload_or_a_setter_is_meant_by_its_signature() {
    assert_eq!(
        edited("A.java", JAVA, "A.x", "int x(String a) {\n    return 3;\n}\n"),
        format!("--- A.java\n{}", JAVA.replace("return 2", "return 3")),
    );
    assert_eq!(
        edited("A.java", JAVA, "A.x", "int x(long a) {\n    return 3;\n}\n"),
        "refused: `x` could be `A.x`, `A.x` in `A.java`; name it in full in the heading",
    );
    assert_eq!(
        edited("a.py", PYTHON, "A.x", "@x.setter\ndef x(self, value):\n    self.y = value\n"),
        format!("--- a.py\n{}", PYTHON.replace("pass", "self.y = value")),
    );
}

#[test]
fn a_class_of_the_heading_gets_what_others_have_twice() {
    let before = "class A:\n    def x(self):\n        pass\n\n\nclass B:\n    def x(self, b):\n        pass\n\n\nclass C:\n    def y(self):\n        pass\n";
    let after = edited("a.py", before, "C.x", "def x(self, b):\n    return b\n");
    assert_eq!(after, format!("--- a.py\n{before}\n    def x(self, b):\n        return b\n"));
}

#[test]
fn none_of_them_is_lost() {
    let lost = |path: &str, name: &str| {
        format!(
            "refused: the new `{path}` lacks `{name}`, which must stay; give them too, or only what changes"
        )
    };
    let without_setter = &PYTHON[..PYTHON.find("\n    @x.setter").unwrap()];
    assert_eq!(whole("a.py", PYTHON, without_setter), lost("a.py", "A.x"));
    let without_string = "class A {\n    int x(int a) {\n        return 1;\n    }\n}\n";
    assert_eq!(whole("A.java", JAVA, without_string), lost("A.java", "A.x"));
    let two = format!("{RUST}\nimpl A {{\n    fn y() {{}}\n}}\n");
    let one = RUST.replace("        1\n    }\n", "        1\n    }\n\n    fn y() {}\n");
    assert_eq!(whole("a.rs", &two, &one), format!("--- a.rs\n{one}"), "two blocks may become one");
}

#[test]
fn new_ones_are_not_doubled() {
    let display = "impl Display for A {\n    fn fmt(&self) {}\n}\n\nimpl Debug for A {\n    fn fmt(&self) {}\n}\n";
    let setter = &PYTHON[PYTHON.find("\n    @x.setter").unwrap()..];
    let getter = &PYTHON[..PYTHON.len() - setter.len()];
    let overload = JAVA.replace("String", "long");
    for (path, before, after) in [
        ("a.rs", RUST, format!("{RUST}\n{display}")),
        ("a.py", getter, PYTHON.to_owned()),
        (
            "A.java",
            JAVA,
            format!(
                "{}\n{}",
                &JAVA[..JAVA.len() - 2],
                &overload[overload.find("    int x(long").unwrap()..]
            ),
        ),
    ] {
        assert_eq!(whole(path, before, &after), format!("--- {path}\n{after}"));
    }
    let twice = |path: &str, name: &str| format!("refused: `{path}` would have `{name}` twice");
    let plain = "def f(a):\n    pass\n";
    assert_eq!(
        whole("a.py", plain, &format!("{plain}\n\ndef f(a, b):\n    pass\n")),
        twice("a.py", "f")
    );
    let again = "impl A {\n    fn x(&self) -> u16 {\n        2\n    }\n}\n";
    assert_eq!(whole("a.rs", RUST, &format!("{RUST}\n{again}")), twice("a.rs", "A.x"));
}

#[test]
fn a_class_keeps_its_decorator_beside_those_of_its_members() {
    let before =
        "@dataclass\nclass A:\n    x: int\n\n    @property\n    def y(self):\n        return 1\n";
    let after = before.replace("return 1", "return 2");
    let code = after.strip_prefix("@dataclass\n").unwrap();
    assert_eq!(edited("a.py", before, "A", code), format!("--- a.py\n{after}"));
}
