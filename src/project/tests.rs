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
    "_test.c",
    "Test.java",
    "Tests.java",
    "IT.java",
    "Test.kt",
    "Tests.kt",
    "Test.php",
    "Tests.cs",
    "Test.cs",
    "Spec.scala",
    "Test.scala",
];
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
    let name = String::from_utf8_lossy(path.file_name()).into_owned();
    let Some((stem, extension)) = name.rsplit_once('.') else { return false };
    let script = SCRIPTS.contains(&extension);
    (extension == "py" && (stem.starts_with("test_") || stem == "test" || stem == "tests"))
        || ENDINGS.iter().any(|ending| name.ends_with(ending))
        || (script && (stem.ends_with(".test") || stem.ends_with(".spec")))
        || FOLDERS.iter().any(|(folder, of)| *of == extension && is_below(path, folder))
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
                     tests/a.rs crates/x/tests/deep/main.rs __tests__/a.js a_spec.rb test.py tests.py";
        for name in tests.split_whitespace() {
            assert!(is_test(&name.parse().unwrap()), "{name}");
        }
        for name in ["a.py", "tests/conftest.py", "latest.go", "Contest.txt", "src/lib.rs", "test"]
        {
            assert!(!is_test(&name.parse().unwrap()), "{name}");
        }
    }
}
