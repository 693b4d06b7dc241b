//! Which files are tests, by the names that test programs look for.

use crate::base::RepoPath;

/// Endings of the names of tests, extension and all.
const ENDINGS: &[&str] = &[
    "_test.py",
    "_tests.py",
    "_test.go",
    "_test.rs",
    "_tests.rs",
    "_spec.rb",
    "_test.rb",
    "_test.exs",
    "_test.cpp",
    "_test.cc",
    "_test.cxx",
    "_test.c",
    "_unittest.cpp",
    "_unittest.cc",
    "_unittest.c",
    "Test.java",
    "Tests.java",
    "IT.java",
    "Test.kt",
    "Tests.kt",
    "Spec.kt",
    "Spec.groovy",
    "Test.php",
    "Tests.cs",
    "Test.cs",
    "Spec.scala",
    "Test.scala",
    "Tests.swift",
];
/// Extensions of tests that are called `test_NAME.EXT`, and what is called so and is none.
const PREFIXED: &[&str] = &["py", "rb", "c", "cc", "cpp", "cxx"];
const HELPERS: &[&str] = &["test_helper.rb"];
/// Extensions of scripts, whose tests are called `NAME.test.EXT` or `NAME.spec.EXT`.
const SCRIPTS: &[&str] = &["js", "jsx", "mjs", "cjs", "ts", "tsx", "mts", "cts"];
/// Folders whose files are tests whatever they are called, by extension.
const FOLDERS: &[(&str, &str)] = &[
    ("tests", "rs"),
    ("__tests__", "js"),
    ("__tests__", "jsx"),
    ("__tests__", "ts"),
    ("__tests__", "tsx"),
];

/// Whether the file is one that a test program looks for.
pub fn is_test(path: &RepoPath) -> bool {
    has_name_of_test(path) || is_script_among_tests(path)
}

/// Whether its name alone says so, or that of a folder which is for tests by a convention of its language.
pub(super) fn has_name_of_test(path: &RepoPath) -> bool {
    let name = String::from_utf8_lossy(path.file_name()).into_owned();
    let Some((stem, extension)) = name.rsplit_once('.') else { return false };
    let script = SCRIPTS.contains(&extension);
    let prefixed = PREFIXED.contains(&extension) && stem.starts_with("test_");
    (prefixed && !HELPERS.contains(&name.as_str()))
        || (extension == "py" && (stem == "test" || stem == "tests"))
        || ENDINGS.iter().any(|ending| name.ends_with(ending))
        || (script && (stem.ends_with(".test") || stem.ends_with(".spec")))
        || FOLDERS.iter().any(|(folder, of)| *of == extension && is_below(path, folder))
}

/// Whether it is a script right in a folder `test`, where mocha, node and others look for their tests.
fn is_script_among_tests(path: &RepoPath) -> bool {
    let is_script = path.extension().is_some_and(|extension| SCRIPTS.contains(&extension));
    is_script && path.parts().rev().nth(1) == Some(b"test".as_slice())
}

/// The tests among `files`, in their order.
pub fn tests(files: &[RepoPath]) -> Vec<RepoPath> {
    files.iter().filter(|path| is_test(path)).cloned().collect()
}

/// Whether one of the folders above `path` has this name.
fn is_below(path: &RepoPath, folder: &str) -> bool {
    path.parts().rev().skip(1).any(|part| part == folder.as_bytes())
}

#[cfg(test)]
mod examples {
    use super::*;

    #[test]
    fn tests_are_known_by_their_names() {
        let tests = "tests/test_a.py a_test.py a_test.go web/a.test.ts a.spec.jsx AddTest.java \
                     tests/a.rs crates/x/tests/deep/main.rs __tests__/a.js a_spec.rb test.py tests.py \
                     test_foo.c test/test_foo.cpp foo_unittest.cc test/foo.js web/test/foo.mjs \
                     test/test_x.rb FooSpec.kt";
        for name in tests.split_whitespace() {
            assert!(is_test(&name.parse().unwrap()), "{name}");
        }
        let others = "a.py tests/conftest.py latest.go Contest.txt src/lib.rs test \
                      test/fixtures/a.js test/a.json test/test_helper.rb contest.c test_data.txt";
        for name in others.split_whitespace() {
            assert!(!is_test(&name.parse().unwrap()), "{name}");
        }
    }
}
