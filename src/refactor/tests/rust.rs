//! Rust.

use super::*;

const MANIFEST: &str = "//- Cargo.toml\n[package]\nname = \"my-lib\"\n";

#[test]
fn a_function_goes_with_its_imports_and_its_users_follow() {
    let fixture = "//- src/a.rs\n//! A.\n\nuse std::collections::{HashMap, HashSet};\nuse std::io::Write;\n\nuse crate::c::C;\n\nconst LIMIT: usize = 3;\n\n/// F.\n#[inline]\npub fn f(map: HashMap<C, usize>) -> usize {\n    map.len() + LIMIT\n}\n\nfn g(mut w: impl Write) -> HashSet<u8> {\n    w.flush();\n    HashSet::new()\n}\n\n#[cfg(test)]\nmod tests {\n    use super::*;\n\n    #[test]\n    fn t() {\n        assert_eq!(f(Default::default()), 3);\n        g(vec![]);\n    }\n}\n\
//- src/c.rs\npub struct C;\n\
//- src/lib.rs\n//! Lib.\n\npub mod a;\nmod c;\n\npub use a::f;\n\nfn h() {\n    a::f(Default::default());\n}\n\
//- tests/it.rs\nuse my_lib::a::{self, f};\n\n#[test]\nfn t() {\n    f(a::f());\n}\n";
    let expected = "//- src/a.rs\n//! A.\n\nuse std::collections::HashSet;\nuse std::io::Write;\n\npub(crate) const LIMIT: usize = 3;\n\nfn g(mut w: impl Write) -> HashSet<u8> {\n    w.flush();\n    HashSet::new()\n}\n\n#[cfg(test)]\nmod tests {\n    use super::*;\n    use crate::b::f;\n\n    #[test]\n    fn t() {\n        assert_eq!(f(Default::default()), 3);\n        g(vec![]);\n    }\n}\n\
//- src/b.rs\nuse std::collections::HashMap;\n\nuse crate::a::LIMIT;\nuse crate::c::C;\n\n/// F.\n#[inline]\npub fn f(map: HashMap<C, usize>) -> usize {\n    map.len() + LIMIT\n}\n\
//- src/lib.rs\n//! Lib.\n\npub mod a;\npub mod b;\nmod c;\n\npub use b::f;\n\nfn h() {\n    b::f(Default::default());\n}\n\
//- tests/it.rs\nuse my_lib::b::f;\n\n#[test]\nfn t() {\n    f(my_lib::b::f());\n}\n";
    check(&format!("{MANIFEST}{fixture}"), "f", "src/b.rs", expected, &[]);
}

#[test]
fn a_type_goes_with_its_blocks_and_gets_as_visible_as_it_must() {
    let fixture = "//- src/lib.rs\nmod a;\nmod b;\n\
//- src/a.rs\nuse std::fmt;\n\n#[derive(Debug)]\nstruct S {\n    n: u8,\n}\n\nfn make() -> S {\n    S::new()\n}\n\nimpl S {\n    pub fn new() -> Self {\n        S { n: 1 }\n    }\n}\n\nimpl fmt::Display for S {\n    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {\n        Ok(())\n    }\n}\n\
//- src/b.rs\nfn b() {}\n\n#[cfg(test)]\nmod tests {}\n";
    let expected = "//- src/a.rs\nuse crate::b::S;\n\nfn make() -> S {\n    S::new()\n}\n\
//- src/b.rs\nuse std::fmt;\n\nfn b() {}\n\n#[derive(Debug)]\npub(crate) struct S {\n    n: u8,\n}\n\nimpl S {\n    pub fn new() -> Self {\n        S { n: 1 }\n    }\n}\n\nimpl fmt::Display for S {\n    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {\n        Ok(())\n    }\n}\n\n#[cfg(test)]\nmod tests {}\n";
    check(&format!("{MANIFEST}{fixture}"), "S", "src/b.rs", expected, &[]);
}

#[test]
fn the_root_goes_on_showing_it() {
    let fixture = "//- src/lib.rs\n//! Lib.\n\nuse std::fmt::Debug;\n\n/// F.\npub fn f(d: impl Debug) {}\n//- tests/t.rs\nuse my_lib::f;\n";
    let expected = "//- src/b.rs\nuse std::fmt::Debug;\n\n/// F.\npub fn f(d: impl Debug) {}\n//- src/lib.rs\n//! Lib.\n\nmod b;\n\npub use crate::b::f;\n";
    check(&format!("{MANIFEST}{fixture}"), "f", "src/b.rs", expected, &[]);
}

#[test]
fn what_syntax_cannot_decide_is_refused() {
    let start = format!("{MANIFEST}//- src/lib.rs\nmod a;\nmod b;\n//- src/b.rs\n");
    refused(
        &format!("{start}//- src/a.rs\nmacro_rules! m {{ () => {{}} }}\n"),
        "m",
        "src/b.rs",
        "macro",
    );
    let twice = "//- src/a.rs\n#[cfg(unix)]\nfn f() {}\n#[cfg(windows)]\nfn f() {}\n";
    refused(&format!("{start}{twice}"), "f", "src/b.rs", "more than once");
}

#[test]
fn members_are_seen_by_those_who_used_them() {
    let fixture = "//- src/lib.rs\nmod a;\nmod b;\n//- src/b.rs\n//- src/a.rs\npub struct S {\n    n: u8,\n    m: u8,\n}\n\nimpl S {\n    fn f(&self) {}\n\n    fn g(&self) {\n        self.m;\n    }\n}\n\nfn g(s: S) -> u8 {\n    s.f();\n    s.n\n}\n";
    let expected = "//- src/a.rs\nuse crate::b::S;\n\nfn g(s: S) -> u8 {\n    s.f();\n    s.n\n}\n//- src/b.rs\npub struct S {\n    pub(crate) n: u8,\n    m: u8,\n}\n\nimpl S {\n    pub(crate) fn f(&self) {}\n\n    pub(crate) fn g(&self) {\n        self.m;\n    }\n}\n";
    check(&format!("{MANIFEST}{fixture}"), "S", "src/b.rs", expected, &[]);
}
